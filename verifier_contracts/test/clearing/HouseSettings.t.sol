// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {House} from "../../src/clearing/House.sol";
import {IBatches} from "../../src/clearing/IBatches.sol";
import {IHouse} from "../../src/clearing/IHouse.sol";
import {IHouseTypes} from "../../src/clearing/IHouseTypes.sol";
import {MockTimelock} from "../mocks/MockTimelock.sol";
import {Guardian} from "../../src/Guardian.sol";
import {InsuranceFund} from "../../src/InsuranceFund.sol";
import {FirstLoss} from "../../src/clearing/FirstLoss.sol";
import {HouseFixture} from "./fixtures/HouseFixture.sol";

/// @dev Deployment, roles, parameters, and the end of a market.
contract HouseSettingsTest is HouseFixture {
    function setUp() public {
        _deploy();
    }

    function test_namesItsContracts() public view {
        IHouse.Contracts memory found = house.contracts();
        assertEq(keccak256(abi.encode(found)), keccak256(abi.encode(_contracts())));
        assertEq(house.venue(), VENUE);
        assertEq(house.venueKey()[0], 0x71);
        assertEq(house.venueKey()[1], 0x72);
        assertEq(house.engine(), address(engine));
        assertEq(house.windDown(), address(closer));
        assertEq(house.cashFactor(), WAD);
        assertEq(house.standing().lastBatchAt, NOW);
        assertEq(keccak256(abi.encode(house.parameters())), keccak256(abi.encode(_parameters())));
    }

    function test_refusesContractsThatDoNotBelongTogether() public {
        IHouse.Contracts memory other = _contracts();
        other.insuranceFund = address(new InsuranceFund(address(coin)));
        _expectDeployment(other, abi.encodeWithSelector(IHouseTypes.OtherContract.selector, usd, coin));
        other = _contracts();
        other.firstLoss = address(new FirstLoss(address(coin)));
        _expectDeployment(other, abi.encodeWithSelector(IHouseTypes.OtherContract.selector, usd, coin));
        other = _contracts();
        address another = address(new MockTimelock(2 days));
        other.guardian = address(new Guardian(another, PAUSER));
        _expectDeployment(other, abi.encodeWithSelector(IHouseTypes.OtherContract.selector, timelock, another));
    }

    function testFuzz_refusesAddressesWithoutCode(uint256 which) public {
        IHouse.Contracts memory other = _contracts();
        which %= 7;
        if (which == 0) other.vault = STRANGER;
        if (which == 1) other.feed = STRANGER;
        if (which == 2) other.batches = STRANGER;
        if (which == 3) other.guardian = STRANGER;
        if (which == 4) other.insuranceFund = STRANGER;
        if (which == 5) other.firstLoss = STRANGER;
        if (which == 6) other.timelock = STRANGER;
        IHouse.Parameters memory parameters = _parameters();
        vm.expectRevert();
        new House(other, VENUE, [uint256(1), 2], parameters);
    }

    function test_theTimelockGivesNotice() public {
        IHouse.Contracts memory other = _contracts();
        // A guardian does not accept such a timelock either, so it is one that says so later.
        MockTimelock short = new MockTimelock(2 days - 1);
        other.timelock = address(short);
        GuardianOf named = new GuardianOf(address(short));
        other.guardian = address(named);
        _expectDeployment(other, abi.encodeWithSelector(IHouseTypes.NoticeTooShort.selector, 2 days - 1, 2 days));
    }

    /// @custom:property R3
    function test_theDeployerSetsEngineAndWindDownOnce() public {
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.AlreadySet.selector, address(engine)));
        house.setEngine(address(engine));
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.AlreadySet.selector, address(closer)));
        house.setWindDown(address(closer));
        IHouse other = IHouse(address(new House(_contracts(), VENUE, [uint256(1), 2], _parameters())));
        vm.prank(STRANGER);
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.NotDeployer.selector, STRANGER));
        other.setEngine(address(engine));
        vm.prank(STRANGER);
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.NotDeployer.selector, STRANGER));
        other.setWindDown(address(closer));
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.NotAContract.selector, STRANGER));
        other.setEngine(STRANGER);
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.NotAContract.selector, STRANGER));
        other.setWindDown(STRANGER);
        vm.expectEmit(address(other));
        emit IHouseTypes.EngineSet(address(engine));
        other.setEngine(address(engine));
        vm.expectEmit(address(other));
        emit IHouseTypes.WindDownSet(address(closer));
        other.setWindDown(address(closer));
    }

    /// @custom:property R1
    function test_onlyTheTimelockSetsVenueKeyAndParameters() public {
        bytes memory reason = abi.encodeWithSelector(IHouseTypes.NotTimelock.selector, address(this));
        vm.expectRevert(reason);
        house.setVenue(STRANGER);
        vm.expectRevert(reason);
        house.setVenueKey([uint256(1), 2]);
        IHouse.Parameters memory parameters = _parameters();
        vm.expectRevert(reason);
        house.setParameters(parameters);
        vm.expectEmit(address(house));
        emit IHouseTypes.VenueSet(STRANGER);
        vm.prank(timelock);
        house.setVenue(STRANGER);
        assertEq(house.venue(), STRANGER);
        vm.expectEmit(address(house));
        emit IHouseTypes.VenueKeySet([uint256(1), 2]);
        vm.prank(timelock);
        house.setVenueKey([uint256(1), 2]);
        assertEq(house.venueKey()[1], 2);
    }

    /// @custom:property R2
    function test_parametersStayWithinConstants() public {
        uint256[2][6] memory bounds = [
            [uint256(10_000), 20_000],
            [uint256(1 minutes), 1 days],
            [uint256(1 hours), 7 days],
            [uint256(30 minutes), 2 days],
            [uint256(0), 6 hours],
            [uint256(0), 1_000e6]
        ];
        for (uint256 i = 0; i < 6; ++i) {
            (uint256 least, uint256 most) = (bounds[i][0], bounds[i][1]);
            _set(i, least);
            _set(i, most);
            _expectSet(i, most + 1, least, most);
            if (least != 0) _expectSet(i, least - 1, least, most);
        }
        feed.setBreakerPeriod(4 hours);
        _expectSet(4, 2 hours + 1, 0, 2 hours);
    }

    /// @dev Heartbeat, grace, freeze bound and the longest auction together are less than the tranche's notice.
    function test_theTranchesNoticeIsLongerThanAnyDefaultCanHide() public view {
        assertLt(7 days + 2 days + 1 hours + 4 * 6 hours, tranche.NOTICE());
    }

    // --- code in two contracts

    /// @dev The desk's own storage is of no use to anybody, and unknown functions revert.
    function test_attack_theDeskItselfIsClosed() public {
        IHouse desk = IHouse(vm.computeCreateAddress(address(house), 1));
        assertGt(address(desk).code.length, 0);
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.Ended.selector));
        desk.register();
        (bool done,) = address(house).call(abi.encodeWithSignature("unknown()"));
        assertFalse(done);
        vm.deal(address(this), 1);
        (done,) = address(house).call{value: 1}(abi.encodeCall(house.register, ()));
        assertFalse(done);
    }

    function test_bothFitIntoAContract() public {
        assertLe(address(house).code.length, 24_576);
        address desk = vm.computeCreateAddress(address(house), 1);
        vm.snapshotValue("House", "bytes of code", address(house).code.length);
        vm.snapshotValue("House", "bytes of code, desk", desk.code.length);
    }

    // --- the end

    /// @custom:property R1
    function test_onlyTheWindDown() public {
        bytes memory reason = abi.encodeWithSelector(IHouseTypes.NotWindDown.selector, address(this));
        vm.expectRevert(reason);
        house.end();
        vm.expectRevert(reason);
        house.pullForWindDown(alice, 1);
        vm.expectRevert(reason);
        house.releaseForWindDown(CASH, alice, 1);
        vm.expectRevert(reason);
        house.takeCounted(1);
        vm.expectRevert(reason);
        house.cover(1);
    }

    function test_fundsMoveForTheWindDownAfterTheEndOnly() public {
        bytes memory reason = abi.encodeWithSelector(IHouseTypes.NotEnded.selector);
        vm.prank(address(closer));
        vm.expectRevert(reason);
        house.pullForWindDown(alice, 1);
        vm.prank(address(closer));
        vm.expectRevert(reason);
        house.releaseForWindDown(CASH, alice, 1);
        vm.prank(address(closer));
        vm.expectRevert(reason);
        house.takeCounted(1);
        vm.prank(address(closer));
        vm.expectRevert(reason);
        house.cover(1);
    }

    /// @custom:property D7
    function test_afterTheEndOnlyRefundsGoOn() public {
        (uint256 a, uint256 b) = _tradedPair();
        _deposit(a, CASH, 10 * ONE);
        _count(a);
        _deposit(a, CASH, 5 * ONE);
        _seize(b);
        vm.expectEmit(address(house));
        emit IHouseTypes.MarketEnded();
        _end();
        assertTrue(house.standing().ended);
        _everythingReverts(a, b);
        // Without notice, at par, but not what has been counted.
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.NotWaiting.selector, a, CASH, 5 * ONE + 1, 5 * ONE));
        house.refund(a, CASH, 5 * ONE + 1, alice);
        _refund(a, CASH, 5 * ONE, alice);
        assertEq(usd.balanceOf(alice), 5 * ONE);
        vm.prank(address(closer));
        assertEq(house.takeCounted(a), 10 * ONE + BOND);
        _waits(a, CASH, 0, 0, 0);
        assertEq(house.waitingTotal(CASH), BOND);
        assertEq(house.timesOf(a).bond, 0);
        vm.prank(address(closer));
        assertEq(house.takeCounted(a), 0);
    }

    function test_movesFundsForTheWindDown() public {
        uint256 a = _open(alice);
        _endow(a, CASH, 10 * ONE);
        _deposit(a, CASH, 5 * ONE);
        _insure(3 * ONE, 4 * ONE);
        _end();
        _fundWith(BOB, CASH, ONE);
        vm.prank(address(closer));
        house.pullForWindDown(BOB, ONE);
        vm.prank(address(closer));
        assertEq(house.cover(5 * ONE), 5 * ONE);
        assertEq(tranche.balance(), 0);
        assertEq(fund.balanceOf(address(house)), 2 * ONE);
        vm.prank(address(closer));
        assertEq(house.cover(5 * ONE), 2 * ONE);
        vm.prank(address(closer));
        assertEq(house.cover(5 * ONE), 0);
        // What waits pays nobody.
        vm.prank(address(closer));
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.NotBacked.selector, CASH, 18 * ONE + 1, 18 * ONE));
        house.releaseForWindDown(CASH, CAROL, 18 * ONE + 1);
        vm.prank(address(closer));
        house.releaseForWindDown(CASH, CAROL, 18 * ONE);
        assertEq(usd.balanceOf(CAROL), 18 * ONE);
        _refund(a, CASH, 5 * ONE, alice);
        assertEq(_cash(), 0);
    }

    // --- helpers

    function _everythingReverts(uint256 a, uint256 b) private {
        bytes memory reason = abi.encodeWithSelector(IHouseTypes.Ended.selector);
        vm.expectRevert(reason);
        house.register();
        IHouse.Step memory step = _openStep(a, alice);
        vm.prank(alice);
        vm.expectRevert(reason);
        house.open(a, step, [uint256(4), 5], IHouseTypes.SealedKey(1, [uint256(2), 3]));
        vm.prank(alice);
        vm.expectRevert(reason);
        house.deposit(a, CASH, 1);
        vm.prank(alice);
        vm.expectRevert(reason);
        house.postBond(a);
        _expectWithdraw(a, CASH, 1, alice, reason);
        _expectSettle(_batch(_one(a), false), reason);
        _expectAttest(ROOT, a, reason);
        vm.expectRevert(reason);
        house.call(_one(a));
        vm.expectRevert(reason);
        house.freeze(a);
        vm.expectRevert(reason);
        house.collectFees();
        IHouse.NewKeys memory keys = _newKeys(b, CAROL);
        vm.prank(alice);
        vm.expectRevert(reason);
        house.renewKeys(a, keys);
        vm.prank(address(engine));
        vm.expectRevert(reason);
        house.takeOver(b, CAROL, 0, 0, keys);
        vm.prank(address(engine));
        vm.expectRevert(reason);
        house.giveBack(b, NOW);
        vm.prank(address(engine));
        vm.expectRevert(reason);
        house.seize(a);
        vm.prank(address(engine));
        vm.expectRevert(reason);
        house.count(a);
        vm.prank(address(closer));
        vm.expectRevert(reason);
        house.end();
    }

    function _expectDeployment(IHouse.Contracts memory contracts, bytes memory reason) private {
        IHouse.Parameters memory parameters = _parameters();
        vm.expectRevert(reason);
        new House(contracts, VENUE, [uint256(1), 2], parameters);
    }

    function _changed(uint256 index, uint256 value) private pure returns (IHouse.Parameters memory p) {
        p = _parameters();
        if (index == 0) p.initialBps = uint32(value);
        else if (index == 1) p.maxSnapshotAge = uint32(value);
        else if (index == 2) p.heartbeat = uint32(value);
        else if (index == 3) p.grace = uint32(value);
        else if (index == 4) p.cooldown = uint32(value);
        else p.bond = uint64(value);
    }

    function _set(uint256 index, uint256 value) private {
        IHouse.Parameters memory p = _changed(index, value);
        vm.expectEmit(address(house));
        emit IHouseTypes.ParametersSet(p);
        vm.prank(timelock);
        house.setParameters(p);
    }

    function _expectSet(uint256 index, uint256 value, uint256 least, uint256 most) private {
        IHouse.Parameters memory p = _changed(index, value);
        vm.prank(timelock);
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.ParameterOutOfRange.selector, index, value, least, most));
        house.setParameters(p);
    }
}

/// @dev A guardian that names any timelock.
contract GuardianOf {
    address public immutable timelock;

    constructor(address timelock_) {
        timelock = timelock_;
    }
}
