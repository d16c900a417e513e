// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IClearingHouse} from "../src/interfaces/IClearingHouse.sol";
import {ICollateralVault} from "../src/interfaces/ICollateralVault.sol";
import {IDisclosureVerifier} from "../src/interfaces/IDisclosureVerifier.sol";
import {PauseGroups} from "../src/libraries/PauseGroups.sol";
import {MarketFixture} from "./fixtures/MarketFixture.sol";
import {Test} from "./Vm.sol";

/// @dev All actors of a market of real contracts, with true and false proofs: holders, a venue that seizes whenever it
/// can, bidders, a guardian. The handler knows each account's equity and keeps its own records. Impossible actions
/// revert.
contract MarketHandler is MarketFixture {
    uint256 private constant ACCOUNTS = 3;
    uint64 private constant DEPOSIT = 1000e6;
    address private constant BIDDER = address(0x817);

    /// @dev Positions are worth `gain` pico and require `requirement` micro. The other members are times of knowledge.
    struct Known {
        uint64 cash;
        int256 gain;
        uint256 requirement;
        uint256 healthyAt;
        uint256 since;
        uint256 calledAt;
    }

    mapping(uint256 account => Known) private _known;
    IDisclosureVerifier.Proof private _old;
    uint256 private _now = NOW;

    /// @dev Forbidden events.
    uint256 public healthySeized;
    uint256 public defaultersReturned;
    /// @dev Events that must happen from time to time.
    uint256 public evidence;
    uint256 public silences;
    uint256 public sold;
    uint256 public returned;

    constructor() {
        _deployMarket();
        for (uint256 account = 1; account <= ACCOUNTS; ++account) {
            _open(vm.addr(account), CASH, DEPOSIT);
            // Positions come only from trades.
            _trade(account, account);
            _known[account] = Known(DEPOSIT, 0, 100e6, NOW, 0, 0);
        }
        _fundWith(BIDDER, CASH, 1e40);
        _insure(100e6);
    }

    /// @dev Forge does not keep `vm.warp` between the calls of a sequence, so each call sets the time again.
    modifier atItsTime() {
        vm.warp(_now);
        _;
        _now = block.timestamp;
    }

    // --- time and the market

    function wait(uint256 time, uint256 dice) external atItsTime {
        dice = _dice(dice, 0);
        vm.warp(_now + time % (dice % 4 == 0 ? 2 days : 20 minutes));
        if (dice % 6 != 0) _later(1);
    }

    /// @dev Prices fall more often than they rise.
    function move(uint256 account, uint256 dice) external atItsTime {
        account = _pick(account);
        // An attacker keeps an old disclosure for later.
        _old = _truth(account);
        _known[account].gain = int256(_dice(dice, 0) % 2000e12) - 1500e12;
        _known[account].requirement = _dice(dice, 1) % 1000e6;
        _later(1);
    }

    // --- holders

    function deposit(uint256 account, uint64 amount) external atItsTime {
        account = _pick(account);
        amount = 1 + amount % DEPOSIT;
        _deposit(account, CASH, amount);
        _known[account].cash += amount;
    }

    function withdraw(uint256 account, uint64 amount) external atItsTime {
        account = _pick(account);
        amount = 1 + amount % _known[account].cash;
        _known[account].cash -= amount;
        if (!_isHealthy(account, INITIAL)) revert("below initial margin");
        _withdraw(account, CASH, amount, STRANGER);
        _proven(account);
    }

    function attest(uint256 account) external atItsTime {
        account = _pick(account);
        if (!_isHealthy(account, 10_000)) revert("below maintenance margin");
        _attest(account);
        _proven(account);
    }

    // --- venue and bidders

    function marginCall(uint256 account, uint256 dice) external atItsTime {
        account = _pick(account);
        if (_dice(dice, 0) % 2 == 0) _later(HEARTBEAT + 1);
        house.marginCall(account);
        (_known[account].since, _known[account].calledAt) = (feed.time(), block.timestamp);
    }

    function start(uint256 place, uint256 dice) external atItsTime {
        dice = _dice(dice, 0);
        uint256 account = _candidate(place, dice / 56);
        IDisclosureVerifier.Proof memory proof = dice % 7 == 0 ? _old : _truth(account);
        if (dice % 8 == 0) proof.signals[0] ^= 1;
        (bool open, bool late, bool inDefault) = (_isOpen(account), _isLate(account), _isInDefault(account));
        liquidation.start(account, _deadline(), proof);
        if (!open) return;
        if (!inDefault && !late) ++healthySeized;
        if (inDefault) ++evidence;
        if (late) ++silences;
    }

    function bid(uint256 place, uint256 dice) external atItsTime {
        dice = _dice(dice, 0);
        uint256 account = _seized(place);
        // Some bidders wait.
        _later(dice % 2 == 0 ? dice / 2 % 55 minutes : 1);
        int256 lack = int256(_known[account].requirement) * 1_250_000 - _equity(account);
        uint64 amount = lack > 0 ? uint64(uint256(lack) / 1e6) + 1 : 0;
        _bid(account, BIDDER, dice % 5 == 0 ? int256(0) : type(int256).max, amount);
        _known[account].cash += amount;
        _proven(account);
        ++sold;
    }

    /// @dev Sometimes after a long time without bids, and mostly for an account that has recovered.
    function giveBack(uint256 place, uint256 dice) external atItsTime {
        dice = _dice(dice, 0);
        uint256 account = _seized(place);
        if (dice % 3 == 0) _later(4 * STAGE + 1);
        if (dice % 5 != 0) _known[account].requirement = 0;
        if (dice % 5 != 0) _known[account].gain = 0;
        IDisclosureVerifier.Proof memory proof = dice % 7 == 0 ? _old : _truth(account);
        liquidation.giveBack(account, _deadline(), proof);
        if (!_isHealthy(account, 10_000)) ++defaultersReturned;
        _proven(account);
        ++returned;
    }

    function pause(uint256 group, uint256 duration) external atItsTime {
        _pause(1 << group % 3, 1 + _dice(duration, 0) % 1 hours);
    }

    // --- records

    function cash() external view returns (uint256 sum) {
        for (uint256 account = 1; account <= ACCOUNTS; ++account) {
            sum += _known[account].cash;
        }
    }

    function market() external view returns (ICollateralVault.Asset memory, uint256 balance, uint256 factor) {
        return (vault.assetOf(CASH), usd.balanceOf(address(vault)), house.cashFactor());
    }

    /// @dev An account has an auction in the engine exactly while it is seized in the clearing house.
    function isConsistent() external view returns (bool) {
        for (uint256 account = 1; account <= ACCOUNTS; ++account) {
            if (_isOpen(account) == (liquidation.auctionOf(account).startedAt != 0)) return false;
        }
        return true;
    }

    // --- helpers

    function _pick(uint256 place) private pure returns (uint256) {
        return 1 + place % ACCOUNTS;
    }

    /// @dev Any account, one in default, or one that is called, together with the first second after its grace period
    /// without pauses.
    function _candidate(uint256 place, uint256 dice) private returns (uint256 account) {
        for (uint256 i = 0; i < ACCOUNTS; ++i) {
            account = _pick(place % ACCOUNTS + i);
            if (dice % 4 == 0 || (dice % 4 == 1 && _isInDefault(account))) return account;
            Known memory known = _known[account];
            if (dice % 4 == 1 || known.healthyAt >= known.since) continue;
            uint256 end = known.calledAt + GRACE + 1;
            if (end > block.timestamp) _later(end - block.timestamp);
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
        return house.accountOf(account).state == IClearingHouse.State.Open;
    }

    function _equity(uint256 account) private view returns (int256) {
        return int256(uint256(_known[account].cash) * 1e6) + _known[account].gain;
    }

    function _isHealthy(uint256 account, uint256 bps) private view returns (bool) {
        return _equity(account) >= int256(_known[account].requirement * bps * 100);
    }

    /// @dev In default now, and not proven healthy with the present snapshot.
    function _isInDefault(uint256 account) private view returns (bool) {
        return !_isHealthy(account, 10_000) && _known[account].healthyAt < feed.time();
    }

    /// @dev Called, not answered, and past the deadline, not counting pauses.
    function _isLate(uint256 account) private view returns (bool) {
        Known memory known = _known[account];
        if (known.healthyAt >= known.since) return false;
        if (_isHealthy(account, 10_000) && known.requirement == 0) return false;
        return block.timestamp - known.calledAt - guardian.pausedSeconds(PauseGroups.LIQUIDATE, known.calledAt) > GRACE;
    }

    function _proven(uint256 account) private {
        if (feed.time() > _known[account].healthyAt) _known[account].healthyAt = feed.time();
    }

    function _truth(uint256 account) private returns (IDisclosureVerifier.Proof memory) {
        return _disclosure(account, _equity(account), _known[account].requirement);
    }
}

contract MarketInvariants is Test {
    MarketHandler private handler;

    function setUp() public {
        handler = new MarketHandler();
    }

    /// @dev Forge calls this to find the contracts to call.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariant_attack_24_noHealthyAccountIsLiquidated() public view {
        assertEq(handler.healthySeized(), 0);
        assertEq(handler.defaultersReturned(), 0);
        assertTrue(handler.isConsistent());
    }

    /// @dev This includes prices, fees, payments by the fund and socialised losses.
    function invariant_attack_27_theVaultCoversWhatTheAccountsHave() public view {
        (ICollateralVault.Asset memory slot, uint256 balance, uint256 factor) = handler.market();
        assertEq(balance, slot.total + slot.owed);
        assertGe(slot.total, handler.cash() * factor / 1e18);
    }

    /// @dev Checks that random sequences reach every action.
    function test_theHandlerSeizesSellsAndGivesBack() public {
        for (uint256 i = 0; i < 1500; ++i) {
            (bool done,) = address(handler).call(_call(i));
            // Most of them fail, since there is no account to seize or to sell.
            done;
        }
        assertGt(handler.evidence(), 5);
        assertGt(handler.silences(), 5);
        assertGt(handler.sold(), 5);
        assertGt(handler.returned(), 2);
    }

    function _call(uint256 i) private view returns (bytes memory) {
        (uint256 a, uint256 b) = (_dice(i, 1), _dice(i, 2));
        i = _dice(i, 0) % 10;
        if (i == 0) return abi.encodeCall(handler.wait, (a, b));
        if (i == 1) return abi.encodeCall(handler.move, (a, b));
        if (i == 2) return abi.encodeCall(handler.deposit, (a, uint64(b)));
        if (i == 3) return abi.encodeCall(handler.withdraw, (a, uint64(b)));
        if (i == 4) return abi.encodeCall(handler.attest, (a));
        if (i == 5) return abi.encodeCall(handler.marginCall, (a, b));
        if (i == 6) return abi.encodeCall(handler.start, (a, b));
        if (i == 7) return abi.encodeCall(handler.bid, (a, b));
        if (i == 8) return abi.encodeCall(handler.giveBack, (a, b));
        return abi.encodeCall(handler.pause, (a, b));
    }
}
