// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {DisclosureVerifier} from "../src/DisclosureVerifier.sol";
import {LiquidationEngine} from "../src/LiquidationEngine.sol";
import {IClearingHouse} from "../src/interfaces/IClearingHouse.sol";
import {IDisclosureVerifier} from "../src/interfaces/IDisclosureVerifier.sol";
import {ILiquidationEngine} from "../src/interfaces/ILiquidationEngine.sol";
import {IMarginVerifier} from "../src/interfaces/IMarginVerifier.sol";
import {PauseGroups} from "../src/libraries/PauseGroups.sol";
import {LiquidationFixture} from "./fixtures/LiquidationFixture.sol";
import {MockClearingHouse} from "./mocks/MockClearingHouse.sol";
import {MockFeed} from "./mocks/MockFeed.sol";

contract LiquidationEngineTest is LiquidationFixture {
    uint256 private constant STAGE = 15 minutes;
    uint256 private constant REQUIREMENT = 1000e6;
    int256 private constant EQUITY = 600e12;
    int256 private constant NEVER_MIND = type(int256).max;
    address private constant OWNER = address(0xA11CE);
    address private constant WINNER = address(0x817);
    address private constant SECOND = address(0x2ED);
    bytes32 private constant FIRST_ROOT = bytes32(uint256(0x5001));
    bytes32 private constant ROOT = bytes32(uint256(0x5002));
    bytes32 private constant NEXT_ROOT = bytes32(uint256(0x5003));

    MockClearingHouse private house;
    LiquidationEngine private engine;
    uint256 private account;

    /// @dev An account that was healthy with the first snapshot. The second snapshot has just been published.
    function setUp() public {
        vm.warp(NOW - 60);
        _deploy();
        house = _market();
        engine = house.engine();
        feed.publish(FIRST_ROOT, block.timestamp);
        account = house.open(OWNER);
        vm.warp(NOW);
        feed.publish(ROOT, block.timestamp);
        address[2] memory bidders = [WINNER, SECOND];
        for (uint256 i = 0; i < 2; ++i) {
            token.mint(bidders[i], 1e30);
            vm.prank(bidders[i]);
            token.approve(address(house), type(uint256).max);
        }
    }

    // --- default

    function test_seizesAnAccountInDefault() public {
        IDisclosureVerifier.Proof memory proof = _proof(house, account, EQUITY, REQUIREMENT);
        vm.expectEmit(address(engine));
        emit ILiquidationEngine.AuctionStarted(account, true, 600e6, REQUIREMENT);
        engine.start(account, _deadline(), proof);
        vm.snapshotGasLastCall("LiquidationEngine", "start, mock house and circuit");
        assertEq(uint256(house.accountOf(account).state), uint256(IClearingHouse.State.Seized));
        ILiquidationEngine.Auction memory auction = engine.auctionOf(account);
        assertEqInt(auction.equity, 600e6);
        assertEq(auction.requirement, REQUIREMENT);
        assertEq(auction.startedAt, NOW);
        assertEqInt(engine.priceOf(account), 570e6);
    }

    function testFuzz_attack_24_aHealthyAccountIsNotSeized(uint128 equity, uint256 requirement) public {
        requirement %= uint256(equity) / 1e6 + 1;
        requirement %= 2 ** 87;
        IDisclosureVerifier.Proof memory proof = _proof(house, account, int256(uint256(equity)), requirement);
        _expectStart(
            proof, abi.encodeWithSelector(ILiquidationEngine.NotLiquidatable.selector, account, type(uint256).max)
        );
    }

    function test_attack_24_exactlyHealthyAndOnePicoShort() public {
        IDisclosureVerifier.Proof memory proof = _proof(house, account, int256(REQUIREMENT * 1e6), REQUIREMENT);
        _expectStart(
            proof, abi.encodeWithSelector(ILiquidationEngine.NotLiquidatable.selector, account, type(uint256).max)
        );
        engine.start(account, _deadline(), _proof(house, account, int256(REQUIREMENT * 1e6) - 1, REQUIREMENT));
        assertEqInt(engine.auctionOf(account).equity, int256(REQUIREMENT) - 1);
    }

    /// @dev The account was in default with the second snapshot, and healthy with the third.
    function test_attack_24_evidenceOfAnOlderSnapshotDoesNotCount() public {
        IDisclosureVerifier.Proof memory proof = _proof(house, account, EQUITY, REQUIREMENT);
        vm.warp(NOW + 1);
        feed.publish(NEXT_ROOT, block.timestamp);
        _expectStart(proof, abi.encodeWithSelector(IClearingHouse.NotTheLatestSnapshot.selector, ROOT, NEXT_ROOT));
    }

    /// @dev The account has traded since, perhaps into a default with this snapshot. The next snapshot shows it.
    function test_attack_24_evidenceOfTheSnapshotOfTheLastHealthDoesNotCount() public {
        house.setHealthyAt(account, NOW);
        IDisclosureVerifier.Proof memory proof = _proof(house, account, EQUITY, REQUIREMENT);
        _expectStart(proof, abi.encodeWithSelector(IClearingHouse.NothingNewer.selector, NOW, NOW));
        house.setHealthyAt(account, NOW - 1);
        engine.start(account, _deadline(), proof);
    }

    function test_attack_24_evidenceMustBeFresh() public {
        IDisclosureVerifier.Proof memory proof = _proof(house, account, EQUITY, REQUIREMENT);
        vm.warp(NOW + 1 hours + 1);
        _expectStart(proof, abi.encodeWithSelector(IMarginVerifier.StaleSnapshot.selector, ROOT, NOW, 1 hours));
        vm.warp(NOW + 1 hours);
        engine.start(account, _deadline(), proof);
    }

    function test_attack_24_evidenceIsOfThePresentState() public {
        bytes32 before = house.accountOf(account).commitment;
        IDisclosureVerifier.Proof memory proof = _proof(house, account, EQUITY, REQUIREMENT);
        house.change(account);
        bytes32 after_ = house.accountOf(account).commitment;
        _expectStart(proof, abi.encodeWithSelector(IMarginVerifier.WrongAccount.selector, before, after_));
    }

    function test_attack_20_evidenceOfOneAccountIsNotOfAnother() public {
        uint256 other = house.open(OWNER);
        IDisclosureVerifier.Proof memory proof = _proof(house, account, EQUITY, REQUIREMENT);
        vm.expectRevert(
            abi.encodeWithSelector(
                IMarginVerifier.WrongAccount.selector,
                house.accountOf(account).commitment,
                house.accountOf(other).commitment
            )
        );
        engine.start(other, _deadline(), proof);
    }

    function test_attack_20_evidenceForOneMarketIsOfNoUseInAnother() public {
        MockClearingHouse twin = _market();
        twin.open(OWNER);
        twin.setHealthyAt(1, 1);
        IDisclosureVerifier.Proof memory proof = _proof(twin, 1, EQUITY, REQUIREMENT);
        proof.signals[0] = uint256(house.accountOf(account).commitment);
        circuit.accept(proof.a, proof.b, proof.c, proof.signals);
        IDisclosureVerifier.Proof memory own = _proof(house, account, EQUITY, REQUIREMENT);
        _expectStart(
            proof, abi.encodeWithSelector(IMarginVerifier.WrongContext.selector, proof.signals[5], own.signals[5])
        );
    }

    function test_attack_24_aClaimWithoutAProofIsNone() public {
        IDisclosureVerifier.Proof memory proof = _unproven(house, account, ROOT, 1, 2);
        _expectStart(proof, abi.encodeWithSelector(IMarginVerifier.InvalidProof.selector, 0));
    }

    function test_attack_24_aDefaultAtInitialMarginIsNone() public {
        IDisclosureVerifier.Proof memory proof = _proof(house, account, int256(REQUIREMENT * 1.2e6), REQUIREMENT);
        _expectStart(
            proof, abi.encodeWithSelector(ILiquidationEngine.NotLiquidatable.selector, account, type(uint256).max)
        );
    }

    function test_thereMustBeAnAccount() public {
        IDisclosureVerifier.Proof memory proof = _proof(house, 7, EQUITY, REQUIREMENT);
        vm.expectRevert(abi.encodeWithSelector(IClearingHouse.WrongState.selector, 7, IClearingHouse.State.None));
        engine.start(7, _deadline(), proof);
    }

    // --- silence

    function testFuzz_attack_24_silenceCountsAfterTheDeadlineOnly(uint256 grace, uint256 wait) public {
        grace %= 3 days;
        wait %= 4 days;
        house.call(account, NOW + grace);
        vm.warp(NOW + wait);
        feed.publish(NEXT_ROOT, block.timestamp);
        IDisclosureVerifier.Proof memory proof = _proof(house, account, 5000e12, REQUIREMENT);
        if (wait > grace) {
            vm.expectEmit(address(engine));
            emit ILiquidationEngine.AuctionStarted(account, false, 5000e6, REQUIREMENT);
            engine.start(account, _deadline(), proof);
        } else {
            _expectStart(
                proof, abi.encodeWithSelector(ILiquidationEngine.NotLiquidatable.selector, account, NOW + grace)
            );
        }
    }

    function test_attack_24_anAccountThatAttestsInTimeIsNotSeized() public {
        house.call(account, NOW + 10);
        vm.warp(NOW + 11);
        feed.publish(NEXT_ROOT, block.timestamp);
        IDisclosureVerifier.Proof memory proof = _proof(house, account, 5000e12, REQUIREMENT);
        house.setHealthyAt(account, NOW + 11);
        _expectStart(
            proof, abi.encodeWithSelector(ILiquidationEngine.NotLiquidatable.selector, account, type(uint256).max)
        );
    }

    function test_aSilentAccountThatOwesNothingIsLeftAlone() public {
        house.call(account, NOW - 1);
        IDisclosureVerifier.Proof memory proof = _proof(house, account, 0, 0);
        _expectStart(proof, abi.encodeWithSelector(ILiquidationEngine.NothingAtStake.selector, account));
        // An account that owes cash is not exempt.
        engine.start(account, _deadline(), _proof(house, account, -1, 0));
    }

    /// @dev A default needs no margin call, and a late account need not be in default.
    function test_aSilentAccountInDefaultIsSeizedToo() public {
        house.setHealthyAt(account, NOW);
        house.call(account, NOW - 1);
        engine.start(account, _deadline(), _proof(house, account, EQUITY, REQUIREMENT));
        assertEq(house.seizures(account), 1);
    }

    // --- price

    function test_thePriceFallsAsInTheExample() public {
        _fill(house, 300e6);
        house.addCash(1_000_000e6);
        _start();
        int256[8] memory wanted = [int256(570e6), 285e6, 0, -150e6, -300e6, -350e6, -400e6, -400e6];
        for (uint256 i = 0; i < 8; ++i) {
            vm.warp(NOW + i * STAGE / 2);
            assertEqInt(engine.priceOf(account), wanted[i]);
        }
        vm.snapshotGasLastCall("LiquidationEngine", "priceOf, mock house");
    }

    function test_equityIsRoundedDownToMicro() public {
        engine.start(account, _deadline(), _proof(house, account, -1, REQUIREMENT));
        assertEqInt(engine.auctionOf(account).equity, -1);
        uint256 other = house.open(OWNER);
        house.setHealthyAt(other, NOW - 1);
        engine.start(other, _deadline(), _proof(house, other, 1_999_999, REQUIREMENT));
        assertEqInt(engine.auctionOf(other).equity, 1);
    }

    function testFuzz_everyEquityAndRequirementHasAPrice(int256 equity, uint256 requirement, uint256 wait) public {
        equity %= int256(2 ** 132);
        requirement %= 2 ** 87;
        if (equity >= int256(requirement * 1e6)) house.call(account, NOW - 1);
        if (requirement == 0 && equity >= 0) requirement = 1;
        _fill(house, 300e6);
        house.addCash(500e6);
        engine.start(account, _deadline(), _proof(house, account, equity, requirement));
        vm.warp(NOW + wait % (4 * STAGE));
        assertGeInt(engine.priceOf(account), -400e6);
    }

    function test_othersPayAtThePresentFactor() public {
        _fill(house, 90e6);
        house.addCash(1000e6);
        house.setCashFactor(0.9e18);
        engine.start(account, _deadline(), _proof(house, account, -10_000e12, REQUIREMENT));
        // The fund's 90 are worth 100 credits, and a ninth of the cash, 111.111111, is worth 123.456790 credits.
        vm.warp(NOW + 2 * STAGE);
        assertEqInt(engine.priceOf(account), -100e6);
        vm.warp(NOW + 3 * STAGE);
        assertEqInt(engine.priceOf(account), -100e6 - 123_456_790);
        _bid(WINNER, NEVER_MIND);
        assertEq(fund.balanceOf(address(house)), 0);
        assertGe(house.cashFactor(), 0.8e18);
        assertLt(house.cashFactor(), 0.8e18 + 1e12);
    }

    /// @dev With any balances and factors, a negative price can always be paid.
    function testFuzz_whatThePricePromisesIsThere(uint96 inFund, uint96 cash, uint256 factor, uint256 wait) public {
        factor = 0.8e18 + factor % 0.2e18 + 1;
        _fill(house, inFund);
        house.addCash(cash);
        house.setCashFactor(factor);
        engine.start(account, _deadline(), _proof(house, account, -int256(2 ** 131), REQUIREMENT));
        vm.warp(NOW + wait % (4 * STAGE + 1));
        _bid(WINNER, NEVER_MIND);
        assertGe(house.cashFactor(), 0.8e18 - 1);
    }

    // --- bids

    function test_theWinnerPaysTheFormerOwnerAndTheFund() public {
        _start();
        vm.expectEmit(address(engine));
        emit ILiquidationEngine.AuctionWon(account, WINNER, 570e6, 11.4e6);
        _bid(WINNER, 570e6);
        vm.snapshotGasLastCall("LiquidationEngine", "bid, mock house");
        assertEq(token.balanceOf(OWNER), 558.6e18);
        assertEq(fund.balanceOf(address(house)), 11.4e6);
        assertEq(house.accountOf(account).owner, WINNER);
        assertEq(engine.auctionOf(account).startedAt, 0);
    }

    function test_theWinnerNamesWhatItAdds() public {
        _start();
        vm.prank(WINNER);
        engine.bid(account, NEVER_MIND, 3, 77, _next(true), _health());
        (uint256 which, address winner, int256 price, uint256 fee, uint256 asset, uint64 amount) = house.last();
        assertEq(which, account);
        assertEq(winner, WINNER);
        assertEqInt(price, 570e6);
        assertEq(fee, 11.4e6);
        assertEq(asset, 3);
        assertEq(amount, 77);
    }

    function test_attack_24_theFirstOfTwoBiddersWins() public {
        _start();
        _bid(WINNER, NEVER_MIND);
        vm.expectRevert(abi.encodeWithSelector(ILiquidationEngine.NoAuction.selector, account));
        _bid(SECOND, NEVER_MIND);
        assertEq(house.accountOf(account).owner, WINNER);
        assertEq(house.takeovers(account), 1);
    }

    function test_attack_24_aBidAfterExpiryReverts() public {
        _start();
        vm.warp(NOW + 4 * STAGE + 1);
        vm.expectRevert(abi.encodeWithSelector(ILiquidationEngine.AuctionOver.selector, account, 4 * STAGE + 1));
        _bid(WINNER, NEVER_MIND);
        vm.warp(NOW + 4 * STAGE);
        _bid(WINNER, NEVER_MIND);
    }

    function test_aBidWithoutProofsChangesNothing() public {
        _start();
        vm.expectRevert(abi.encodeWithSelector(IClearingHouse.InvalidTransition.selector, account));
        vm.prank(WINNER);
        engine.bid(account, NEVER_MIND, 8, 0, _next(false), _health());
        _bid(SECOND, NEVER_MIND);
        assertEq(house.accountOf(account).owner, SECOND);
    }

    function testFuzz_aBidderPaysNoMoreThanItsLimit(int256 limit, uint256 wait) public {
        _fill(house, 300e6);
        _start();
        vm.warp(NOW + wait % (4 * STAGE));
        int256 price = engine.priceOf(account);
        if (price > limit) {
            vm.expectRevert(abi.encodeWithSelector(ILiquidationEngine.PriceAboveLimit.selector, price, limit));
        }
        _bid(WINNER, limit);
        assertEq(house.takeovers(account), price > limit ? 0 : 1);
    }

    /// @dev The first bidder takes the fund's balance. The limit protects the second one.
    function test_anotherDefaultTakesFromTheFund() public {
        _fill(house, 300e6);
        uint256 other = house.open(OWNER);
        house.setHealthyAt(other, NOW - 1);
        _start();
        engine.start(other, _deadline(), _proof(house, other, EQUITY, REQUIREMENT));
        vm.warp(NOW + 2 * STAGE);
        _bid(WINNER, -300e6);
        vm.expectRevert(abi.encodeWithSelector(ILiquidationEngine.PriceAboveLimit.selector, 0, -300e6));
        vm.prank(SECOND);
        engine.bid(other, -300e6, 8, 0, _next(true), _health());
    }

    function test_contagion_aDefaultTakesNothingFromAnotherMarket() public {
        MockClearingHouse twin = _market();
        _fill(house, 100e6);
        _fill(twin, 900e6);
        twin.addCash(1000e6);
        engine.start(account, _deadline(), _proof(house, account, -5000e12, REQUIREMENT));
        vm.warp(NOW + 4 * STAGE);
        assertEqInt(engine.priceOf(account), -100e6);
        _bid(WINNER, NEVER_MIND);
        assertEq(fund.balanceOf(address(house)), 0);
        assertEq(fund.balanceOf(address(twin)), 900e6);
        assertEq(twin.cashFactor(), 1e18);
    }

    /// @dev The holder of a seized account can buy it back: it pays itself, less the fee.
    function test_attack_28_theOwnerBuysItsAccountBack() public {
        _start();
        token.mint(OWNER, 570e18);
        vm.prank(OWNER);
        token.approve(address(house), 570e18);
        _bid(OWNER, 570e6);
        assertEq(token.balanceOf(OWNER), 558.6e18);
        assertEq(house.accountOf(account).owner, OWNER);
    }

    // --- auctions without a bid

    function test_attack_24_aRunningAuctionIsNotStartedAgain() public {
        _start();
        vm.warp(NOW + 4 * STAGE);
        feed.publish(NEXT_ROOT, block.timestamp);
        IDisclosureVerifier.Proof memory proof = _proof(house, account, EQUITY, REQUIREMENT);
        _expectStart(proof, abi.encodeWithSelector(ILiquidationEngine.AuctionRunning.selector, account, 4 * STAGE));
    }

    function test_attack_24_anAuctionThatIsOverStartsAgainWithAFreshDisclosure() public {
        IDisclosureVerifier.Proof memory old = _proof(house, account, EQUITY, REQUIREMENT);
        engine.start(account, _deadline(), old);
        vm.warp(NOW + 4 * STAGE + 1);
        _expectStart(old, abi.encodeWithSelector(IMarginVerifier.StaleSnapshot.selector, ROOT, NOW, 1 hours));
        feed.publish(NEXT_ROOT, block.timestamp);
        _expectStart(old, abi.encodeWithSelector(IClearingHouse.NotTheLatestSnapshot.selector, ROOT, NEXT_ROOT));
        IDisclosureVerifier.Proof memory proof = _proof(house, account, 400e12, REQUIREMENT);
        engine.start(account, _deadline(), proof);
        vm.snapshotGasLastCall("LiquidationEngine", "start again, mock house and circuit");
        assertEq(house.seizures(account), 1);
        assertEqInt(engine.priceOf(account), 380e6);
        _bid(WINNER, 380e6);
    }

    function test_anAccountThatRecoveredGoesBackAndNotToAnotherAuction() public {
        _start();
        vm.warp(NOW + 4 * STAGE);
        feed.publish(NEXT_ROOT, block.timestamp);
        IDisclosureVerifier.Proof memory proof = _proof(house, account, 1000e12, REQUIREMENT);
        vm.expectRevert(abi.encodeWithSelector(ILiquidationEngine.AuctionRunning.selector, account, 4 * STAGE));
        engine.giveBack(account, _deadline(), proof);
        vm.warp(NOW + 4 * STAGE + 1);
        _expectStart(proof, abi.encodeWithSelector(ILiquidationEngine.StillHealthy.selector, account));
        engine.giveBack(account, _deadline(), proof);
        vm.snapshotGasLastCall("LiquidationEngine", "giveBack, mock house and circuit");
        assertEq(uint256(house.accountOf(account).state), uint256(IClearingHouse.State.Open));
        assertEq(house.accountOf(account).lastHealthyAt, NOW + 4 * STAGE);
        assertEq(engine.auctionOf(account).startedAt, 0);
        vm.expectRevert(abi.encodeWithSelector(ILiquidationEngine.NoAuction.selector, account));
        _bid(WINNER, NEVER_MIND);
    }

    /// @dev With the last snapshot of any age, from the second in which the clearing house's escape opens.
    function testFuzz_aHealthyAccountIsGivenBackWhenTheOracleIsSilent(uint256 silent, bool healthy) public {
        silent = 1 hours + 1 + silent % 20 days;
        _start();
        vm.warp(NOW + 4 * STAGE + 1);
        feed.publish(NEXT_ROOT, block.timestamp);
        vm.warp(NOW + 4 * STAGE + 1 + silent);
        IDisclosureVerifier.Proof memory proof = _proof(house, account, healthy ? int256(1000e12) : EQUITY, REQUIREMENT);
        bytes memory stale =
            abi.encodeWithSelector(IMarginVerifier.StaleSnapshot.selector, NEXT_ROOT, NOW + 4 * STAGE + 1, 1 hours);
        // The escape does not apply to a new auction.
        _expectStart(proof, stale);
        if (silent <= 9 days) vm.expectRevert(stale);
        else if (!healthy) vm.expectRevert(abi.encodeWithSelector(ILiquidationEngine.StillInDefault.selector, account));
        engine.giveBack(account, _deadline(), proof);
        assertEq(house.returns_(account), silent > 9 days && healthy ? 1 : 0);
    }

    function test_whenTheOracleIsSilentNoOlderSnapshotReturnsAnAccount() public {
        _start();
        IDisclosureVerifier.Proof memory proof = _proof(house, account, 1000e12, REQUIREMENT);
        vm.warp(NOW + 1);
        feed.publish(NEXT_ROOT, block.timestamp);
        vm.warp(NOW + 30 days);
        vm.expectRevert(abi.encodeWithSelector(IClearingHouse.NotTheLatestSnapshot.selector, ROOT, NEXT_ROOT));
        engine.giveBack(account, _deadline(), proof);
    }

    function testFuzz_aHealthyAccountIsGivenBackAfterTheAuction(uint256 wait, int256 equity, uint256 requirement)
        public
    {
        (equity, requirement) = (equity % int256(2 ** 132), requirement % 2 ** 87);
        wait %= 8 * STAGE;
        _start();
        vm.warp(NOW + wait);
        feed.publish(NEXT_ROOT, block.timestamp);
        IDisclosureVerifier.Proof memory proof = _proof(house, account, equity, requirement);
        bool healthy = equity >= int256(requirement * 1e6);
        if (wait <= 4 * STAGE) {
            vm.expectRevert(abi.encodeWithSelector(ILiquidationEngine.AuctionRunning.selector, account, wait));
        } else if (!healthy) {
            vm.expectRevert(abi.encodeWithSelector(ILiquidationEngine.StillInDefault.selector, account));
        }
        engine.giveBack(account, _deadline(), proof);
        assertEq(house.returns_(account), wait > 4 * STAGE && healthy ? 1 : 0);
    }

    function test_anAccountInDefaultDoesNotGoBack() public {
        _start();
        vm.warp(NOW + 4 * STAGE + 1);
        feed.publish(NEXT_ROOT, block.timestamp);
        IDisclosureVerifier.Proof memory proof = _proof(house, account, EQUITY, REQUIREMENT);
        vm.expectRevert(abi.encodeWithSelector(ILiquidationEngine.StillInDefault.selector, account));
        engine.giveBack(account, _deadline(), proof);
    }

    function testFuzz_noAuctionNoBidNoReturn(uint256 none) public {
        IDisclosureVerifier.Proof memory proof = _proof(house, none, EQUITY, REQUIREMENT);
        bytes memory expected = abi.encodeWithSelector(ILiquidationEngine.NoAuction.selector, none);
        vm.expectRevert(expected);
        engine.giveBack(none, _deadline(), proof);
        vm.expectRevert(expected);
        engine.bid(none, NEVER_MIND, 8, 0, _next(true), _health());
        vm.expectRevert(expected);
        engine.priceOf(none);
        vm.expectRevert(expected);
        engine.elapsedOf(none);
    }

    // --- pauses

    function test_nothingIsLiquidatedDuringAPause() public {
        IDisclosureVerifier.Proof memory proof = _proof(house, account, EQUITY, REQUIREMENT);
        _pause(1 hours);
        bytes memory expected = abi.encodeWithSelector(IClearingHouse.Paused.selector, PauseGroups.LIQUIDATE);
        _expectStart(proof, expected);
        vm.expectRevert(expected);
        _bid(WINNER, NEVER_MIND);
        vm.expectRevert(expected);
        engine.giveBack(account, _deadline(), proof);
        vm.warp(NOW + 1 hours);
        engine.start(account, _deadline(), proof);
    }

    function testFuzz_thePriceRestsDuringAPause(uint256 before, uint256 pause, uint256 after_) public {
        before %= 2 * STAGE;
        pause = 1 + pause % 2 hours;
        after_ %= STAGE;
        _fill(house, 300e6);
        _start();
        vm.warp(NOW + before + after_);
        int256 wanted = engine.priceOf(account);
        vm.warp(NOW + before);
        int256 resting = engine.priceOf(account);
        _pause(pause);
        vm.warp(NOW + before + pause / 2);
        assertEqInt(engine.priceOf(account), resting);
        vm.warp(NOW + before + pause + after_);
        assertEqInt(engine.priceOf(account), wanted);
        assertEq(engine.elapsedOf(account), before + after_);
        _bid(WINNER, wanted);
    }

    // --- parameters

    function testFuzz_parametersStayWithinConstants(uint32[4] memory values) public {
        (uint32[4] memory least, uint32[4] memory most) = _bounds();
        vm.prank(address(timelock));
        for (uint256 i = 0; i < 4; ++i) {
            values[i] %= 2 * most[i];
            if (values[i] >= least[i] && values[i] <= most[i]) continue;
            vm.expectRevert(
                abi.encodeWithSelector(IClearingHouse.ParameterOutOfRange.selector, i, values[i], least[i], most[i])
            );
            engine.setParameters(_from(values));
            return;
        }
        engine.setParameters(_from(values));
        assertEq(abi.encode(engine.parameters()), abi.encode(values));
    }

    function test_parametersAtTheConstantsAndOneBeyond() public {
        for (uint256 i = 0; i < 4; ++i) {
            (uint32[4] memory least, uint32[4] memory most) = _bounds();
            _set(least);
            _set(most);
            bytes4 reason = IClearingHouse.ParameterOutOfRange.selector;
            bytes memory expected = abi.encodeWithSelector(reason, i, most[i] + 1, least[i], most[i]);
            ++most[i];
            vm.expectRevert(expected);
            _set(most);
            if (least[i] == 0) continue;
            expected = abi.encodeWithSelector(reason, i, least[i] - 1, least[i], most[i] - 1);
            --least[i];
            vm.expectRevert(expected);
            _set(least);
        }
    }

    function testFuzz_onlyTheTimelockSetsParameters(address caller) public {
        vm.assume(caller != address(timelock));
        vm.expectRevert(abi.encodeWithSelector(IClearingHouse.NotTimelock.selector, caller));
        vm.prank(caller);
        engine.setParameters(_parameters());
    }

    function test_aRunningAuctionKeepsItsParameters() public {
        _start();
        vm.prank(address(timelock));
        engine.setParameters(ILiquidationEngine.Parameters(0, 2_500, 1_000, 5 minutes));
        assertEqInt(engine.priceOf(account), 570e6);
        vm.warp(NOW + STAGE / 2);
        assertEqInt(engine.priceOf(account), 285e6);
        _bid(WINNER, NEVER_MIND);
        assertEq(fund.balanceOf(address(house)), 5.7e6);
    }

    // --- deployment

    function test_refusesAddressesWithoutCode() public {
        bytes memory expected = abi.encodeWithSelector(IClearingHouse.NotAContract.selector, OWNER);
        vm.expectRevert(expected);
        new LiquidationEngine(OWNER, address(verifier), _parameters());
        vm.expectRevert(expected);
        new LiquidationEngine(address(house), OWNER, _parameters());
    }

    function test_refusesAVerifierOfAnotherFeed() public {
        MockFeed other = new MockFeed();
        DisclosureVerifier foreign = new DisclosureVerifier(address(other), new address[](0));
        vm.expectRevert(abi.encodeWithSelector(IClearingHouse.OtherRegistry.selector, address(other), address(feed)));
        new LiquidationEngine(address(house), address(foreign), _parameters());
    }

    function test_refusesParametersBeyondTheConstants() public {
        vm.expectRevert(abi.encodeWithSelector(IClearingHouse.ParameterOutOfRange.selector, 3, 0, 300, 21_600));
        new LiquidationEngine(address(house), address(verifier), ILiquidationEngine.Parameters(500, 10_000, 200, 0));
    }

    function test_namesItsContracts() public {
        assertEq(engine.clearingHouse(), address(house));
        assertEq(engine.disclosureVerifier(), address(verifier));
        assertEq(engine.disclosureAction(5), keccak256(abi.encode("disclose", uint256(5))));
        assertEq(abi.encode(engine.parameters()), abi.encode(_parameters()));
        vm.snapshotValue("LiquidationEngine", "bytes of code", address(engine).code.length);
    }

    // --- helpers

    function _start() private {
        engine.start(account, _deadline(), _proof(house, account, EQUITY, REQUIREMENT));
    }

    function _bid(address bidder, int256 limit) private {
        vm.prank(bidder);
        engine.bid(account, limit, 8, 0, _next(true), _health());
    }

    function _expectStart(IDisclosureVerifier.Proof memory proof, bytes memory expected) private {
        vm.expectRevert(expected);
        engine.start(account, _deadline(), proof);
    }

    function _pause(uint256 duration) private {
        vm.prank(WATCH);
        guardian.pause(PauseGroups.LIQUIDATE, duration, "seen");
    }

    function _set(uint32[4] memory values) private {
        vm.prank(address(timelock));
        engine.setParameters(_from(values));
    }

    function _bounds() private pure returns (uint32[4] memory least, uint32[4] memory most) {
        least = [uint32(0), 2_500, 0, 5 minutes];
        most = [uint32(2_000), 10_000, 1_000, 6 hours];
    }

    function _from(uint32[4] memory values) private pure returns (ILiquidationEngine.Parameters memory) {
        return ILiquidationEngine.Parameters(values[0], values[1], values[2], values[3]);
    }
}
