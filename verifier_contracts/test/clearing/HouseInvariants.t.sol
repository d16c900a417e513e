// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {CollateralVault} from "../../src/CollateralVault.sol";
import {IBatches} from "../../src/clearing/IBatches.sol";
import {IHouse} from "../../src/clearing/IHouse.sol";
import {IHouseTypes} from "../../src/clearing/IHouseTypes.sol";
import {ICollateralVault} from "../../src/interfaces/ICollateralVault.sol";
import {FreezableToken} from "../tokens/FreezableToken.sol";
import {Test} from "../Vm.sol";
import {HouseFixture} from "./fixtures/HouseFixture.sol";

/// @dev Random actions of owners, venue, engine, oracle and guardian, with proofs for all of them. The handler is a
/// ghost ledger that knows the openings' cash and computes all funds by docs/protocol.md.
contract HouseHandler is HouseFixture {
    uint256 private constant ACCOUNTS = 3;
    uint64 private constant LARGEST = 1e12;

    uint256 private _now = NOW;
    /// @dev The account that a takeover may change in this step.
    uint256 private _taken;
    /// @dev The factor before the first loss of a day, and the time of that loss.
    uint256 private _anchor = WAD;
    uint256 private _anchoredAt;
    mapping(uint256 account => IHouse.Account) private _seen;
    mapping(address owner => mapping(uint256 account => mapping(uint256 asset => uint256))) private _waiting;
    mapping(address owner => mapping(uint256 account => uint256)) private _counted;
    mapping(uint256 account => uint256) private _bonds;

    /// @dev Credits of cash by account, without fees that have been taken. A fill may leave an account below 0.
    mapping(uint256 account => int256) public credits;
    mapping(uint256 account => uint256) public coins;
    uint256 public fees;
    uint256 public factor = WAD;
    /// @dev In micro of the quote token: what backs credits.
    uint256 public backing;
    uint256 public losses;
    uint256 public fills;
    uint256 public takeovers;
    uint256 public freezes;
    /// @dev The first forbidden event; empty if there was none.
    string public breach;

    constructor() {
        _deploy();
        for (uint256 i = 0; i < ACCOUNTS; ++i) {
            uint256 account = _bonded(_owner(i));
            _bonds[account] = BOND;
            _endow(account, CASH, LARGEST);
            (credits[account], backing) = (int256(uint256(LARGEST)), backing + LARGEST);
        }
        _settle(_batch(_all(), true));
        _watch();
    }

    /// @dev Forge does not keep `vm.warp` between the calls of a sequence, so each call sets the time again.
    modifier watched() {
        vm.warp(_now);
        _;
        _watch();
        _taken = 0;
    }

    // --- owners

    function registerAndOpen(uint256 who) external watched {
        if (house.accounts() > ACCOUNTS) return;
        _open(_owner(who));
    }

    function depositTo(uint256 which, bool cash, uint64 amount) external watched {
        (uint256 account, uint256 asset) = (_account(which), cash ? CASH : COIN);
        amount = 1 + amount % LARGEST;
        _deposit(account, asset, amount);
        _waiting[_ownerOf(account)][account][asset] += amount;
    }

    function announce(uint256 which, bool cash, uint64 amount, bool former) external watched {
        (uint256 account, uint256 asset) = (_account(which), cash ? CASH : COIN);
        address who = former ? _owner(which >> 8) : _ownerOf(account);
        uint64 free = _free(who, account, asset);
        vm.prank(who);
        house.announceRefund(account, asset, free == 0 ? 0 : amount % (free + 1));
    }

    function takeBack(uint256 which, bool cash, uint64 amount, bool former) external watched {
        (uint256 account, uint256 asset) = (_account(which), cash ? CASH : COIN);
        address who = former ? _owner(which >> 8) : _ownerOf(account);
        IHouse.Waiting memory waiting = house.waitingFor(who, account, asset);
        if (waiting.leaving == 0) return;
        amount = 1 + amount % waiting.leaving;
        _passUntil(waiting.leavesAt);
        vm.prank(who);
        house.refund(account, asset, amount, CAROL);
        _waiting[who][account][asset] -= amount;
    }

    function bond(uint256 which) external watched {
        uint256 account = _account(which);
        _postBond(account);
        _bonds[account] += BOND;
    }

    function requestKey(uint256 which, uint256 value) external watched {
        uint256 account = _account(which);
        vm.prank(_ownerOf(account));
        house.requestKey(account, [uint256(1), 2], value % FIELD);
    }

    function giveNotice(uint256 which) external watched {
        _announceWithdrawal(_account(which));
    }

    function withdrawFrom(uint256 which, bool cash, uint64 amount) external watched {
        uint256 account = _account(which);
        if (_flags(account) & NOTICED == 0) return;
        _passUntil(house.timesOf(account).noticeAt + 10 minutes);
        uint256 most = cash ? _positive(credits[account]) : coins[account];
        amount = uint64(amount % (most + 1));
        _withdrawNow(account, cash ? CASH : COIN, amount, CAROL);
        if (!cash) {
            coins[account] -= amount;
            return;
        }
        credits[account] -= int256(uint256(amount));
        backing -= amount * factor / WAD;
    }

    function renew(uint256 which) external watched {
        uint256 account = _account(which);
        IHouse.NewKeys memory keys = _newKeys(account, _ownerOf(account));
        vm.prank(_ownerOf(account));
        house.renewKeys(account, keys);
    }

    // --- the venue

    function credit(uint256 which, bool cash, uint64 amount) external watched {
        (uint256 account, uint256 asset) = (_account(which), cash ? CASH : COIN);
        uint256 waits = house.waitingOf(account, asset).amount;
        amount = uint64(amount % (waits + 1));
        _credit(account, asset, amount);
        uint256 cost = cash ? Math.mulDiv(amount, factor, WAD, Math.Rounding.Ceil) : amount;
        address who = _ownerOf(account);
        _waiting[who][account][asset] -= cost;
        if (!cash) {
            coins[account] += amount;
            return;
        }
        _counted[who][account] -= Math.min(_counted[who][account], cost);
        credits[account] += int256(uint256(amount));
        backing += cost;
    }

    /// @dev Cash moves between accounts, and a part of it becomes fees.
    function fill(uint256 which, uint256 other, uint64 amount, uint16 fee, bool reduceOnly) external watched {
        (uint256 a, uint256 b) = (_account(which), _account(other));
        if (a == b) return;
        (a, b) = a < b ? (a, b) : (b, a);
        IBatches.Batch memory batch = _batch(_two(a, b), true);
        batch.reduceOnly = reduceOnly;
        _accept(batch, fee);
        vm.prank(VENUE);
        house.settle(batch);
        amount %= LARGEST;
        credits[a] -= int256(uint256(amount)) + int256(uint256(fee));
        credits[b] += int256(uint256(amount));
        fees += fee;
        ++fills;
        _requireCalmMarket(a, b, reduceOnly);
    }

    function upkeep(uint256 which) external watched {
        _settle(_batch(_one(_account(which)), false));
    }

    function collect() external watched {
        uint256 value = fees * factor / WAD;
        house.collectFees();
        (fees, backing) = (0, backing - value);
    }

    // --- keepers

    function attestTo(uint256 which) external watched {
        _attest(_account(which));
    }

    function callAccount(uint256 which) external watched {
        uint256 account = _account(which);
        if (!house.isOverdue(account)) _pass(HEARTBEAT + 1);
        house.call(_one(account));
        if (house.accountOf(account).flags & TRADED == 0) _blame("an account that never traded was called");
        if (house.lateFor(account) != 0) _blame("called without grace");
    }

    function freeze(uint256 which) external watched {
        uint256 account = _account(which);
        if (house.isCalled(account) && which % 2 == 0) _pass(GRACE + 1 hours + 1);
        bool late = house.lateFor(account) > 1 hours;
        bool unsold = house.accountOf(account).state == IHouseTypes.State.Seized && engine.isOver(account);
        house.freeze(account);
        if (!late && !unsold) _blame("frozen without a reason");
        ++freezes;
    }

    // --- the engine

    function seize(uint256 which, bool counts) external watched {
        uint256 account = _account(which);
        _seize(account);
        engine.set(account, false);
        if (counts) _countCash(account);
    }

    function finishAuction(uint256 which) external watched {
        engine.set(_seized(which), true);
    }

    function giveBackAccount(uint256 which, bool counts) external watched {
        uint256 account = _seized(which);
        if (counts) _countCash(account);
        _publish();
        (, uint256 time) = feed.latest();
        _giveBack(account, time);
    }

    function takeOverFor(uint256 which, uint256 winner, uint64 price, uint64 fee) external watched {
        (uint256 account, address who) = (_seized(which), _owner(winner));
        price = 1 + price % LARGEST;
        _fundWith(who, CASH, price);
        address former = _ownerOf(account);
        _taken = account;
        _takeOver(account, who, int256(uint256(price)), fee % (price + 1));
        _moved(account, former, who, 0);
    }

    function takeOverAtALoss(uint256 which, uint256 winner, uint64 loss) external watched {
        (uint256 account, address who) = (_seized(which), _owner(winner));
        uint256 insured = tranche.balance() + fund.balanceOf(address(house));
        // One loss in four exceeds the bound.
        loss = uint64(loss % ((insured + house.socialisable()) * 4 / 3 + 2));
        address former = _ownerOf(account);
        _taken = account;
        _takeOver(account, who, -int256(uint256(loss)), 0);
        uint256 value = loss * factor / WAD;
        _moved(account, former, who, value);
        if (value <= insured) return;
        if (_now - _anchoredAt >= 1 days) (_anchor, _anchoredAt) = (factor, _now);
        factor = Math.mulDiv(factor, backing - (value - insured), backing);
        backing -= value - insured;
        ++losses;
    }

    // --- oracle, guardian, insurer

    function wait(uint256 seconds_) external watched {
        uint256 end = _now + (seconds_ % 4 == 0 ? seconds_ % 2 days : seconds_ % 1 hours);
        bool silent = seconds_ % 5 == 0;
        if (!silent) return _passUntil(end);
        _now = end;
        vm.warp(_now);
    }

    function publish() external watched {
        _publish();
    }

    function trip(uint256 chance) external watched {
        if (chance % 8 == 0) feed.trip();
    }

    function pauseGroups(uint256 groups, uint256 duration) external watched {
        _pause(1 + groups % 7, 1 + duration % 1 hours);
    }

    function insure(uint64 ofTranche, uint64 ofFund) external watched {
        _insure(ofTranche % LARGEST, ofFund % LARGEST);
    }

    /// @dev A stranger tries what needs a role.
    function intrude(uint256 which, uint256 what) external watched {
        uint256 account = _account(which);
        bytes[] memory calls = new bytes[](8);
        calls[0] = abi.encodeCall(house.seize, (account));
        calls[1] = abi.encodeCall(house.count, (account));
        calls[2] = abi.encodeCall(house.giveBack, (account, _now));
        calls[3] = abi.encodeCall(house.end, ());
        calls[4] = abi.encodeCall(house.postBond, (account));
        calls[5] = abi.encodeCall(house.announceWithdrawal, (account));
        calls[6] = abi.encodeCall(house.settle, (_batch(_one(account), false)));
        calls[7] = abi.encodeCall(house.takeCounted, (account));
        vm.prank(STRANGER);
        (bool done,) = address(house).call(calls[what % 8]);
        if (done) _blame("a stranger did it");
    }

    // --- queries of the invariants

    /// @dev All owners take back what waits and is not counted, at par, in any pause or freeze.
    function letEverybodyTakeBack() external {
        vm.warp(_now);
        for (uint256 step = 0; step < 2; ++step) {
            for (uint256 i = 0; i < 3 * (ACCOUNTS + 1) * 2; ++i) {
                (address who, uint256 account) = (_owner(i), 1 + (i / 3) % (ACCOUNTS + 1));
                uint256 asset = i < 3 * (ACCOUNTS + 1) ? CASH : COIN;
                uint64 free = _free(who, account, asset);
                if (free == 0) continue;
                vm.prank(who);
                if (step == 0) house.announceRefund(account, asset, free);
                else house.refund(account, asset, free, address(0xCA2));
            }
            vm.warp(_now + 10 minutes);
        }
    }

    /// @return sum All waiting funds of an asset, and all bonds if it is cash
    function reserved(uint256 asset) external view returns (uint256 sum) {
        for (uint256 account = 1; account <= house.accounts(); ++account) {
            for (uint256 i = 0; i < 3; ++i) {
                sum += _waiting[_owner(i)][account][asset];
            }
            if (asset == CASH) sum += _bonds[account];
        }
    }

    function counted() external view returns (uint256 sum) {
        for (uint256 account = 1; account <= house.accounts(); ++account) {
            for (uint256 i = 0; i < 3; ++i) {
                sum += _counted[_owner(i)][account];
            }
        }
    }

    function compareWaiting() external view {
        for (uint256 account = 1; account <= house.accounts(); ++account) {
            for (uint256 i = 0; i < 3; ++i) {
                IHouse.Waiting memory cash = house.waitingFor(_owner(i), account, CASH);
                assertEq(cash.amount, _waiting[_owner(i)][account][CASH]);
                assertEq(cash.counted, _counted[_owner(i)][account]);
                assertLe(uint256(cash.counted) + cash.leaving, cash.amount);
                IHouse.Waiting memory coin_ = house.waitingFor(_owner(i), account, COIN);
                assertEq(coin_.amount, _waiting[_owner(i)][account][COIN]);
                assertEq(coin_.counted, 0);
            }
            assertEq(house.timesOf(account).bond, _bonds[account]);
        }
    }

    function recount() external view {
        (uint256 seized, uint256 frozen) = (0, 0);
        for (uint256 account = 1; account <= house.accounts(); ++account) {
            IHouse.Account memory known = house.accountOf(account);
            if (known.state == IHouseTypes.State.Seized) ++seized;
            if (known.flags & FROZEN != 0) ++frozen;
            assertEq(house.frozenSince(account).time != 0, known.flags & FROZEN != 0);
            bool bonded = known.flags & BONDED != 0;
            assertEq(_bonds[account] != 0, bonded);
        }
        assertEq(house.standing().seized, seized);
        assertEq(house.standing().frozen, frozen);
    }

    function creditSum() external view returns (int256 sum) {
        for (uint256 account = 1; account <= house.accounts(); ++account) {
            sum += credits[account];
        }
    }

    function coinSum() external view returns (uint256 sum) {
        for (uint256 account = 1; account <= house.accounts(); ++account) {
            sum += coins[account];
        }
    }

    function market() external view returns (IHouse, CollateralVault) {
        return (house, vault);
    }

    // --- records

    function _watch() private {
        for (uint256 account = 1; account <= house.accounts(); ++account) {
            _compare(account, _seen[account], house.accountOf(account));
            _seen[account] = house.accountOf(account);
        }
        if (house.cashFactor() != factor) _blame("another factor");
        if (factor < 0.8e18) _blame("the factor fell below its bound");
        if (factor * 50 < _anchor * 49) _blame("the factor fell by more than a fiftieth in a day");
    }

    function _compare(uint256 account, IHouse.Account memory was, IHouse.Account memory now_) private {
        if (now_.lastHealthyAt < was.lastHealthyAt) _blame("health in the past");
        if (now_.lastHealthyAt > _now) _blame("health in the future");
        if (now_.lastHealthyLive < was.lastHealthyLive) _blame("live time fell");
        if (was.owner != address(0) && was.owner != now_.owner && account != _taken) _blame("another owner");
        if (was.state != IHouseTypes.State.Seized || account == _taken) return;
        if (was.commitment != now_.commitment) _blame("a seized account changed");
        if (now_.flags & EXPOSED == 0) _blame("a seized account is not exposed");
    }

    /// @dev What must hold after fills, whatever the sequence was.
    function _requireCalmMarket(uint256 a, uint256 b, bool reduceOnly) private {
        (, uint256 time) = feed.latest();
        if (_now - time > MAX_AGE) _blame("a fill with an old snapshot");
        if (house.standing().frozen != 0) _blame("a fill in a freeze");
        if (!reduceOnly && guardian.isPaused(5)) _blame("a risky fill in a pause");
        bool recent = !feed.calmFor(COOLDOWN) && _now - feed.unrestSince() <= 1 days;
        if (!reduceOnly && recent) _blame("a risky fill after a breaker");
        if ((_flags(a) | _flags(b)) & EXPOSED != 0) _blame("a fill of an exposed account");
        if (house.accountOf(a).lastHealthyAt != time) _blame("a fill without health");
    }

    function _countCash(uint256 account) private {
        _count(account);
        address who = _ownerOf(account);
        _counted[who][account] = _waiting[who][account][CASH];
    }

    function _moved(uint256 account, address former, address winner, uint256 paid) private {
        uint256 moved = _counted[former][account];
        _waiting[former][account][CASH] -= moved;
        _counted[former][account] = 0;
        _waiting[winner][account][CASH] += moved + paid;
        _counted[winner][account] += moved + paid;
        _bonds[account] = 0;
        ++takeovers;
    }

    /// @dev Time passes, and the oracle publishes every hour.
    function _pass(uint256 seconds_) private {
        uint256 end = _now + seconds_;
        while (_now < end) {
            _now = Math.min(end, _now + 1 hours);
            vm.warp(_now);
            _publish();
        }
    }

    function _passUntil(uint256 time) private {
        if (time > _now) _pass(time - _now);
    }

    function _blame(string memory what) private {
        if (bytes(breach).length == 0) breach = what;
    }

    function _free(address who, uint256 account, uint256 asset) private view returns (uint64) {
        IHouse.Waiting memory waiting = house.waitingFor(who, account, asset);
        return waiting.amount - waiting.counted;
    }

    function _account(uint256 which) private view returns (uint256) {
        return 1 + which % house.accounts();
    }

    /// @dev A seized account, if there is one.
    function _seized(uint256 which) private view returns (uint256 account) {
        for (uint256 i = 0; i < house.accounts(); ++i) {
            account = _account(which % house.accounts() + i);
            if (house.accountOf(account).state == IHouseTypes.State.Seized) return account;
        }
    }

    function _ownerOf(uint256 account) private view returns (address) {
        return house.accountOf(account).owner;
    }

    function _owner(uint256 i) private pure returns (address) {
        return address(uint160(0xA0 + i % 3));
    }

    function _all() private pure returns (uint256[] memory list) {
        list = new uint256[](ACCOUNTS);
        for (uint256 i = 0; i < ACCOUNTS; ++i) {
            list[i] = i + 1;
        }
    }

    function _positive(int256 number) private pure returns (uint256) {
        return number > 0 ? uint256(number) : 0;
    }
}

/// @dev docs/protocol.md names the properties.
contract HouseInvariants is Test {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    uint256 private constant CASH = 8;
    uint256 private constant WAD = 1e18;

    HouseHandler private handler;
    IHouse private house;
    CollateralVault private vault;

    function setUp() public {
        handler = new HouseHandler();
        (house, vault) = handler.market();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(handler), new bytes4[](27));
        bytes4[] memory list = targets[0].selectors;
        (list[0], list[1], list[2]) =
        (handler.registerAndOpen.selector, handler.depositTo.selector, handler.announce.selector);
        (list[3], list[4], list[5]) = (handler.takeBack.selector, handler.bond.selector, handler.requestKey.selector);
        (list[6], list[7], list[8]) =
        (handler.giveNotice.selector, handler.withdrawFrom.selector, handler.renew.selector);
        (list[9], list[10], list[11]) = (handler.credit.selector, handler.fill.selector, handler.upkeep.selector);
        (list[12], list[13], list[14]) =
        (handler.collect.selector, handler.attestTo.selector, handler.callAccount.selector);
        (list[15], list[16], list[17]) =
        (handler.freeze.selector, handler.seize.selector, handler.finishAuction.selector);
        (list[18], list[19], list[20]) =
        (handler.giveBackAccount.selector, handler.takeOverFor.selector, handler.takeOverAtALoss.selector);
        (list[21], list[22], list[23]) = (handler.wait.selector, handler.publish.selector, handler.trip.selector);
        (list[24], list[25], list[26]) =
        (handler.pauseGroups.selector, handler.insure.selector, handler.intrude.selector);
    }

    /// @dev All properties in one campaign, as a campaign for each takes five times as long and finds no more.
    function invariant_ofTheHouse() public view {
        _theVaultHoldsBackingAndWhatWaits();
        _creditsAreBacked();
        _whatWaitsIsWhatTheLedgerSays();
        _countersEqualRecounts();
        _noForbiddenEvent();
    }

    /// @dev The vault's cash is what backs accounts and unpaid fees, and what waits, to the last micro.
    function _theVaultHoldsBackingAndWhatWaits() private view {
        assertEq(house.waitingTotal(CASH), handler.reserved(CASH));
        assertEq(vault.assetOf(CASH).total, handler.backing() + handler.reserved(CASH));
        assertEq(house.unpaidFees(), handler.fees());
        assertEq(vault.assetOf(0).total, handler.coinSum() + handler.reserved(0));
        for (uint256 asset = 0; asset <= CASH; asset += CASH) {
            ICollateralVault.Asset memory slot = vault.assetOf(asset);
            FreezableToken token = FreezableToken(slot.token);
            assertEq(token.balanceOf(address(vault)), (slot.total + slot.owed) * slot.scale);
            assertEq(token.balanceOf(address(house)), 0);
        }
    }

    /// @dev Credits and fees add up to at most what backs them.
    function _creditsAreBacked() private view {
        int256 credits = handler.creditSum() + int256(handler.fees());
        if (credits > 0) assertGe(handler.backing(), uint256(credits) * handler.factor() / WAD);
    }

    function _whatWaitsIsWhatTheLedgerSays() private view {
        handler.compareWaiting();
    }

    function _countersEqualRecounts() private view {
        handler.recount();
    }

    /// @dev Health never falls, the factor never rises or falls below its bounds, and no fill happens that must not.
    function _noForbiddenEvent() private view {
        assertEq(handler.breach(), "");
    }

    /// @dev At the end of each sequence all take back what waits. Forge calls this function by its name.
    function afterInvariant() public {
        handler.letEverybodyTakeBack();
        assertEq(vault.assetOf(0).total, handler.coinSum());
        uint256 bonds;
        for (uint256 account = 1; account <= house.accounts(); ++account) {
            bonds += house.timesOf(account).bond;
        }
        assertEq(vault.assetOf(CASH).total, handler.backing() + handler.counted() + bonds);
    }

    /// @dev Checks that random sequences can reach every action.
    function test_theHandlerReachesEveryAction() public {
        handler.registerAndOpen(1);
        handler.depositTo(0, true, 100);
        handler.depositTo(0, false, 100);
        handler.announce(0, true, 50, false);
        handler.credit(0, true, 20);
        handler.credit(0, false, 30);
        handler.fill(0, 1, 1000, 10, false);
        assertEq(handler.fills(), 1);
        handler.collect();
        handler.requestKey(0, 5);
        handler.giveNotice(0);
        handler.wait(601);
        handler.takeBack(0, true, 10, false);
        handler.withdrawFrom(0, true, 500);
        handler.upkeep(0);
        handler.publish();
        handler.callAccount(0);
        handler.freeze(0);
        assertEq(handler.freezes(), 1);
        handler.attestTo(0);
        handler.seize(0, true);
        handler.insure(100, 100);
        handler.takeOverAtALoss(0, 2, 1e9);
        assertEq(handler.losses(), 1);
        handler.bond(0);
        handler.seize(1, false);
        handler.takeOverFor(1, 0, 1000, 10);
        assertEq(handler.takeovers(), 2);
        handler.seize(2, false);
        handler.finishAuction(2);
        handler.freeze(2);
        handler.giveBackAccount(2, true);
        handler.renew(2);
        handler.trip(0);
        handler.pauseGroups(0, 10);
        for (uint256 i = 0; i < 8; ++i) {
            handler.intrude(0, i);
        }
        invariant_ofTheHouse();
        afterInvariant();
    }
}
