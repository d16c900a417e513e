// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {MarketFunds} from "./MarketFunds.sol";
import {MarketSettings} from "./MarketSettings.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {IGroth16Verifier} from "./interfaces/IGroth16Verifier.sol";
import {IGuardian} from "./interfaces/IGuardian.sol";
import {IMarginVerifier} from "./interfaces/IMarginVerifier.sol";
import {IOracleFeed} from "./interfaces/IOracleFeed.sol";
import {PauseGroups} from "./libraries/PauseGroups.sol";
import {PublicSignals} from "./libraries/PublicSignals.sol";
import {TransitionSignals} from "./libraries/TransitionSignals.sol";

/// @title Margin accounts, margin calls and takeovers
/// @dev Proofs are checked first, then the account gets its new state, then tokens move. A transition proof is valid
/// for one state and a proof of health for one commitment, so neither can be used again.
contract ClearingHouse is MarketFunds, EIP712, ReentrancyGuardTransient, Multicall {
    using PublicSignals for uint256[5];

    /// @dev One slot. A margin call made at `calledAt`, which a proof of health with a snapshot from `since` or later
    /// answers; the time of the last deposit; and the cash of an account that has never traded. That cash is public,
    /// since only deposits and withdrawals have changed it. Once the account has traded, `cash` has no meaning.
    struct Record {
        uint40 since;
        uint40 calledAt;
        uint40 deadline;
        uint40 lastDepositAt;
        uint88 cash;
        bool traded;
    }

    /// @notice The margin that replaces `initialBps` once the feed has been silent for `silence`, in 1/10 000.
    uint256 public constant ESCAPE_BPS = 40_000;
    /// @notice The time without further deposits after a block with deposits into an account, in seconds. Each deposit
    /// invalidates a disclosure; this is enough time for another one.
    uint256 public constant DEPOSIT_INTERVAL = 5 minutes;
    uint256 private constant MAINTENANCE_BPS = 10_000;
    /// @dev The longest time for which a run of trips stops trades and withdrawals: the longest pause of withdrawals.
    uint256 private constant UNREST_BOUND = 1 days;
    /// @dev See MarginVerifier.
    uint256 private constant VERIFICATION_GAS = 250_000;
    bytes32 private constant TRADE_TYPE =
        keccak256("Trade(uint256 account,bytes32 newCommitment,bytes32 escrow,uint64 nonce,uint256 deadline)");

    /// @inheritdoc IClearingHouse
    uint256 public accounts;
    // slither-disable-next-line uninitialized-state: it is written through references to its members
    mapping(uint256 account => Account) private _accounts;
    mapping(uint256 account => Record) private _records;

    /// @param contracts The contracts of the market
    /// @param venue_ The first venue
    /// @param parameters_ The first parameters
    constructor(Contracts memory contracts, address venue_, Parameters memory parameters_)
        MarketSettings(contracts, venue_, parameters_)
        EIP712("zkmargin", "1")
    {}

    /// @inheritdoc IClearingHouse
    function open(uint256 asset, uint64 amount, Next calldata next) external nonReentrant returns (uint256 account) {
        _requireNotPaused(PauseGroups.TRADE | PauseGroups.LIQUIDATE);
        uint256 time = _freshSnapshotTime();
        account = ++accounts;
        Account storage self = _accounts[account];
        // The account owes nothing, so it is healthy at any prices. It counts as proven with the latest snapshot, as in
        // a trade: every later snapshot is newer, even if its time is before this block's.
        (self.owner, self.lastHealthyAt, self.state) = (msg.sender, uint40(time), State.Open);
        emit Opened(account, msg.sender);
        uint256 context = TransitionSignals.context("open", 0, msg.sender);
        _advance(account, _fundsChange(msg.sender, asset, int256(uint256(amount)), context), next);
        if (amount == 0) return account;
        _addKnownCash(account, asset, amount);
        _pull(account, asset, msg.sender, amount);
    }

    /// @inheritdoc IClearingHouse
    function deposit(uint256 account, uint256 asset, uint64 amount, Next calldata next) external nonReentrant {
        _deposit(account, asset, amount, next);
        _pull(account, asset, msg.sender, amount);
    }

    /// @inheritdoc IClearingHouse
    function depositWithPermit(
        uint256 account,
        uint256 asset,
        uint64 amount,
        Next calldata next,
        Permit calldata permit
    ) external nonReentrant {
        _deposit(account, asset, amount, next);
        _pullWithPermit(account, asset, msg.sender, amount, permit);
    }

    /// @inheritdoc IClearingHouse
    function withdraw(
        uint256 account,
        uint256 asset,
        uint64 amount,
        address to,
        Next calldata next,
        Health calldata health
    ) external nonReentrant {
        _requireNotPaused(PauseGroups.WITHDRAW);
        _requireCalm();
        _requireOwner(account);
        if (amount == 0) revert NothingMoved();
        _takeKnownCash(account, asset, amount);
        uint256 context = TransitionSignals.context("withdraw", account, to);
        _advance(account, _fundsChange(msg.sender, asset, -int256(uint256(amount)), context), next);
        _requireInitialMargin(account, _healthAction("withdraw", account, to), health, true);
        _release(account, asset, to, amount);
    }

    /// @inheritdoc IClearingHouse
    function trade(uint256 account, Next calldata next, Health calldata health, bytes calldata signature)
        external
        nonReentrant
    {
        if (msg.sender != venue) revert NotVenue(msg.sender);
        _requireNotPaused(PauseGroups.TRADE | PauseGroups.LIQUIDATE);
        _requireCalm();
        Account storage self = _accountInState(account, State.Open);
        address owner = self.owner;
        bytes32 digest = tradeDigest(account, next.commitment, next.escrow, self.nonce, health.deadline);
        if (!SignatureChecker.isValidSignatureNowCalldata(owner, digest, signature)) {
            revert InvalidSignature(account, owner);
        }
        uint256 context = TransitionSignals.context("trade", account, owner);
        _advance(account, TransitionSignals.Change(owner, TransitionSignals.TRADE, 0, context), next);
        _requireInitialMargin(account, _healthAction("trade", account, owner), health, false);
        if (!_records[account].traded) _records[account].traded = true;
        emit Traded(account);
    }

    /// @inheritdoc IClearingHouse
    function attest(uint256 account, Health calldata health) external nonReentrant {
        Account storage self = _accountInState(account, State.Open);
        uint256 time = IOracleFeed(feed).publishedAt(health.proof.signals.snapshotRoot());
        // Unknown roots revert in the margin verifier.
        if (time != 0 && time <= self.lastHealthyAt) revert NothingNewer(time, self.lastHealthyAt);
        uint256 maxAge = _parameters.maxSnapshotAge;
        if (block.timestamp - time > maxAge && isCalled(account)) {
            maxAge = Math.max(maxAge, block.timestamp - _records[account].since);
        }
        bytes32 action = _healthAction("attest", account, self.owner);
        _checkHealth(IMarginVerifier.Claim(self.commitment, action, health.deadline, MAINTENANCE_BPS, maxAge), health);
        _recordHealthy(account, self, time);
    }

    /// @inheritdoc IClearingHouse
    function marginCall(uint256 account) external nonReentrant {
        _requireNotPaused(PauseGroups.LIQUIDATE);
        Account storage self = _accountInState(account, State.Open);
        if (!isOverdue(account)) revert NotOverdue(account);
        if (isCalled(account)) revert AlreadyCalled(account, deadlineOf(account));
        uint256 since = _freshSnapshotTime();
        if (since <= self.lastHealthyAt) revert NothingNewer(since, self.lastHealthyAt);
        uint256 deadline = block.timestamp + _parameters.grace;
        Record storage record = _records[account];
        (record.since, record.calledAt, record.deadline) = (uint40(since), uint40(block.timestamp), uint40(deadline));
        emit Called(account, since, deadline);
    }

    /// @inheritdoc IClearingHouse
    function seize(uint256 account) external onlyEngine nonReentrant {
        _accountInState(account, State.Open).state = State.Seized;
        emit Seized(account);
    }

    /// @inheritdoc IClearingHouse
    function giveBack(uint256 account, uint256 provenAt) external onlyEngine nonReentrant {
        Account storage self = _accountInState(account, State.Seized);
        self.state = State.Open;
        emit Returned(account);
        if (provenAt > self.lastHealthyAt) _recordHealthy(account, self, provenAt);
    }

    /// @inheritdoc IClearingHouse
    function takeOver(Takeover calldata takeover, Next calldata next, Health calldata health)
        external
        onlyEngine
        nonReentrant
    {
        (uint256 account, address winner) = (takeover.account, takeover.winner);
        Account storage self = _accountInState(account, State.Seized);
        address formerOwner = self.owner;
        // Added cash needs no `_addKnownCash`, because an account that has never traded is never seized. It has no
        // positions and no debt, so its requirement is 0 and its equity is not negative: it cannot be in default, and
        // the engine does not seize accounts without a requirement.
        uint256 context = TransitionSignals.context("takeOver", account, winner);
        _advance(account, _fundsChange(winner, takeover.asset, int256(uint256(takeover.amount)), context), next);
        _requireInitialMargin(account, _healthAction("takeOver", account, winner), health, false);
        self.state = State.Open;
        emit TakenOver(account, formerOwner, winner, takeover.price, takeover.fee);

        if (takeover.price > 0) _payPrice(takeover, formerOwner);
        else _payWinner(takeover);
        if (takeover.amount != 0) _pullAdded(takeover);
    }

    /// @inheritdoc IClearingHouse
    function accountOf(uint256 account) external view returns (Account memory) {
        return _accounts[account];
    }

    /// @inheritdoc IClearingHouse
    function transitionContext(string calldata name, uint256 account, address receiver)
        external
        view
        returns (uint256)
    {
        return TransitionSignals.context(name, account, receiver);
    }

    /// @inheritdoc IClearingHouse
    function healthAction(string calldata name, uint256 account, address receiver) external pure returns (bytes32) {
        return _healthAction(name, account, receiver);
    }

    /// @inheritdoc IClearingHouse
    function isOverdue(uint256 account) public view returns (bool) {
        uint256 last = _accounts[account].lastHealthyAt;
        return
            last != 0
                && (block.timestamp - last > _parameters.heartbeat || last < IOracleFeed(feed).breakerSnapshotTime());
    }

    /// @inheritdoc IClearingHouse
    function isCalled(uint256 account) public view returns (bool) {
        return _records[account].since > _accounts[account].lastHealthyAt;
    }

    /// @inheritdoc IClearingHouse
    function deadlineOf(uint256 account) public view returns (uint256) {
        if (!isCalled(account)) return type(uint256).max;
        Record storage record = _records[account];
        return record.deadline + IGuardian(guardian).pausedSeconds(PauseGroups.LIQUIDATE, record.calledAt);
    }

    /// @inheritdoc IClearingHouse
    function tradeDigest(uint256 account, bytes32 newCommitment, bytes32 escrow, uint64 nonce, uint256 deadline)
        public
        view
        returns (bytes32)
    {
        return _hashTypedDataV4(keccak256(abi.encode(TRADE_TYPE, account, newCommitment, escrow, nonce, deadline)));
    }

    // --- states

    function _deposit(uint256 account, uint256 asset, uint64 amount, Next calldata next) private {
        _requireOwner(account);
        if (amount == 0) revert NothingMoved();
        _requireNoRecentDeposit(account);
        _records[account].lastDepositAt = uint40(block.timestamp);
        _addKnownCash(account, asset, amount);
        uint256 context = TransitionSignals.context("deposit", account, msg.sender);
        _advance(account, _fundsChange(msg.sender, asset, int256(uint256(amount)), context), next);
    }

    /// @dev Moves the account to the next state, if the transition proof verifies.
    function _advance(uint256 account, TransitionSignals.Change memory change, Next calldata next) private {
        uint256 number = uint256(next.commitment);
        if (number == 0 || number >= PublicSignals.FIELD) revert CommitmentOutOfRange(next.commitment);
        Account storage self = _accounts[account];
        uint48 nonce = self.nonce;
        uint256[5] memory signals =
            TransitionSignals.pack([self.commitment, next.commitment], self.owner, nonce, change);
        // Without enough gas the generated verifier returns false, which must not look like an invalid proof.
        if (gasleft() < VERIFICATION_GAS) revert NotEnoughGas(gasleft(), VERIFICATION_GAS);
        bool valid = IGroth16Verifier(transitionVerifier).verifyProof(next.a, next.b, next.c, signals);
        if (!valid) revert InvalidTransition(account);

        (self.owner, self.nonce) = (change.newOwner, nonce + 1);
        (self.commitment, self.escrow) = (next.commitment, next.escrow);
        emit Changed(account, nonce + 1, next.commitment, next.escrow);
    }

    function _addKnownCash(uint256 account, uint256 asset, uint64 amount) private {
        Record storage record = _records[account];
        if (asset == CASH && !record.traded) record.cash += amount;
    }

    /// @dev Forbids cash debt before the first trade. With that trade the venue receives the opening, from which all
    /// later ones follow. Without an opening nobody could prove a default, so nobody could liquidate the debt.
    function _takeKnownCash(uint256 account, uint256 asset, uint64 amount) private {
        Record storage record = _records[account];
        if (asset != CASH || record.traded) return;
        uint88 cash = record.cash;
        if (amount > cash) revert CashExceeded(account, amount, cash);
        record.cash = cash - amount;
    }

    /// @dev Checks the new state, so it runs after `_advance`. With an older snapshot a holder could choose among
    /// prices.
    function _requireInitialMargin(uint256 account, bytes32 action, Health calldata health, bool mayEscape) private {
        Account storage self = _accounts[account];
        (bytes32 root, uint256 time) = IOracleFeed(feed).latest();
        bytes32 proven = health.proof.signals.snapshotRoot();
        if (proven != root) revert NotTheLatestSnapshot(proven, root);
        bool escapes = mayEscape && block.timestamp - time > silence;
        (uint256 bps, uint256 maxAge) = escapes
            ? (ESCAPE_BPS, type(uint256).max)
            : (uint256(_parameters.initialBps), uint256(_parameters.maxSnapshotAge));
        _checkHealth(IMarginVerifier.Claim(self.commitment, action, health.deadline, bps, maxAge), health);
        // A proof for the escape may be old, so it does not count as an attestation.
        if (!escapes && time > self.lastHealthyAt) _recordHealthy(account, self, time);
    }

    function _checkHealth(IMarginVerifier.Claim memory claim, Health calldata health) private view {
        IMarginVerifier(marginVerifier).checkHealth(claim, health.proof);
    }

    function _recordHealthy(uint256 account, Account storage self, uint256 time) private {
        self.lastHealthyAt = uint40(time);
        emit Attested(account, time);
    }

    // --- conditions

    function _accountInState(uint256 account, State state) private view returns (Account storage self) {
        self = _accounts[account];
        if (self.state != state) revert WrongState(account, self.state);
    }

    function _requireOwner(uint256 account) private view {
        if (msg.sender != _accountInState(account, State.Open).owner) revert NotOwner(account, msg.sender);
    }

    /// @dev Several deposits in one block are allowed: the first one has already invalidated earlier disclosures.
    function _requireNoRecentDeposit(uint256 account) private view {
        uint256 last = _records[account].lastDepositAt;
        uint256 from = last + DEPOSIT_INTERVAL;
        if (block.timestamp != last && block.timestamp < from) revert DepositTooSoon(account, from);
    }

    function _requireNotPaused(uint256 groups) private view {
        if (IGuardian(guardian).isPaused(groups)) revert Paused(groups);
    }

    function _requireCalm() private view {
        uint256 cooldown = _parameters.cooldown;
        if (IOracleFeed(feed).calmFor(cooldown)) return;
        // While a market keeps falling, each trip would extend the cool-down.
        if (block.timestamp - IOracleFeed(feed).unrestSince() <= UNREST_BOUND) revert NotCalm(cooldown);
    }

    /// @return time The time of the latest snapshot; reverts if it is too old
    function _freshSnapshotTime() private view returns (uint256 time) {
        // slither-disable-next-line unused-return: only the time is asked for
        (, time) = IOracleFeed(feed).latest();
        uint256 maxAge = _parameters.maxSnapshotAge;
        if (block.timestamp - time > maxAge) revert NoFreshSnapshot(time, maxAge);
    }

    function _fundsChange(address newOwner, uint256 asset, int256 delta, uint256 context)
        private
        pure
        returns (TransitionSignals.Change memory)
    {
        // TRADE is not an asset that funds can be of.
        if (asset > CASH) revert NoSuchAsset(asset);
        return TransitionSignals.Change(newOwner, asset, delta, context);
    }

    function _healthAction(string memory name, uint256 account, address receiver) private pure returns (bytes32) {
        return keccak256(abi.encode(name, account, receiver));
    }
}
