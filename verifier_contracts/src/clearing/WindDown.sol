// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IBatchVerifier} from "../interfaces/IBatchVerifier.sol";
import {ICollateralVault} from "../interfaces/ICollateralVault.sol";
import {IOracleFeed} from "../interfaces/IOracleFeed.sol";
import {CashFactor} from "../libraries/CashFactor.sol";
import {PublicSignals} from "../libraries/PublicSignals.sol";
import {HalvingPrice} from "./HalvingPrice.sol";
import {IAuctions} from "./IAuctions.sol";
import {IBatches} from "./IBatches.sol";
import {IHouse} from "./IHouse.sol";
import {IHouseTypes} from "./IHouseTypes.sol";
import {IWindDown} from "./IWindDown.sol";
import {OwnerSteps} from "./OwnerSteps.sol";
import {SingleProof} from "./SingleProof.sol";

/// @title The end of a market
/// @dev The contract holds no funds: the house moves them. All positive claims and all debts under one snapshot add up
/// to the cash of the vault, since marks add to zero. So the pool lacks what debtors do not pay, no more.
contract WindDown is IWindDown, ReentrancyGuardTransient {
    using CashFactor for uint256;
    using SafeCast for uint256;

    uint256 private constant FIELD = PublicSignals.FIELD;
    uint256 private constant CASH = 8;

    uint256 private constant BOUND = 3 days;
    /// @dev The guardian can silence the feed at once, by removing signers. Others need the timelock's delay and the feed's.
    uint256 private constant ORACLE_BOUND = 7 days;
    /// @inheritdoc IWindDown
    uint256 public constant VALUATION_WAIT = 1 days;
    /// @inheritdoc IWindDown
    uint256 public constant CLAIM_WINDOW = 14 days;
    /// @inheritdoc IWindDown
    uint256 public constant SALE = 1 days;

    IHouse private immutable _house;
    IAuctions private immutable _auctions;
    IOracleFeed private immutable _feed;
    ICollateralVault private immutable _vault;
    IBatchVerifier private immutable _verifier;

    mapping(bytes32 circuit => bool) private _isClaimCircuit;
    /// @inheritdoc IWindDown
    uint256 public valuedFrom;
    /// @inheritdoc IWindDown
    uint256 public endedAt;
    /// @inheritdoc IWindDown
    bytes32 public valuation;
    /// @inheritdoc IWindDown
    uint256 public claimsUntil;
    /// @inheritdoc IWindDown
    uint256 public totalClaims;
    /// @inheritdoc IWindDown
    uint256 public pool;
    /// @inheritdoc IWindDown
    bool public finalised;
    /// @dev What registered claims have not been paid yet.
    uint256 private _reserved;
    mapping(uint256 account => Entry) private _entries;

    /// @param house The house, which names the other contracts of the market
    /// @param auctions The auctions of the market
    /// @param circuits keccak256 of the names of the circuits of claims
    constructor(address house, address auctions, bytes32[] memory circuits) {
        (_house, _auctions) = (IHouse(house), IAuctions(auctions));
        IHouse.Contracts memory market = _house.contracts();
        (_feed, _vault) = (IOracleFeed(market.feed), ICollateralVault(market.vault));
        _verifier = IBatchVerifier(IBatches(market.batches).verifier());
        for (uint256 i = 0; i < circuits.length; ++i) {
            _isClaimCircuit[circuits[i]] = true;
        }
    }

    /// @inheritdoc IWindDown
    function end(Cause cause, uint256 account) external nonReentrant {
        _require(Stage.Running);
        (uint256 since, uint256 live) = causeAt(cause, account);
        if (since == 0) revert NoCause(cause, account);
        uint256 from = since + boundOf(cause);
        if (block.timestamp < from) revert NotYet(from);
        if (live != 0 && _feed.liveTime() < live + BOUND) revert NotLongEnough(live + BOUND);
        (valuedFrom, endedAt) = (from, block.timestamp);
        emit Ended(cause, account, since, from);
        _house.end();
    }

    /// @inheritdoc IWindDown
    function fixValuation(bytes32 root) external {
        _require(Stage.Ending);
        IOracleFeed.Publication memory publication = _feed.publicationOf(root);
        bool isFirst = publication.publishedIn >= valuedFrom && publication.previousIn < valuedFrom;
        if (!isFirst) {
            // slither-disable-next-line unused-return: only the root is asked for
            (bytes32 latest,) = _feed.latest();
            uint256 from = endedAt + VALUATION_WAIT;
            bool isLast = root == latest && publication.publishedIn < valuedFrom;
            if (!isLast) revert NotTheValuation(root);
            if (block.timestamp < from) revert NotYet(from);
        }
        (valuation, claimsUntil) = (root, block.timestamp + CLAIM_WINDOW);
        emit Valued(root, claimsUntil);
    }

    /// @inheritdoc IWindDown
    function claim(uint256 account, address to, Claim calldata claimed) external nonReentrant {
        Stage now_ = stage();
        if (now_ != Stage.Claiming && now_ != Stage.Paying) revert WrongStage(now_);
        if (to == address(0) || to == address(_house) || to == address(_vault)) revert InvalidReceiver(to);
        Entry storage entry = _entries[account];
        if (entry.claimed) revert AlreadyClaimed(account);
        (entry.claimed, entry.to) = (true, to);
        address owner = _verify(account, to, claimed);
        // slither-disable-next-line reentrancy-no-eth,reentrancy-benign: the guard closes all functions that write
        int256 value = _valueDown(claimed.funds) + int256(uint256(_house.takeCounted(account)));
        emit Claimed(account, to, value);

        if (value < 0) _house.pullForWindDown(owner, uint256(-value).toUint128());
        else if (now_ == Stage.Claiming) _register(entry, uint256(value));
        else _payLate(entry, uint256(value));
        _releaseCoins(to, claimed.amounts);
    }

    /// @inheritdoc IWindDown
    function buy(uint256 asset, uint256 amount, uint256 limit, address to) external nonReentrant {
        _require(Stage.Selling);
        if (asset >= CASH) revert NotACoin(asset);
        uint256 cost = Math.mulDiv(amount, priceOf(), HalvingPrice.UNIT, Math.Rounding.Ceil);
        if (cost > limit) revert PriceAboveLimit(cost, limit);
        uint256 missing = _missing();
        if (cost > missing) revert MoreThanMissing(cost, missing);
        emit CoinsSold(asset, msg.sender, amount, cost);
        if (cost != 0) _house.pullForWindDown(msg.sender, cost.toUint128());
        _house.releaseForWindDown(asset, to, amount.toUint128());
    }

    /// @inheritdoc IWindDown
    function finalise() external nonReentrant {
        _require(Stage.Paying);
        if (finalised) revert WrongStage(Stage.Paying);
        _finalise();
    }

    /// @inheritdoc IWindDown
    function pay(uint256 account) external nonReentrant {
        _require(Stage.Paying);
        // slither-disable-next-line reentrancy-benign: the guard closes all functions that write
        if (!finalised) _finalise();
        Entry storage entry = _entries[account];
        uint256 value = _shareDown(entry.value);
        if (value == 0) revert NothingOwed(account);
        entry.value = 0;
        _reserved -= value;
        _release(account, entry.to, value);
    }

    /// @inheritdoc IWindDown
    function entryOf(uint256 account) external view returns (Entry memory) {
        return _entries[account];
    }

    /// @inheritdoc IWindDown
    function causeAt(Cause cause, uint256 account) public view returns (uint256 since, uint256 live) {
        // slither-disable-next-line unused-return: only the time is asked for
        if (cause == Cause.OracleGone) (,, since) = _feed.previous();
        if (cause == Cause.VenueGone) since = _house.standing().lastBatchAt;
        // While the oracle is silent, nobody can buy or cure an account.
        IHouseTypes.Moment memory began = IHouseTypes.Moment(0, 0);
        if (cause == Cause.Unsaleable) began = _auctions.unsaleableSince(account);
        if (cause == Cause.FrozenTooLong) began = _house.frozenSince(account);
        if (began.time != 0) (since, live) = (began.time, began.live);
    }

    /// @inheritdoc IWindDown
    function boundOf(Cause cause) public view returns (uint256) {
        return cause == Cause.OracleGone ? ORACLE_BOUND + _feed.delay() : BOUND;
    }

    /// @inheritdoc IWindDown
    function stage() public view returns (Stage) {
        // slither-disable-start incorrect-equality: 0 means that it has not happened
        if (endedAt == 0) return Stage.Running;
        if (valuation == 0) return Stage.Ending;
        // slither-disable-end incorrect-equality
        if (block.timestamp < claimsUntil) return Stage.Claiming;
        if (block.timestamp < claimsUntil + SALE && !finalised) return Stage.Selling;
        return Stage.Paying;
    }

    /// @inheritdoc IWindDown
    function priceOf() public view returns (uint256) {
        _require(Stage.Selling);
        return HalvingPrice.priceUp(block.timestamp - claimsUntil);
    }

    /// @inheritdoc IWindDown
    function contextOf(uint256 account, address to) public view returns (uint256) {
        return OwnerSteps.context(keccak256("claim"), account, to);
    }

    function _verify(uint256 account, address to, Claim calldata claimed) private view returns (address owner) {
        if (!_isClaimCircuit[claimed.circuit]) revert NotACircuitOfClaims(claimed.circuit);
        IHouse.Account memory known = _house.accountOf(account);
        owner = known.owner;
        if (msg.sender != owner) revert NotOwner(account, msg.sender);
        if (known.commitment == 0) revert NothingOwed(account);
        uint256[] memory signals = new uint256[](12);
        (signals[0], signals[1], signals[2]) = (known.commitment, uint256(valuation), claimed.funds);
        for (uint256 i = 0; i < CASH; ++i) {
            signals[3 + i] = claimed.amounts[i];
        }
        signals[11] = contextOf(account, to);
        SingleProof.check(_verifier, claimed.circuit, signals, claimed.proof);
    }

    /// @dev The worth of funds in credits, a field element: a number above r / 2 is negative.
    function _valueDown(uint256 funds) private view returns (int256) {
        uint256 factor = _house.cashFactor();
        if (funds <= FIELD / 2) return int256(factor.valueDown(funds));
        return -int256(factor.valueUp(FIELD - funds));
    }

    function _register(Entry storage entry, uint256 value) private {
        entry.value = value;
        totalClaims += value;
    }

    /// @dev A late claim gets the others' share of what they leave.
    function _payLate(Entry storage entry, uint256 value) private {
        if (!finalised) _finalise();
        uint256 free = _poolNow() - _reserved;
        uint256 paid = Math.min(_shareDown(value), free);
        if (paid != 0) _release(0, entry.to, paid);
    }

    function _finalise() private {
        uint256 missing = _missing();
        // slither-disable-next-line reentrancy-benign,unused-return: guarded; the pool is counted afterwards
        if (missing != 0) _house.cover(missing.toUint128());
        (finalised, pool) = (true, _poolNow());
        _reserved = Math.min(pool, totalClaims);
        emit Finalised(pool, totalClaims);
    }

    function _releaseCoins(address to, uint256[8] calldata amounts) private {
        for (uint256 asset = 0; asset < CASH; ++asset) {
            uint256 amount = Math.min(amounts[asset], _remaining(asset));
            // slither-disable-next-line calls-loop: a refused payment becomes a claim
            if (amount != 0) _house.releaseForWindDown(asset, to, amount.toUint128());
        }
    }

    function _release(uint256 account, address to, uint256 value) private {
        emit Paid(account, to, value);
        _house.releaseForWindDown(CASH, to, value.toUint128());
    }

    function _require(Stage wanted) private view {
        Stage now_ = stage();
        if (now_ != wanted) revert WrongStage(now_);
    }

    /// @dev In full while the pool suffices, else in proportion.
    function _shareDown(uint256 value) private view returns (uint256) {
        return totalClaims <= pool ? value : Math.mulDiv(value, pool, totalClaims);
    }

    function _missing() private view returns (uint256) {
        uint256 now_ = _poolNow();
        return totalClaims > now_ ? totalClaims - now_ : 0;
    }

    function _poolNow() private view returns (uint256) {
        return _remaining(CASH);
    }

    function _remaining(uint256 asset) private view returns (uint256) {
        // slither-disable-next-line calls-loop: vault and house are the market's own, and do not fail
        return _vault.assetOf(asset).total - _house.waitingTotal(asset);
    }
}
