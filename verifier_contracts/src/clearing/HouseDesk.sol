// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {AccountFlags} from "./AccountFlags.sol";
import {HouseFunds} from "./HouseFunds.sol";
import {HouseSettings} from "./HouseSettings.sol";
import {IBatches} from "./IBatches.sol";
import {IHouseDesk} from "./IHouseDesk.sol";
import {OwnerSteps} from "./OwnerSteps.sol";
import {SingleProof} from "./SingleProof.sol";
import {IBatchVerifier} from "../interfaces/IBatchVerifier.sol";
import {CashFactor} from "../libraries/CashFactor.sol";
import {PauseGroups} from "../libraries/PauseGroups.sol";

/// @title Steps of owners, takeovers and movements of funds: code that a house runs in its own name
/// @dev Conditions are checked first, then the account gets its new state, then proofs are verified, then tokens move. A
/// proof is valid for one state of one account, so it cannot be used again.
contract HouseDesk is IHouseDesk, HouseFunds, ReentrancyGuardTransient {
    using CashFactor for uint256;

    /// @param contracts_ The contracts of the market
    /// @dev Only a house deploys this contract. Its own storage is that of a market that has ended, so nobody can use it
    /// by mistake.
    constructor(Contracts memory contracts_) HouseSettings(contracts_, msg.sender) {
        _standing.ended = true;
    }

    // --- owners

    /// @inheritdoc IHouseDesk
    function register() external nonReentrant whenNotEnded returns (uint256 account) {
        account = ++_lastAccount;
        (_accounts[account].owner, _accounts[account].state) = (msg.sender, State.Registered);
        emit Registered(account, msg.sender);
    }

    /// @inheritdoc IHouseDesk
    function open(uint256 account, Step calldata step, uint256[2] calldata key, SealedKey calldata viewKey)
        external
        nonReentrant
        whenNotEnded
    {
        Account storage self = _accountInState(account, State.Registered);
        _requireOwner(account);
        (self.state, self.commitment) = (State.Open, step.commitment);
        emit Opened(account, step.commitment, key, viewKey);
        uint256[] memory signals = OwnerSteps.opening(account, msg.sender, step.commitment);
        SingleProof.check(IBatchVerifier(_verifier), OwnerSteps.OPEN, signals, step.proof);
    }

    /// @inheritdoc IHouseDesk
    function deposit(uint256 account, uint256 asset, uint64 amount) external nonReentrant whenNotEnded {
        _deposit(account, asset, amount);
    }

    /// @inheritdoc IHouseDesk
    function depositWithPermit(uint256 account, uint256 asset, uint64 amount, Permit calldata permit)
        external
        nonReentrant
        whenNotEnded
    {
        _permit(asset, amount, permit);
        _deposit(account, asset, amount);
    }

    /// @inheritdoc IHouseDesk
    function announceRefund(uint256 account, uint256 asset, uint64 amount) external nonReentrant {
        _announceRefund(account, asset, amount);
    }

    /// @inheritdoc IHouseDesk
    function refund(uint256 account, uint256 asset, uint64 amount, address to) external nonReentrant {
        _refund(account, asset, amount, to);
    }

    /// @inheritdoc IHouseDesk
    function postBond(uint256 account) external nonReentrant whenNotEnded {
        Account storage self = _ownAccount(account);
        if (self.flags & AccountFlags.BONDED != 0) revert AlreadyBonded(account);
        uint64 bond = _parameters.bond;
        if (bond == 0) revert NothingMoved();
        self.flags |= AccountFlags.BONDED;
        _pullBond(account, bond);
    }

    /// @inheritdoc IHouseDesk
    function requestKey(uint256 account, uint256[2] calldata key, uint256 value) external nonReentrant {
        _ownAccount(account);
        _keyRequests[account] = value;
        emit KeyRequested(account, key, value);
    }

    /// @inheritdoc IHouseDesk
    function announceWithdrawal(uint256 account) external nonReentrant {
        _ownAccount(account);
        _announceWithdrawal(account);
    }

    /// @inheritdoc IHouseDesk
    function withdraw(
        uint256 account,
        uint256 asset,
        uint64 amount,
        address to,
        bytes32 snapshotRoot,
        Step calldata step,
        IBatches.Health calldata health
    ) external nonReentrant whenNotEnded {
        _requireNotPaused(PauseGroups.WITHDRAW);
        _requireCalm();
        _requireNoneFrozen();
        if (amount == 0) revert NothingMoved();
        if (asset > CASH) revert NoSuchAsset(asset);
        _requireReceiver(to);
        Account storage self = _ownAccount(account);
        uint256 late = _lateFor(account);
        if (late != 0) revert CalledLate(account, late);
        _useNotice(account);
        _recordHealthy(self, _latestSnapshotTime(snapshotRoot));
        uint128 value = asset == CASH ? uint128(_cashFactor.valueDown(amount)) : amount;
        emit Withdrawn(account, asset, to, amount, value, step.commitment);

        IBatches.Statement[] memory others = new IBatches.Statement[](1);
        uint256[2] memory commitments = [self.commitment, step.commitment];
        others[0].circuit = OwnerSteps.WITHDRAW;
        others[0].signals = OwnerSteps.withdrawal(account, msg.sender, commitments, asset, amount, to);
        others[0].proof = step.proof;
        self.commitment = step.commitment;
        _checkInitialMargin(account, snapshotRoot, step.commitment, health, others);
        _payOut(asset, to, value);
    }

    /// @inheritdoc IHouseDesk
    function renewKeys(uint256 account, NewKeys calldata keys) external nonReentrant whenNotEnded {
        Account storage self = _ownAccount(account);
        if (self.flags & AccountFlags.EXPOSED == 0) revert KeysNotExposed(account);
        _renewKeys(account, msg.sender, keys);
    }

    // --- anybody

    /// @inheritdoc IHouseDesk
    function collectFees() external nonReentrant whenNotEnded {
        _collectFees();
    }

    // --- the engine

    /// @inheritdoc IHouseDesk
    function takeOver(uint256 account, address winner, int256 price, uint256 fee, NewKeys calldata keys)
        external
        onlyEngine
        nonReentrant
        whenNotEnded
    {
        // forge-lint: disable-next-line(unsafe-typecast)
        if (fee != 0 && (price < 0 || fee > uint256(price))) revert FeeExceedsPrice(fee, price);
        Account storage self = _returnAccount(account);
        address formerOwner = self.owner;
        self.owner = winner;
        self.flags &= ~AccountFlags.BONDED;
        emit TakenOver(account, formerOwner, winner, price, fee);
        _renewKeys(account, winner, keys);
        _callWinner(account, self.lastHealthyAt);

        uint256 value = price < 0 ? _cashFactor.valueDown(uint256(-price)) : 0;
        (uint256 tranche, uint256 insured) = _shareLoss(account, value);
        _moveCounted(account, formerOwner, winner, value);
        _reserved[CASH] += value;

        _pullCover(tranche, insured);
        if (price > 0) _payPrice(winner, formerOwner, price, fee);
        _payBond(account, winner);
    }

    // --- wind-down

    /// @inheritdoc IHouseDesk
    function end() external onlyWindDown whenNotEnded nonReentrant {
        _standing.ended = true;
        emit MarketEnded();
    }

    /// @inheritdoc IHouseDesk
    function pullForWindDown(address from, uint128 value) external onlyWindDown whenEnded nonReentrant {
        _vault.pullUncapped(CASH, from, value);
    }

    /// @inheritdoc IHouseDesk
    function releaseForWindDown(uint256 asset, address to, uint128 value) external onlyWindDown whenEnded nonReentrant {
        _payOut(asset, to, value);
    }

    /// @inheritdoc IHouseDesk
    function takeCounted(uint256 account) external onlyWindDown whenEnded nonReentrant returns (uint64 value) {
        return _takeCounted(account);
    }

    /// @inheritdoc IHouseDesk
    function cover(uint128 value) external onlyWindDown whenEnded nonReentrant returns (uint128 covered) {
        (uint256 tranche, uint256 insured) = _cover(value);
        return _pullCover(tranche, insured);
    }

    // --- settings

    /// @inheritdoc IHouseDesk
    function setVenue(address venue_) external onlyTimelock {
        _setVenue(venue_);
    }

    /// @inheritdoc IHouseDesk
    function setVenueKey(uint256[2] calldata key) external onlyTimelock {
        _setVenueKey(key);
    }

    /// @inheritdoc IHouseDesk
    function setParameters(Parameters calldata parameters_) external onlyTimelock {
        _setParameters(parameters_);
    }

    // --- owners' steps

    function _latestSnapshotTime(bytes32 root) private view returns (uint256 time) {
        bytes32 latest;
        (latest, time) = _feed.latest();
        // With an older snapshot a holder could choose among prices.
        if (root != latest) revert NotARecentSnapshot(root, latest);
        _requireFresh(time);
    }

    function _checkInitialMargin(
        uint256 account,
        bytes32 snapshotRoot,
        uint256 commitment,
        IBatches.Health calldata health,
        IBatches.Statement[] memory others
    ) private view {
        (uint256[] memory numbers, uint256[] memory commitments) = (new uint256[](1), new uint256[](1));
        (numbers[0], commitments[0]) = (account, commitment);
        IBatches.Health[] memory proofs = new IBatches.Health[](1);
        proofs[0] = health;
        _batches.checkHealth(_domain, _parameters.initialBps, snapshotRoot, numbers, commitments, proofs, others);
    }

    function _renewKeys(uint256 account, address owner, NewKeys calldata keys) private {
        Account storage self = _accounts[account];
        uint256[] memory signals = OwnerSteps.takeover(account, owner, self.commitment, keys, _venueKey);
        self.commitment = keys.step.commitment;
        self.flags &= ~AccountFlags.EXPOSED;
        emit KeysRenewed(account, keys.step.commitment, keys.key, keys.viewKey);
        SingleProof.check(IBatchVerifier(_verifier), OwnerSteps.TAKE_OVER, signals, keys.step.proof);
    }

    // --- takeovers

    /// @dev Nobody has proven the account healthy with the latest snapshot, so the winner does, or is auctioned off.
    function _callWinner(uint256 account, uint256 lastHealthyAt) private {
        // slither-disable-next-line unused-return: only the time is asked for
        (, uint256 since) = _feed.latest();
        _recordCall(account, since > lastHealthyAt ? since : lastHealthyAt + 1);
    }
}
