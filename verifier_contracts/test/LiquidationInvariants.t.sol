// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {LiquidationEngine} from "../src/LiquidationEngine.sol";
import {IClearingHouse} from "../src/interfaces/IClearingHouse.sol";
import {IDisclosureVerifier} from "../src/interfaces/IDisclosureVerifier.sol";
import {PauseGroups} from "../src/libraries/PauseGroups.sol";
import {LiquidationFixture} from "./fixtures/LiquidationFixture.sol";
import {MockClearingHouse} from "./mocks/MockClearingHouse.sol";
import {Test} from "./Vm.sol";

/// @dev Two markets that share an insurance fund and a feed, with all their actors: holders, a venue that seizes
/// whenever it can, bidders, a guardian. The handler knows each account's equity and keeps its own records.
contract LiquidationHandler is LiquidationFixture {
    uint256 private constant ACCOUNTS = 3;
    uint256 private constant GRACE = 1 hours;
    address private constant BIDDER = address(0x817);

    struct Worth {
        int256 equity;
        uint256 requirement;
        bool called;
        uint256 calledAt;
    }

    MockClearingHouse[2] public houses;
    mapping(uint256 market => mapping(uint256 account => Worth)) private _worth;
    IDisclosureVerifier.Proof private _old;
    uint256 private _roots;
    uint256 private _now = NOW;

    mapping(uint256 market => uint256) public deposited;
    /// @dev Forbidden events.
    uint256 public healthySeized;
    uint256 public defaultersReturned;
    uint256 public priceRises;
    uint256 public lateBids;
    uint256 public dearBids;
    uint256 public contagions;
    /// @dev Events that must happen from time to time.
    uint256 public started;
    uint256 public sold;
    uint256 public soldAtALoss;
    uint256 public returned;

    constructor() {
        vm.warp(NOW);
        _deploy();
        for (uint256 i = 0; i < 2; ++i) {
            houses[i] = _market();
            houses[i].addCash(1000e6);
            for (uint256 j = 1; j <= ACCOUNTS; ++j) {
                houses[i].open(address(uint160(0x1000 * i + j)));
                _worth[i][j] = Worth(2000e12, 1000e6, false, 0);
            }
            token.mint(BIDDER, 1e40);
            vm.prank(BIDDER);
            token.approve(address(houses[i]), type(uint256).max);
        }
        _publish();
    }

    /// @dev Forge does not keep `vm.warp` between the calls of a sequence, so each call sets the time again.
    modifier atItsTime() {
        vm.warp(_now);
        _;
    }

    // --- time and the market

    /// @dev Mostly short steps, so that auctions continue, with a feed that is rarely silent.
    function wait(uint256 time, uint256 dice) external atItsTime {
        dice = _dice(dice, 0);
        int256[6] memory prices = _prices();
        _now += time % (dice % 4 == 0 ? 2 hours : 20 minutes);
        vm.warp(_now);
        int256[6] memory later = _prices();
        for (uint256 i = 0; i < 6; ++i) {
            // The smallest number stands for no auction.
            if (prices[i] != type(int256).min && later[i] > prices[i]) ++priceRises;
        }
        if (dice % 5 != 0) _publish();
    }

    function move(uint256 market, uint256 account, int256 equity, uint256 requirement) external atItsTime {
        (market, account) = _pick(market, account);
        Worth storage worth = _worth[market][account];
        worth.equity = equity % 3000e12;
        worth.requirement = requirement % 2000e6;
        // An attacker keeps an old disclosure for later.
        _old = _truth(market, account);
        ++_now;
        vm.warp(_now);
        _publish();
    }

    // --- holders

    function attest(uint256 market, uint256 account) external atItsTime {
        (market, account) = _pick(market, account);
        if (!_isHealthy(market, account) || !_isOpen(market, account)) return;
        (, uint256 time) = feed.latest();
        houses[market].setHealthyAt(account, time);
        _worth[market][account].called = false;
    }

    function deposit(uint256 market, uint256 account, uint256 amount) external atItsTime {
        (market, account) = _pick(market, account);
        if (!_isOpen(market, account)) return;
        _worth[market][account].equity += int256(amount % 1000e12);
        houses[market].change(account);
    }

    // --- venue

    function marginCall(uint256 market, uint256 account) external atItsTime {
        (market, account) = _pick(market, account);
        if (!_isOpen(market, account) || _worth[market][account].called) return;
        (_worth[market][account].called, _worth[market][account].calledAt) = (true, _now);
        houses[market].call(account, _now + GRACE);
    }

    /// @dev Mostly an account that may be seized, if there is one, with a true and current disclosure.
    function start(uint256 place, uint256 dice) external atItsTime {
        dice = _dice(dice, 0);
        (uint256 market, uint256 account) = _place(place);
        for (uint256 i = 0; dice % 3 != 0 && i < 6; ++i) {
            (market, account) = _place(place % 6 + i);
            if (_isOpen(market, account) && _mayBeSeized(market, account)) break;
        }
        IDisclosureVerifier.Proof memory proof = dice % 7 == 0 ? _old : _truth(market, account);
        if (dice % 8 == 0) proof.signals[0] ^= 1;
        bool allowed = _mayBeSeized(market, account);
        bool open = _isOpen(market, account);
        houses[market].engine().start(account, _deadline(), proof);
        if (open && !allowed) ++healthySeized;
        ++started;
    }

    /// @dev Sometimes after a long time without bids, and mostly for an account that has recovered.
    function giveBack(uint256 place, uint256 dice) external atItsTime {
        dice = _dice(dice, 0);
        (uint256 market, uint256 account) = _seized(place);
        if (dice % 4 == 0) {
            _now += 61 minutes;
            vm.warp(_now);
            _publish();
        }
        if (dice % 5 != 0) _worth[market][account].equity = int256(_worth[market][account].requirement * 1e6);
        IDisclosureVerifier.Proof memory proof = dice % 7 == 0 ? _old : _truth(market, account);
        houses[market].engine().giveBack(account, _deadline(), proof);
        if (!_isHealthy(market, account)) ++defaultersReturned;
        _worth[market][account].called = false;
        ++returned;
    }

    // --- bidders

    function bid(uint256 place, int256 limit, uint256 dice) external atItsTime {
        dice = _dice(dice, 0);
        (uint256 market, uint256 account) = _seized(place);
        LiquidationEngine engine = houses[market].engine();
        // Some bidders wait.
        if (dice % 2 == 0) _now += dice / 2 % 55 minutes;
        vm.warp(_now);
        _publish();
        uint256 elapsed = engine.elapsedOf(account);
        limit = dice % 3 != 0 ? type(int256).max : limit % 3000e6;
        uint256 other = fund.balanceOf(address(houses[1 - market]));
        vm.prank(BIDDER);
        engine.bid(account, limit, 8, 0, _next(dice % 5 != 0), _health());
        if (elapsed > 60 minutes) ++lateBids;
        (,, int256 price,,,) = houses[market].last();
        if (price > limit) ++dearBids;
        if (fund.balanceOf(address(houses[1 - market])) != other) ++contagions;
        _worth[market][account] = Worth(2000e12, 1000e6, false, 0);
        price < 0 ? ++soldAtALoss : ++sold;
    }

    // --- others

    function others(uint256 market, uint256 amount, uint256 dice) external atItsTime {
        dice = _dice(dice, 0);
        market %= 2;
        if (dice % 8 == 0) _intrude(market, amount);
        else if (dice % 8 == 1) token.mint(address(fund), amount % 1e18);
        else if (dice % 8 == 2) _pause(amount);
        else _deposit(market, amount % 200e6);
    }

    // --- records

    /// @dev The number of seizures is that of their ends, plus one if the account is seized now. Exactly then it has an
    /// auction.
    function isConsistent(uint256 market, uint256 account) external view returns (bool) {
        MockClearingHouse house = houses[market];
        uint256 open = _isOpen(market, account) ? 0 : 1;
        uint256 ends = house.takeovers(account) + house.returns_(account);
        uint256 auctions = house.engine().auctionOf(account).startedAt == 0 ? 0 : 1;
        return house.seizures(account) == ends + open && auctions == open;
    }

    function accounts() external pure returns (uint256) {
        return ACCOUNTS;
    }

    function fundOf(uint256 market) external view returns (uint256) {
        return fund.balanceOf(address(houses[market]));
    }

    function fundTokens() external view returns (uint256) {
        return token.balanceOf(address(fund));
    }

    function scale() external view returns (uint256) {
        return fund.scale();
    }

    // --- helpers

    function _place(uint256 place) private pure returns (uint256, uint256) {
        return _pick(place / ACCOUNTS, place);
    }

    function _pick(uint256 market, uint256 account) private pure returns (uint256, uint256) {
        return (market % 2, 1 + account % ACCOUNTS);
    }

    function _deposit(uint256 market, uint256 amount) private {
        _fill(houses[market], amount);
        deposited[market] += amount;
    }

    function _pause(uint256 duration) private {
        vm.prank(WATCH);
        try guardian.pause(PauseGroups.LIQUIDATE, 1 + duration % 2 hours, "seen") {} catch {}
    }

    function _intrude(uint256 market, uint256 amount) private {
        vm.prank(BIDDER);
        try fund.pay(BIDDER, uint128(1 + amount % 1e6)) {
            ++contagions;
        } catch {}
        vm.prank(BIDDER);
        try houses[market].engine().setParameters(_parameters()) {
            ++contagions;
        } catch {}
    }

    /// @dev The first seized account from a random place on, since most are not seized.
    function _seized(uint256 place) private view returns (uint256 market, uint256 account) {
        for (uint256 i = 0; i < 6; ++i) {
            (market, account) = _place(place % 6 + i);
            if (!_isOpen(market, account)) return (market, account);
        }
    }

    function _publish() private {
        feed.publish(bytes32(++_roots), block.timestamp);
    }

    function _truth(uint256 market, uint256 account) private returns (IDisclosureVerifier.Proof memory) {
        Worth memory worth = _worth[market][account];
        return _proof(houses[market], account, worth.equity, worth.requirement);
    }

    function _isHealthy(uint256 market, uint256 account) private view returns (bool) {
        Worth memory worth = _worth[market][account];
        return worth.equity >= int256(worth.requirement * 1e6);
    }

    function _isOpen(uint256 market, uint256 account) private view returns (bool) {
        return houses[market].accountOf(account).state == IClearingHouse.State.Open;
    }

    /// @dev An independent definition: late, or in default now and not proven healthy with the present snapshot.
    function _mayBeSeized(uint256 market, uint256 account) private view returns (bool) {
        Worth memory worth = _worth[market][account];
        (, uint256 time) = feed.latest();
        if (_now > time + 1 hours) return false;
        if (guardian.isPaused(PauseGroups.LIQUIDATE)) return false;
        uint256 paused = guardian.pausedSeconds(PauseGroups.LIQUIDATE, worth.calledAt);
        if (worth.called && _now - worth.calledAt - paused > GRACE) return true;
        return !_isHealthy(market, account) && houses[market].accountOf(account).lastHealthyAt < time;
    }

    function _prices() private view returns (int256[6] memory prices) {
        for (uint256 i = 0; i < 6; ++i) {
            prices[i] = type(int256).min;
            try houses[i / 3].engine().priceOf(1 + i % 3) returns (int256 price) {
                prices[i] = price;
            } catch {}
        }
    }
}

contract LiquidationInvariants is Test {
    LiquidationHandler private handler;

    function setUp() public {
        handler = new LiquidationHandler();
    }

    /// @dev Forge calls this to find the contracts to call.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariant_attack_24_onlyDefaultedOrLateAccountsAreSeizedAndEndOnce() public view {
        assertEq(handler.healthySeized(), 0);
        assertEq(handler.defaultersReturned(), 0);
        for (uint256 market = 0; market < 2; ++market) {
            for (uint256 account = 1; account <= handler.accounts(); ++account) {
                assertTrue(handler.isConsistent(market, account));
            }
        }
    }

    function invariant_attack_24_thePriceNeverRisesWithTimeAndBidsKeepToTimeAndLimit() public view {
        assertEq(handler.priceRises(), 0);
        assertEq(handler.lateBids(), 0);
        assertEq(handler.dearBids(), 0);
    }

    /// @dev The fund holds all markets' balances, a market's balance is its own deposits and fees less its own
    /// payments, and the bound on losses of cash holds.
    function invariant_contagion_noMarketPaysForAnother() public view {
        assertEq(handler.contagions(), 0);
        assertGe(handler.fundTokens(), (handler.fundOf(0) + handler.fundOf(1)) * handler.scale());
        for (uint256 market = 0; market < 2; ++market) {
            uint256 in_ = handler.deposited(market) + handler.houses(market).paidToFund();
            assertEq(handler.fundOf(market), in_ - handler.houses(market).paidByFund());
            assertGe(handler.houses(market).cashFactor(), 0.8e18 - 1e12);
        }
    }

    /// @dev Checks that random sequences reach every action. Impossible actions of the handler revert.
    function test_theHandlerStartsSellsAndGivesBack() public {
        for (uint256 i = 0; i < 1500; ++i) {
            (bool done,) = address(handler).call(_call(i));
            // Most of them fail, since there is no account to seize or to sell.
            done;
        }
        assertGt(handler.started(), 20);
        assertGt(handler.sold(), 5);
        assertGt(handler.soldAtALoss(), 5);
        assertGt(handler.returned(), 5);
    }

    function _call(uint256 i) private view returns (bytes memory) {
        (uint256 a, uint256 b, uint256 c) = (_dice(i, 1), _dice(i, 2), _dice(i, 3));
        i = _dice(i, 0) % 9;
        if (i == 0) return abi.encodeCall(handler.wait, (a, b));
        if (i == 1) return abi.encodeCall(handler.move, (a, b, int256(c), _dice(c, 4)));
        if (i == 2) return abi.encodeCall(handler.attest, (a, b));
        if (i == 3) return abi.encodeCall(handler.deposit, (a, b, c));
        if (i == 4) return abi.encodeCall(handler.marginCall, (a, b));
        if (i == 5) return abi.encodeCall(handler.start, (a, b));
        if (i == 6) return abi.encodeCall(handler.giveBack, (a, b));
        if (i == 7) return abi.encodeCall(handler.bid, (a, int256(b), c));
        return abi.encodeCall(handler.others, (a, b, c));
    }
}
