// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {CollateralVault} from "../../src/CollateralVault.sol";
import {IHouse} from "../../src/clearing/IHouse.sol";
import {ICollateralVault} from "../../src/interfaces/ICollateralVault.sol";
import {FreezableToken} from "../tokens/FreezableToken.sol";
import {Test} from "../Vm.sol";
import {EndingHandler} from "./handlers/EndingHandler.sol";

/// @dev docs/protocol.md names the properties.
contract HouseInvariants is Test {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    uint256 private constant CASH = 8;
    uint256 private constant WAD = 1e18;
    uint256 private constant RUNNING = 30;

    EndingHandler private handler;
    IHouse private house;
    CollateralVault private vault;

    function setUp() public {
        handler = new EndingHandler();
        (house, vault) = handler.market();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(handler), handler.actions());
    }

    /// @dev All properties in one campaign, as a campaign for each takes five times as long and finds no more.
    /// @custom:property M1 M4 M5 M6 W1 W2 W3 W4 W5 S4 S5 H1 H2 H3 Z1 Z2 Z4 F3 D3 D4 D6 R1
    function invariant_ofTheHouse() public view {
        _theVaultHoldsBackingAndWhatWaits();
        _lotsAddUp();
        if (!house.standing().ended) _creditsAreBacked();
        handler.compareWaiting();
        handler.recount();
        // Health never falls, the factor never rises or falls below its bounds, and no fill happens that must not.
        assertEq(handler.breach(), "");
    }

    /// @dev The vault's cash is what backs accounts and unpaid fees, and what waits, to the last micro.
    function _theVaultHoldsBackingAndWhatWaits() private view {
        assertEq(house.waitingTotal(CASH), handler.reserved(CASH));
        assertEq(vault.assetOf(CASH).total, handler.backing() + handler.reserved(CASH));
        assertEq(house.unpaidFees(), handler.fees());
        assertEq(vault.assetOf(0).total, handler.backingCoins() + handler.reserved(0));
        // They differ once coins have been sold for the pool.
        if (house.standing().ended) assertLe(handler.backingCoins(), handler.coinSum());
        else assertEq(handler.backingCoins(), handler.coinSum());
        for (uint256 asset = 0; asset <= CASH; asset += CASH) {
            ICollateralVault.Asset memory slot = vault.assetOf(asset);
            FreezableToken token = FreezableToken(slot.token);
            assertEq(token.balanceOf(address(vault)), (slot.total + slot.owed) * slot.scale);
            assertEq(token.balanceOf(address(house)), 0);
        }
    }

    /// @dev Open and expired lots add up to 0, so marks do.
    function _lotsAddUp() private view {
        for (uint256 i = 0; i < 2; ++i) {
            assertEq(handler.lotSum(i) + handler.expired(i) == 0, true);
        }
        (uint256 positive, uint256 debts) = handler.fundsAndDebts();
        assertTrue(int256(positive) - int256(debts) == handler.creditSum() - handler.expiredCash());
    }

    /// @dev Cash of accounts, less what expired lots have brought, and fees add up to at most what backs them. So what
    /// backs them and unpaid debts cover all positive funds.
    function _creditsAreBacked() private view {
        uint256 factor = handler.factor();
        int256 credits = handler.creditSum() - handler.expiredCash() + int256(handler.fees());
        if (credits > 0) assertGe(handler.backing(), uint256(credits) * factor / WAD);
        (uint256 positive, uint256 debts) = handler.fundsAndDebts();
        uint256 owed = (positive + handler.fees()) * factor / WAD;
        assertGe(handler.backing() + debts * factor / WAD + 1, owed);
    }

    /// @dev At the end of each sequence all take back what waits; the market ends, all claim, and are paid by rule.
    /// Forge calls this function by its name.
    function afterInvariant() public {
        handler.letEverybodyTakeBack();
        _requireNothingElseWaits();
        handler.windUp();
        handler.comparePayments();
        handler.letEverybodyTakeBack();
        _requireNothingElseWaits();
        invariant_ofTheHouse();
    }

    function _requireNothingElseWaits() private view {
        assertEq(vault.assetOf(0).total, handler.backingCoins());
        uint256 bonds;
        for (uint256 account = 1; account <= house.accounts(); ++account) {
            bonds += house.timesOf(account).bond;
        }
        assertEq(vault.assetOf(CASH).total, handler.backing() + handler.counted() + bonds);
    }

    /// @dev Checks that a sequence can reach every action, with its effect.
    function test_theHandlerReachesEveryAction() public {
        handler.registerAndOpen(1);
        handler.depositTo(0, true, 100);
        handler.depositTo(0, false, 100);
        handler.announce(0, true, 50, false);
        handler.credit(0, true, 20);
        handler.credit(0, false, 30);
        handler.fill(0, 1, 1001, 10, false);
        handler.fill(0, 1, 9e11 + 500, 0, false);
        handler.collect();
        handler.move(1, 5, 4);
        handler.expire(0, 1);
        assertTrue(handler.expired(1) != 0);
        handler.requestKey(0, 5);
        handler.giveNotice(0);
        handler.wait(601);
        handler.takeBack(0, true, 10, false);
        handler.withdrawFrom(0, true, 500);
        handler.upkeep(0);
        handler.publish();
        handler.callAccount(0);
        handler.freeze(0);
        handler.attestTo(0);
        handler.seize(0, true);
        handler.insure(100, 100);
        handler.takeOverAtALoss(0, 2, 1e9);
        assertEq(handler.losses(), 1);
        handler.bond(0);
        handler.seize(1, false);
        handler.takeOverFor(1, 0, 1000, 10);
        handler.seize(2, false);
        handler.finishAuction(2);
        handler.freeze(2);
        handler.giveBackAccount(2, true);
        handler.renew(2);
        handler.trip(0);
        handler.pauseGroups(0, 10);
        handler.outage(5 hours);
        for (uint256 i = 0; i < 8; ++i) {
            handler.intrude(0, i);
        }
        invariant_ofTheHouse();
        // The first account owes the second more than it has, and does not pay.
        handler.move(0, 0, 1);
        handler.endMarket(0);
        handler.fixValuation(0);
        handler.claim(17);
        handler.claim(18);
        handler.passStage(23 hours);
        handler.buyCoins(1);
        handler.passStage(0);
        handler.finalise();
        handler.pay(1);
        invariant_ofTheHouse();
        bytes4[] memory actions = handler.actions();
        for (uint256 i = 0; i < actions.length; ++i) {
            assertGt(handler.done(actions[i]), 0);
        }
        afterInvariant();
    }

    /// @dev Checks that random sequences reach every action.
    function test_randomSequencesReachEveryAction() public {
        bytes4[] memory actions = handler.actions();
        uint256[] memory done = new uint256[](actions.length);
        for (uint256 run = 0; run < 14; ++run) {
            setUp();
            // Every other market ends within its sequence, with the last actions of the list.
            uint256 running = run % 2 == 0 ? 60 : 120;
            for (uint256 i = 0; i < 120; ++i) {
                uint256 place = _dice(run, i);
                (bool succeeded,) =
                    address(handler).call(_call(actions[i < running ? place % RUNNING : 27 + place % 10], place));
                // Many of them fail, for instance while a market is frozen.
                succeeded;
            }
            afterInvariant();
            for (uint256 i = 0; i < actions.length; ++i) {
                done[i] += handler.done(actions[i]);
            }
        }
        for (uint256 i = 0; i < actions.length; ++i) {
            // The action's place is in the message.
            assertGt(i + 100 * done[i], i);
        }
    }

    /// @dev Arguments that fit every type: booleans are in the second, fourth and fifth place.
    function _call(bytes4 action, uint256 dice) private pure returns (bytes memory) {
        uint256[5] memory words;
        for (uint256 i = 0; i < 5; ++i) {
            words[i] = _dice(dice, i) % (i % 2 == 1 || i == 4 || _dice(dice, 5 + i) % 2 == 0 ? 2 : 2 ** 16);
        }
        return abi.encodePacked(action, abi.encode(words));
    }
}
