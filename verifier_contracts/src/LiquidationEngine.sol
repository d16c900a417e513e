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

/// @title Auctions of accounts; ILiquidationEngine says what each function promises, docs/liquidation.md why
/// @dev It holds no funds and gets no approvals: the clearing house settles. An account has an auction here exactly
/// while it is seized there.
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

    /// @param house Whose accounts these are; it names the other contracts of the market
    /// @param verifier Who checks disclosures, with the market's own feed
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

    function start(uint256 account, uint256 deadline, IDisclosureVerifier.Proof calldata proof)
        external
        nonReentrant
        whenNotPaused
    {
        IClearingHouse.Account memory known = _house.accountOf(account);
        IDisclosureVerifier.Disclosure memory told =
            _disclosed(account, known.commitment, deadline, proof, _house.parameters().maxSnapshotAge);
        bool seized = known.state == IClearingHouse.State.Seized;
        if (seized) _checkRestart(account, told);
        else _checkReason(account, known, told);
        _begin(account, told);
        if (!seized) _house.seize(account);
    }

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

    function giveBack(uint256 account, uint256 deadline, IDisclosureVerifier.Proof calldata proof)
        external
        nonReentrant
        whenNotPaused
    {
        _requireOver(account);
        // slither-disable-next-line unused-return: which one it is, `_disclosed` checks
        (, uint256 time) = _feed.latest();
        // When the oracle has been silent for so long that the others may leave, nobody is kept for want of a snapshot.
        uint256 maxAge =
            block.timestamp - time > _silence ? type(uint256).max : uint256(_house.parameters().maxSnapshotAge);
        bytes32 commitment = _house.accountOf(account).commitment;
        IDisclosureVerifier.Disclosure memory told = _disclosed(account, commitment, deadline, proof, maxAge);
        if (!told.healthy) revert StillInDefault(account);
        delete _auctions[account];
        _house.giveBack(account, told.publishedAt);
    }

    function setParameters(Parameters calldata parameters_) external {
        if (msg.sender != _timelock) revert IClearingHouse.NotTimelock(msg.sender);
        _setParameters(parameters_);
    }

    function priceOf(uint256 account) public view returns (int256) {
        (DutchAuction.Terms memory terms, uint256 elapsed) = (_terms(account), elapsedOf(account));
        if (terms.isOver(elapsed)) revert AuctionOver(account, elapsed);
        // Below 0 in credits, rounded down: what they are worth is then never more than what is there.
        uint256 factor = _house.cashFactor();
        uint256 fund = _fund.balanceOf(address(_house)) * WAD / factor;
        uint256 cash = _house.socialisable() * WAD / factor;
        return terms.priceUp(elapsed, fund, cash);
    }

    function elapsedOf(uint256 account) public view returns (uint256) {
        uint256 startedAt = _auctions[account].startedAt;
        // slither-disable-next-line incorrect-equality: 0 is for no auction, and no time comes near it
        if (startedAt == 0) revert NoAuction(account);
        // While nobody can bid the price must not fall.
        return block.timestamp - startedAt - _guardian.pausedSeconds(PauseGroups.LIQUIDATE, startedAt);
    }

    function auctionOf(uint256 account) external view returns (Auction memory) {
        return _auctions[account];
    }

    function disclosureAction(uint256 account) public pure returns (bytes32) {
        return keccak256(abi.encode("disclose", account));
    }

    function parameters() external view returns (Parameters memory) {
        return _parameters;
    }

    function clearingHouse() external view returns (address) {
        return address(_house);
    }

    function disclosureVerifier() external view returns (address) {
        return address(_verifier);
    }

    /// @dev The latest snapshot and no other: what the account was worth before it is no longer what it is worth.
    function _disclosed(
        uint256 account,
        bytes32 commitment,
        uint256 deadline,
        IDisclosureVerifier.Proof calldata proof,
        uint256 maxAge
    ) private view returns (IDisclosureVerifier.Disclosure memory) {
        // slither-disable-next-line unused-return: how old it is, the verifier checks
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

    /// @dev Evidence or silence. Of an account that there is not the clearing house says so.
    function _checkReason(
        uint256 account,
        IClearingHouse.Account memory known,
        IDisclosureVerifier.Disclosure memory told
    ) private view {
        uint256 deadline = _house.deadlineOf(account);
        if (block.timestamp > deadline) {
            if (told.healthy && told.requirement == 0) revert NothingAtStake(account);
            return;
        }
        if (told.healthy) revert NotLiquidatable(account, deadline);
        // By this snapshot the account has been healthy, if perhaps in another state.
        if (told.publishedAt <= known.lastHealthyAt) {
            revert IClearingHouse.NothingNewer(told.publishedAt, known.lastHealthyAt);
        }
    }

    function _checkRestart(uint256 account, IDisclosureVerifier.Disclosure memory told) private view {
        _requireOver(account);
        if (told.healthy) revert StillHealthy(account);
    }

    function _begin(uint256 account, IDisclosureVerifier.Disclosure memory told) private {
        int256 equity = _microDown(told.equity);
        Parameters memory now_ = _parameters;
        _auctions[account] = Auction({
            equity: int128(equity),
            requirement: uint128(told.requirement),
            startedAt: uint40(block.timestamp),
            discountBps: now_.discountBps,
            gainBps: now_.gainBps,
            feeBps: now_.feeBps,
            fallTime: now_.fallTime
        });
        emit AuctionStarted(account, !told.healthy, equity, told.requirement);
    }

    /// @dev Within 128 bits, as the equity is below 2^132 in size.
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
