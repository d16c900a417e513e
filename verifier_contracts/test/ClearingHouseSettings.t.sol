// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ClearingHouse} from "../src/ClearingHouse.sol";
import {CollateralVault} from "../src/CollateralVault.sol";
import {IClearingHouse} from "../src/interfaces/IClearingHouse.sol";
import {ICollateralVault} from "../src/interfaces/ICollateralVault.sol";
import {ClearingHouseFixture} from "./fixtures/ClearingHouseFixture.sol";
import {MockTimelock} from "./mocks/MockTimelock.sol";

/// @dev A margin verifier of another market.
contract OtherVerifier {
    address public immutable registry;

    constructor(address registry_) {
        registry = registry_;
    }
}

/// @dev Another quote token.
contract FreezableUsd {
    uint256 public constant decimals = 6;
}

/// @dev The deployment of a market and its changeable settings.
contract ClearingHouseSettingsTest is ClearingHouseFixture {
    function setUp() public {
        _deploy();
    }

    function test_refusesContractsThatDoNotBelongTogether() public {
        IClearingHouse.Contracts memory parts = _contracts();
        parts.marginVerifier = address(new OtherVerifier(address(margins)));
        _expectDeployment(parts, abi.encodeWithSelector(IClearingHouse.OtherRegistry.selector, margins, feed));
        parts = _contracts();
        address other = address(new FreezableUsd());
        ICollateralVault.Listing[] memory listings = new ICollateralVault.Listing[](1);
        listings[0] = ICollateralVault.Listing(CASH, other, 0);
        parts.vault = address(new CollateralVault(address(this), listings));
        _expectDeployment(parts, abi.encodeWithSelector(IClearingHouse.OtherQuoteToken.selector, usd, other));
    }

    function testFuzz_refusesAddressesWithoutCode(uint256 which) public {
        IClearingHouse.Contracts memory parts = _contracts();
        which %= 7;
        if (which == 0) parts.vault = STRANGER;
        if (which == 1) parts.feed = STRANGER;
        if (which == 2) parts.marginVerifier = STRANGER;
        if (which == 3) parts.transitionVerifier = STRANGER;
        if (which == 4) parts.guardian = STRANGER;
        if (which == 5) parts.insuranceFund = STRANGER;
        if (which == 6) parts.timelock = STRANGER;
        _expectDeployment(parts, abi.encodeWithSelector(IClearingHouse.NotAContract.selector, STRANGER));
    }

    function testFuzz_theTimelockGivesNotice(uint256 delay) public {
        IClearingHouse.Contracts memory parts = _contracts();
        parts.timelock = address(new MockTimelock(delay));
        if (delay < 2 days) {
            _expectDeployment(parts, abi.encodeWithSelector(IClearingHouse.NoticeTooShort.selector, delay, 2 days));
        } else {
            new ClearingHouse(parts, VENUE, _parameters());
        }
    }

    function testFuzz_parametersStayWithinConstants(IClearingHouse.Parameters calldata p) public {
        uint256[5] memory values = [uint256(p.initialBps), p.maxSnapshotAge, p.heartbeat, p.grace, p.cooldown];
        uint256[5] memory least = [uint256(10_000), 60, 3600, 1800, 0];
        uint256[5] memory most = [uint256(20_000), 86_400, 30 * 86_400, 7 * 86_400, 6 * 3600];
        for (uint256 i = 0; i < 5; ++i) {
            if (values[i] >= least[i] && values[i] <= most[i]) continue;
            _expect(
                abi.encodeWithSelector(IClearingHouse.ParameterOutOfRange.selector, i, values[i], least[i], most[i])
            );
            break;
        }
        vm.prank(timelock);
        house.setParameters(p);
    }

    function testFuzz_parametersAtTheirConstants(uint256 which) public {
        IClearingHouse.Parameters memory least = IClearingHouse.Parameters(10_000, 60, 3600, 1800, 0);
        IClearingHouse.Parameters memory most =
            IClearingHouse.Parameters(20_000, 86_400, 30 * 86_400, 7 * 86_400, 6 * 3600);
        vm.prank(timelock);
        house.setParameters(least);
        vm.expectEmit(address(house));
        emit IClearingHouse.ParametersSet(most);
        vm.prank(timelock);
        house.setParameters(most);
        assertEq(abi.encode(house.parameters()), abi.encode(most));
        which %= 5;
        if (which == 0) ++most.initialBps;
        if (which == 1) ++most.maxSnapshotAge;
        if (which == 2) ++most.heartbeat;
        if (which == 3) ++most.grace;
        if (which == 4) ++most.cooldown;
        vm.prank(timelock);
        vm.expectRevert();
        house.setParameters(most);
    }

    /// @dev So holders can leave for half a period between two runs of trips.
    function testFuzz_theCoolDownIsAtMostHalfABreakersPeriod(uint32 period, uint32 cooldown) public {
        feed.setBreakerPeriod(period);
        IClearingHouse.Parameters memory p = _parameters();
        p.cooldown = cooldown;
        uint256 most = period / 2 < 6 hours ? period / 2 : 6 hours;
        if (cooldown > most) {
            _expect(abi.encodeWithSelector(IClearingHouse.ParameterOutOfRange.selector, 4, cooldown, 0, most));
        }
        vm.prank(timelock);
        house.setParameters(p);
    }

    function testFuzz_onlyTheTimelockSetsParametersAndVenue(address caller) public {
        vm.assume(caller != timelock);
        bytes memory expected = abi.encodeWithSelector(IClearingHouse.NotTimelock.selector, caller);
        vm.prank(caller);
        _expect(expected);
        house.setParameters(_parameters());
        vm.prank(caller);
        _expect(expected);
        house.setVenue(caller);
    }

    function testFuzz_theTimelockAppointsAVenue(address other) public {
        vm.expectEmit(address(house));
        emit IClearingHouse.VenueSet(other);
        vm.prank(timelock);
        house.setVenue(other);
        assertEq(house.venue(), other);
    }

    function testFuzz_theDeployerSetsTheEngineOnce(address caller) public {
        house = new ClearingHouse(_contracts(), VENUE, _parameters());
        vm.assume(caller != address(this));
        vm.prank(caller);
        _expect(abi.encodeWithSelector(IClearingHouse.NotDeployer.selector, caller));
        house.setEngine(engine);
        _expect(abi.encodeWithSelector(IClearingHouse.NotAContract.selector, STRANGER));
        house.setEngine(STRANGER);
        assertEq(house.engine(), address(0));
        vm.expectEmit(address(house));
        emit IClearingHouse.EngineSet(engine);
        house.setEngine(engine);
        _expect(abi.encodeWithSelector(IClearingHouse.EngineAlreadySet.selector, engine));
        house.setEngine(engine);
    }

    function test_namesItsContracts() public {
        assertEq(house.vault(), address(vault));
        assertEq(house.feed(), address(feed));
        assertEq(house.marginVerifier(), address(marginVerifier));
        assertEq(house.transitionVerifier(), address(transitions));
        assertEq(house.guardian(), address(guardian));
        assertEq(house.insuranceFund(), address(fund));
        assertEq(house.timelock(), timelock);
        assertEq(house.venue(), VENUE);
        assertEq(house.engine(), engine);
        vm.snapshotValue("ClearingHouse", "bytes of code", address(house).code.length);
    }

    function testFuzz_tellsWhatProofsAndSignaturesAreAbout(
        string calldata name,
        uint256 account,
        address receiver,
        bytes32 commitment,
        uint64 nonce
    ) public view {
        bytes memory parts = abi.encode(block.chainid, address(house), account, keccak256(bytes(name)), receiver);
        assertEq(house.transitionContext(name, account, receiver), uint256(keccak256(parts)) % FIELD);
        assertEq(house.healthAction(name, account, receiver), keccak256(abi.encode(name, account, receiver)));
        bytes32 digest = house.tradeDigest(account, commitment, keccak256(parts), nonce, account);
        bytes memory signature = _signWith(ALICE_KEY, account, commitment, keccak256(parts), nonce, account);
        (bytes32 r, bytes32 s) = abi.decode(signature, (bytes32, bytes32));
        assertEq(ecrecover(digest, uint8(signature[64]), r, s), alice);
    }

    // --- helpers

    function _expect(bytes memory expected) private {
        vm.expectRevert(expected);
    }

    function _expectDeployment(IClearingHouse.Contracts memory parts, bytes memory expected) private {
        vm.expectRevert(expected);
        new ClearingHouse(parts, VENUE, _parameters());
    }
}
