// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {AccountFlags} from "./AccountFlags.sol";
import {AccountHead} from "./AccountHead.sol";
import {BatchLog} from "./BatchLog.sol";
import {HouseFunds} from "./HouseFunds.sol";
import {HouseSettings} from "./HouseSettings.sol";
import {IBatches} from "./IBatches.sol";
import {HouseDesk} from "./HouseDesk.sol";
import {IHouseMarket} from "./IHouseMarket.sol";
import {OwnerSteps} from "./OwnerSteps.sol";
import {ITimelock} from "../interfaces/ITimelock.sol";
import {PauseGroups} from "../libraries/PauseGroups.sol";

/// @title Accounts of a market whose trades add up
/// @dev Conditions are checked first, then the account gets its new state, then proofs are verified, then tokens move. A
/// proof is valid for one state of one account, so it cannot be used again.
contract House is IHouseMarket, HouseFunds, ReentrancyGuardTransient {
    using AccountHead for Account;
    using AccountHead for uint256;
    using SafeCast for uint256;

    /// @notice The longest time between a batch's time and the block's, in seconds.
    uint256 public constant BATCH_TIME = 10 minutes;
    uint256 private constant MAINTENANCE_BPS = 10_000;
    uint256 private constant CREDIT = 1;
    uint256 private constant KEY = 2;

    /// @notice The minimum delay of the timelock, as Guardian.MIN_NOTICE: a holder who objects to a change has a day
    /// without a pause to leave before it.
    uint256 public constant MIN_NOTICE = 2 days;
    address private immutable _deployer = msg.sender;
    address private immutable _desk;

    /// @param contracts_ The contracts of the market
    /// @param venue_ The first venue
    /// @param venueKey_ Its key on BabyJubJub
    /// @param parameters_ The first parameters
    constructor(Contracts memory contracts_, address venue_, uint256[2] memory venueKey_, Parameters memory parameters_)
        HouseSettings(contracts_, address(this))
    {
        address cash = _vault.assetOf(CASH).token;
        _requireSame(cash, _fund.token());
        _requireSame(cash, _firstLoss.token());
        _requireSame(_timelock, _guardian.timelock());
        uint256 delay = ITimelock(_timelock).getMinDelay();
        if (delay < MIN_NOTICE) revert NoticeTooShort(delay, MIN_NOTICE);

        _desk = address(new HouseDesk(contracts_));
        // The market begins now: wind-down counts from the venue's last sign of life.
        _standing.lastBatchAt = uint40(block.timestamp);
        _setVenue(venue_);
        _setVenueKey(venueKey_);
        _setParameters(parameters_);
    }

    /// @notice Runs the functions of IHouseDesk.
    /// @dev Their code is fixed at deployment. It shares HouseFunds and its storage with this contract.
    fallback() external {
        address desk = _desk;
        // Solidity cannot return data of a length that it does not know
        assembly ("memory-safe") {
            let pointer := mload(0x40)
            calldatacopy(pointer, 0, calldatasize())
            let done := delegatecall(gas(), desk, pointer, calldatasize(), 0, 0)
            returndatacopy(pointer, 0, returndatasize())
            if iszero(done) { revert(pointer, returndatasize()) }
            return(pointer, returndatasize())
        }
    }

    // --- the venue

    /// @inheritdoc IHouseMarket
    function settle(IBatches.Batch calldata batch) external nonReentrant whenNotEnded {
        _requireVenue();
        uint256 least = block.timestamp - BATCH_TIME;
        if (batch.time < least || batch.time > block.timestamp) {
            revert TimeOutOfRange(batch.time, least, block.timestamp);
        }
        uint256 time = _recentSnapshotTime(batch.snapshotRoot);
        uint256 bps = MAINTENANCE_BPS;
        uint256[] memory firsts;
        if (batch.fills.length == 0) {
            firsts = _keep(batch.accounts);
        } else {
            if (!batch.reduceOnly) bps = _requireRiskAllowed();
            _requireNoneFrozen();
            _requireFresh(time);
            firsts = _trade(batch.accounts, time);
        }
        _grant(batch.requests);
        uint256 number = ++_standing.batches;
        _standing.lastBatchAt = uint40(block.timestamp);

        BatchLog.write(batch, number);

        uint256 fees = _batches.checkBatch(batch, _domain, bps, firsts);
        if (fees != 0) _standing.unpaidFees += fees.toUint96();
    }

    /// @inheritdoc IHouseMarket
    function alive() external nonReentrant {
        _requireVenue();
        _standing.lastBatchAt = uint40(block.timestamp);
        emit Alive(block.timestamp);
    }

    // --- anybody

    /// @inheritdoc IHouseMarket
    function attest(bytes32 snapshotRoot, uint256[] calldata numbers, IBatches.Health[] calldata health)
        external
        nonReentrant
        whenNotEnded
    {
        uint256 time = _feed.publishedAt(snapshotRoot);
        if (time == 0) revert UnknownSnapshot(snapshotRoot);
        uint256[] memory commitments = new uint256[](numbers.length);
        uint256 live = _feed.liveTime();
        uint256 maxAge = _parameters.maxSnapshotAge;
        bool old = block.timestamp - time > maxAge;
        for (uint256 i = 0; i < numbers.length; ++i) {
            uint256 account = numbers[i];
            Account storage self = _accounts[account];
            uint256 head = self.load();
            if (head.state() != State.Open) revert WrongState(account, head.state());
            uint256 last = head.lastHealthyAt();
            if (time <= last) revert NothingNewer(account, time, last);
            if (old && !_answersInTime(account, time)) revert SnapshotTooOld(account, time, maxAge);
            self.store(head.withHealth(time, live));
            // A snapshot before the call's may be fresh, but it is no answer.
            if (head.flags() & AccountFlags.FROZEN != 0 && !_isCalled(account)) _unfreeze(account);
            commitments[i] = self.commitment;
        }
        emit Attested(snapshotRoot, time, numbers);
        _batches.checkHealth(
            _domain, MAINTENANCE_BPS, snapshotRoot, numbers, commitments, health, new IBatches.Statement[](0)
        );
    }

    /// @inheritdoc IHouseMarket
    function call(uint256[] calldata numbers) external nonReentrant whenNotEnded {
        _requireNotPaused(PauseGroups.LIQUIDATE);
        // slither-disable-next-line unused-return: only the time is asked for
        (, uint256 since) = _feed.latest();
        _requireFresh(since);
        for (uint256 i = 0; i < numbers.length; ++i) {
            uint256 account = numbers[i];
            Account storage self = _accountInState(account, State.Open);
            if (self.flags & AccountFlags.TRADED == 0) revert NotTraded(account);
            if (!_isOverdue(account)) revert NotOverdue(account);
            if (_isCalled(account)) revert AlreadyCalled(account, _times[account].calledAt);
            if (since <= self.lastHealthyAt) revert NothingNewer(account, since, self.lastHealthyAt);
            _recordCall(account, since);
        }
    }

    /// @inheritdoc IHouseMarket
    function freeze(uint256 account) external nonReentrant whenNotEnded {
        _freeze(account);
    }

    // --- the engine

    /// @inheritdoc IHouseMarket
    function seize(uint256 account) external onlyEngine nonReentrant whenNotEnded {
        Account storage self = _accountInState(account, State.Open);
        (self.state, self.flags) = (State.Seized, self.flags | AccountFlags.EXPOSED);
        _deleteNotice(account);
        // A request from before would give the former owner the trading key.
        _keyRequests[account] = 0;
        ++_standing.seized;
        emit Seized(account);
    }

    /// @inheritdoc IHouseMarket
    function count(uint256 account) external onlyEngine nonReentrant whenNotEnded {
        _count(account);
    }

    /// @inheritdoc IHouseMarket
    function giveBack(uint256 account, uint256 provenAt) external onlyEngine nonReentrant whenNotEnded {
        _recordHealthy(_returnAccount(account), provenAt);
        emit Returned(account);
    }

    // --- settings

    /// @inheritdoc IHouseMarket
    function setEngine(address engine_) external {
        _requireFirst(_engine);
        // slither-disable-next-line missing-zero-check: there is no code at the zero address
        _engine = _requireCode(engine_);
        emit EngineSet(engine_);
    }

    /// @inheritdoc IHouseMarket
    function setWindDown(address windDown_) external {
        _requireFirst(_windDown);
        // slither-disable-next-line missing-zero-check: there is no code at the zero address
        _windDown = _requireCode(windDown_);
        emit WindDownSet(windDown_);
    }

    // --- views

    /// @inheritdoc IHouseMarket
    function accounts() external view returns (uint256) {
        return _lastAccount;
    }

    /// @inheritdoc IHouseMarket
    function accountOf(uint256 account) external view returns (Account memory) {
        return _accounts[account];
    }

    /// @inheritdoc IHouseMarket
    function accountsOf(uint256[] calldata numbers) external view returns (Account[] memory found) {
        found = new Account[](numbers.length);
        for (uint256 i = 0; i < numbers.length; ++i) {
            found[i] = _accounts[numbers[i]];
        }
    }

    /// @inheritdoc IHouseMarket
    function recordsOf(uint256[] calldata numbers) external view returns (Record[] memory found) {
        found = new Record[](numbers.length);
        for (uint256 i = 0; i < numbers.length; ++i) {
            uint256 account = numbers[i];
            uint64 waiting = _waitingOf(account, CASH).amount;
            found[i] = Record(_accounts[account], _times[account], waiting, uint40(_lateFor(account)));
        }
    }

    /// @inheritdoc IHouseMarket
    function timesOf(uint256 account) external view returns (Times memory) {
        return _times[account];
    }

    /// @inheritdoc IHouseMarket
    function waitingOf(uint256 account, uint256 asset) external view returns (Waiting memory) {
        return _waitingOf(account, asset);
    }

    /// @inheritdoc IHouseMarket
    function waitingFor(address owner, uint256 account, uint256 asset) external view returns (Waiting memory) {
        return _waiting[owner][account][asset];
    }

    /// @inheritdoc IHouseMarket
    function waitingTotal(uint256 asset) external view returns (uint256) {
        return _reserved[asset];
    }

    /// @inheritdoc IHouseMarket
    function keyRequestOf(uint256 account) external view returns (uint256) {
        return _keyRequests[account];
    }

    /// @inheritdoc IHouseMarket
    function standing() external view returns (Standing memory) {
        Status storage status = _standing;
        return Standing(status.seized, status.frozen, status.ended, status.lastBatchAt, status.batches);
    }

    /// @inheritdoc IHouseMarket
    function unpaidFees() external view returns (uint256) {
        return _standing.unpaidFees;
    }

    /// @inheritdoc IHouseMarket
    function isOverdue(uint256 account) external view returns (bool) {
        return _isOverdue(account);
    }

    /// @inheritdoc IHouseMarket
    function isCalled(uint256 account) external view returns (bool) {
        return _isCalled(account);
    }

    /// @inheritdoc IHouseMarket
    function lateFor(uint256 account) external view returns (uint256) {
        return _lateFor(account);
    }

    /// @inheritdoc IHouseMarket
    function frozenSince(uint256 account) external view returns (Moment memory) {
        return _frozenSince[account];
    }

    /// @inheritdoc IHouseMarket
    function cashFactor() external view returns (uint256) {
        return _cashFactor;
    }

    /// @inheritdoc IHouseMarket
    function socialisable() external view returns (uint256) {
        return _socialisable();
    }

    /// @inheritdoc IHouseMarket
    function domain() external view returns (uint256) {
        return _domain;
    }

    /// @inheritdoc IHouseMarket
    function contextOf(string calldata name, uint256 account, address receiver) external view returns (uint256) {
        return OwnerSteps.context(keccak256(bytes(name)), account, receiver);
    }

    /// @inheritdoc IHouseMarket
    function parameters() external view returns (Parameters memory) {
        return _parameters;
    }

    /// @inheritdoc IHouseMarket
    function venue() external view returns (address) {
        return _venue;
    }

    /// @inheritdoc IHouseMarket
    function venueKey() external view returns (uint256[2] memory) {
        return _venueKey;
    }

    /// @inheritdoc IHouseMarket
    function engine() external view returns (address) {
        return _engine;
    }

    /// @inheritdoc IHouseMarket
    function windDown() external view returns (address) {
        return _windDown;
    }

    /// @inheritdoc IHouseMarket
    function contracts() external view returns (Contracts memory) {
        return Contracts({
            vault: address(_vault),
            feed: address(_feed),
            batches: address(_batches),
            guardian: address(_guardian),
            insuranceFund: address(_fund),
            firstLoss: address(_firstLoss),
            timelock: _timelock
        });
    }

    // --- batches

    /// @dev Fills that may raise risk need initial margin, a market that can liquidate, and calm.
    /// @return The level of the proofs of health
    function _requireRiskAllowed() private view returns (uint256) {
        _requireNotPaused(PauseGroups.TRADE | PauseGroups.LIQUIDATE);
        _requireCalm();
        return _parameters.initialBps;
    }

    /// @dev Gives accounts their last states in a batch without fills.
    /// @return firsts Their states before
    function _keep(IBatches.Touched[] calldata touched) private returns (uint256[] memory firsts) {
        firsts = new uint256[](touched.length);
        for (uint256 i = 0; i < touched.length; ++i) {
            uint256 account = touched[i].account;
            Account storage self = _accountInState(account, State.Open);
            uint8 flags = self.flags;
            if (flags & AccountFlags.NOTICED != 0 && _passNotice(account)) self.flags = flags & ~AccountFlags.NOTICED;
            firsts[i] = self.commitment;
            self.commitment = touched[i].last;
        }
    }

    /// @dev The same in a batch with fills, whose proofs of health cover all accounts.
    function _trade(IBatches.Touched[] calldata touched, uint256 time) private returns (uint256[] memory firsts) {
        firsts = new uint256[](touched.length);
        uint256 live = _feed.liveTime();
        uint64 bond = _parameters.bond;
        uint8 special = AccountFlags.EXPOSED | AccountFlags.NOTICED | AccountFlags.BONDED;
        for (uint256 i = 0; i < touched.length; ++i) {
            uint256 account = touched[i].account;
            Account storage self = _accounts[account];
            uint256 head = self.load();
            if (head.state() != State.Open) revert WrongState(account, head.state());
            uint8 flags = head.flags();
            if (flags & special != AccountFlags.BONDED) flags = _admit(account, flags, bond);
            uint256 last = head.lastHealthyAt();
            if (time < last) revert OlderThanLastProof(account, time, last);
            if (time > last) head = head.withHealth(time, live);
            self.store(head.withFlags(flags | AccountFlags.TRADED));
            firsts[i] = self.commitment;
            self.commitment = touched[i].last;
        }
    }

    /// @return The flags without that of a lapsed notice
    function _admit(uint256 account, uint8 flags, uint64 bond) private returns (uint8) {
        if (flags & AccountFlags.EXPOSED != 0) revert KeysExposed(account);
        if (flags & AccountFlags.BONDED == 0 && bond != 0) revert NoBond(account, bond);
        bool lapsed = flags & AccountFlags.NOTICED != 0 && _passNotice(account);
        return lapsed ? flags & ~AccountFlags.NOTICED : flags;
    }

    /// @dev Uses up the credits and key requests of a batch.
    function _grant(IBatches.Request[] calldata requests) private {
        for (uint256 i = 0; i < requests.length; ++i) {
            (uint256 account, uint256 value) = (requests[i].account, requests[i].value);
            if (requests[i].tag == CREDIT) {
                _credit(account, value & 15, value >> 4);
            } else if (requests[i].tag == KEY && value != 0 && _keyRequests[account] == value) {
                _keyRequests[account] = 0;
            } else {
                revert NoSuchRequest(account, requests[i].tag, value);
            }
        }
    }

    // --- margin calls and seizures

    /// @dev A called account answers with the snapshot of the call or a later one, also if it is old; after the deadline
    /// only with a fresh one.
    function _answersInTime(uint256 account, uint256 time) private view returns (bool) {
        return _isCalled(account) && _lateFor(account) == 0 && time >= _times[account].calledSince;
    }

    // --- deployment

    function _requireFirst(address known) private view {
        if (msg.sender != _deployer) revert NotDeployer(msg.sender);
        if (known != address(0)) revert AlreadySet(known);
    }

    function _requireSame(address expected, address found) private pure {
        if (found != expected) revert OtherContract(expected, found);
    }

    function _requireCode(address account) private view returns (address) {
        if (account.code.length == 0) revert NotAContract(account);
        return account;
    }
}
