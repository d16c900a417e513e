// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ClearingHouse} from "../src/ClearingHouse.sol";
import {CollateralVault} from "../src/CollateralVault.sol";
import {IClearingHouse} from "../src/interfaces/IClearingHouse.sol";
import {ICollateralVault} from "../src/interfaces/ICollateralVault.sol";
import {PauseGroups} from "../src/libraries/PauseGroups.sol";
import {ClearingHouseFixture} from "./fixtures/ClearingHouseFixture.sol";
import {Test} from "./Vm.sol";
import {FreezableToken} from "./tokens/FreezableToken.sol";

/// @dev Random actions of holders, venue, engine, oracle and guardian of a market, with proofs for all of them. The
/// handler keeps its own records and checks every account after every step.
contract ClearingHouseHandler is ClearingHouseFixture {
    uint256 private constant MOST_ACCOUNTS = 6;
    uint64 private constant LARGEST = 1e15;

    uint256 private _now = NOW;
    uint256 private _roots = 1;
    /// @dev The account that `takeOver` may change in this step.
    uint256 private _taken;
    uint256 private _factor = WAD;
    /// @dev The factor before the first loss of a day, and the time of that loss.
    uint256 private _anchor = WAD;
    uint256 private _anchoredAt;
    mapping(uint256 account => IClearingHouse.Account) private _seen;
    mapping(uint256 account => uint256) private _deposited;

    /// @dev Deposits less withdrawals of each account, as the account counts them.
    mapping(uint256 account => mapping(uint256 asset => uint64)) public held;
    /// @dev The proven cash of an account that has never traded.
    mapping(uint256 account => int256) public provenCash;
    mapping(uint256 account => bool) public hasTraded;
    mapping(uint256 asset => uint256) public paidIn;
    mapping(uint256 asset => uint256) public paidOut;
    /// @dev How often an account that has traded could borrow.
    uint256 public borrowed;
    /// @dev How often a nonce did not grow by one with a new state.
    uint256 public nonceBreaches;
    /// @dev The first other forbidden event; empty if there was none.
    string public breach;

    error Borrowed();

    constructor() {
        _deploy();
    }

    /// @dev Forge does not keep `vm.warp` between the calls of a sequence, so each call sets the time again.
    modifier watched() {
        vm.warp(_now);
        _;
        _watch();
        _taken = 0;
    }

    // --- holders and venue

    function openAccount(uint256 owner, bool cash, uint64 amount) external watched {
        if (house.accounts() == MOST_ACCOUNTS) return;
        (uint256 asset, address who) = (cash ? CASH : COIN, _owner(owner));
        amount %= LARGEST;
        _mint(who, asset, amount);
        IClearingHouse.Next memory next = _nextOpen(who, asset, amount, _now + house.accounts());
        vm.prank(who);
        _booked(house.open(asset, amount, next), asset, amount);
    }

    function depositTo(uint256 which, bool cash, uint64 amount) external watched {
        (uint256 account, uint256 asset) = (_account(which), cash ? CASH : COIN);
        amount = 1 + amount % LARGEST;
        address owner = house.accountOf(account).owner;
        _mint(owner, asset, amount);
        IClearingHouse.Next memory next = _nextDeposit(account, asset, amount, _seed(account));
        vm.prank(owner);
        house.deposit(account, asset, amount, next);
        if (_now != _deposited[account] && _now < _deposited[account] + 5 minutes) _blame("a deposit too soon");
        _deposited[account] = _now;
        _booked(account, asset, amount);
    }

    function withdrawFrom(uint256 which, bool cash, uint64 amount, bool frozen) external watched {
        (uint256 account, uint256 asset) = (_account(which), cash ? CASH : COIN);
        amount = amount % (held[account][asset] + 1);
        FreezableToken token = cash ? usd : coin;
        token.freeze(BOB, frozen);
        uint256 value = _down(asset, amount);
        _withdraw(account, asset, amount, BOB);
        held[account][asset] -= amount;
        if (cash) provenCash[account] -= int256(uint256(amount));
        paidOut[asset] += value;
    }

    /// @dev Withdraws cash that the account does not have; the circuits allow it, since the collateral suffices. The
    /// call is undone, so a successful borrower does not keep the cash.
    function borrow(uint256 which, uint64 amount) external watched {
        uint256 account = _account(which);
        amount = held[account][CASH] + 1 + amount % LARGEST;
        try this.tryToBorrow(account, amount) {}
        catch (bytes memory reason) {
            if (bytes4(reason) != Borrowed.selector) return;
            if (hasTraded[account]) ++borrowed;
            else provenCash[account] -= int256(uint256(amount));
        }
    }

    function tryToBorrow(uint256 account, uint64 amount) external {
        _withdraw(account, CASH, amount, BOB);
        revert Borrowed();
    }

    /// @dev Withdraws more than the vault holds in total, with proofs that the circuits accept.
    function overdraw(uint256 which, bool cash, uint64 more) external watched {
        (uint256 account, uint256 asset) = (_account(which), cash ? CASH : COIN);
        uint256 amount = vault.assetOf(asset).total * WAD / (cash ? house.cashFactor() : WAD) + 2 + more % LARGEST;
        IClearingHouse.Next memory next = _nextWithdrawal(account, asset, uint64(amount), BOB, _seed(account));
        IClearingHouse.Health memory health = _health("withdraw", account, BOB, next.commitment, INITIAL);
        vm.prank(house.accountOf(account).owner);
        try house.withdraw(account, asset, uint64(amount), BOB, next, health) {
            _blame("more left than there was");
        } catch {}
    }

    function tradeOf(uint256 which) external watched {
        uint256 account = _account(which);
        _trade(account, _keyOf(house.accountOf(account).owner));
        hasTraded[account] = true;
    }

    function attestTo(uint256 which) external watched {
        _attest(_account(which));
    }

    function callAccount(uint256 which) external watched {
        uint256 account = _account(which);
        house.marginCall(account);
        if (house.deadlineOf(account) < _now + GRACE) _blame("called without grace");
    }

    // --- the engine

    /// @dev Accounts that have never traded are not seized: testFuzz_anAccountThatNeverTradedIsNotSeized.
    function seizeAccount(uint256 which) external watched {
        uint256 account = _account(which);
        if (hasTraded[account]) _seize(account);
    }

    function giveBackAccount(uint256 which) external watched {
        uint256 account = _seized(which);
        uint256 provenAt = feed.time();
        vm.prank(engine);
        house.giveBack(account, provenAt);
    }

    function takeOverFor(uint256 which, uint256 winner, uint64 price, uint64 fee, bool cash, uint64 amount)
        external
        watched
    {
        (uint256 account, uint256 asset) = (_seized(which), cash ? CASH : COIN);
        (price, amount) = (1 + price % LARGEST, amount % LARGEST);
        address who = _owner(winner);
        _mint(who, CASH, price);
        _mint(who, asset, amount);
        _taken = account;
        _takeOver(IClearingHouse.Takeover(account, who, int256(uint256(price)), fee % (price + 1), asset, amount));
        _booked(account, asset, amount);
    }

    function takeOverAtALoss(uint256 which, uint256 winner, uint64 loss, bool cash, uint64 amount) external watched {
        (uint256 account, uint256 asset) = (_seized(which), cash ? CASH : COIN);
        amount %= LARGEST;
        address who = _owner(winner);
        _mint(who, asset, amount);
        uint256 insured = fund.balanceOf(address(house));
        // One loss in four exceeds the bound.
        loss = uint64(loss % ((insured + house.socialisable()) * 4 / 3 + 2));
        uint256 value = _down(CASH, loss);
        _taken = account;
        _takeOver(IClearingHouse.Takeover(account, who, -int256(uint256(loss)), 0, asset, amount));
        if (value > insured) paidOut[CASH] += value - insured;
        _booked(account, asset, amount);
    }

    // --- oracle, guardian, insurer, strangers

    function publish() external watched {
        feed.publish(bytes32(++_roots), _now);
    }

    function trip(uint256 chance) external watched {
        if (chance % 8 == 0) feed.trip();
    }

    function wait(uint256 seconds_) external watched {
        _now += seconds_ % 4 == 0 ? seconds_ % 3 days : seconds_ % 1 hours;
        // The oracle is silent from time to time.
        if (seconds_ % 5 != 0) feed.publish(bytes32(++_roots), _now);
    }

    function pauseGroups(uint256 groups, uint256 duration) external watched {
        _pause(1 + groups % PauseGroups.ALL, 1 + duration % 1 hours);
    }

    function insure(uint128 amount) external watched {
        _insure(amount % LARGEST);
    }

    /// @dev A stranger tries every restricted function, with valid proofs.
    function intrude(uint256 which, uint256 what, uint64 amount) external watched {
        uint256 account = _account(which);
        amount = 1 + amount % LARGEST;
        address owner = house.accountOf(account).owner;
        IClearingHouse.Next memory next = _next(_seed(account));
        string[4] memory names = ["deposit", "withdraw", "trade", "takeOver"];
        string memory name = names[what % 4];
        address receiver = what % 4 == 2 ? owner : STRANGER;
        uint256 asset = what % 4 == 2 ? TRADE : COIN;
        int256 delta = [int256(uint256(amount)), -int256(uint256(amount)), int256(0), int256(0)][what % 4];
        address newOwner = what % 4 == 3 ? STRANGER : owner;
        _accept(next, _signals(account, name, receiver, newOwner, asset, delta, next.commitment));
        IClearingHouse.Health memory health = _health(name, account, receiver, next.commitment, INITIAL);
        bytes memory data = _call(what % 4, account, amount, next, health);
        vm.prank(STRANGER);
        (bool done,) = address(house).call(data);
        if (done) _blame("a stranger did it");
    }

    // --- queries of the invariants

    /// @dev All holders withdraw everything, in the first second in which that must be possible.
    function letEverybodyGo() external {
        _now = _exitTime();
        vm.warp(_now);
        feed.publish(bytes32(++_roots), _now);
        usd.freeze(BOB, false);
        coin.freeze(BOB, false);
        for (uint256 account = 1; account <= house.accounts(); ++account) {
            if (house.accountOf(account).state == IClearingHouse.State.Seized) {
                vm.prank(engine);
                house.giveBack(account, _now);
            }
            if (held[account][COIN] != 0) _withdraw(account, COIN, held[account][COIN], BOB);
            if (held[account][CASH] != 0) _withdraw(account, CASH, held[account][CASH], BOB);
        }
    }

    function isPaused() external returns (bool) {
        vm.warp(_now);
        return guardian.isPaused(PauseGroups.ALL);
    }

    function credits(uint256 asset) external view returns (uint256 sum) {
        for (uint256 account = 1; account <= house.accounts(); ++account) {
            sum += held[account][asset];
        }
    }

    function market() external view returns (ClearingHouse, CollateralVault) {
        return (house, vault);
    }

    /// @dev The first time without a pause of withdrawals, and after the breaker's cool-down or a day of unrest. Other
    /// pauses do not matter.
    function _exitTime() private view returns (uint256 time) {
        (, uint256 end) = guardian.lastPause(PauseGroups.WITHDRAW);
        time = Math.max(_now, end);
        if (feed.breakerTrippedAt() == 0) return time;
        return Math.max(time, Math.min(feed.breakerTrippedAt() + COOLDOWN, feed.unrestSince() + 1 days + 1));
    }

    // --- records

    function _watch() private {
        for (uint256 account = 1; account <= house.accounts(); ++account) {
            _compare(account, _seen[account], house.accountOf(account));
            _seen[account] = house.accountOf(account);
        }
        uint256 factor = house.cashFactor();
        if (factor > _factor) _blame("the factor rose");
        if (factor < 0.8e18) _blame("the factor fell below its bound");
        if (factor < _factor && _now - _anchoredAt >= 1 days) (_anchor, _anchoredAt) = (_factor, _now);
        if (factor * 50 < _anchor * 49) _blame("the factor fell by more than a fiftieth in a day");
        _factor = factor;
    }

    function _compare(uint256 account, IClearingHouse.Account memory was, IClearingHouse.Account memory now_) private {
        bool changed = was.commitment != now_.commitment;
        if (now_.nonce != was.nonce + (changed ? 1 : 0)) ++nonceBreaches;
        if (now_.lastHealthyAt < was.lastHealthyAt) _blame("health in the past");
        if (now_.lastHealthyAt > _now) _blame("health in the future");
        if (was.owner != address(0) && was.owner != now_.owner && account != _taken) _blame("another owner");
        if (was.state == IClearingHouse.State.Seized && account != _taken) {
            if (changed || now_.escrow != was.escrow) _blame("a seized account changed");
            bool kept = now_.state == IClearingHouse.State.Seized;
            if (kept && now_.lastHealthyAt != was.lastHealthyAt) _blame("a seized account was healthy");
        }
    }

    function _blame(string memory what) private {
        if (bytes(breach).length == 0) breach = what;
    }

    function _booked(uint256 account, uint256 asset, uint64 amount) private {
        held[account][asset] += amount;
        if (asset == CASH) provenCash[account] += int256(uint256(amount));
        paidIn[asset] += _up(asset, amount);
    }

    function _mint(address who, uint256 asset, uint64 amount) private {
        _fundWith(who, asset, amount);
    }

    function _up(uint256 asset, uint64 amount) private view returns (uint256) {
        return asset == CASH ? (amount * house.cashFactor() + WAD - 1) / WAD : amount;
    }

    function _down(uint256 asset, uint64 amount) private view returns (uint256) {
        return asset == CASH ? amount * house.cashFactor() / WAD : amount;
    }

    function _call(
        uint256 what,
        uint256 account,
        uint64 amount,
        IClearingHouse.Next memory next,
        IClearingHouse.Health memory health
    ) private view returns (bytes memory) {
        if (what == 0) {
            return abi.encodeCall(house.deposit, (account, COIN, amount, next));
        }
        if (what == 1) return abi.encodeCall(house.withdraw, (account, COIN, amount, STRANGER, next, health));
        if (what == 2) {
            bytes memory signature = _sign(0xBAD, account, next, health.deadline);
            return abi.encodeCall(house.trade, (account, next, health, signature));
        }
        IClearingHouse.Takeover memory takeover = IClearingHouse.Takeover(account, STRANGER, 0, 0, COIN, 0);
        return abi.encodeCall(house.takeOver, (takeover, next, health));
    }

    function _account(uint256 which) private view returns (uint256) {
        return 1 + which % house.accounts();
    }

    /// @dev The first seized account from a random place on, or any account if there is none.
    function _seized(uint256 which) private view returns (uint256 account) {
        for (uint256 i = 0; i < house.accounts(); ++i) {
            account = _account(which % 1000 + i);
            if (house.accountOf(account).state == IClearingHouse.State.Seized) return account;
        }
    }

    function _owner(uint256 which) private pure returns (address) {
        return vm.addr(1 + which % 3);
    }

    function _keyOf(address owner) private pure returns (uint256 key) {
        key = 1;
        while (vm.addr(key) != owner) ++key;
    }
}

contract ClearingHouseInvariants is Test {
    uint256 private constant WAD = 1e18;

    ClearingHouseHandler private handler;
    ClearingHouse private house;
    CollateralVault private vault;

    function setUp() public {
        handler = new ClearingHouseHandler();
        (house, vault) = handler.market();
        handler.openAccount(0, true, 1e12);
        handler.openAccount(1, false, 1e12);
    }

    /// @dev Forge calls this to find the contracts to call.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    /// @dev All actions of the handler, without `letEverybodyGo` and the call that is undone.
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        bytes4[17] memory all = [
            handler.openAccount.selector,
            handler.borrow.selector,
            handler.depositTo.selector,
            handler.withdrawFrom.selector,
            handler.overdraw.selector,
            handler.tradeOf.selector,
            handler.attestTo.selector,
            handler.callAccount.selector,
            handler.seizeAccount.selector,
            handler.giveBackAccount.selector,
            handler.takeOverFor.selector,
            handler.takeOverAtALoss.selector,
            handler.publish.selector,
            handler.trip.selector,
            handler.wait.selector,
            handler.pauseGroups.selector,
            handler.insure.selector
        ];
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(handler), new bytes4[](18));
        for (uint256 i = 0; i < 17; ++i) {
            targets[0].selectors[i] = all[i];
        }
        targets[0].selectors[17] = handler.intrude.selector;
    }

    /// @dev So the venue has the opening of every account that owes cash.
    function invariant_debtorsHaveTraded() public view {
        for (uint256 account = 1; account <= house.accounts(); ++account) {
            assertTrue(handler.hasTraded(account) || handler.provenCash(account) >= 0);
        }
    }

    function invariant_noncesOnlyGrow() public view {
        assertEq(handler.nonceBreaches(), 0);
    }

    /// @dev Forge undoes the changes after each check. `afterInvariant` does the same at the end of a sequence, paused
    /// or not.
    function invariant_attack_28_aPausedSystemLetsHoldersOut() public {
        if (!handler.isPaused()) return;
        handler.letEverybodyGo();
        assertEq(vault.assetOf(0).total, 0);
    }

    /// @dev `lastHealthyAt` never falls, a seized account changes only by a takeover, the factor never rises or falls
    /// below its bounds, strangers change nothing, and nobody withdraws more than there is.
    function invariant_noForbiddenEvent() public view {
        assertEq(handler.breach(), "");
    }

    /// @dev Row 27. There is no hidden deficit either: the vault covers all credits at the public factor. And the
    /// clearing house itself holds no tokens.
    function invariant_attack_27_theVaultsBalanceCoversCreditsAndClaims() public view {
        for (uint256 asset = 0; asset <= 8; asset += 8) {
            ICollateralVault.Asset memory slot = vault.assetOf(asset);
            uint256 balance = FreezableToken(slot.token).balanceOf(address(vault));
            assertEq(balance, (slot.total + slot.owed) * slot.scale);
            assertEq(FreezableToken(slot.token).balanceOf(address(house)), 0);
            uint256 factor = asset == 8 ? house.cashFactor() : WAD;
            assertGe(slot.total, handler.credits(asset) * factor / WAD);
        }
    }

    function invariant_attack_25_withdrawalsNeverExceedDeposits() public view {
        for (uint256 asset = 0; asset <= 8; asset += 8) {
            assertLe(handler.paidOut(asset), handler.paidIn(asset));
            assertEq(vault.assetOf(asset).total, handler.paidIn(asset) - handler.paidOut(asset));
        }
    }

    /// @dev At the end of each sequence all holders withdraw everything. Forge calls this function by its name.
    function afterInvariant() public {
        handler.letEverybodyGo();
        assertEq(vault.assetOf(0).total, 0);
    }

    /// @dev Checks that random sequences can reach every action.
    function test_attack_28_theHandlerReachesEveryActionAndEverybodyLeaves() public {
        handler.depositTo(0, false, 5);
        handler.borrow(0, 1);
        assertEq(handler.borrowed(), 0);
        handler.tradeOf(0);
        handler.borrow(1, 1);
        assertEq(handler.borrowed(), 0);
        handler.tradeOf(1);
        handler.borrow(1, 1);
        assertEq(handler.borrowed(), 1);
        handler.wait(4 * 60 + 1);
        handler.publish();
        handler.attestTo(1);
        handler.wait(2 days);
        handler.publish();
        handler.callAccount(1);
        handler.seizeAccount(1);
        handler.insure(1000);
        handler.takeOverAtALoss(1, 2, 1e9, true, 1e9);
        assertLt(house.cashFactor(), WAD);
        assertEq(house.accountOf(2).owner, vm.addr(3));
        handler.seizeAccount(0);
        handler.takeOverFor(0, 1, 1e9, 1e8, false, 1e9);
        handler.withdrawFrom(0, false, 1e9, true);
        assertGt(vault.assetOf(0).owed, 0);
        handler.overdraw(0, true, 1);
        for (uint256 i = 0; i < 4; ++i) {
            handler.intrude(0, i, 1);
        }
        handler.trip(0);
        handler.seizeAccount(0);
        handler.giveBackAccount(0);
        handler.seizeAccount(0);
        handler.pauseGroups(PauseGroups.ALL - 1, 1 hours - 1);
        invariant_noForbiddenEvent();
        invariant_debtorsHaveTraded();
        invariant_attack_27_theVaultsBalanceCoversCreditsAndClaims();
        invariant_attack_25_withdrawalsNeverExceedDeposits();
        afterInvariant();
    }
}
