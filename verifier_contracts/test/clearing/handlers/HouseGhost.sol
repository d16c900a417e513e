// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {CollateralVault} from "../../../src/CollateralVault.sol";
import {IHouse} from "../../../src/clearing/IHouse.sol";
import {IHouseTypes} from "../../../src/clearing/IHouseTypes.sol";
import {HouseFixture} from "../fixtures/HouseFixture.sol";

/// @dev A ledger that knows all openings of a market, and computes all funds by docs/protocol.md. Forge calls the
/// functions of the handlers that inherit it.
abstract contract HouseGhost is HouseFixture {
    uint256 internal constant ACCOUNTS = 3;
    uint256 internal constant INSTRUMENTS = 2;
    uint64 internal constant LARGEST = 1e12;

    uint256 internal _now = NOW;
    /// @dev The account that a takeover may change in this step.
    uint256 internal _taken;
    /// @dev The factor before the first loss of a day, and the time of that loss.
    uint256 internal _anchor = WAD;
    uint256 internal _anchoredAt;
    mapping(uint256 account => IHouse.Account) private _seen;
    mapping(address owner => mapping(uint256 account => mapping(uint256 asset => uint256))) internal _waiting;
    mapping(address owner => mapping(uint256 account => uint256)) internal _counted;
    mapping(uint256 account => uint256) internal _bonds;

    /// @dev Credits of cash by account, without fees that have been taken. A fill may leave an account below 0.
    mapping(uint256 account => int256) public credits;
    mapping(uint256 account => uint256) public coins;
    mapping(uint256 account => mapping(uint256 instrument => int256)) public lots;
    /// @dev Lots that have become cash, by instrument.
    mapping(uint256 instrument => int256) public expired;
    /// @dev In micro-quote a lot; once an instrument is settled, its mark stays.
    mapping(uint256 instrument => int256) public marks;
    mapping(uint256 instrument => bool) public settled;
    uint256 public fees;
    uint256 public factor = WAD;
    /// @dev In micro of the quote token: what backs credits.
    uint256 public backing;
    uint256 public backingCoins;
    uint256 public losses;
    /// @dev How often each action has happened: random calls that revert are not counted.
    mapping(bytes4 action => uint256) public done;
    /// @dev The first forbidden event; empty if there was none.
    string public breach;

    /// @dev Forge does not keep `vm.warp` between the calls of a sequence, so each call sets the time again.
    modifier watched() {
        vm.warp(_now);
        _;
        _watch();
        _taken = 0;
        ++done[msg.sig];
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
                if (step == 0) {
                    house.announceRefund(account, asset, free);
                } else {
                    house.refund(account, asset, free, address(0xCA2));
                    _waiting[who][account][asset] -= free;
                }
            }
            _fallSilent(_now + 10 minutes);
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
            // A claim in wind-down takes the bond.
            if (!house.standing().ended) assertEq(_bonds[account] != 0, bonded);
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

    function lotSum(uint256 instrument) external view returns (int256 sum) {
        for (uint256 account = 1; account <= house.accounts(); ++account) {
            sum += lots[account][instrument];
        }
    }

    /// @dev The cash that expired lots have brought, which the other side of them still owes or has paid.
    function expiredCash() external view returns (int256 sum) {
        for (uint256 i = 0; i < INSTRUMENTS; ++i) {
            sum += expired[i] * marks[i];
        }
    }

    /// @return positive The sum of all positive funds, cash and marks, in credits
    /// @return debts The sum of all negative ones
    function fundsAndDebts() external view returns (uint256 positive, uint256 debts) {
        for (uint256 account = 1; account <= house.accounts(); ++account) {
            int256 funds = fundsOf(account);
            if (funds < 0) debts += uint256(-funds);
            else positive += uint256(funds);
        }
    }

    function fundsOf(uint256 account) public view returns (int256 funds) {
        funds = credits[account];
        for (uint256 i = 0; i < INSTRUMENTS; ++i) {
            funds += lots[account][i] * marks[i];
        }
    }

    function market() external view returns (IHouse, CollateralVault) {
        return (house, vault);
    }

    // --- records

    function _watch() internal {
        for (uint256 account = 1; account <= house.accounts(); ++account) {
            _compare(account, _seen[account], house.accountOf(account));
            _seen[account] = house.accountOf(account);
        }
        if (house.cashFactor() != factor) _blame("another factor");
        if (factor < 0.8e18) _blame("the factor fell below its bound");
        if (factor * 50 < _anchor * 49) _blame("the factor fell by more than a fiftieth in a day");
    }

    function _compare(uint256 account, IHouse.Account memory was, IHouse.Account memory now_) internal {
        if (now_.lastHealthyAt < was.lastHealthyAt) _blame("health in the past");
        if (now_.lastHealthyAt > _now) _blame("health in the future");
        if (now_.lastHealthyLive < was.lastHealthyLive) _blame("live time fell");
        if (was.owner != address(0) && was.owner != now_.owner && account != _taken) _blame("another owner");
        if (was.state != IHouseTypes.State.Seized || account == _taken) return;
        if (was.commitment != now_.commitment) _blame("a seized account changed");
        if (now_.flags & EXPOSED == 0) _blame("a seized account is not exposed");
    }

    /// @dev What must hold after fills, whatever the sequence was.
    function _requireCalmMarket(uint256 a, uint256 b, bool reduceOnly) internal {
        (, uint256 time) = feed.latest();
        if (_now - time > MAX_AGE) _blame("a fill with an old snapshot");
        if (house.standing().frozen != 0) _blame("a fill in a freeze");
        if (!reduceOnly && guardian.isPaused(5)) _blame("a risky fill in a pause");
        bool recent = !feed.calmFor(COOLDOWN) && _now - feed.unrestSince() <= 1 days;
        if (!reduceOnly && recent) _blame("a risky fill after a breaker");
        if ((_flags(a) | _flags(b)) & EXPOSED != 0) _blame("a fill of an exposed account");
        if (house.accountOf(a).lastHealthyAt != time) _blame("a fill without health");
    }

    function _countCash(uint256 account) internal {
        _count(account);
        address who = _ownerOf(account);
        _counted[who][account] = _waiting[who][account][CASH];
    }

    function _moved(uint256 account, address former, address winner, uint256 paid) internal {
        uint256 moved = _counted[former][account];
        _waiting[former][account][CASH] -= moved;
        _counted[former][account] = 0;
        _waiting[winner][account][CASH] += moved + paid;
        _counted[winner][account] += moved + paid;
        _bonds[account] = 0;
    }

    /// @dev Time passes, and the oracle publishes every hour.
    function _pass(uint256 seconds_) internal {
        uint256 end = _now + seconds_;
        while (_now < end) {
            _now = Math.min(end, _now + 1 hours);
            vm.warp(_now);
            _publish();
        }
    }

    /// @dev Time passes without a snapshot.
    function _fallSilent(uint256 time) internal {
        _now = time;
        vm.warp(time);
    }

    function _passUntil(uint256 time) internal {
        if (time > _now) _pass(time - _now);
    }

    function _blame(string memory what) internal {
        if (bytes(breach).length == 0) breach = what;
    }

    function _free(address who, uint256 account, uint256 asset) internal view returns (uint64) {
        IHouse.Waiting memory waiting = house.waitingFor(who, account, asset);
        return waiting.amount - waiting.counted;
    }

    function _account(uint256 which) internal view returns (uint256) {
        return 1 + which % house.accounts();
    }

    /// @dev A seized account, if there is one.
    function _seized(uint256 which) internal view returns (uint256 account) {
        for (uint256 i = 0; i < house.accounts(); ++i) {
            account = _account(which % house.accounts() + i);
            if (house.accountOf(account).state == IHouseTypes.State.Seized) return account;
        }
    }

    function _isExposedAndOpen(uint256 account) internal view returns (bool) {
        return _flags(account) & EXPOSED != 0 && house.accountOf(account).state == IHouseTypes.State.Open;
    }

    function _ownerOf(uint256 account) internal view returns (address) {
        return house.accountOf(account).owner;
    }

    function _owner(uint256 i) internal pure returns (address) {
        return address(uint160(0xA0 + i % 3));
    }

    function _all() internal pure returns (uint256[] memory list) {
        list = new uint256[](ACCOUNTS);
        for (uint256 i = 0; i < ACCOUNTS; ++i) {
            list[i] = i + 1;
        }
    }

    function _positive(int256 number) internal pure returns (uint256) {
        return number > 0 ? uint256(number) : 0;
    }
}
