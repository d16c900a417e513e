// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IAuctions} from "../../src/clearing/IAuctions.sol";
import {IBatches} from "../../src/clearing/IBatches.sol";
import {IHouseTypes} from "../../src/clearing/IHouseTypes.sol";
import {ICollateralVault} from "../../src/interfaces/ICollateralVault.sol";
import {AuctionMarketFixture} from "./fixtures/AuctionMarketFixture.sol";
import {Test} from "../Vm.sol";

/// @dev All actors of a market of real contracts, with true and false proofs: holders, keepers that seize whenever they
/// can, bidders, a guardian, another market that shares the fund. The handler knows each account's equity, and keeps its
/// own records and its own live clock. Impossible actions revert.
contract AuctionHandler is AuctionMarketFixture {
    uint256 private constant ACCOUNTS = 3;
    address private constant BIDDER = address(0x817);

    /// @dev Equity in pico, the requirement in micro. The other members are times of knowledge.
    struct Known {
        int256 equity;
        uint256 requirement;
        uint256 healthyAt;
        uint256 since;
        uint256 calledAt;
        uint256 calledLive;
    }

    mapping(uint256 account => Known) private _known;
    IAuctions.Disclosure private _old;
    uint256 private _now = NOW;
    uint256 private _block = 1;
    /// @dev Live time at the last snapshot, and the time of that snapshot.
    uint256 private _live = NOW;
    uint256 private _liveAt = NOW;
    uint256 private _snapshotAt = NOW;
    mapping(uint256 account => uint256) private _startedIn;
    mapping(uint256 account => uint256) private _seizures;
    mapping(uint256 account => uint256) private _ends;

    /// @dev Events that must happen from time to time.
    uint256 public evidence;
    uint256 public silences;
    uint256 public sold;
    uint256 public soldAtALoss;
    uint256 public returned;
    /// @dev The first forbidden event; empty if there was none.
    string public breach;

    constructor() {
        _deployMarket();
        for (uint256 account = 1; account <= ACCOUNTS; ++account) {
            _bonded(vm.addr(account));
            _endow(account, CASH, 1000 * ONE);
            _known[account] = Known(1000e12, 100e6, NOW, 0, 0, 0);
        }
        uint256[] memory all = new uint256[](ACCOUNTS);
        (all[0], all[1], all[2]) = (1, 2, 3);
        _settle(_batch(all, true));
        _insure(50 * ONE, 50 * ONE);
        usd.mint(address(this), 900 * ONE);
        usd.approve(address(fund), type(uint256).max);
        fund.deposit(address(closer), 900 * ONE);
    }

    /// @dev Forge keeps neither `vm.warp` nor `vm.roll` between the calls of a sequence, so each call sets them again.
    modifier atItsTime() {
        vm.warp(_now);
        vm.roll(_block);
        _;
        (_now, _block) = (block.timestamp, block.number);
    }

    // --- time and prices

    function wait(uint256 time, uint256 dice) external atItsTime {
        dice = _dice(dice, 0);
        int256[3] memory before = _prices();
        _pass(time % (dice % 4 == 0 ? 2 hours : 20 minutes), dice % 6 != 0);
        int256[3] memory later = _prices();
        for (uint256 i = 0; i < 3; ++i) {
            // The smallest number stands for no auction.
            if (before[i] != type(int256).min && later[i] > before[i]) _blame("a price rose");
        }
    }

    /// @dev Equities fall more often than they rise.
    function move(uint256 account, uint256 dice) external atItsTime {
        account = _pick(account);
        // An attacker keeps an old disclosure for later.
        _old = _truth(account);
        _known[account].equity = int256(_dice(dice, 0) % 3000e12) - 1500e12;
        _known[account].requirement = _dice(dice, 1) % 1000e6;
        _pass(1, true);
    }

    // --- holders

    function deposit(uint256 account, uint64 amount) external atItsTime {
        _deposit(_pick(account), CASH, 1 + amount % (500 * ONE));
    }

    function credit(uint256 account, uint64 amount) external atItsTime {
        account = _pick(account);
        amount = uint64(amount % (uint256(house.waitingOf(account, CASH).amount) + 1));
        _credit(account, CASH, amount);
        _known[account].equity += int256(uint256(amount) * 1e6);
    }

    function attest(uint256 account) external atItsTime {
        account = _pick(account);
        if (_known[account].equity < _needed(account, 10_000)) revert("below maintenance margin");
        _attest(account);
        _proven(account);
    }

    // --- keepers and bidders

    function call(uint256 account, uint256 dice) external atItsTime {
        account = _pick(account);
        if (_dice(dice, 0) % 2 == 0) _pass(HEARTBEAT + 1, true);
        house.call(_one(account));
        Known storage known = _known[account];
        (known.since, known.calledAt, known.calledLive) = (_snapshotAt, block.timestamp, _liveNow());
    }

    function start(uint256 place, uint256 dice) external atItsTime {
        dice = _dice(dice, 0);
        uint256 account = _candidate(place, dice / 56);
        IAuctions.Disclosure memory given = dice % 7 == 0 ? _old : _truth(account);
        if (dice % 8 == 0) given.equity ^= 1;
        (bool open, bool late, bool inDefault) = (_isOpen(account), _isLate(account), _isInDefault(account));
        auctions.start(account, given);
        _startedIn[account] = block.number;
        if (!open) return;
        ++_seizures[account];
        if (!inDefault && !late) _blame("a healthy account was seized");
        if (inDefault) ++evidence;
        if (late) ++silences;
    }

    function bid(uint256 place, int256 limit, uint256 dice) external atItsTime {
        dice = _dice(dice, 0);
        uint256 account = _seized(place);
        // Some bidders wait.
        _pass(dice % 2 == 0 ? dice / 2 % 55 minutes : dice % 8 == 1 ? 1 : 1 minutes, true);
        uint256 elapsed = auctions.elapsedOf(account);
        int256 price = auctions.priceOf(account);
        limit = dice % 3 != 0 ? type(int256).max : limit % 3000e6;
        _fundWith(BIDDER, CASH, price > 0 ? uint256(price) : 0);
        _bid(account, BIDDER, limit);
        if (elapsed > 4 * STAGE) _blame("a late bid");
        if (price > limit) _blame("a bid above its limit");
        if (block.number < _startedIn[account] + 5) _blame("a bid too early");
        ++_ends[account];
        price < 0 ? ++soldAtALoss : ++sold;
        Known storage known = _known[account];
        known.since = _snapshotAt > known.healthyAt ? _snapshotAt : known.healthyAt + 1;
        (known.calledAt, known.calledLive) = (block.timestamp, _liveNow());
    }

    /// @dev Mostly for an account that has recovered.
    function giveBack(uint256 place, uint256 dice) external atItsTime {
        dice = _dice(dice, 0);
        uint256 account = _seized(place);
        if (dice % 3 == 0) _pass(4 * STAGE + 1, true);
        if (dice % 5 != 0) _known[account].equity = _needed(account, INITIAL);
        IAuctions.Disclosure memory given = dice % 7 == 0 ? _old : _truth(account);
        if (dice % 2 == 0) auctions.giveBackDisclosed(account, given);
        else _giveBackByHealth(account, dice % 4 == 1 ? uint256(INITIAL) : 10_000);
        if (_worth(account) < _needed(account, INITIAL)) _blame("a defaulter went back");
        _proven(account);
        ++_ends[account];
        ++returned;
    }

    function pause(uint256 group, uint256 duration) external atItsTime {
        _pause(1 << group % 3, 1 + _dice(duration, 0) % 1 hours);
    }

    // --- queries of the invariants

    /// @dev An account has an auction exactly while it is seized, and each seizure ends once.
    function compareSeizures() external view {
        for (uint256 account = 1; account <= ACCOUNTS; ++account) {
            bool open = _isOpen(account);
            assertEq(auctions.auctionOf(account).startedAt != 0, !open);
            assertEq(_seizures[account], _ends[account] + (open ? 0 : 1));
        }
        assertEq(_liveNow(), feed.liveTime());
    }

    function otherMarket() external view returns (uint256) {
        return fund.balanceOf(address(closer));
    }

    function cash() external view returns (ICollateralVault.Asset memory, uint256 balance, uint256 waiting) {
        return (vault.assetOf(CASH), usd.balanceOf(address(vault)), house.waitingTotal(CASH));
    }

    // --- helpers

    function _pass(uint256 seconds_, bool published) private {
        uint256 end = block.timestamp + seconds_;
        for (uint256 time = block.timestamp; published && time + 30 minutes < end;) {
            time += 30 minutes;
            _publishAt(time);
        }
        vm.roll(block.number + seconds_ / 12);
        if (published) _publishAt(end);
        else vm.warp(end);
    }

    function _publishAt(uint256 time) private {
        vm.warp(time);
        (_live, _liveAt, _snapshotAt) = (_liveNow(), time, time);
        _publish();
    }

    function _liveNow() private view returns (uint256) {
        uint256 gap = block.timestamp - _liveAt;
        return _live + (gap < 1 hours ? gap : 1 hours);
    }

    function _giveBackByHealth(uint256 account, uint256 bps) private {
        if (_known[account].equity < _needed(account, bps)) revert("below the level");
        IBatches.Health[] memory health = new IBatches.Health[](1);
        health[0] = _health(1);
        (uint256[] memory numbers, bytes32 root) = (_one(account), _latest());
        batches.acceptHealth(_domain(), bps, root, numbers, _commitments(numbers), health, new IBatches.Statement[](0));
        auctions.giveBack(account, root, health[0]);
    }

    /// @dev Any account, one in default, or one that is called, together with the first second after its grace.
    function _candidate(uint256 place, uint256 dice) private returns (uint256 account) {
        for (uint256 i = 0; i < ACCOUNTS; ++i) {
            account = _pick(place % ACCOUNTS + i);
            if (dice % 4 == 0 || (dice % 4 == 1 && _isInDefault(account))) return account;
            Known memory known = _known[account];
            if (dice % 4 == 1 || known.healthyAt >= known.since) continue;
            _pass(GRACE + 1, true);
            return account;
        }
    }

    /// @dev The first seized account from a random place on.
    function _seized(uint256 place) private view returns (uint256 account) {
        for (uint256 i = 0; i < ACCOUNTS; ++i) {
            account = _pick(place % ACCOUNTS + i);
            if (!_isOpen(account)) return account;
        }
    }

    function _isOpen(uint256 account) private view returns (bool) {
        return house.accountOf(account).state == IHouseTypes.State.Open;
    }

    /// @dev Equity with the credits that waiting cash buys, in pico.
    function _worth(uint256 account) private view returns (int256) {
        uint256 waiting = uint256(house.waitingOf(account, CASH).amount) * WAD / house.cashFactor();
        return _known[account].equity + int256(waiting * 1e6);
    }

    function _needed(uint256 account, uint256 bps) private view returns (int256) {
        return int256(_known[account].requirement * bps * 100);
    }

    /// @dev In default now, and not proven healthy with the present snapshot.
    function _isInDefault(uint256 account) private view returns (bool) {
        return _worth(account) < _needed(account, 10_000) && _known[account].healthyAt < _snapshotAt;
    }

    /// @dev Called, not answered, with something at stake, and past the deadline in live time, not counting pauses.
    function _isLate(uint256 account) private view returns (bool) {
        Known memory known = _known[account];
        if (known.healthyAt >= known.since) return false;
        if (known.requirement == 0 && _worth(account) >= 0) return false;
        return _liveNow() - known.calledLive > GRACE + guardian.pausedSeconds(4, known.calledAt);
    }

    function _proven(uint256 account) private {
        if (_snapshotAt > _known[account].healthyAt) _known[account].healthyAt = _snapshotAt;
    }

    function _truth(uint256 account) private returns (IAuctions.Disclosure memory) {
        return _disclosure(account, _known[account].equity, _known[account].requirement);
    }

    function _prices() private view returns (int256[3] memory prices) {
        for (uint256 i = 0; i < 3; ++i) {
            prices[i] = type(int256).min;
            try auctions.priceOf(1 + i) returns (int256 price) {
                prices[i] = price;
            } catch {}
        }
    }

    function _blame(string memory what) private {
        if (bytes(breach).length == 0) breach = what;
    }

    function _pick(uint256 place) private pure returns (uint256) {
        return 1 + place % ACCOUNTS;
    }
}

contract AuctionInvariants is Test {
    AuctionHandler private handler;

    function setUp() public {
        handler = new AuctionHandler();
    }

    /// @dev Forge calls this to find the contracts to call.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    /// @dev All properties in one campaign, as in HouseInvariants.
    /// @custom:property H4 A1 A2 A3 A4 F6
    function invariant_attack_24_onlyDefaultedOrLateAccountsAreSoldByTheRules() public view {
        assertEq(handler.breach(), "");
        handler.compareSeizures();
        // No market pays for another.
        assertEq(handler.otherMarket(), 900e6);
        (ICollateralVault.Asset memory slot, uint256 balance, uint256 waiting) = handler.cash();
        assertEq(balance, slot.total + slot.owed);
        assertGe(slot.total, waiting);
    }

    /// @dev Checks that random sequences reach every action.
    function test_theHandlerSeizesSellsAndGivesBack() public {
        for (uint256 i = 0; i < 1500; ++i) {
            (bool done,) = address(handler).call(_call(i));
            // Most of them fail, since there is no account to seize or to sell.
            done;
        }
        assertGt(handler.evidence(), 20);
        assertGt(handler.silences(), 5);
        assertGt(handler.sold(), 5);
        assertGt(handler.soldAtALoss(), 5);
        assertGt(handler.returned(), 5);
        invariant_attack_24_onlyDefaultedOrLateAccountsAreSoldByTheRules();
    }

    function _call(uint256 i) private view returns (bytes memory) {
        (uint256 a, uint256 b, uint256 c) = (_dice(i, 1), _dice(i, 2), _dice(i, 3));
        i = _dice(i, 0) % 11;
        if (i == 0) return abi.encodeCall(handler.wait, (a, b));
        if (i == 1) return abi.encodeCall(handler.move, (a, b));
        if (i == 2) return abi.encodeCall(handler.deposit, (a, uint64(b)));
        if (i == 3) return abi.encodeCall(handler.credit, (a, uint64(b)));
        if (i == 4) return abi.encodeCall(handler.attest, (a));
        if (i == 5) return abi.encodeCall(handler.call, (a, b));
        if (i == 6) return abi.encodeCall(handler.start, (a, b));
        if (i >= 9) return abi.encodeCall(handler.bid, (a, int256(b), c));
        if (i == 7) return abi.encodeCall(handler.giveBack, (a, b));
        return abi.encodeCall(handler.pause, (a, b));
    }
}
