// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Auctions} from "../../src/clearing/Auctions.sol";
import {IAuctions} from "../../src/clearing/IAuctions.sol";
import {IHouse} from "../../src/clearing/IHouse.sol";
import {IHouseTypes} from "../../src/clearing/IHouseTypes.sol";
import {PauseGroups} from "../../src/libraries/PauseGroups.sol";
import {AuctionFixture} from "./fixtures/AuctionFixture.sol";

contract AuctionsTest is AuctionFixture {
    uint256 private constant REQUIREMENT = 1000e6;
    int256 private constant EQUITY = 600e12;
    int256 private constant ANY = type(int256).max;

    function setUp() public {
        _deploy();
    }

    // --- the start

    function test_anybodySeizesAnAccountInDefaultAndPublishesItsOpening() public {
        IAuctions.Disclosure memory given = _disclosure(EQUITY, REQUIREMENT);
        vm.expectEmit(address(auctions));
        emit IAuctions.AuctionStarted(ACCOUNT, true, 600e6, REQUIREMENT, ROOT, given.opening);
        vm.prank(STRANGER);
        auctions.start(ACCOUNT, given);
        assertEq(uint256(house.accountOf(ACCOUNT).state), uint256(IHouseTypes.State.Seized));
        assertEqInt(auctions.priceOf(ACCOUNT), 570e6);
    }

    function testFuzz_Attack_aHealthyAccountIsNotSeized(uint128 equity, uint256 requirement) public {
        requirement %= uint256(equity) / 1e6 + 1;
        _expectStart(
            int256(uint256(equity)), requirement, abi.encodeWithSelector(IAuctions.NotLiquidatable.selector, ACCOUNT)
        );
    }

    function test_Attack_exactlyHealthyAndOnePicoShort() public {
        _expectStart(
            int256(REQUIREMENT * 1e6), REQUIREMENT, abi.encodeWithSelector(IAuctions.NotLiquidatable.selector, ACCOUNT)
        );
        _start(int256(REQUIREMENT * 1e6) - 1, REQUIREMENT);
        assertEqInt(auctions.auctionOf(ACCOUNT).equity, int256(REQUIREMENT) - 1);
    }

    /// @dev A published opening that is not the account's: bidders would bid for nothing.
    function test_Attack_anotherOpeningIsPublished() public {
        IAuctions.Disclosure memory given = _disclosure(EQUITY, REQUIREMENT);
        given.opening[1] += 1;
        vm.expectRevert();
        auctions.start(ACCOUNT, given);
        given.opening[1] -= 1;
        (given.opening[0], given.opening[1]) = (given.opening[1], given.opening[0]);
        vm.expectRevert();
        auctions.start(ACCOUNT, given);
        (given.opening[0], given.opening[1]) = (given.opening[1], given.opening[0]);
        auctions.start(ACCOUNT, given);
    }

    function test_Attack_aDisclosureOfOtherNumbersCommitmentOrMarket() public {
        IAuctions.Disclosure memory given = _disclosure(EQUITY, REQUIREMENT);
        given.equity -= 1;
        vm.expectRevert();
        auctions.start(ACCOUNT, given);
        given.equity += 1;
        given.requirement += 1;
        vm.expectRevert();
        auctions.start(ACCOUNT, given);
        given.requirement -= 1;
        house.open(6, OWNER, COMMITMENT, NOW - 1);
        vm.expectRevert();
        auctions.start(6, given);
        house.open(ACCOUNT, OWNER, COMMITMENT + 1, NOW - 1);
        vm.expectRevert();
        auctions.start(ACCOUNT, given);
        house.open(ACCOUNT, OWNER, COMMITMENT, NOW - 1);
        bytes32[] memory circuits = new bytes32[](1);
        circuits[0] = CIRCUIT;
        Auctions twin = new Auctions(address(house), circuits, _parameters());
        vm.expectRevert();
        twin.start(ACCOUNT, given);
        auctions.start(ACCOUNT, given);
    }

    function test_onlyDisclosingCircuits() public {
        IAuctions.Disclosure memory given = _disclosure(EQUITY, REQUIREMENT);
        given.circuit = keccak256("health_1x12");
        vm.expectRevert(abi.encodeWithSelector(IAuctions.NotADisclosingCircuit.selector, given.circuit));
        auctions.start(ACCOUNT, given);
    }

    /// @dev The account was in default with one snapshot, and healthy with the next.
    function test_Attack_evidenceOfAnOlderSnapshot() public {
        IAuctions.Disclosure memory given = _disclosure(EQUITY, REQUIREMENT);
        vm.warp(NOW + 1);
        feed.publish(NEXT);
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.NotARecentSnapshot.selector, ROOT, NEXT));
        auctions.start(ACCOUNT, given);
    }

    function test_Attack_staleEvidence() public {
        IAuctions.Disclosure memory given = _disclosure(EQUITY, REQUIREMENT);
        vm.warp(NOW + 10 minutes + 1);
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.NoFreshSnapshot.selector, NOW, 10 minutes));
        auctions.start(ACCOUNT, given);
        vm.warp(NOW + 10 minutes);
        auctions.start(ACCOUNT, given);
    }

    function test_Attack_evidenceOfTheSnapshotOfTheLastHealth() public {
        house.open(ACCOUNT, OWNER, COMMITMENT, NOW);
        _expectStart(EQUITY, REQUIREMENT, abi.encodeWithSelector(IHouseTypes.NothingNewer.selector, ACCOUNT, NOW, NOW));
    }

    // --- silence

    function test_aLateAccountIsSeizedThoughItIsHealthy() public {
        house.setLateFor(ACCOUNT, 1);
        IAuctions.Disclosure memory given = _disclosure(20 * EQUITY, REQUIREMENT);
        vm.expectEmit(address(auctions));
        emit IAuctions.AuctionStarted(ACCOUNT, false, 12_000e6, REQUIREMENT, ROOT, given.opening);
        auctions.start(ACCOUNT, given);
    }

    function test_nothingIsAtStakeWithoutARequirement() public {
        house.setLateFor(ACCOUNT, 1);
        _expectStart(0, 0, abi.encodeWithSelector(IAuctions.NothingAtStake.selector, ACCOUNT));
    }

    // --- waiting cash

    /// @dev The venue is slow to credit a cure.
    function test_Fault5_aCureWorksThoughTheVenueIsSlow() public {
        house.setWaiting(ACCOUNT, 400e6);
        _expectStart(EQUITY, REQUIREMENT, abi.encodeWithSelector(IAuctions.NotLiquidatable.selector, ACCOUNT));
        house.setWaiting(ACCOUNT, 400e6 - 1);
        _start(EQUITY, REQUIREMENT);
        assertEqInt(auctions.auctionOf(ACCOUNT).equity, 1000e6 - 1);
    }

    /// @dev (r) What has been counted cannot leave before it is credited.
    function test_Attack_waitingCashThatWasCountedIsMarked() public {
        house.setWaiting(ACCOUNT, 300e6);
        _start(EQUITY, REQUIREMENT);
        assertEq(house.counted(ACCOUNT), 300e6);
    }

    function test_waitingCashIsWorthItsCredits() public {
        house.setCash(0.8e18, 0);
        house.setWaiting(ACCOUNT, 320e6);
        _expectStart(EQUITY, REQUIREMENT, abi.encodeWithSelector(IAuctions.NotLiquidatable.selector, ACCOUNT));
        house.setWaiting(ACCOUNT, 320e6 - 1);
        _start(EQUITY, REQUIREMENT);
    }

    // --- bids

    function test_theFirstBidInTimeWins() public {
        _start(EQUITY, REQUIREMENT);
        vm.expectEmit(address(auctions));
        emit IAuctions.AuctionWon(ACCOUNT, WINNER, 570e6, 11.4e6);
        _bid(570e6);
        (uint256 account, address winner, int256 price, uint256 fee, uint256 commitment) = house.sale();
        assertEq(account, ACCOUNT);
        assertEq(winner, WINNER);
        assertEqInt(price, 570e6);
        assertEq(fee, 11.4e6);
        assertEq(commitment, 0xD0);
        vm.expectRevert(abi.encodeWithSelector(IAuctions.NoAuction.selector, ACCOUNT));
        _bid(ANY);
    }

    function test_aPriceAboveTheLimit() public {
        _start(EQUITY, REQUIREMENT);
        vm.expectRevert(abi.encodeWithSelector(IAuctions.PriceAboveLimit.selector, 570e6, 570e6 - 1));
        _bid(570e6 - 1);
    }

    /// @dev An account with an equity of 20 times its requirement lost 1 380 to a start and a bid in one block.
    /// @custom:property A3
    function test_Fault10_startAndBidInOneBlock() public {
        house.setLateFor(ACCOUNT, 1);
        auctions.start(ACCOUNT, _disclosure(20 * EQUITY, REQUIREMENT));
        uint256 first = block.number + 5;
        vm.expectRevert(abi.encodeWithSelector(IAuctions.TooEarly.selector, ACCOUNT, first));
        _bid(ANY);
        vm.roll(first - 1);
        vm.expectRevert(abi.encodeWithSelector(IAuctions.TooEarly.selector, ACCOUNT, first));
        _bid(ANY);
        vm.roll(first);
        _bid(ANY);
    }

    /// @dev An account recovered to 10 times its requirement was sold at the floor.
    function test_Fault10_anybodyEndsTheAuctionOfARecoveredAccount() public {
        _start(EQUITY, REQUIREMENT);
        _wait(3 * STAGE);
        feed.publish(NEXT);
        health.name(ACCOUNT, COMMITMENT, NEXT, 12_500);
        vm.expectEmit(address(auctions));
        emit IAuctions.AuctionEnded(ACCOUNT);
        vm.prank(STRANGER);
        auctions.giveBack(ACCOUNT, NEXT, _health());
        assertEq(uint256(house.accountOf(ACCOUNT).state), uint256(IHouseTypes.State.Open));
        assertEq(house.returnedAt(), block.timestamp);
        vm.expectRevert(abi.encodeWithSelector(IAuctions.NoAuction.selector, ACCOUNT));
        _bid(ANY);
    }

    /// @custom:property A4
    function test_Attack_healthAtMaintenanceOrOfAnOldSnapshotEndsNoAuction() public {
        _start(EQUITY, REQUIREMENT);
        health.name(ACCOUNT, COMMITMENT, ROOT, 10_000);
        vm.expectRevert(bytes("not named"));
        auctions.giveBack(ACCOUNT, ROOT, _health());
        health.name(ACCOUNT, COMMITMENT, ROOT, 12_500);
        feed.publish(NEXT);
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.NotARecentSnapshot.selector, ROOT, NEXT));
        auctions.giveBack(ACCOUNT, ROOT, _health());
    }

    function test_withoutAnAuctionNothingIsGivenBack() public {
        vm.expectRevert(abi.encodeWithSelector(IAuctions.NoAuction.selector, ACCOUNT));
        auctions.giveBack(ACCOUNT, ROOT, _health());
        IAuctions.Disclosure memory given = _disclosure(EQUITY, 0);
        vm.expectRevert(abi.encodeWithSelector(IAuctions.NoAuction.selector, ACCOUNT));
        auctions.giveBackDisclosed(ACCOUNT, given);
    }

    function test_aDisclosureWithWaitingCashGivesBackAtInitialMargin() public {
        _start(EQUITY, REQUIREMENT);
        house.setWaiting(ACCOUNT, 650e6 - 1);
        IAuctions.Disclosure memory given = _disclosure(EQUITY, REQUIREMENT);
        vm.expectRevert(abi.encodeWithSelector(IAuctions.StillInDefault.selector, ACCOUNT));
        auctions.giveBackDisclosed(ACCOUNT, given);
        house.setWaiting(ACCOUNT, 650e6);
        auctions.giveBackDisclosed(ACCOUNT, given);
        assertEq(house.counted(ACCOUNT), 650e6);
        assertEq(house.returnedAt(), NOW);
    }

    // --- prices and time

    function test_thePriceFallsToTheFloorThenReservesThenTheHoldersOfCash() public {
        _reserve(30e6, 20e6);
        house.setCash(1e18, 70e6);
        _start(-100e12, 200e6);
        assertEqInt(auctions.priceOf(ACCOUNT), 0);
        _wait(2 * STAGE);
        assertEqInt(auctions.priceOf(ACCOUNT), -50e6);
        _wait(STAGE);
        assertEqInt(auctions.priceOf(ACCOUNT), -120e6);
    }

    function test_reservesCountInCredits() public {
        _reserve(30e6, 10e6);
        house.setCash(0.8e18, 0);
        _start(-100e12, 200e6);
        _wait(2 * STAGE);
        assertEqInt(auctions.priceOf(ACCOUNT), -50e6);
    }

    /// @dev A silent oracle or a stopped chain lets no price fall.
    /// @custom:property C2
    function test_Fault4_thePriceStandsStillWithTheLiveClock() public {
        _start(EQUITY, REQUIREMENT);
        vm.warp(NOW + 30 days);
        assertEqInt(auctions.priceOf(ACCOUNT), 570e6);
        assertEq(auctions.elapsedOf(ACCOUNT), 0);
    }

    /// @custom:property C3
    function test_thePriceStandsStillInAPause() public {
        _start(EQUITY, REQUIREMENT);
        vm.prank(WATCH);
        guardian.pause(PauseGroups.LIQUIDATE, 30 minutes, "test");
        _wait(10 minutes);
        assertEq(auctions.elapsedOf(ACCOUNT), 0);
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.Paused.selector, PauseGroups.LIQUIDATE));
        _bid(ANY);
        IAuctions.Disclosure memory given = _disclosure(EQUITY, REQUIREMENT);
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.Paused.selector, PauseGroups.LIQUIDATE));
        auctions.start(6, given);
    }

    /// @dev An outage within a pause counts twice, for the owner; time does not run backwards below the start.
    function test_anOutageWithinAPause() public {
        _start(EQUITY, REQUIREMENT);
        _wait(5 minutes);
        vm.prank(WATCH);
        guardian.pause(PauseGroups.LIQUIDATE, 30 minutes, "test");
        vm.warp(NOW + 35 minutes);
        assertEq(auctions.elapsedOf(ACCOUNT), 0);
    }

    function test_anAuctionThatIsOverStartsAgainWithFreshEvidence() public {
        _start(EQUITY, REQUIREMENT);
        IAuctions.Disclosure memory given = _disclosure(EQUITY, REQUIREMENT);
        vm.expectRevert(abi.encodeWithSelector(IAuctions.AuctionRunning.selector, ACCOUNT, 0));
        auctions.start(ACCOUNT, given);
        _wait(4 * STAGE + 1);
        vm.expectRevert(abi.encodeWithSelector(IAuctions.AuctionOver.selector, ACCOUNT, 4 * STAGE + 1));
        _bid(ANY);
        assertTrue(auctions.isOver(ACCOUNT));
        feed.publish(NEXT);
        given = _disclosure(1250e12, REQUIREMENT);
        vm.expectRevert(abi.encodeWithSelector(IAuctions.StillHealthy.selector, ACCOUNT));
        auctions.start(ACCOUNT, given);
        auctions.start(ACCOUNT, _disclosure(EQUITY, REQUIREMENT));
        assertFalse(auctions.isOver(ACCOUNT));
    }

    /// @dev Between maintenance and initial margin it can neither be given back nor stay unsold for ever.
    function test_anUnsoldAccountBelowInitialMarginIsAuctionedAgain() public {
        _start(EQUITY, REQUIREMENT);
        _wait(4 * STAGE + 1);
        feed.publish(NEXT);
        auctions.start(ACCOUNT, _disclosure(1250e12 - 1e6, REQUIREMENT));
        assertFalse(auctions.isOver(ACCOUNT));
    }

    /// @dev Zeros behind an opening have no value, but nobody could read the list.
    function test_Attack_zerosBehindAnOpening() public {
        IAuctions.Disclosure memory given = _disclosure(EQUITY, REQUIREMENT);
        uint256[] memory longer = new uint256[](4);
        (longer[0], longer[1], longer[2]) = (11, 22, 33);
        given.opening = longer;
        vm.expectRevert(abi.encodeWithSelector(IAuctions.MalformedOpening.selector, 4));
        auctions.start(ACCOUNT, given);
        given.opening = new uint256[](0);
        vm.expectRevert(abi.encodeWithSelector(IAuctions.MalformedOpening.selector, 0));
        auctions.start(ACCOUNT, given);
    }

    // --- defaults that nobody can buy

    /// @dev A default of 3 000 could not be sold, and the factor said 1.0.
    function test_Fault11_aDefaultThatNobodyCanBuyIsVisible() public {
        _reserve(30e6, 20e6);
        house.setCash(1e18, 100e6);
        _start(-3000e12, 200e6);
        assertEq(auctions.missingOf(ACCOUNT), 3050e6);
        vm.expectRevert(abi.encodeWithSelector(IAuctions.AuctionRunning.selector, ACCOUNT, 0));
        auctions.recordUnsaleable(ACCOUNT);
        _wait(4 * STAGE + 1);
        vm.expectEmit(address(auctions));
        emit IAuctions.Unsaleable(ACCOUNT, 3050e6);
        vm.prank(STRANGER);
        auctions.recordUnsaleable(ACCOUNT);
        assertEq(auctions.unsaleableSince(ACCOUNT).time, block.timestamp);
        assertEq(auctions.unsaleableSince(ACCOUNT).live, feed.liveTime());
        vm.expectRevert(abi.encodeWithSelector(IAuctions.NothingToRecord.selector, ACCOUNT));
        auctions.recordUnsaleable(ACCOUNT);
    }

    /// @dev (r) Not merely for want of bids.
    function test_Attack_aDefaultThatNobodyWantedIsNotUnsaleable() public {
        _reserve(250e6, 50e6);
        _start(-100e12, 200e6);
        _wait(4 * STAGE + 1);
        vm.expectRevert(abi.encodeWithSelector(IAuctions.NothingToRecord.selector, ACCOUNT));
        auctions.recordUnsaleable(ACCOUNT);
    }

    function test_aSaleAfterAllClearsTheRecord() public {
        _start(-3000e12, 200e6);
        _wait(4 * STAGE + 1);
        auctions.recordUnsaleable(ACCOUNT);
        feed.publish(NEXT);
        _start(EQUITY, REQUIREMENT);
        assertGt(auctions.unsaleableSince(ACCOUNT).time, 0);
        _bid(ANY);
        assertEq(auctions.unsaleableSince(ACCOUNT).time, 0);
    }

    // --- parameters

    function test_onlyTheTimelockSetsParametersWithinBounds() public {
        IAuctions.Parameters memory given = _parameters();
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.NotTimelock.selector, address(this)));
        auctions.setParameters(given);
        uint32[4] memory least = [uint32(0), 2_500, 0, 5 minutes];
        uint32[4] memory most = [uint32(2_000), 10_000, 1_000, 6 hours];
        for (uint256 i = 0; i < 4; ++i) {
            _expectRefused(_with(i, most[i] + 1), i, most[i] + 1, least[i], most[i]);
            if (least[i] != 0) _expectRefused(_with(i, least[i] - 1), i, least[i] - 1, least[i], most[i]);
        }
        vm.prank(address(timelock));
        auctions.setParameters(_with(3, 5 minutes));
        assertEq(auctions.parameters().fallTime, 5 minutes);
    }

    /// @dev A change of parameters does not move a running auction.
    function test_aRunningAuctionKeepsItsParameters() public {
        _start(EQUITY, REQUIREMENT);
        vm.prank(address(timelock));
        auctions.setParameters(_with(0, 2_000));
        assertEqInt(auctions.priceOf(ACCOUNT), 570e6);
    }

    function _with(uint256 index, uint32 value) private pure returns (IAuctions.Parameters memory given) {
        given = _parameters();
        if (index == 0) given.discountBps = value;
        if (index == 1) given.gainBps = value;
        if (index == 2) given.feeBps = value;
        if (index == 3) given.fallTime = value;
    }

    function _expectRefused(
        IAuctions.Parameters memory given,
        uint256 index,
        uint256 value,
        uint256 least,
        uint256 most
    ) private {
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.ParameterOutOfRange.selector, index, value, least, most));
        vm.prank(address(timelock));
        auctions.setParameters(given);
    }

    function _expectStart(int256 equity, uint256 requirement, bytes memory reason) private {
        IAuctions.Disclosure memory given = _disclosure(equity, requirement);
        vm.expectRevert(reason);
        auctions.start(ACCOUNT, given);
    }
}
