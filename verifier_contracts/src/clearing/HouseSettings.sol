// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IBatches} from "./IBatches.sol";
import {IFirstLoss} from "./IFirstLoss.sol";
import {IHouseTypes} from "./IHouseTypes.sol";
import {ICollateralVault} from "../interfaces/ICollateralVault.sol";
import {IGuardian} from "../interfaces/IGuardian.sol";
import {IInsuranceFund} from "../interfaces/IInsuranceFund.sol";
import {IOracleFeed} from "../interfaces/IOracleFeed.sol";
import {PublicSignals} from "../libraries/PublicSignals.sol";

/// @title The contracts, roles and parameters of a market
/// @dev The contracts that hold funds or decide about health cannot be replaced: other contracts make another market.
/// House and HouseDesk share this code and its storage, so neither has variables of its own.
abstract contract HouseSettings is IHouseTypes {
    uint256 internal constant CASH = 8;

    /// @dev The public `Standing` and the fees of fills that have not been collected, in one slot: a batch writes both.
    struct Status {
        uint32 seized;
        uint32 frozen;
        bool ended;
        uint40 lastBatchAt;
        uint40 batches;
        uint96 unpaidFees;
    }

    ICollateralVault internal immutable _vault;
    IOracleFeed internal immutable _feed;
    IBatches internal immutable _batches;
    IGuardian internal immutable _guardian;
    IInsuranceFund internal immutable _fund;
    IFirstLoss internal immutable _firstLoss;
    address internal immutable _timelock;
    address internal immutable _verifier;
    uint256 internal immutable _domain;

    // slither-disable-start uninitialized-state,constable-states: House writes them
    address internal _engine;
    address internal _windDown;
    // slither-disable-end uninitialized-state,constable-states
    address internal _venue;
    uint256[2] internal _venueKey;
    Parameters internal _parameters;
    Status internal _standing;

    modifier onlyEngine() {
        if (msg.sender != _engine) revert NotEngine(msg.sender);
        _;
    }

    modifier onlyTimelock() {
        if (msg.sender != _timelock) revert NotTimelock(msg.sender);
        _;
    }

    modifier onlyWindDown() {
        if (msg.sender != _windDown) revert NotWindDown(msg.sender);
        _;
    }

    modifier whenNotEnded() {
        _requireNotEnded();
        _;
    }

    modifier whenEnded() {
        if (!_standing.ended) revert NotEnded();
        _;
    }

    /// @param contracts_ The contracts of the market
    /// @param house The house, in whose name the code runs
    constructor(Contracts memory contracts_, address house) {
        _vault = ICollateralVault(contracts_.vault);
        _feed = IOracleFeed(contracts_.feed);
        _batches = IBatches(contracts_.batches);
        _guardian = IGuardian(contracts_.guardian);
        _fund = IInsuranceFund(contracts_.insuranceFund);
        _firstLoss = IFirstLoss(contracts_.firstLoss);
        _timelock = contracts_.timelock;
        _verifier = IBatches(contracts_.batches).verifier();
        _domain = uint256(keccak256(abi.encode("zkmargin orders", block.chainid, house))) % PublicSignals.FIELD;
    }

    function _requireNotEnded() internal view {
        if (_standing.ended) revert Ended();
    }

    function _requireVenue() internal view {
        if (msg.sender != _venue) revert NotVenue(msg.sender);
    }

    function _setVenue(address venue_) internal {
        _venue = venue_;
        emit VenueSet(venue_);
    }

    function _setVenueKey(uint256[2] memory key) internal {
        _venueKey = key;
        emit VenueKeySet(key);
    }

    /// @dev Upper bounds keep holders free to leave: the margin stays affordable, snapshots live long enough to prove
    /// with, and cool-downs leave gaps (half a breaker's period leaves the other half between two runs of trips). Those
    /// of heartbeat and grace, FREEZE_BOUND and the longest auction, a day, are together less than the notice of the
    /// first-loss tranche. Lower bounds keep margin calls answerable.
    function _setParameters(Parameters memory p) internal {
        _requireRange(0, p.initialBps, 10_000, 20_000);
        _requireRange(1, p.maxSnapshotAge, 1 minutes, 1 days);
        _requireRange(2, p.heartbeat, 1 hours, 7 days);
        _requireRange(3, p.grace, 30 minutes, 2 days);
        _requireRange(4, p.cooldown, 0, Math.min(6 hours, _feed.breakerPeriod() / 2));
        _requireRange(5, p.bond, 0, 1_000e6);
        _parameters = p;
        emit ParametersSet(p);
    }

    function _requireRange(uint256 index, uint256 value, uint256 least, uint256 most) private pure {
        if (value < least || value > most) revert ParameterOutOfRange(index, value, least, most);
    }
}
