// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ClearingHouse} from "../src/ClearingHouse.sol";
import {IClearingHouse} from "../src/interfaces/IClearingHouse.sol";
import {ICollateralVault} from "../src/interfaces/ICollateralVault.sol";
import {IMarginVerifier} from "../src/interfaces/IMarginVerifier.sol";
import {PauseGroups} from "../src/libraries/PauseGroups.sol";
import {ClearingHouseFixture} from "./fixtures/ClearingHouseFixture.sol";

/// @dev A contract wallet that accepts the signature that a test sets.
contract Wallet {
    bytes32 public approved;

    function approve(bytes32 digest) external {
        approved = digest;
    }

    function isValidSignature(bytes32 digest, bytes calldata) external view returns (bytes4) {
        return digest == approved ? this.isValidSignature.selector : bytes4(0);
    }
}

/// @dev Accounts and their changes. Proofs of health, takeovers and settings have their own files.
contract ClearingHouseTest is ClearingHouseFixture {
    uint256 private constant RISK = PauseGroups.TRADE | PauseGroups.LIQUIDATE;
    bytes32 private constant LATER = bytes32(uint256(0x5010));

    function setUp() public {
        _deploy();
    }

    // --- open

    function testFuzz_opensAnAccountForTheCaller(address owner, bool cash, uint64 amount, uint256 seed) public {
        vm.assume(owner != address(0) && owner != address(vault));
        uint256 asset = cash ? CASH : COIN;
        _fundWith(owner, asset, amount);
        IClearingHouse.Next memory next = _nextOpen(owner, asset, amount, seed);
        vm.expectEmit(address(house));
        emit IClearingHouse.Opened(1, owner);
        vm.expectEmit(address(house));
        emit IClearingHouse.Changed(1, 1, next.commitment, next.escrow);
        vm.prank(owner);
        assertEq(house.open(asset, amount, next), 1);

        IClearingHouse.Account memory account = house.accountOf(1);
        assertEq(account.owner, owner);
        assertEq(account.nonce, 1);
        assertEq(account.lastHealthyAt, NOW);
        assertEq(uint256(account.state), uint256(IClearingHouse.State.Open));
        assertEq(account.commitment, next.commitment);
        assertEq(account.escrow, next.escrow);
        assertEq(vault.assetOf(asset).total, amount);
        assertEq(house.accounts(), 1);
    }

    function test_numbersAccountsFromOne() public {
        assertEq(_open(alice, COIN, ONE), 1);
        assertEq(_open(BOB, CASH, 0), 2);
        assertEq(house.accountOf(2).owner, BOB);
        assertEq(uint256(house.accountOf(3).state), uint256(IClearingHouse.State.None));
    }

    function testFuzz_opensForNobodyElse(address caller) public {
        vm.assume(caller != alice);
        IClearingHouse.Next memory next = _nextOpen(alice, CASH, 0, 1);
        _expect(abi.encodeWithSelector(IClearingHouse.InvalidTransition.selector, 1));
        vm.prank(caller);
        house.open(CASH, 0, next);
        assertEq(house.accounts(), 0);
    }

    function testFuzz_aTradeIsNoFunds(uint256 asset) public {
        asset = 9 + asset % (type(uint256).max - 9);
        IClearingHouse.Next memory next = _next(1);
        bytes memory expected = abi.encodeWithSelector(IClearingHouse.NoSuchAsset.selector, asset);
        _expect(expected);
        house.open(asset, 0, next);
        uint256 account = _open(alice, CASH, 0);
        vm.prank(alice);
        _expect(expected);
        house.deposit(account, asset, 1, next);
        IClearingHouse.Health memory health = _attestation(account);
        vm.prank(alice);
        _expect(expected);
        house.withdraw(account, asset, 1, alice, next, health);
        _seize(account);
        vm.prank(engine);
        _expect(expected);
        house.takeOver(IClearingHouse.Takeover(account, BOB, 0, 0, asset, 0), next, health);
    }

    function testFuzz_opensOnlyWithAFreshSnapshot(uint32 age) public {
        vm.warp(NOW + age);
        IClearingHouse.Next memory next = _nextOpen(alice, CASH, 0, 1);
        if (age > MAX_AGE) _expect(abi.encodeWithSelector(IClearingHouse.NoFreshSnapshot.selector, NOW, MAX_AGE));
        vm.prank(alice);
        house.open(CASH, 0, next);
    }

    // --- commitments and transitions

    function testFuzz_refusesACommitmentThatIsNoFieldElement(uint256 number) public {
        IClearingHouse.Next memory next = _nextOpen(alice, CASH, 0, 1);
        uint256 excess = number % 8 == 1 ? 0 : number % (type(uint256).max - FIELD + 1);
        number = number % 8 == 0 ? 0 : FIELD + excess;
        next.commitment = bytes32(number);
        _expect(abi.encodeWithSelector(IClearingHouse.CommitmentOutOfRange.selector, number));
        vm.prank(alice);
        house.open(CASH, 0, next);
    }

    /// @dev Rows 2 and 20: a proof for any other old or new state, owner, nonce, change, chain, contract, account,
    /// purpose or receiver is rejected. The mock accepts the proof only with the one changed signal.
    function testFuzz_attack_2_20_aProofOfAnotherTransitionIsOfNoUse(uint256 signal, uint256 other) public {
        uint256 account = _open(alice, COIN, ONE);
        _fundWith(alice, COIN, ONE);
        IClearingHouse.Next memory next = _next(7);
        uint256[5] memory signals = _signals(account, "deposit", alice, alice, COIN, int64(ONE), next.commitment);
        vm.assume(signals[signal % 5] != other);
        signals[signal % 5] = other;
        _accept(next, signals);
        vm.prank(alice);
        _expect(abi.encodeWithSelector(IClearingHouse.InvalidTransition.selector, account));
        house.deposit(account, COIN, ONE, next);
    }

    function test_attack_20_aProofForAnotherPurposeAccountOrReceiverIsOfNoUse() public {
        uint256 account = _open(alice, COIN, ONE);
        _open(alice, COIN, ONE);
        IClearingHouse.Next memory next = _next(7);
        int256 delta = -int256(uint256(ONE));
        _accept(next, _signals(account, "deposit", alice, alice, COIN, delta, next.commitment));
        _accept(next, _signals(account, "withdraw", BOB, alice, COIN, delta, next.commitment));
        _accept(next, _signals(account, "withdraw", alice, BOB, COIN, delta, next.commitment));
        uint256[5] memory signals = _signals(account, "withdraw", alice, alice, COIN, delta, next.commitment);
        signals[4] = _signals(2, "withdraw", alice, alice, COIN, delta, next.commitment)[4];
        _accept(next, signals);
        IClearingHouse.Health memory health = _health("withdraw", account, alice, next.commitment, INITIAL);
        vm.prank(alice);
        _expect(abi.encodeWithSelector(IClearingHouse.InvalidTransition.selector, account));
        house.withdraw(account, COIN, ONE, alice, next, health);
    }

    function test_attack_20_aProofOfAnotherChainOrContractIsOfNoUse() public {
        uint256 account = _open(alice, COIN, ONE);
        _fundWith(alice, COIN, ONE);
        IClearingHouse.Next memory next = _nextDeposit(account, COIN, ONE, 7);
        vm.chainId(block.chainid + 1);
        vm.prank(alice);
        _expect(abi.encodeWithSelector(IClearingHouse.InvalidTransition.selector, account));
        house.deposit(account, COIN, ONE, next);

        ClearingHouse first = house;
        house = new ClearingHouse(_contracts(), VENUE, _parameters());
        next = _nextOpen(alice, CASH, 0, 7);
        vm.prank(alice);
        _expect(abi.encodeWithSelector(IClearingHouse.InvalidTransition.selector, 2));
        first.open(CASH, 0, next);
        vm.prank(alice);
        house.open(CASH, 0, next);
    }

    /// @dev Rows 5 and 20: the old state in the proof decides, not the bytes of the proof.
    function testFuzz_attack_5_20_aTransitionIsUsedOnce(uint256 a, uint256 b, uint256 c) public {
        uint256 account = _open(alice, COIN, ONE);
        _fundWith(alice, COIN, 2 * ONE);
        IClearingHouse.Next memory next = _nextDeposit(account, COIN, ONE, 7);
        uint256[5] memory signals = _signals(account, "deposit", alice, alice, COIN, int64(ONE), next.commitment);
        vm.prank(alice);
        house.deposit(account, COIN, ONE, next);
        (next.a[0], next.b[0][0], next.c[0]) = (a, b, c);
        _accept(next, signals);
        vm.prank(alice);
        _expect(abi.encodeWithSelector(IClearingHouse.InvalidTransition.selector, account));
        house.deposit(account, COIN, ONE, next);
    }

    /// @dev Row 7. Without enough gas the circuit's verifier returns false, which must cause a revert that names the
    /// gas.
    function testFuzz_attack_7_tooLittleGasChangesNothing(uint24 gas_) public {
        uint256 account = _open(alice, COIN, 2 * ONE);
        IClearingHouse.Next memory next = _nextWithdrawal(account, COIN, ONE, BOB, 7);
        IClearingHouse.Health memory health = _health("withdraw", account, BOB, next.commitment, INITIAL);
        bytes memory data = abi.encodeCall(house.withdraw, (account, COIN, ONE, BOB, next, health));
        uint256 gas_limit = uint256(gas_) % 1_000_000;
        vm.prank(alice);
        (bool done, bytes memory answer) = address(house).call{gas: gas_limit}(data);
        assertEq(house.accountOf(account).nonce, done ? 2 : 1);
        assertEq(coin.balanceOf(BOB), done ? ONE * COIN_SCALE : 0);
        if (!done && answer.length != 0) {
            // The three contracts that need gas have the same error, and none reports an invalid proof.
            assertEq(bytes32(bytes4(answer)), bytes32(IClearingHouse.NotEnoughGas.selector));
        }
    }

    // --- deposit

    function testFuzz_depositsOfTheOwnerAddUp(bool cash, uint64 first, uint64 second) public {
        uint256 asset = cash ? CASH : COIN;
        vm.assume(first != 0 && second != 0);
        uint256 account = _open(alice, asset, 0);
        _fundWith(alice, asset, first);
        IClearingHouse.Next memory next = _nextDeposit(account, asset, first, 7);
        vm.expectEmit(address(house));
        emit IClearingHouse.Changed(account, 2, next.commitment, next.escrow);
        vm.expectEmit(address(house));
        emit IClearingHouse.Deposited(account, asset, first, first);
        vm.prank(alice);
        house.deposit(account, asset, first, next);
        _deposit(account, asset, second);
        assertEq(vault.assetOf(asset).total, uint256(first) + second);
        assertEq(house.accountOf(account).nonce, 3);
    }

    /// @dev Several deposits are possible in a block, then none for a while. Funds that came with `open` do not count.
    function testFuzz_depositsComeOncePerInterval(uint16 wait, bool permit) public {
        uint256 account = _open(alice, COIN, ONE);
        uint256 other = _open(alice, COIN, ONE);
        vm.warp(NOW + 1);
        _deposit(account, COIN, ONE);
        _deposit(account, CASH, ONE);
        wait %= 10 minutes;
        vm.warp(NOW + 1 + wait);
        _deposit(other, COIN, ONE);
        _fundWith(alice, COIN, ONE);
        IClearingHouse.Next memory next = _nextDeposit(account, COIN, ONE, 7);
        bool early = wait != 0 && wait < 5 minutes;
        vm.prank(alice);
        if (early) _expect(abi.encodeWithSelector(IClearingHouse.DepositTooSoon.selector, account, NOW + 301));
        // The permit is invalid, but the allowance exists.
        if (permit) house.depositWithPermit(account, COIN, ONE, next, IClearingHouse.Permit(0, 27, 0, 0));
        else house.deposit(account, COIN, ONE, next);
        assertEq(house.accountOf(account).nonce, early ? 3 : 4);
    }

    function test_aHolderPutsSeveralAssetsInAtOnce() public {
        uint256 account = _open(alice, COIN, 0);
        _fundWith(alice, COIN, ONE);
        _fundWith(alice, CASH, ONE);
        IClearingHouse.Next memory first = _nextDeposit(account, COIN, ONE, 7);
        IClearingHouse.Next memory second = _next(8);
        // Computed by docs/protocol.md, from the state after the first deposit.
        uint256[5] memory signals = _signals(account, "deposit", alice, alice, CASH, int64(ONE), second.commitment);
        signals[0] = uint256(first.commitment);
        signals[2] += 2 ** 160;
        _accept(second, signals);
        bytes[] memory calls = new bytes[](2);
        calls[0] = abi.encodeCall(house.deposit, (account, COIN, ONE, first));
        calls[1] = abi.encodeCall(house.deposit, (account, CASH, ONE, second));
        vm.prank(alice);
        house.multicall(calls);
        assertEq(house.accountOf(account).nonce, 3);
        assertEq(vault.assetOf(COIN).total, ONE);
        assertEq(vault.assetOf(CASH).total, ONE);
    }

    /// @dev Several deposits in one call, one of which may be invalid.
    function testFuzz_aMulticallHappensWholeOrNotAtAll(uint64[6] memory amounts, uint256 wrong) public {
        wrong %= 9;
        bytes[] memory calls = new bytes[](6);
        uint256 sum = 0;
        for (uint256 i = 0; i < 6; ++i) {
            amounts[i] = 1 + amounts[i] % (type(uint64).max / 8);
            sum += amounts[i];
            uint256 account = _open(alice, COIN, 0);
            _fundWith(alice, COIN, amounts[i]);
            IClearingHouse.Next memory next = _nextDeposit(account, COIN, amounts[i], account);
            if (i == wrong) next.a[0] ^= 1;
            calls[i] = abi.encodeCall(house.deposit, (account, COIN, amounts[i], next));
        }
        vm.prank(alice);
        if (wrong < 6) _expect(abi.encodeWithSelector(IClearingHouse.InvalidTransition.selector, 1 + wrong));
        house.multicall(calls);
        assertEq(vault.assetOf(COIN).total, wrong < 6 ? 0 : sum);
    }

    function testFuzz_depositsWithAPermit(uint64 amount) public {
        vm.assume(amount != 0);
        uint256 account = _open(alice, COIN, 0);
        coin.mint(alice, amount * COIN_SCALE);
        vm.prank(alice);
        coin.approve(address(vault), 0);
        IClearingHouse.Next memory next = _nextDeposit(account, COIN, amount, 7);
        IClearingHouse.Permit memory permit = _permit(amount * COIN_SCALE);
        vm.prank(alice);
        house.depositWithPermit(account, COIN, amount, next, permit);
        assertEq(vault.assetOf(COIN).total, amount);
        assertEq(coin.balanceOf(alice), 0);
    }

    function testFuzz_onlyTheOwnerDepositsAndWithdraws(address caller) public {
        uint256 account = _open(alice, COIN, ONE);
        vm.assume(caller != alice);
        IClearingHouse.Next memory next = _nextDeposit(account, COIN, 1, 7);
        bytes memory expected = abi.encodeWithSelector(IClearingHouse.NotOwner.selector, account, caller);
        vm.prank(caller);
        _expect(expected);
        house.deposit(account, COIN, 1, next);
        vm.prank(caller);
        _expect(expected);
        house.depositWithPermit(account, COIN, 1, next, IClearingHouse.Permit(0, 27, 0, 0));
        next = _nextWithdrawal(account, COIN, 1, caller, 8);
        IClearingHouse.Health memory health = _health("withdraw", account, caller, next.commitment, INITIAL);
        vm.prank(caller);
        _expect(expected);
        house.withdraw(account, COIN, 1, caller, next, health);
    }

    function test_movesSomething() public {
        uint256 account = _open(alice, COIN, ONE);
        IClearingHouse.Next memory next = _nextDeposit(account, COIN, 0, 7);
        IClearingHouse.Health memory health = _health("withdraw", account, alice, next.commitment, INITIAL);
        vm.prank(alice);
        _expect(abi.encodeWithSelector(IClearingHouse.NothingMoved.selector));
        house.deposit(account, COIN, 0, next);
        vm.prank(alice);
        _expect(abi.encodeWithSelector(IClearingHouse.NothingMoved.selector));
        house.withdraw(account, COIN, 0, alice, next, health);
    }

    function test_aDepositThatTheTokenRefusesChangesNothing() public {
        uint256 account = _open(alice, COIN, ONE);
        IClearingHouse.Next memory next = _nextDeposit(account, COIN, ONE, 7);
        vm.prank(alice);
        vm.expectRevert();
        house.deposit(account, COIN, ONE, next);
        assertEq(house.accountOf(account).nonce, 1);
    }

    // --- withdraw

    function testFuzz_withdrawsToAnybody(bool cash, uint64 amount, uint64 part, address to) public {
        vm.assume(to != address(0) && to != address(vault) && to != alice && amount != 0);
        uint256 asset = cash ? CASH : COIN;
        part = 1 + part % amount;
        uint256 account = _open(alice, asset, amount);
        vm.warp(NOW + 60);
        _publish(0x5010);
        uint256 before = (cash ? usd : coin).balanceOf(to);
        _withdraw(account, asset, part, to);
        assertEq((cash ? usd : coin).balanceOf(to) - before, part * (cash ? 1 : COIN_SCALE));
        assertEq(vault.assetOf(asset).total, amount - part);
        assertEq(house.accountOf(account).nonce, 2);
        assertEq(house.accountOf(account).lastHealthyAt, NOW + 60);
    }

    function test_healthIsNeverOlderThanItWas() public {
        uint256 account = _open(alice, COIN, ONE);
        feed.publish(LATER, NOW - 60);
        _withdraw(account, COIN, 1, alice);
        assertEq(house.accountOf(account).lastHealthyAt, NOW);
    }

    /// @dev Otherwise a later snapshot with a time in between would not count as newer.
    function testFuzz_anAccountOpensHealthyByTheSnapshotAndNotByTheBlock(uint16 age, uint16 later) public {
        age = uint16(2 + age % (MAX_AGE - 1));
        vm.warp(NOW + age);
        uint256 account = _open(alice, CASH, 0);
        assertEq(house.accountOf(account).lastHealthyAt, NOW);
        uint256 between = NOW + 1 + later % (age - 1);
        feed.publish(LATER, between);
        _attest(account);
        assertEq(house.accountOf(account).lastHealthyAt, between);
    }

    function test_withdrawalTellsWhatItDid() public {
        uint256 account = _open(alice, COIN, ONE);
        vm.warp(NOW + 60);
        _publish(0x5010);
        IClearingHouse.Next memory next = _nextWithdrawal(account, COIN, ONE, BOB, 7);
        IClearingHouse.Health memory health = _health("withdraw", account, BOB, next.commitment, INITIAL);
        vm.expectEmit(address(house));
        emit IClearingHouse.Changed(account, 2, next.commitment, next.escrow);
        vm.expectEmit(address(house));
        emit IClearingHouse.Attested(account, NOW + 60);
        vm.expectEmit(address(house));
        emit IClearingHouse.Withdrawn(account, COIN, BOB, ONE, ONE);
        vm.prank(alice);
        house.withdraw(account, COIN, ONE, BOB, next, health);
    }

    function testFuzz_withdrawalNeedsInitialMargin(uint32 bps) public {
        uint256 account = _open(alice, COIN, ONE);
        IClearingHouse.Next memory next = _nextWithdrawal(account, COIN, 1, alice, 7);
        IClearingHouse.Health memory health = _health("withdraw", account, alice, next.commitment, bps);
        if (bps < INITIAL) _expect(abi.encodeWithSelector(IMarginVerifier.RequirementTooLow.selector, bps, INITIAL));
        vm.prank(alice);
        house.withdraw(account, COIN, 1, alice, next, health);
    }

    function test_attack_25_noWithdrawalAboveEquity() public {
        uint256 account = _open(alice, COIN, ONE);
        _open(BOB, COIN, ONE);
        IClearingHouse.Next memory next = _nextWithdrawal(account, COIN, 2 * ONE, alice, 7);
        IClearingHouse.Health memory health = _health("withdraw", account, alice, next.commitment, INITIAL);
        // The circuit can only prove that such a state is not healthy.
        health.proof.signals[0] = 0;
        _acceptHealth(health);
        vm.prank(alice);
        _expect(abi.encodeWithSelector(IMarginVerifier.NotHealthy.selector, 0));
        house.withdraw(account, COIN, 2 * ONE, alice, next, health);
        // A proof of health of the previous state is not valid for the next one.
        health = _health("withdraw", account, alice, house.accountOf(account).commitment, INITIAL);
        bytes32 present = house.accountOf(account).commitment;
        vm.prank(alice);
        _expect(abi.encodeWithSelector(IMarginVerifier.WrongAccount.selector, present, next.commitment));
        house.withdraw(account, COIN, 2 * ONE, alice, next, health);
    }

    function test_attack_25_noWithdrawalOfABadDebt() public {
        uint256 account = _open(alice, COIN, ONE);
        _open(BOB, CASH, ONE);
        // Even if the circuits accepted it, the vault releases no more than its credits.
        IClearingHouse.Next memory next = _nextWithdrawal(account, COIN, ONE + 1, alice, 7);
        IClearingHouse.Health memory health = _health("withdraw", account, alice, next.commitment, INITIAL);
        vm.prank(alice);
        _expect(abi.encodeWithSelector(ICollateralVault.CreditsExceeded.selector, COIN, ONE + 1, ONE));
        house.withdraw(account, COIN, ONE + 1, alice, next, health);
        assertEq(house.accountOf(account).nonce, 1);
    }

    function test_attack_25_noWithdrawalDuringAnAuction() public {
        uint256 account = _open(alice, COIN, ONE);
        IClearingHouse.Next memory next = _nextWithdrawal(account, COIN, 1, alice, 7);
        IClearingHouse.Health memory health = _health("withdraw", account, alice, next.commitment, INITIAL);
        _seize(account);
        vm.prank(alice);
        _expect(_wrongState(account, IClearingHouse.State.Seized));
        house.withdraw(account, COIN, 1, alice, next, health);
    }

    function testFuzz_attack_21_noWithdrawalByAnOlderSnapshot(uint256 root) public {
        root %= FIELD;
        vm.assume(root != 0 && bytes32(root) != ROOT && bytes32(root) != LATER);
        uint256 account = _open(alice, COIN, ONE);
        feed.publish(bytes32(root), NOW - 1);
        vm.warp(NOW + 1);
        _publish(uint256(LATER));
        IClearingHouse.Next memory next = _nextWithdrawal(account, COIN, 1, alice, 7);
        IClearingHouse.Health memory health =
            _healthBy(bytes32(root), "withdraw", account, alice, next.commitment, INITIAL);
        vm.prank(alice);
        _expect(abi.encodeWithSelector(IClearingHouse.NotTheLatestSnapshot.selector, root, LATER));
        house.withdraw(account, COIN, 1, alice, next, health);
    }

    function testFuzz_attack_21_noWithdrawalByAStaleSnapshot(uint24 age) public {
        uint256 account = _open(alice, COIN, ONE);
        vm.warp(NOW + uint256(age) % 9 days);
        IClearingHouse.Next memory next = _nextWithdrawal(account, COIN, 1, alice, 7);
        IClearingHouse.Health memory health = _health("withdraw", account, alice, next.commitment, INITIAL);
        if (block.timestamp > NOW + MAX_AGE) {
            _expect(abi.encodeWithSelector(IMarginVerifier.StaleSnapshot.selector, ROOT, NOW, MAX_AGE));
        }
        vm.prank(alice);
        house.withdraw(account, COIN, 1, alice, next, health);
    }

    function test_attack_20_noWithdrawalAfterTheDeadlineOrForAnotherReceiver() public {
        uint256 account = _open(alice, COIN, ONE);
        IClearingHouse.Next memory next = _nextWithdrawal(account, COIN, 1, alice, 7);
        IClearingHouse.Health memory health = _health("withdraw", account, BOB, next.commitment, INITIAL);
        uint256 proven = health.proof.signals[4];
        uint256 asked = _health("withdraw", account, alice, next.commitment, INITIAL).proof.signals[4];
        vm.prank(alice);
        _expect(abi.encodeWithSelector(IMarginVerifier.WrongContext.selector, proven, asked));
        house.withdraw(account, COIN, 1, alice, next, health);

        health = _health("withdraw", account, alice, next.commitment, INITIAL);
        vm.warp(health.deadline + 1);
        _publish(uint256(LATER));
        health.proof.signals[2] = uint256(LATER);
        _acceptHealth(health);
        vm.prank(alice);
        _expect(abi.encodeWithSelector(IMarginVerifier.DeadlinePassed.selector, health.deadline, health.deadline + 1));
        house.withdraw(account, COIN, 1, alice, next, health);
    }

    function testFuzz_afterABreakerNothingLeavesAndNobodyTrades(uint16 later) public {
        uint256 account = _open(alice, COIN, ONE);
        feed.trip();
        vm.warp(NOW + 1 + later);
        _publish(uint256(LATER));
        bytes memory expected = abi.encodeWithSelector(IClearingHouse.NotCalm.selector, COOLDOWN);
        if (1 + uint256(later) < COOLDOWN) {
            IClearingHouse.Next memory next = _nextTrade(account, 7);
            IClearingHouse.Health memory health = _health("trade", account, alice, next.commitment, INITIAL);
            bytes memory signature = _sign(ALICE_KEY, account, next, health.deadline);
            vm.prank(VENUE);
            _expect(expected);
            house.trade(account, next, health, signature);
            next = _nextWithdrawal(account, COIN, 1, alice, 8);
            health = _health("withdraw", account, alice, next.commitment, INITIAL);
            vm.prank(alice);
            _expect(expected);
            house.withdraw(account, COIN, 1, alice, next, health);
            _deposit(account, COIN, 1);
            _attest(account);
        } else {
            _withdraw(account, COIN, 1, alice);
            _trade(account, ALICE_KEY);
        }
    }

    /// @dev Row 28: if the market falls for days, holders still wait at most one day.
    function test_attack_28_aRunOfTripsStopsForADay() public {
        uint256 account = _open(alice, COIN, ONE);
        for (uint256 later = 0; later <= 1 days; later += COOLDOWN / 2) {
            vm.warp(NOW + later);
            _publish(0x5010 + later);
            feed.trip();
        }
        IClearingHouse.Next memory next = _nextWithdrawal(account, COIN, 1, alice, 7);
        IClearingHouse.Health memory health = _health("withdraw", account, alice, next.commitment, INITIAL);
        vm.prank(alice);
        _expect(abi.encodeWithSelector(IClearingHouse.NotCalm.selector, COOLDOWN));
        house.withdraw(account, COIN, 1, alice, next, health);
        vm.warp(NOW + 1 days + 1);
        vm.prank(alice);
        house.withdraw(account, COIN, 1, alice, next, health);
    }

    // --- pauses and silence

    /// @dev Row 28: under the worst guardian, the holder leaves at the end of the bound.
    function test_attack_28_aPauseEndsAndTheHolderLeaves() public {
        uint256 account = _open(alice, COIN, ONE);
        _pause(PauseGroups.WITHDRAW, 1 days);
        IClearingHouse.Next memory next = _nextWithdrawal(account, COIN, ONE, alice, 7);
        IClearingHouse.Health memory health = _health("withdraw", account, alice, next.commitment, INITIAL);
        vm.prank(alice);
        _expect(abi.encodeWithSelector(IClearingHouse.Paused.selector, PauseGroups.WITHDRAW));
        house.withdraw(account, COIN, ONE, alice, next, health);

        vm.warp(NOW + 1 days);
        _publish(uint256(LATER));
        vm.prank(PAUSER);
        vm.expectRevert();
        guardian.pause(PauseGroups.WITHDRAW, 1, "again");
        _withdraw(account, COIN, ONE, alice);
        assertEq(coin.balanceOf(alice), ONE * COIN_SCALE);
    }

    function test_attack_28_depositsAndAttestationsAreNeverPaused() public {
        uint256 account = _open(alice, COIN, ONE);
        vm.warp(NOW + 60);
        _publish(uint256(LATER));
        _pause(PauseGroups.ALL, 2 hours);
        _deposit(account, COIN, ONE);
        _attest(account);
    }

    function test_attack_28_aRefusedTokenDoesNotKeepAnybody() public {
        uint256 account = _open(alice, COIN, ONE);
        coin.freeze(alice, true);
        _withdraw(account, COIN, ONE, alice);
        assertEq(vault.claimOf(COIN, alice), ONE);
    }

    function testFuzz_noRiskWhileTradingOrLiquidationsArePaused(uint256 group) public {
        group = group % 2 == 0 ? PauseGroups.TRADE : PauseGroups.LIQUIDATE;
        uint256 account = _open(alice, COIN, ONE);
        _pause(group, 1 hours);
        bytes memory expected = abi.encodeWithSelector(IClearingHouse.Paused.selector, RISK);
        IClearingHouse.Next memory next = _nextTrade(account, 7);
        IClearingHouse.Health memory health = _health("trade", account, alice, next.commitment, INITIAL);
        bytes memory signature = _sign(ALICE_KEY, account, next, health.deadline);
        vm.prank(VENUE);
        _expect(expected);
        house.trade(account, next, health, signature);
        next = _nextOpen(BOB, CASH, 0, 8);
        vm.prank(BOB);
        _expect(expected);
        house.open(CASH, 0, next);
        _withdraw(account, COIN, ONE, alice);
    }

    function testFuzz_attack_28_theEscapeOpensWhenTheOracleIsSilent(uint32 age, uint32 bps) public {
        uint256 account = _open(alice, COIN, ONE);
        assertEq(house.silence(), 9 days);
        vm.warp(NOW + 9 days + 1 + age);
        IClearingHouse.Next memory next = _nextWithdrawal(account, COIN, ONE, alice, 7);
        IClearingHouse.Health memory health = _health("withdraw", account, alice, next.commitment, bps);
        if (bps < 40_000) _expect(abi.encodeWithSelector(IMarginVerifier.RequirementTooLow.selector, bps, 40_000));
        vm.prank(alice);
        house.withdraw(account, COIN, ONE, alice, next, health);
    }

    function test_theEscapeIsForWithdrawalsAloneAndClosesWithTheNextSnapshot() public {
        uint256 account = _open(alice, COIN, 2 * ONE);
        bytes memory stale = abi.encodeWithSelector(IMarginVerifier.StaleSnapshot.selector, ROOT, NOW, MAX_AGE);
        vm.warp(NOW + 9 days);
        IClearingHouse.Next memory next = _nextWithdrawal(account, COIN, ONE, alice, 7);
        IClearingHouse.Health memory health = _health("withdraw", account, alice, next.commitment, 40_000);
        vm.prank(alice);
        _expect(stale);
        house.withdraw(account, COIN, ONE, alice, next, health);

        vm.warp(NOW + 9 days + 1);
        IClearingHouse.Next memory other = _nextTrade(account, 8);
        IClearingHouse.Health memory healthy = _health("trade", account, alice, other.commitment, 40_000);
        bytes memory signature = _sign(ALICE_KEY, account, other, healthy.deadline);
        vm.prank(VENUE);
        _expect(stale);
        house.trade(account, other, healthy, signature);
        vm.prank(alice);
        house.withdraw(account, COIN, ONE, alice, next, health);

        _publish(uint256(LATER));
        next = _nextWithdrawal(account, COIN, ONE, alice, 9);
        health = _healthBy(ROOT, "withdraw", account, alice, next.commitment, 40_000);
        vm.prank(alice);
        _expect(abi.encodeWithSelector(IClearingHouse.NotTheLatestSnapshot.selector, ROOT, LATER));
        house.withdraw(account, COIN, ONE, alice, next, health);
    }

    /// @dev The snapshot may be old, so the proof shows nothing about the present.
    function test_aWithdrawalThroughTheEscapeIsNoProofOfHealth() public {
        uint256 account = _open(alice, COIN, 2 * ONE);
        vm.warp(NOW + 60);
        _publish(uint256(LATER));
        vm.warp(NOW + 60 + 9 days + 1);
        IClearingHouse.Next memory next = _nextWithdrawal(account, COIN, ONE, alice, 7);
        IClearingHouse.Health memory health = _health("withdraw", account, alice, next.commitment, 40_000);
        vm.prank(alice);
        house.withdraw(account, COIN, ONE, alice, next, health);
        assertEq(house.accountOf(account).lastHealthyAt, NOW);
    }

    // --- trade

    function test_tradesWithTheOwnersSignature() public {
        uint256 account = _open(alice, COIN, ONE);
        vm.warp(NOW + 60);
        _publish(uint256(LATER));
        IClearingHouse.Next memory next = _nextTrade(account, 7);
        IClearingHouse.Health memory health = _health("trade", account, alice, next.commitment, INITIAL);
        bytes memory signature = _sign(ALICE_KEY, account, next, health.deadline);
        vm.expectEmit(address(house));
        emit IClearingHouse.Traded(account);
        vm.prank(VENUE);
        house.trade(account, next, health, signature);
        assertEq(house.accountOf(account).commitment, next.commitment);
        assertEq(house.accountOf(account).lastHealthyAt, NOW + 60);
        assertEq(vault.assetOf(COIN).total, ONE);
    }

    function testFuzz_onlyTheVenueTrades(address caller) public {
        vm.assume(caller != VENUE);
        uint256 account = _open(alice, COIN, ONE);
        IClearingHouse.Next memory next = _nextTrade(account, 7);
        IClearingHouse.Health memory health = _health("trade", account, alice, next.commitment, INITIAL);
        bytes memory signature = _sign(ALICE_KEY, account, next, health.deadline);
        vm.prank(caller);
        _expect(abi.encodeWithSelector(IClearingHouse.NotVenue.selector, caller));
        house.trade(account, next, health, signature);
    }

    function testFuzz_theSignatureIsTheOwners(uint256 key, uint256 what, bytes32 other) public {
        uint256 account = _open(alice, COIN, ONE);
        IClearingHouse.Next memory next = _nextTrade(account, 7);
        IClearingHouse.Health memory health = _health("trade", account, alice, next.commitment, INITIAL);
        (bytes32 commitment, bytes32 escrow, uint64 nonce, uint256 deadline) =
            (next.commitment, next.escrow, 1, health.deadline);
        uint256 signed = account;
        key = ALICE_KEY;
        what %= 6;
        if (what == 0) key = 1 + uint256(other) % 1e18;
        if (what == 1) commitment = other;
        if (what == 2) escrow = other;
        if (what == 3) nonce = uint64(uint256(other));
        if (what == 4) deadline = uint256(other);
        if (what == 5) signed = uint256(other);
        vm.assume(uint256(other) != 1 && key != ALICE_KEY || what != 0);
        bytes memory signature = _signWith(key, signed, commitment, escrow, nonce, deadline);
        vm.assume(nonce != 1 || what != 3);
        vm.prank(VENUE);
        _expect(abi.encodeWithSelector(IClearingHouse.InvalidSignature.selector, account, alice));
        house.trade(account, next, health, signature);
    }

    function test_attack_20_aSignedTradeHappensOnce() public {
        uint256 account = _open(alice, COIN, ONE);
        IClearingHouse.Next memory next = _nextTrade(account, 7);
        IClearingHouse.Health memory health = _health("trade", account, alice, next.commitment, INITIAL);
        bytes memory signature = _sign(ALICE_KEY, account, next, health.deadline);
        vm.prank(VENUE);
        house.trade(account, next, health, signature);
        vm.prank(VENUE);
        _expect(abi.encodeWithSelector(IClearingHouse.InvalidSignature.selector, account, alice));
        house.trade(account, next, health, signature);
    }

    function test_attack_20_aSignedTradeEndsWithItsDeadlineAndOnAnotherChain() public {
        uint256 account = _open(alice, COIN, ONE);
        IClearingHouse.Next memory next = _nextTrade(account, 7);
        IClearingHouse.Health memory health = _health("trade", account, alice, next.commitment, INITIAL);
        bytes memory signature = _sign(ALICE_KEY, account, next, health.deadline);
        vm.warp(health.deadline + 1);
        feed.publish(ROOT, block.timestamp);
        vm.prank(VENUE);
        _expect(abi.encodeWithSelector(IMarginVerifier.DeadlinePassed.selector, health.deadline, health.deadline + 1));
        house.trade(account, next, health, signature);
        vm.chainId(block.chainid + 1);
        vm.prank(VENUE);
        _expect(abi.encodeWithSelector(IClearingHouse.InvalidSignature.selector, account, alice));
        house.trade(account, next, health, signature);
    }

    function testFuzz_tradingNeedsInitialMargin(uint32 bps) public {
        uint256 account = _open(alice, COIN, ONE);
        IClearingHouse.Next memory next = _nextTrade(account, 7);
        IClearingHouse.Health memory health = _health("trade", account, alice, next.commitment, bps);
        bytes memory signature = _sign(ALICE_KEY, account, next, health.deadline);
        if (bps < INITIAL) _expect(abi.encodeWithSelector(IMarginVerifier.RequirementTooLow.selector, bps, INITIAL));
        vm.prank(VENUE);
        house.trade(account, next, health, signature);
    }

    function test_aContractSignsForItself() public {
        Wallet wallet = new Wallet();
        uint256 account = _open(address(wallet), COIN, ONE);
        IClearingHouse.Next memory next = _nextTrade(account, 7);
        IClearingHouse.Health memory health = _health("trade", account, address(wallet), next.commitment, INITIAL);
        vm.prank(VENUE);
        _expect(abi.encodeWithSelector(IClearingHouse.InvalidSignature.selector, account, wallet));
        house.trade(account, next, health, "");
        wallet.approve(house.tradeDigest(account, next.commitment, next.escrow, 1, health.deadline));
        vm.prank(VENUE);
        house.trade(account, next, health, "");
    }

    function test_theTwoSidesOfAMatchLandTogetherOrNotAtAll() public {
        (uint256 first, uint256 second) = (_open(alice, COIN, ONE), _open(vm.addr(2), COIN, ONE));
        bytes[] memory sides = new bytes[](2);
        sides[0] = _tradeCall(first, ALICE_KEY);
        sides[1] = _tradeCall(second, 2);
        _deposit(second, COIN, 1);
        vm.prank(VENUE);
        _expect(abi.encodeWithSelector(IClearingHouse.InvalidSignature.selector, second, vm.addr(2)));
        house.multicall(sides);
        assertEq(house.accountOf(first).nonce, 1);
        sides[1] = _tradeCall(second, 2);
        vm.prank(VENUE);
        house.multicall(sides);
        _snapshot("multicall of two trades, mock circuits");
        assertEq(house.accountOf(first).nonce, 2);
        assertEq(house.accountOf(second).nonce, 3);
    }

    // --- no account

    function testFuzz_thereIsNothingToDoWithoutAnAccount(uint256 account) public {
        IClearingHouse.Next memory next = _next(7);
        IClearingHouse.Health memory health = _attestation(account);
        bytes memory expected = _wrongState(account, IClearingHouse.State.None);
        _expect(expected);
        house.deposit(account, COIN, 1, next);
        _expect(expected);
        house.withdraw(account, COIN, 1, alice, next, health);
        _expect(expected);
        house.attest(account, health);
        _expect(expected);
        house.marginCall(account);
        vm.prank(VENUE);
        _expect(expected);
        house.trade(account, next, health, "");
        vm.prank(engine);
        _expect(expected);
        house.seize(account);
        assertFalse(house.isOverdue(account));
        assertFalse(house.isCalled(account));
    }

    // --- gas

    function test_gasOfEachEntry() public {
        uint256 account = _open(alice, COIN, ONE);
        _snapshot("open, mock circuit");
        _deposit(account, COIN, ONE);
        _snapshot("deposit, mock circuit");
        coin.mint(alice, ONE * COIN_SCALE);
        IClearingHouse.Next memory next = _nextDeposit(account, COIN, ONE, 7);
        IClearingHouse.Permit memory permit = _permit(ONE * COIN_SCALE);
        vm.prank(alice);
        house.depositWithPermit(account, COIN, ONE, next, permit);
        _snapshot("depositWithPermit, mock circuit");
        vm.warp(NOW + HEARTBEAT + 1);
        _publish(uint256(LATER));
        house.marginCall(account);
        _snapshot("marginCall");
        _attest(account);
        _snapshot("attest, mock circuit");
        _trade(account, ALICE_KEY);
        _snapshot("first trade, mock circuits");
        _trade(account, ALICE_KEY);
        _snapshot("trade, mock circuits");
        _withdraw(account, COIN, ONE, BOB);
        _snapshot("withdraw, mock circuits");
        _seize(account);
        _snapshot("seize");
        _fundWith(BOB, CASH, ONE);
        _takeOver(IClearingHouse.Takeover(account, BOB, int64(ONE), ONE / 10, COIN, 0));
        _snapshot("takeOver for a price, mock circuits");
        uint256 other = _open(alice, CASH, ONE);
        _snapshot("open with cash, mock circuit");
        _seize(account);
        _takeOver(IClearingHouse.Takeover(account, BOB, -int64(ONE / 50), 0, COIN, 0));
        _snapshot("takeOver with a socialised loss, mock circuits");
        _withdraw(other, CASH, ONE / 2, BOB);
        _snapshot("withdraw of cash without a trade, mock circuits");
    }

    // --- helpers

    function _snapshot(string memory name) private {
        vm.snapshotGasLastCall("ClearingHouse", name);
    }

    function _expect(bytes memory expected) private {
        vm.expectRevert(expected);
    }

    function _wrongState(uint256 account, IClearingHouse.State state) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IClearingHouse.WrongState.selector, account, state);
    }

    function _tradeCall(uint256 account, uint256 key) private returns (bytes memory) {
        IClearingHouse.Next memory next = _nextTrade(account, _seed(account));
        IClearingHouse.Health memory health = _health("trade", account, vm.addr(key), next.commitment, INITIAL);
        return abi.encodeCall(house.trade, (account, next, health, _sign(key, account, next, health.deadline)));
    }

    function _permit(uint256 value) private view returns (IClearingHouse.Permit memory permit) {
        bytes32 typeHash =
            keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        bytes32 message =
            keccak256(abi.encode(typeHash, alice, address(vault), value, coin.nonces(alice), block.timestamp));
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", coin.DOMAIN_SEPARATOR(), message));
        permit.deadline = block.timestamp;
        (permit.v, permit.r, permit.s) = vm.sign(ALICE_KEY, digest);
    }
}
