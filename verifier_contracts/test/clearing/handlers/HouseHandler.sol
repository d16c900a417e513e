// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IBatches} from "../../../src/clearing/IBatches.sol";
import {IHouse} from "../../../src/clearing/IHouse.sol";
import {IHouseTypes} from "../../../src/clearing/IHouseTypes.sol";
import {HouseGhost} from "./HouseGhost.sol";

/// @dev Random actions of owners, venue, engine, oracle and guardian in a running market, with proofs for all of them.
abstract contract HouseHandler is HouseGhost {
    constructor() {
        _deploy();
        for (uint256 i = 0; i < ACCOUNTS; ++i) {
            uint256 account = _bonded(_owner(i));
            _bonds[account] = BOND;
            _endow(account, CASH, LARGEST);
            (credits[account], backing) = (int256(uint256(LARGEST)), backing + LARGEST);
            _endow(account, COIN, LARGEST);
            (coins[account], backingCoins) = (LARGEST, backingCoins + LARGEST);
        }
        _settle(_batch(_all(), true));
        _watch();
    }

    // --- owners

    function registerAndOpen(uint256 who) external watched {
        if (house.accounts() > ACCOUNTS) revert("enough accounts");
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

    /// @dev The first account with a notice, from any one on.
    function takeBack(uint256 which, bool cash, uint64 amount, bool former) external watched {
        (uint256 account, uint256 asset) = (0, cash ? CASH : COIN);
        (address who, IHouse.Waiting memory waiting) = (address(0), house.waitingOf(0, asset));
        for (uint256 i = 0; i < house.accounts() && waiting.leaving == 0; ++i) {
            account = _account(which % 16 + i);
            who = former ? _owner(which >> 8) : _ownerOf(account);
            waiting = house.waitingFor(who, account, asset);
        }
        if (waiting.leaving == 0) revert("no notice");
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
        if (_flags(account) & NOTICED == 0) revert("no notice");
        _passUntil(house.timesOf(account).noticeAt + 10 minutes);
        uint256 most = cash ? _positive(credits[account]) : coins[account];
        amount = uint64(amount % (most + 1));
        _withdrawNow(account, cash ? CASH : COIN, amount, CAROL);
        if (!cash) {
            (coins[account], backingCoins) = (coins[account] - amount, backingCoins - amount);
            return;
        }
        credits[account] -= int256(uint256(amount));
        backing -= amount * factor / WAD;
    }

    /// @dev The first open account whose opening is public, from any one on.
    function renew(uint256 which) external watched {
        uint256 account = _account(which);
        for (uint256 i = 1; i < house.accounts() && !_isExposedAndOpen(account); ++i) {
            account = _account(which % 16 + i);
        }
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
            (coins[account], backingCoins) = (coins[account] + amount, backingCoins + amount);
            return;
        }
        _counted[who][account] -= Math.min(_counted[who][account], cost);
        credits[account] += int256(uint256(amount));
        backing += cost;
    }

    /// @dev Lots and their price in cash move between accounts, and a part of the cash becomes fees.
    function fill(uint256 which, uint256 other, uint64 amount, uint16 fee, bool reduceOnly) external watched {
        (uint256 a, uint256 b) = (_account(which), _account(other));
        if (a == b) revert("one account");
        (a, b) = a < b ? (a, b) : (b, a);
        IBatches.Batch memory batch = _batch(_two(a, b), true);
        batch.reduceOnly = reduceOnly;
        _accept(batch, fee);
        vm.prank(VENUE);
        house.settle(batch);
        (int256 bought, uint256 instrument) = (int256(1 + uint256(amount) % 1000), uint256(amount) % INSTRUMENTS);
        int256 cost = int256(uint256(amount) % LARGEST) / bought * bought;
        credits[a] -= cost + int256(uint256(fee));
        credits[b] += cost;
        lots[a][instrument] += bought;
        lots[b][instrument] -= bought;
        fees += fee;
        _requireCalmMarket(a, b, reduceOnly);
    }

    function upkeep(uint256 which) external watched {
        _settle(_batch(_one(_account(which)), false));
    }

    /// @dev Lots of a settled instrument become cash at the mark.
    function expire(uint256 which, uint256 instrument) external watched {
        uint256 account = _account(which);
        instrument %= INSTRUMENTS;
        int256 held = lots[account][instrument];
        if (!settled[instrument] || held == 0) revert("nothing to expire");
        _settle(_batch(_one(account), false));
        (lots[account][instrument], expired[instrument]) = (0, expired[instrument] + held);
        credits[account] += held * marks[instrument];
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
        _passUntil(end);
    }

    /// @dev The oracle, or the whole chain, stands still.
    function outage(uint256 seconds_) external watched {
        uint256 live = feed.liveTime();
        _fallSilent(_now + seconds_ % 6 hours);
        if (feed.liveTime() - live > 1 hours) _blame("live time ran in an outage");
    }

    /// @dev Marks move; now and then an instrument is settled at its last mark.
    function move(uint256 instrument, uint64 mark, uint256 chance) external watched {
        instrument %= INSTRUMENTS;
        if (settled[instrument]) revert("settled");
        marks[instrument] = int256(uint256(mark) % (2 * LARGEST / 1000)) - int256(uint256(LARGEST / 1000));
        settled[instrument] = chance % 4 == 0;
        _publish();
    }

    function publish() external watched {
        _publish();
    }

    function trip(uint256 chance) external watched {
        if (chance % 8 != 0) revert("calm");
        feed.trip();
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
}
