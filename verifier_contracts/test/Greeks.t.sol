// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";
import {Greeks} from "../src/Greeks.sol";
import {IGreeks} from "../src/interfaces/IGreeks.sol";
import {Black76} from "../src/libraries/Black76.sol";
import {Test} from "./Vm.sol";

contract GreeksTest is Test {
    using FixedPointMathLib for uint256;

    uint256 private constant WAD = 1e18;
    uint256 private constant LOWEST = 1e9;
    uint256 private constant HIGHEST = 1e27;
    uint256 private constant HIGHEST_VOLATILITY = 100e18;
    uint256 private constant LONGEST = 100 * YEAR;
    uint256 private constant YEAR = 365 days;

    /// @dev A column for each field, as tests/vectors/black76.json has them.
    struct Vectors {
        Black76.Option[] options;
        uint256[] price;
        int256[] delta;
        uint256[] gamma;
    }

    IGreeks private greeks;

    function setUp() public {
        greeks = new Greeks();
    }

    // --- against reference values

    /// @dev The errors of price and gamma are relative to the forward, so they have no unit: 1e-7 is 1e11 here.
    function test_quantLibSaysTheSame() public {
        Vectors memory known = _read(".quantlib");
        assertGt(known.options.length, 3_500);
        (uint256 price, uint256 delta, uint256 gamma) = (0, 0, 0);
        for (uint256 i = 0; i < known.options.length; ++i) {
            (uint256 price_, int256 delta_, uint256 gamma_) = greeks.greeks(known.options[i]);
            uint256 forward = known.options[i].forward;
            price = price.max(price_.dist(known.price[i]) * WAD / forward);
            delta = delta.max(FixedPointMathLib.dist(delta_, known.delta[i]));
            gamma = gamma.max(gamma_.dist(known.gamma[i]) * forward / WAD);
        }
        assertLe(price, 1e11);
        assertLe(delta, 1e11);
        assertLe(gamma, 1e11);
        vm.snapshotValue("Greeks", "off QuantLib, price / forward, 1e-18", price);
        vm.snapshotValue("Greeks", "off QuantLib, delta, 1e-18", delta);
        vm.snapshotValue("Greeks", "off QuantLib, gamma * forward, 1e-18", gamma);
    }

    /// @dev Checks the error bounds that IGreeks states, over the whole range of inputs.
    function test_theFormulaIn90DigitsSaysTheSame() public {
        Vectors memory known = _read(".exact");
        assertGe(known.options.length, 400);
        uint256 worst;
        for (uint256 i = 0; i < known.options.length; ++i) {
            Black76.Option memory option = known.options[i];
            (uint256 price, int256 delta, uint256 gamma) = greeks.greeks(option);
            uint256 lesser = option.forward.min(option.strike);
            assertLe(price.dist(known.price[i]), lesser * 3 / 1e17 + 1);
            uint256 deviation = _deviation(option);
            assertLe(FixedPointMathLib.dist(delta, known.delta[i]), 20 + 2e27 / deviation);
            // One more than stated allows for the rounding of the test's own quotient.
            uint256 bound = (6 + 1e27 / deviation) * 1e27 * WAD / (deviation * option.forward);
            assertLe(gamma.dist(known.gamma[i]), bound + 1);
            worst = worst.max(price.dist(known.price[i]).zeroFloorSub(1) * WAD / lesser);
        }
        vm.snapshotValue("Greeks", "off 90 digits, price / the lesser, 1e-18", worst);
    }

    /// @dev E. G. Haug, The Complete Guide to Option Pricing Formulas, 2nd edition, chapter 1: forward 19, strike 19,
    /// volatility 28 %, nine months, 10 %: call and put 1.7011, so exp(0.075) times that undiscounted.
    function test_textbookExample() public view {
        Black76.Option memory option = Black76.Option(19e18, 19e18, 0.28e18, YEAR * 3 / 4, true);
        uint256 discounted = greeks.price(option) * WAD / uint256(FixedPointMathLib.expWad(0.075e18));
        assertLt(discounted.dist(1.7011e18), 0.00005e18);
    }

    // --- over the whole range of inputs

    function testFuzz_pricesStayWithinTheirBounds(uint256 seed) public view {
        Black76.Option memory option = _option(seed);
        option.isCall = true;
        uint256 call = greeks.price(option);
        assertGe(call, option.forward.zeroFloorSub(option.strike));
        assertLe(call, option.forward);
        option.isCall = false;
        uint256 put = greeks.price(option);
        assertGe(put, option.strike.zeroFloorSub(option.forward));
        assertLe(put, option.strike);
    }

    function testFuzz_putCallParityHoldsToTheLastDigit(uint256 seed) public view {
        Black76.Option memory option = _option(seed);
        option.isCall = true;
        (uint256 call, int256 callDelta, uint256 callGamma) = greeks.greeks(option);
        option.isCall = false;
        (uint256 put, int256 putDelta, uint256 putGamma) = greeks.greeks(option);
        assertEq(call + option.strike, put + option.forward);
        assertEqInt(callDelta - putDelta, 1e18);
        assertEq(callGamma, putGamma);
    }

    function testFuzz_aPutIsTheCallOfWhoPaysInTheOther(uint256 seed) public view {
        Black76.Option memory option = _option(seed);
        uint256 price = greeks.price(option);
        (option.forward, option.strike, option.isCall) = (option.strike, option.forward, !option.isCall);
        assertEq(greeks.price(option), price);
    }

    function testFuzz_moreVolatilityIsNeverWorthLess(uint256 seed, uint256 more) public view {
        Black76.Option memory option = _option(seed);
        uint256 before = greeks.price(option);
        option.volatility = option.volatility + _spread(more, 0, HIGHEST_VOLATILITY - option.volatility);
        assertGe(greeks.price(option) + 2 * (option.forward.min(option.strike) * 3 / 1e17 + 1), before);
    }

    function testFuzz_deltaIsAChance(uint256 seed) public view {
        Black76.Option memory option = _option(seed);
        option.isCall = true;
        int256 delta = greeks.delta(option);
        assertGeInt(delta, 0);
        assertLeInt(delta, 1e18);
        option.isCall = false;
        delta = greeks.delta(option);
        assertGeInt(delta, -1e18);
        assertLeInt(delta, 0);
    }

    /// @dev The density is at most 1 / sqrt(2 pi), 0.3989...
    function testFuzz_gammaIsAtMostThePeakOfTheDensity(uint256 seed) public view {
        Black76.Option memory option = _option(seed);
        uint256 deviation = _deviation(option);
        uint256 gamma = greeks.gamma(option);
        if (deviation != 0) assertLe(gamma, 0.3989422805e18 * 1e27 / deviation * WAD / option.forward + WAD);
    }

    function testFuzz_allAtOnceIsEach(uint256 seed) public view {
        Black76.Option memory option = _option(seed);
        (uint256 price, int256 delta, uint256 gamma) = greeks.greeks(option);
        assertEq(price, greeks.price(option));
        assertEqInt(delta, greeks.delta(option));
        assertEq(gamma, greeks.gamma(option));
    }

    function testFuzz_withoutTimeOrVolatilityThereAreTheLimits(uint256 seed, bool isTime) public view {
        Black76.Option memory option = _option(seed);
        option.isCall = true;
        if (isTime) option.timeToExpiry = 0;
        else option.volatility = 0;
        (uint256 price, int256 delta, uint256 gamma) = greeks.greeks(option);
        assertEq(price, option.forward.zeroFloorSub(option.strike));
        bool isAt = option.forward == option.strike;
        assertEqInt(delta, isAt ? int256(0.5e18) : option.forward > option.strike ? int256(1e18) : int256(0));
        assertEq(gamma, isAt ? type(uint256).max : 0);
    }

    function test_withoutTimeAtTheStrikeThereAreTheLimits() public view {
        Black76.Option memory option = Black76.Option(90e18, 90e18, 0.5e18, 0, false);
        (uint256 price, int256 delta, uint256 gamma) = greeks.greeks(option);
        assertEq(price, 0);
        assertEqInt(delta, -0.5e18);
        assertEq(gamma, type(uint256).max);
        option.strike = 90e18 + 1;
        (price, delta, gamma) = greeks.greeks(option);
        assertEq(price, 1);
        assertEqInt(delta, -1e18);
        assertEq(gamma, 0);
    }

    function test_theCornersOfTheInputsDoNotRevert() public view {
        uint256[2] memory prices = [LOWEST, HIGHEST];
        uint256[4] memory volatilities = [uint256(0), 1, WAD, HIGHEST_VOLATILITY];
        uint256[4] memory times = [uint256(0), 1, YEAR, LONGEST];
        for (uint256 i = 0; i < 128; ++i) {
            greeks.greeks(
                Black76.Option(
                    prices[i % 2], prices[i / 2 % 2], volatilities[i / 4 % 4], times[i / 16 % 4], i / 64 == 1
                )
            );
        }
    }

    // --- refused inputs

    function testFuzz_rejectsForwardsOutOfRange(uint256 seed, uint256 forward) public {
        Black76.Option memory option = _option(seed);
        option.forward = _outside(forward);
        _expectAll(option, abi.encodeWithSelector(Black76.ForwardOutOfRange.selector, option.forward, LOWEST, HIGHEST));
    }

    function testFuzz_rejectsStrikesOutOfRange(uint256 seed, uint256 strike) public {
        Black76.Option memory option = _option(seed);
        option.strike = _outside(strike);
        _expectAll(option, abi.encodeWithSelector(Black76.StrikeOutOfRange.selector, option.strike, LOWEST, HIGHEST));
    }

    function testFuzz_rejectsVolatilitiesOutOfRange(uint256 seed, uint256 volatility) public {
        Black76.Option memory option = _option(seed);
        option.volatility = volatility.max(HIGHEST_VOLATILITY + 1);
        _expectAll(
            option, abi.encodeWithSelector(Black76.VolatilityOutOfRange.selector, option.volatility, HIGHEST_VOLATILITY)
        );
    }

    function testFuzz_rejectsTimesOutOfRange(uint256 seed, uint256 time) public {
        Black76.Option memory option = _option(seed);
        option.timeToExpiry = time.max(LONGEST + 1);
        _expectAll(option, abi.encodeWithSelector(Black76.TimeOutOfRange.selector, option.timeToExpiry, LONGEST));
    }

    function test_aboutOneUnit() public {
        Black76.Option memory option = Black76.Option(LOWEST - 1, LOWEST, WAD, YEAR, true);
        _expectAll(option, abi.encodeWithSelector(Black76.ForwardOutOfRange.selector, LOWEST - 1, LOWEST, HIGHEST));
        option = Black76.Option(LOWEST, HIGHEST + 1, WAD, YEAR, true);
        _expectAll(option, abi.encodeWithSelector(Black76.StrikeOutOfRange.selector, HIGHEST + 1, LOWEST, HIGHEST));
    }

    // --- gas

    function test_gas() public {
        Black76.Option memory option = Black76.Option(2241.65e18, 2500e18, 0.7e18, 30 days, true);
        greeks.price(option);
        vm.snapshotGasLastCall("Greeks", "price");
        greeks.delta(option);
        vm.snapshotGasLastCall("Greeks", "delta");
        greeks.gamma(option);
        vm.snapshotGasLastCall("Greeks", "gamma");
        greeks.greeks(option);
        vm.snapshotGasLastCall("Greeks", "price, delta and gamma");
        vm.snapshotValue("Greeks", "bytes of code", address(greeks).code.length);
    }

    // --- helpers

    /// @dev A random option within the bounds. One in four is at the money, or nearly so.
    function _option(uint256 seed) private pure returns (Black76.Option memory option) {
        option.forward = _spread(_part(seed, 0), LOWEST, HIGHEST);
        option.strike = _spread(_part(seed, 1), LOWEST, HIGHEST);
        if (seed % 4 == 0) {
            option.strike = (option.forward + _spread(_part(seed, 4), 0, option.forward)).min(HIGHEST);
        }
        option.volatility = _spread(_part(seed, 2), 0, HIGHEST_VOLATILITY);
        option.timeToExpiry = _spread(_part(seed, 3), 0, LONGEST);
        option.isCall = seed / 4 % 2 == 0;
    }

    function _part(uint256 seed, uint256 index) private pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed, index)));
    }

    /// @dev A number between the bounds, with a random order of magnitude.
    function _spread(uint256 seed, uint256 low, uint256 high) private pure returns (uint256) {
        uint256 top = (high >> (seed % 64)).max(low);
        return low + (seed / 64) % (top - low + 1);
    }

    function _outside(uint256 price) private pure returns (uint256) {
        return price % 2 == 0 ? price % LOWEST : price.max(HIGHEST + 1);
    }

    /// @dev In units of 1e-27.
    function _deviation(Black76.Option memory option) private pure returns (uint256) {
        return (option.volatility * option.volatility * option.timeToExpiry * WAD / YEAR).sqrt();
    }

    function _expectAll(Black76.Option memory option, bytes memory expected) private {
        vm.expectRevert(expected);
        greeks.price(option);
        vm.expectRevert(expected);
        greeks.delta(option);
        vm.expectRevert(expected);
        greeks.gamma(option);
        vm.expectRevert(expected);
        greeks.greeks(option);
    }

    function _read(string memory part) private view returns (Vectors memory known) {
        string memory json = vm.readFile("tests/vectors/black76.json");
        uint256[] memory forward = _column(json, part, ".forward");
        uint256[] memory strike = _column(json, part, ".strike");
        uint256[] memory volatility = _column(json, part, ".volatility");
        uint256[] memory time = _column(json, part, ".timeToExpiry");
        uint256[] memory isCall = _column(json, part, ".isCall");
        known.options = new Black76.Option[](forward.length);
        for (uint256 i = 0; i < forward.length; ++i) {
            known.options[i] = Black76.Option(forward[i], strike[i], volatility[i], time[i], isCall[i] == 1);
        }
        known.price = _column(json, part, ".price");
        known.delta = vm.parseJsonIntArray(json, string.concat(part, ".delta"));
        known.gamma = _column(json, part, ".gamma");
    }

    function _column(string memory json, string memory part, string memory name)
        private
        pure
        returns (uint256[] memory)
    {
        return vm.parseJsonUintArray(json, string.concat(part, name));
    }
}
