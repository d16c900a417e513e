// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IBatchVerifier} from "../interfaces/IBatchVerifier.sol";
import {IGuardian} from "../interfaces/IGuardian.sol";
import {IInsuranceFund} from "../interfaces/IInsuranceFund.sol";
import {IOracleFeed} from "../interfaces/IOracleFeed.sol";
import {DutchAuction} from "../libraries/DutchAuction.sol";
import {Horner} from "../libraries/Horner.sol";
import {PauseGroups} from "../libraries/PauseGroups.sol";
import {PublicSignals} from "../libraries/PublicSignals.sol";
import {IAuctions} from "./IAuctions.sol";
import {IBatches} from "./IBatches.sol";
import {IFirstLoss} from "./IFirstLoss.sol";
import {IHouse} from "./IHouse.sol";
import {IHouseTypes} from "./IHouseTypes.sol";
import {SingleProof} from "./SingleProof.sol";

/// @title Auctions of accounts that are in default or fail to prove
/// @dev docs/liquidation.md gives the reasons. The contract holds no funds and needs no approvals: the house settles.
/// An account has an auction here exactly while it is seized there.
contract Auctions is IAuctions, ReentrancyGuardTransient {
    using DutchAuction for DutchAuction.Terms;

    uint256 private constant FIELD = PublicSignals.FIELD;
    uint256 private constant CASH = 8;
    uint256 private constant BPS = 10_000;
    uint256 private constant WAD = 1e18;
    int256 private constant PICO = 1e6;

    /// @inheritdoc IAuctions
    uint256 public constant FIRST_BID_BLOCKS = 5;

    IHouse private immutable _house;
    IOracleFeed private immutable _feed;
    IGuardian private immutable _guardian;
    IInsuranceFund private immutable _fund;
    IFirstLoss private immutable _tranche;
    IBatches private immutable _batches;
    IBatchVerifier private immutable _verifier;
    address private immutable _timelock;
    uint256 private immutable _domain;

    mapping(bytes32 circuit => bool) private _discloses;
    Parameters private _parameters;
    mapping(uint256 account => Auction) private _auctions;
    mapping(uint256 account => IHouseTypes.Moment) private _unsaleable;

    modifier whenNotPaused() {
        if (_guardian.isPaused(PauseGroups.LIQUIDATE)) revert IHouseTypes.Paused(PauseGroups.LIQUIDATE);
        _;
    }

    /// @param house_ The house, which names the other contracts of the market
    /// @param circuits keccak256 of the names of the disclosing circuits: one for every size and layout of batches
    /// @param parameters_ The first parameters
    constructor(address house_, bytes32[] memory circuits, Parameters memory parameters_) {
        _house = IHouse(house_);
        IHouse.Contracts memory market = _house.contracts();
        (_feed, _guardian) = (IOracleFeed(market.feed), IGuardian(market.guardian));
        (_fund, _tranche) = (IInsuranceFund(market.insuranceFund), IFirstLoss(market.firstLoss));
        _batches = IBatches(market.batches);
        _verifier = IBatchVerifier(_batches.verifier());
        (_timelock, _domain) = (market.timelock, _house.domain());
        for (uint256 i = 0; i < circuits.length; ++i) {
            _discloses[circuits[i]] = true;
        }
        _setParameters(parameters_);
    }

    /// @inheritdoc IAuctions
    function start(uint256 account, Disclosure calldata disclosure) external nonReentrant whenNotPaused {
        IHouse.Account memory known = _house.accountOf(account);
        uint256 time = _requireLatest(disclosure.snapshotRoot);
        int256 equity = _disclosedDown(account, known.commitment, disclosure);
        bool isHealthy = _meets(equity, disclosure.requirement, BPS);
        bool isSeized = known.state == IHouseTypes.State.Seized;
        if (isSeized) _requireReasonToRestart(account, equity, disclosure.requirement);
        else _requireReasonToSeize(account, known.lastHealthyAt, time, isHealthy, disclosure.requirement);
        _startAuction(account, equity, disclosure.requirement);
        emit AuctionStarted(
            account, !isHealthy, equity, disclosure.requirement, disclosure.snapshotRoot, disclosure.opening
        );
        _house.count(account);
        if (!isSeized) _house.seize(account);
    }

    /// @inheritdoc IAuctions
    function bid(uint256 account, int256 limit, IHouse.NewKeys calldata keys) external nonReentrant whenNotPaused {
        uint256 fromBlock = _auctions[account].startedIn + FIRST_BID_BLOCKS;
        int256 price = priceOf(account);
        if (block.number < fromBlock) revert TooEarly(account, fromBlock);
        if (price > limit) revert PriceAboveLimit(price, limit);
        uint256 fee = price > 0 ? uint256(price) * _auctions[account].feeBps / BPS : 0;
        _end(account);
        emit AuctionWon(account, msg.sender, price, fee);
        _house.takeOver(account, msg.sender, price, fee, keys);
    }

    /// @inheritdoc IAuctions
    function giveBack(uint256 account, bytes32 snapshotRoot, IBatches.Health calldata health) external nonReentrant {
        _requireAuction(account);
        uint256 time = _requireLatest(snapshotRoot);
        uint256[] memory accounts = new uint256[](1);
        uint256[] memory commitments = new uint256[](1);
        (accounts[0], commitments[0]) = (account, _house.accountOf(account).commitment);
        IBatches.Health[] memory proofs = new IBatches.Health[](1);
        proofs[0] = health;
        uint256 bps = _house.parameters().initialBps;
        IBatches.Statement[] memory none = new IBatches.Statement[](0);
        _batches.checkHealth(_domain, bps, snapshotRoot, accounts, commitments, proofs, none);
        _giveBack(account, time);
    }

    /// @inheritdoc IAuctions
    function giveBackDisclosed(uint256 account, Disclosure calldata disclosure) external nonReentrant {
        _requireAuction(account);
        uint256 time = _requireLatest(disclosure.snapshotRoot);
        int256 equity = _disclosedDown(account, _house.accountOf(account).commitment, disclosure);
        if (!_meets(equity, disclosure.requirement, _house.parameters().initialBps)) revert StillInDefault(account);
        // slither-disable-next-line reentrancy-no-eth: the guard closes every function that writes auctions
        _house.count(account);
        _giveBack(account, time);
    }

    /// @inheritdoc IAuctions
    function recordUnsaleable(uint256 account) external {
        if (!isOver(account)) revert AuctionRunning(account, elapsedOf(account));
        uint256 missing = missingOf(account);
        // slither-disable-next-line incorrect-equality: the price could reach what a buyer needs
        if (missing == 0 || _unsaleable[account].time != 0) revert NothingToRecord(account);
        _unsaleable[account] = IHouseTypes.Moment(uint40(block.timestamp), uint40(_feed.liveTime()));
        emit Unsaleable(account, missing);
    }

    /// @inheritdoc IAuctions
    function setParameters(Parameters calldata parameters_) external {
        if (msg.sender != _timelock) revert IHouseTypes.NotTimelock(msg.sender);
        _setParameters(parameters_);
    }

    /// @inheritdoc IAuctions
    function parameters() external view returns (Parameters memory) {
        return _parameters;
    }

    /// @inheritdoc IAuctions
    function auctionOf(uint256 account) external view returns (Auction memory) {
        return _auctions[account];
    }

    /// @inheritdoc IAuctions
    function unsaleableSince(uint256 account) external view returns (IHouseTypes.Moment memory) {
        return _unsaleable[account];
    }

    /// @inheritdoc IAuctions
    function house() external view returns (address) {
        return address(_house);
    }

    /// @inheritdoc IAuctions
    function priceOf(uint256 account) public view returns (int256) {
        (DutchAuction.Terms memory terms, uint256 elapsed) = (_terms(account), elapsedOf(account));
        if (terms.isOver(elapsed)) revert AuctionOver(account, elapsed);
        (uint256 reserves, uint256 cash) = _available();
        return terms.priceUp(elapsed, reserves, cash);
    }

    /// @inheritdoc IAuctions
    function missingOf(uint256 account) public view returns (uint256) {
        _requireAuction(account);
        DutchAuction.Terms memory terms = _terms(account);
        int256 floor = int256(terms.equity) - int256(terms.largestGainDown());
        (uint256 reserves, uint256 cash) = _available();
        uint256 needed = floor < 0 ? uint256(-floor) : 0;
        return needed > reserves + cash ? needed - reserves - cash : 0;
    }

    /// @inheritdoc IAuctions
    function elapsedOf(uint256 account) public view returns (uint256) {
        _requireAuction(account);
        Auction storage auction = _auctions[account];
        uint256 live = _feed.liveTime() - auction.startedLive;
        // The price must not fall while nobody can bid. An outage within a pause counts twice, for the owner.
        uint256 paused = _guardian.pausedSeconds(PauseGroups.LIQUIDATE, auction.startedAt);
        return live > paused ? live - paused : 0;
    }

    /// @inheritdoc IAuctions
    function isOver(uint256 account) public view returns (bool) {
        return _terms(account).isOver(elapsedOf(account));
    }

    /// @inheritdoc IAuctions
    function contextOf(uint256 account) public view returns (uint256) {
        return uint256(keccak256(abi.encode(block.chainid, address(this), keccak256("disclose"), account))) % FIELD;
    }

    /// @return time The time of the latest snapshot; reverts if the root is of another one, or it is too old
    function _requireLatest(bytes32 root) private view returns (uint256 time) {
        bytes32 latest;
        (latest, time) = _feed.latest();
        if (root != latest) revert IHouseTypes.NotARecentSnapshot(root, latest);
        uint256 maxAge = _house.parameters().maxSnapshotAge;
        if (block.timestamp - time > maxAge) revert IHouseTypes.NoFreshSnapshot(time, maxAge);
    }

    /// @return Equity and waiting cash in micro-quote, rounded down
    function _disclosedDown(uint256 account, uint256 commitment, Disclosure calldata disclosure)
        private
        view
        returns (int256)
    {
        if (!_discloses[disclosure.circuit]) revert NotADisclosingCircuit(disclosure.circuit);
        // Zeros behind the last element would not change the value, but readers of the list.
        uint256 count = disclosure.opening.length;
        if (count == 0 || disclosure.opening[count - 1] == 0) revert MalformedOpening(count);
        uint256 z = Horner.point(bytes32(commitment), disclosure.opening);
        uint256[] memory signals = new uint256[](7);
        signals[0] = commitment;
        signals[1] = uint256(disclosure.snapshotRoot);
        signals[2] = disclosure.equity;
        signals[3] = disclosure.requirement;
        signals[4] = Horner.value(disclosure.opening, z);
        signals[5] = contextOf(account);
        signals[6] = z;
        SingleProof.check(_verifier, disclosure.circuit, signals, disclosure.proof);

        uint256 equity = disclosure.equity;
        int256 pico = equity > FIELD / 2 ? -int256(FIELD - equity) : int256(equity);
        uint256 waiting = _house.waitingOf(account, CASH).amount;
        return _microDown(pico) + int256(waiting * WAD / _house.cashFactor());
    }

    function _meets(int256 equity, uint256 requirement, uint256 bps) private pure returns (bool) {
        return equity * int256(BPS) >= int256(requirement * bps);
    }

    /// @dev Rounded down.
    function _microDown(int256 pico) private pure returns (int256 micro) {
        micro = pico / PICO;
        if (pico % PICO < 0) --micro;
    }

    /// @dev Requires a default, or a margin call past its deadline. If the account is not open, `seize` reverts.
    function _requireReasonToSeize(
        uint256 account,
        uint256 lastHealthyAt,
        uint256 time,
        bool isHealthy,
        uint256 requirement
    ) private view {
        uint256 late = _house.lateFor(account);
        if (late != 0 && isHealthy && requirement == 0) revert NothingAtStake(account);
        if (late != 0) return;
        if (isHealthy) revert NotLiquidatable(account);
        // The account has been proven healthy with this snapshot, though perhaps in another state.
        if (time <= lastHealthyAt) revert IHouseTypes.NothingNewer(account, time, lastHealthyAt);
    }

    /// @dev From initial margin on, the account can be given back; below it, only a sale ends the seizure.
    function _requireReasonToRestart(uint256 account, int256 equity, uint256 requirement) private view {
        if (!isOver(account)) revert AuctionRunning(account, elapsedOf(account));
        if (_meets(equity, requirement, _house.parameters().initialBps)) revert StillHealthy(account);
    }

    function _startAuction(uint256 account, int256 equity, uint256 requirement) private {
        Parameters memory current = _parameters;
        _auctions[account] = Auction({
            equity: int128(equity),
            requirement: uint128(requirement),
            startedAt: uint40(block.timestamp),
            startedLive: uint40(_feed.liveTime()),
            startedIn: uint40(block.number),
            discountBps: current.discountBps,
            gainBps: current.gainBps,
            feeBps: current.feeBps,
            fallTime: current.fallTime
        });
    }

    function _giveBack(uint256 account, uint256 time) private {
        _end(account);
        emit AuctionEnded(account);
        _house.giveBack(account, time);
    }

    function _end(uint256 account) private {
        delete _auctions[account];
        delete _unsaleable[account];
    }

    /// @dev What others give for a default, in credits. They are rounded down, so their worth never exceeds the funds.
    /// @return reserves Of the first-loss tranche and the insurance fund
    /// @return cash Of the holders of cash
    function _available() private view returns (uint256 reserves, uint256 cash) {
        uint256 factor = _house.cashFactor();
        reserves = (_tranche.balance() + _fund.balanceOf(address(_house))) * WAD / factor;
        cash = _house.socialisable() * WAD / factor;
    }

    function _requireAuction(uint256 account) private view {
        // slither-disable-next-line incorrect-equality: 0 means no auction; no block has this time
        if (_auctions[account].startedAt == 0) revert NoAuction(account);
    }

    function _terms(uint256 account) private view returns (DutchAuction.Terms memory) {
        Auction storage auction = _auctions[account];
        return DutchAuction.Terms({
            equity: auction.equity,
            requirement: auction.requirement,
            discountBps: auction.discountBps,
            gainBps: auction.gainBps,
            fallTime: auction.fallTime
        });
    }

    function _setParameters(Parameters memory parameters_) private {
        _requireRange(0, parameters_.discountBps, 0, 2_000);
        _requireRange(1, parameters_.gainBps, 2_500, 10_000);
        _requireRange(2, parameters_.feeBps, 0, 1_000);
        _requireRange(3, parameters_.fallTime, 5 minutes, 6 hours);
        _parameters = parameters_;
        emit ParametersSet(parameters_);
    }

    function _requireRange(uint256 index, uint256 value, uint256 least, uint256 most) private pure {
        if (value < least || value > most) revert IHouseTypes.ParameterOutOfRange(index, value, least, most);
    }
}
