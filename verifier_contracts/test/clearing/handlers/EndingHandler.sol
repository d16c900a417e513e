// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IWindDown} from "../../../src/clearing/IWindDown.sol";
import {WindDown} from "../../../src/clearing/WindDown.sol";
import {IBatchVerifier} from "../../../src/interfaces/IBatchVerifier.sol";
import {UnsaleableList} from "../mocks/WindDownMocks.sol";
import {HouseHandler} from "./HouseHandler.sol";

/// @dev The end of a market at a random moment: claims, unpaid debts, the sale, and payments.
contract EndingHandler is HouseHandler {
    bytes32 private constant CIRCUIT = keccak256("claim_13");

    WindDown public windDown;
    UnsaleableList private _unsaleable;
    bytes32[] private _roots;
    bool private _valued;

    /// @dev What a claim in time is worth, by account, and the sum; what has been paid for it.
    mapping(uint256 account => uint256) public claims;
    mapping(uint256 account => uint256) public paidTo;
    mapping(uint256 account => bool) public claimed;
    uint256 public claimSum;
    uint256 public paidLate;
    /// @dev The pool of all payments: also what late claims bring, such as debts, counted cash and bonds.
    uint256 public pool;

    // --- actions

    /// @dev Only now and then, or no sequence would be long.
    function endMarket(uint256 chance) external watched {
        if (chance % 4 != 0) revert("not yet");
        _end(chance / 4);
    }

    /// @dev The first snapshot at or after cause and bound, or the last one a day after the end.
    function fixValuation(uint256 chance) external watched {
        _value(chance % 2 == 0);
    }

    /// @dev In the window or late; every third debtor does not pay.
    function claim(uint256 which) external watched {
        _claim(_account(which), which / 16 % 3 != 0);
    }

    function passStage(uint256 seconds_) external watched {
        if (!_valued) revert("no valuation");
        uint256 until = windDown.claimsUntil();
        _fallSilent(Math.max(_now, _now < until ? until : until + 1 days) + seconds_ % 1 days);
    }

    function buyCoins(uint64 amount) external watched {
        if (windDown.stage() != IWindDown.Stage.Selling || backingCoins == 0) revert("nothing to buy");
        _buy(1 + amount % backingCoins);
    }

    function finalise() external watched {
        _finalise();
    }

    function pay(uint256 which) external watched {
        _payTo(_account(which));
    }

    /// @return list All actions; the last seven end the market
    function actions() external pure returns (bytes4[] memory list) {
        list = new bytes4[](37);
        (list[0], list[1], list[2]) = (this.registerAndOpen.selector, this.depositTo.selector, this.announce.selector);
        (list[3], list[4], list[5]) = (this.takeBack.selector, this.bond.selector, this.requestKey.selector);
        (list[6], list[7], list[8]) = (this.giveNotice.selector, this.withdrawFrom.selector, this.renew.selector);
        (list[9], list[10], list[11]) = (this.credit.selector, this.fill.selector, this.upkeep.selector);
        (list[12], list[13], list[14]) = (this.collect.selector, this.attestTo.selector, this.callAccount.selector);
        (list[15], list[16], list[17]) = (this.freeze.selector, this.seize.selector, this.finishAuction.selector);
        (list[18], list[19]) = (this.giveBackAccount.selector, this.takeOverFor.selector);
        (list[20], list[21], list[22]) = (this.takeOverAtALoss.selector, this.wait.selector, this.publish.selector);
        (list[23], list[24], list[25]) = (this.trip.selector, this.pauseGroups.selector, this.insure.selector);
        (list[26], list[27], list[28]) = (this.intrude.selector, this.expire.selector, this.outage.selector);
        (list[29], list[30], list[31]) = (this.move.selector, this.endMarket.selector, this.fixValuation.selector);
        (list[32], list[33], list[34]) = (this.claim.selector, this.passStage.selector, this.buyCoins.selector);
        (list[35], list[36]) = (this.finalise.selector, this.pay.selector);
    }

    // --- the rest of a wind-down

    /// @dev Ends the market if it still runs, lets everybody claim, and pays all claims.
    function windUp() external {
        vm.warp(_now);
        if (!house.standing().ended) {
            _ruin(1);
            _end(0);
        }
        if (!_valued) _value(false);
        if (windDown.stage() == IWindDown.Stage.Claiming) _claimAll();
        if (windDown.stage() == IWindDown.Stage.Claiming) _fallSilent(windDown.claimsUntil() + 10 hours);
        if (windDown.stage() == IWindDown.Stage.Selling) {
            _buyWhatIsMissing();
            _fallSilent(windDown.claimsUntil() + 1 days);
        }
        if (!windDown.finalised()) _finalise();
        for (uint256 account = 1; account <= house.accounts(); ++account) {
            if (_share(account) != 0 && paidTo[account] == 0) _payTo(account);
        }
        _claimAll();
    }

    /// @dev Each claim in time has got its share, and no more; all others have got no more than was left.
    function comparePayments() external view {
        uint256 sum = paidLate;
        for (uint256 account = 1; account <= house.accounts(); ++account) {
            assertEq(paidTo[account], _share(account));
            assertLe(paidTo[account], claims[account]);
            sum += paidTo[account];
        }
        assertLe(sum, pool);
        if (claimSum <= pool) assertEq(sum - paidLate, claimSum);
    }

    /// @dev Marks move so far against an account that it owes more than it has. It will not pay.
    function _ruin(uint256 account) private {
        for (uint256 i = 0; i < INSTRUMENTS; ++i) {
            int256 mark = int256(uint256(LARGEST));
            if (!settled[i]) marks[i] = lots[account][i] > 0 ? -mark : mark;
        }
    }

    function _end(uint256 dice) private {
        uint256 frozen = 0;
        for (uint256 account = 1; account <= house.accounts(); ++account) {
            if (_flags(account) & FROZEN != 0) frozen = account;
        }
        if (frozen != 0 && dice % 2 == 0) {
            _pass(3 days + 1 hours);
            windDown.end(IWindDown.Cause.FrozenTooLong, frozen);
            return;
        }
        _fallSilent(Math.max(_now, uint256(house.standing().lastBatchAt) + 3 days) + dice % 3 days);
        windDown.end(IWindDown.Cause.VenueGone, 0);
    }

    function _value(bool silent) private {
        if (silent) _fallSilent(Math.max(_now, windDown.endedAt() + 1 days));
        else _publish();
        for (uint256 i = _roots.length; i > 0 && !_valued; --i) {
            try windDown.fixValuation(_roots[i - 1]) {
                _valued = true;
            } catch {}
        }
        if (!_valued) revert("no snapshot values the market");
        // Settled or not: the valuation's marks are final.
        for (uint256 i = 0; i < INSTRUMENTS; ++i) {
            settled[i] = true;
        }
    }

    function _claimAll() private {
        for (uint256 account = 1; account <= house.accounts(); ++account) {
            if (!claimed[account] && house.accountOf(account).commitment != 0) _claim(account, account % 2 == 0);
        }
    }

    function _claim(uint256 account, bool pays) private {
        address owner = _ownerOf(account);
        int256 funds = fundsOf(account);
        uint256 taken = _counted[owner][account] + _bonds[account];
        int256 value = _worth(funds) + int256(taken);
        if (value < 0 && !pays) return;
        if (value < 0) _fundWith(owner, CASH, uint256(-value));
        bool late = windDown.stage() == IWindDown.Stage.Paying;
        if (late && !windDown.finalised()) _finalise();
        IWindDown.Claim memory proof = _proof(account, owner, funds);
        uint256 had = _cashOf(owner);
        vm.prank(owner);
        windDown.claim(account, owner, proof);
        (_waiting[owner][account][CASH], _counted[owner][account]) =
        (_waiting[owner][account][CASH] - _counted[owner][account], 0);
        _bonds[account] = 0;
        backing += taken;
        claimed[account] = true;
        if (windDown.finalised()) pool += taken + (value < 0 ? uint256(-value) : 0);
        if (value < 0) backing += uint256(-value);
        else if (!late) (claims[account], claimSum) = (uint256(value), claimSum + uint256(value));
        else _tookLate(_cashOf(owner) - had, uint256(value));
        uint256 inKind = Math.min(coins[account], backingCoins);
        (coins[account], backingCoins) = (coins[account] - inKind, backingCoins - inKind);
    }

    function _tookLate(uint256 paid, uint256 value) private {
        (backing, paidLate) = (backing - paid, paidLate + paid);
        if (paid > value) _blame("a late claim got more than its value");
    }

    function _buyWhatIsMissing() private {
        uint256 missing = claimSum > backing ? claimSum - backing : 0;
        uint256 amount = Math.min(backingCoins, Math.mulDiv(missing, 1e18, windDown.priceOf()));
        if (amount == 0) return;
        _buy(amount);
        ++done[this.buyCoins.selector];
    }

    function _buy(uint256 amount) private {
        uint256 cost = Math.mulDiv(amount, windDown.priceOf(), 1e18, Math.Rounding.Ceil);
        _fundWith(CAROL, CASH, cost);
        vm.prank(CAROL);
        windDown.buy(COIN, amount, cost, CAROL);
        (backing, backingCoins) = (backing + cost, backingCoins - amount);
        if (cost != 0 && backing > claimSum) _blame("sold for more than the pool lacked");
    }

    function _finalise() private {
        _fixPool();
        windDown.finalise();
    }

    function _fixPool() private {
        uint256 missing = claimSum > backing ? claimSum - backing : 0;
        uint256 covered = Math.min(missing, tranche.balance() + fund.balanceOf(address(house)));
        backing += covered;
        pool = backing;
    }

    function _payTo(uint256 account) private {
        address owner = _ownerOf(account);
        uint256 had = _cashOf(owner);
        if (!windDown.finalised()) _fixPool();
        windDown.pay(account);
        uint256 paid = _cashOf(owner) - had;
        (paidTo[account], backing) = (paidTo[account] + paid, backing - paid);
        if (paidTo[account] > claims[account]) _blame("a claim was paid twice");
    }

    function _share(uint256 account) private view returns (uint256) {
        uint256 fixedPool = windDown.pool();
        return claimSum <= fixedPool ? claims[account] : claims[account] * fixedPool / claimSum;
    }

    function _worth(int256 funds) private view returns (int256) {
        if (funds >= 0) return int256(uint256(funds) * factor / WAD);
        return -int256(Math.mulDiv(uint256(-funds), factor, WAD, Math.Rounding.Ceil));
    }

    /// @dev The signals are computed from docs/owner-steps.md, not with the contract.
    function _proof(uint256 account, address to, int256 funds) private returns (IWindDown.Claim memory proof) {
        uint256[] memory signals = new uint256[](12);
        (signals[0], signals[1]) = (house.accountOf(account).commitment, uint256(windDown.valuation()));
        (signals[2], signals[3]) = (funds < 0 ? FIELD - uint256(-funds) : uint256(funds), coins[account]);
        signals[11] =
            uint256(keccak256(abi.encode(block.chainid, address(windDown), keccak256("claim"), account, to))) % FIELD;
        proofs.name(CIRCUIT, signals);
        (proof.circuit, proof.funds) = (CIRCUIT, signals[2]);
        proof.amounts[COIN] = coins[account];
    }

    function _cashOf(address owner) private view returns (uint256) {
        return usd.balanceOf(owner) + vault.claimOf(CASH, owner);
    }

    // --- deployment

    function _windDown() internal override returns (address) {
        _unsaleable = new UnsaleableList();
        bytes32[] memory circuits = new bytes32[](1);
        circuits[0] = CIRCUIT;
        windDown = new WindDown(address(house), address(_unsaleable), circuits);
        return address(windDown);
    }

    function _publish() internal override returns (bytes32 root) {
        root = super._publish();
        _roots.push(root);
    }
}
