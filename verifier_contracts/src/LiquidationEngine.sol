// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {IDisclosureVerifier} from "./interfaces/IDisclosureVerifier.sol";
import {IGuardian} from "./interfaces/IGuardian.sol";
import {IInsuranceFund} from "./interfaces/IInsuranceFund.sol";
import {ILiquidationEngine} from "./interfaces/ILiquidationEngine.sol";
import {IMarginVerifier} from "./interfaces/IMarginVerifier.sol";
import {IOracleFeed} from "./interfaces/IOracleFeed.sol";
import {DisclosureSignals} from "./libraries/DisclosureSignals.sol";
import {DutchAuction} from "./libraries/DutchAuction.sol";
import {PauseGroups} from "./libraries/PauseGroups.sol";

/// @title Auctions of accounts that are in default or fail to prove
/// @dev docs/liquidation.md gives the reasons. The engine holds no funds and needs no approvals: the clearing house
/// settles. An account has an auction here exactly while it is seized there.
contract LiquidationEngine is ILiquidationEngine, ReentrancyGuardTransient {
    using DisclosureSignals for uint256[7];
    using DutchAuction for DutchAuction.Terms;

    uint256 private constant BPS = 10_000;
    uint256 private constant WAD = 1e18;
    uint256 private constant MAINTENANCE_BPS = 10_000;
    int256 private constant PICO = 1e6;

    IClearingHouse private immutable _house;
    IDisclosureVerifier private immutable _verifier;
    IOracleFeed private immutable _feed;
    IGuardian private immutable _guardian;
    IInsuranceFund private immutable _fund;
    address private immutable _timelock;
    uint256 private immutable _silence;

    Parameters private _parameters;
    mapping(uint256 account => Auction) private _auctions;

    modifier whenNotPaused() {
        if (_guardian.isPaused(PauseGroups.LIQUIDATE)) revert IClearingHouse.Paused(PauseGroups.LIQUIDATE);
        _;
    }

    /// @param house The clearing house; it names the other contracts of the market
    /// @param verifier The verifier of disclosures; its registry must be the market's feed
    /// @param parameters_ The first parameters
    constructor(address house, address verifier, Parameters memory parameters_) {
        if (house.code.length == 0) revert IClearingHouse.NotAContract(house);
        if (verifier.code.length == 0) revert IClearingHouse.NotAContract(verifier);
        (_house, _verifier) = (IClearingHouse(house), IDisclosureVerifier(verifier));
        _feed = IOracleFeed(_house.feed());
        _guardian = IGuardian(_house.guardian());
        _fund = IInsuranceFund(_house.insuranceFund());
        (_timelock, _silence) = (_house.timelock(), _house.silence());
        address registry = _verifier.registry();
        if (registry != address(_feed)) revert IClearingHouse.OtherRegistry(registry, address(_feed));
        _setParameters(parameters_);
    }

    /// @inheritdoc ILiquidationEngine
    function start(uint256 account, uint256 deadline, IDisclosureVerifier.Proof calldata proof)
        external
        nonReentrant
        whenNotPaused
    {
        IClearingHouse.Account memory known = _house.accountOf(account);
        IDisclosureVerifier.Disclosure memory disclosed =
            _disclose(account, known.commitment, deadline, proof, _house.parameters().maxSnapshotAge);
        bool seized = known.state == IClearingHouse.State.Seized;
        if (seized) _requireReasonToRestart(account, disclosed);
        else _requireReasonToSeize(account, known, disclosed);
        _startAuction(account, disclosed);
        if (!seized) _house.seize(account);
    }

    /// @inheritdoc ILiquidationEngine
    function bid(
        uint256 account,
        int256 limit,
        uint256 asset,
        uint64 amount,
        IClearingHouse.Next calldata next,
        IClearingHouse.Health calldata health
    ) external nonReentrant whenNotPaused {
        int256 price = priceOf(account);
        if (price > limit) revert PriceAboveLimit(price, limit);
        uint256 fee = price > 0 ? uint256(price) * _auctions[account].feeBps / BPS : 0;
        delete _auctions[account];
        emit AuctionWon(account, msg.sender, price, fee);
        _house.takeOver(IClearingHouse.Takeover(account, msg.sender, price, fee, asset, amount), next, health);
    }

    /// @inheritdoc ILiquidationEngine
    function giveBack(uint256 account, uint256 deadline, IDisclosureVerifier.Proof calldata proof)
        external
        nonReentrant
        whenNotPaused
    {
        _requireOver(account);
        // slither-disable-next-line unused-return: `_disclose` checks the root
        (, uint256 time) = _feed.latest();
        // Once the feed has been silent for so long that other holders may leave, this one needs no fresh snapshot
        // either.
        uint256 maxAge =
            block.timestamp - time > _silence ? type(uint256).max : uint256(_house.parameters().maxSnapshotAge);
        bytes32 commitment = _house.accountOf(account).commitment;
        IDisclosureVerifier.Disclosure memory disclosed = _disclose(account, commitment, deadline, proof, maxAge);
        if (!disclosed.healthy) revert StillInDefault(account);
        delete _auctions[account];
        _house.giveBack(account, disclosed.publishedAt);
    }

    /// @inheritdoc ILiquidationEngine
    function setParameters(Parameters calldata parameters_) external {
        if (msg.sender != _timelock) revert IClearingHouse.NotTimelock(msg.sender);
        _setParameters(parameters_);
    }

    /// @inheritdoc ILiquidationEngine
    function priceOf(uint256 account) public view returns (int256) {
        (DutchAuction.Terms memory terms, uint256 elapsed) = (_terms(account), elapsedOf(account));
        if (terms.isOver(elapsed)) revert AuctionOver(account, elapsed);
        // A negative price is in credits. They are rounded down, so their worth never exceeds the available funds.
        uint256 factor = _house.cashFactor();
        uint256 fund = _fund.balanceOf(address(_house)) * WAD / factor;
        uint256 cash = _house.socialisable() * WAD / factor;
        return terms.priceUp(elapsed, fund, cash);
    }

    /// @inheritdoc ILiquidationEngine
    function elapsedOf(uint256 account) public view returns (uint256) {
        uint256 startedAt = _auctions[account].startedAt;
        // slither-disable-next-line incorrect-equality: 0 means no auction; no block has this time
        if (startedAt == 0) revert NoAuction(account);
        // The price must not fall while nobody can bid.
        return block.timestamp - startedAt - _guardian.pausedSeconds(PauseGroups.LIQUIDATE, startedAt);
    }

    /// @inheritdoc ILiquidationEngine
    function auctionOf(uint256 account) external view returns (Auction memory) {
        return _auctions[account];
    }

    /// @inheritdoc ILiquidationEngine
    function disclosureAction(uint256 account) public pure returns (bytes32) {
        return keccak256(abi.encode("disclose", account));
    }

    /// @inheritdoc ILiquidationEngine
    function parameters() external view returns (Parameters memory) {
        return _parameters;
    }

    /// @inheritdoc ILiquidationEngine
    function clearingHouse() external view returns (address) {
        return address(_house);
    }

    /// @inheritdoc ILiquidationEngine
    function disclosureVerifier() external view returns (address) {
        return address(_verifier);
    }

    /// @dev Requires the latest snapshot: an older one does not show the account's present worth.
    function _disclose(
        uint256 account,
        bytes32 commitment,
        uint256 deadline,
        IDisclosureVerifier.Proof calldata proof,
        uint256 maxAge
    ) private view returns (IDisclosureVerifier.Disclosure memory) {
        // slither-disable-next-line unused-return: the verifier checks the age
        (bytes32 latest,) = _feed.latest();
        bytes32 root = proof.signals.snapshotRoot();
        if (root != latest) revert IClearingHouse.NotTheLatestSnapshot(root, latest);
        return _verifier.disclose(
            IMarginVerifier.Claim({
                accountCommitment: commitment,
                action: disclosureAction(account),
                deadline: deadline,
                requirementBps: MAINTENANCE_BPS,
                maxAge: maxAge
            }),
            proof
        );
    }

    /// @dev Requires a default, or a margin call past its deadline. If the account does not exist, `seize` reverts.
    function _requireReasonToSeize(
        uint256 account,
        IClearingHouse.Account memory known,
        IDisclosureVerifier.Disclosure memory disclosed
    ) private view {
        uint256 deadline = _house.deadlineOf(account);
        if (block.timestamp > deadline) {
            if (disclosed.healthy && disclosed.requirement == 0) revert NothingAtStake(account);
            return;
        }
        if (disclosed.healthy) revert NotLiquidatable(account, deadline);
        // The account has been proven healthy with this snapshot, though perhaps in another state.
        if (disclosed.publishedAt <= known.lastHealthyAt) {
            revert IClearingHouse.NothingNewer(disclosed.publishedAt, known.lastHealthyAt);
        }
    }

    function _requireReasonToRestart(uint256 account, IDisclosureVerifier.Disclosure memory disclosed) private view {
        _requireOver(account);
        if (disclosed.healthy) revert StillHealthy(account);
    }

    function _startAuction(uint256 account, IDisclosureVerifier.Disclosure memory disclosed) private {
        int256 equity = _microDown(disclosed.equity);
        Parameters memory current = _parameters;
        _auctions[account] = Auction({
            equity: int128(equity),
            requirement: uint128(disclosed.requirement),
            startedAt: uint40(block.timestamp),
            discountBps: current.discountBps,
            gainBps: current.gainBps,
            feeBps: current.feeBps,
            fallTime: current.fallTime
        });
        emit AuctionStarted(account, !disclosed.healthy, equity, disclosed.requirement);
    }

    /// @dev Rounded down. The result fits into 128 bits, since |equity| < 2^132 pico.
    function _microDown(int256 pico) private pure returns (int256 micro) {
        micro = pico / PICO;
        if (pico % PICO < 0) --micro;
    }

    function _requireOver(uint256 account) private view {
        (DutchAuction.Terms memory terms, uint256 elapsed) = (_terms(account), elapsedOf(account));
        if (!terms.isOver(elapsed)) revert AuctionRunning(account, elapsed);
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
        if (value < least || value > most) revert IClearingHouse.ParameterOutOfRange(index, value, least, most);
    }
}
