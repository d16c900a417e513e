// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IBatchVerifier} from "../interfaces/IBatchVerifier.sol";

/// @title The end of a market
/// @notice A market ends for good when a default cannot be sold, when an account stays frozen, when the oracle or the
/// venue is gone. Then owners claim what their accounts are worth under one snapshot, by rule and in any order, and a
/// deficit is shared in proportion. docs/protocol.md has the order of payments.
/// @dev Amounts are in micro of the quote token, or of the coin.
interface IWindDown {
    enum Cause {
        None,
        Unsaleable,
        FrozenTooLong,
        OracleGone,
        VenueGone
    }

    /// @notice The stages. `Running`: the market goes on. `Ending`: it has ended, and the snapshot is not fixed yet.
    /// `Claiming`: owners claim. `Selling`: coins of unpaid debts are sold. `Paying`: claims are paid.
    enum Stage {
        Running,
        Ending,
        Claiming,
        Selling,
        Paying
    }

    /// @notice A proof of `claim`.
    /// @param circuit keccak256 of the circuit's name
    /// @param funds Cash and marks in credits, as a field element: a negative number is r less its size
    /// @param amounts The amounts of collateral
    /// @param proof The proof
    struct Claim {
        bytes32 circuit;
        uint256 funds;
        uint256[8] amounts;
        IBatchVerifier.Proof proof;
    }

    /// @notice The claim of an account.
    /// @param value What it claims, in micro of the quote token; 0 once it is paid
    /// @param to The receiver
    /// @param claimed Whether its owner has claimed
    struct Entry {
        uint256 value;
        address to;
        bool claimed;
    }

    /// @notice The step is possible from this block time on.
    error NotYet(uint256 from);
    /// @notice The cause has not stood long enough by the live clock.
    error NotLongEnough(uint256 liveTime);
    /// @notice The market is at another stage.
    error WrongStage(Stage stage);
    /// @notice The cause does not stand.
    error NoCause(Cause cause, uint256 account);
    /// @notice The snapshot is not the one that values the market.
    error NotTheValuation(bytes32 root);
    /// @notice The circuit is none of claims.
    error NotACircuitOfClaims(bytes32 circuit);
    /// @notice The caller does not own the account.
    error NotOwner(uint256 account, address caller);
    /// @notice The owner has claimed before.
    error AlreadyClaimed(uint256 account);
    /// @notice The account has no claim, or it has been paid.
    error NothingOwed(uint256 account);
    /// @notice The market's contracts cannot receive payments.
    error InvalidReceiver(address to);
    /// @notice Cash is not for sale.
    error NotACoin(uint256 asset);
    /// @notice The price exceeds the buyer's limit.
    error PriceAboveLimit(uint256 price, uint256 limit);
    /// @notice The pool does not lack that much.
    error MoreThanMissing(uint256 cost, uint256 missing);

    /// @notice The market has ended.
    /// @param cause The cause
    /// @param account The account of the cause; 0 for OracleGone and VenueGone
    /// @param causeAt When the cause began
    /// @param valuedFrom The valuation is the first snapshot published at this block time or later
    event Ended(Cause indexed cause, uint256 indexed account, uint256 causeAt, uint256 valuedFrom);
    /// @notice The snapshot of the valuation is fixed.
    event Valued(bytes32 indexed snapshotRoot, uint256 claimsUntil);
    /// @notice An owner has claimed. A negative value was a debt, which the owner has paid.
    event Claimed(uint256 indexed account, address indexed to, int256 value);
    /// @notice Coins were sold for the pool.
    event CoinsSold(uint256 indexed asset, address indexed buyer, uint256 amount, uint256 price);
    /// @notice Pool and claims are fixed: each claim gets pool / claims of its value, at most all of it.
    event Finalised(uint256 pool, uint256 claims);
    /// @notice A claim was paid; account 0 is a late one.
    event Paid(uint256 indexed account, address indexed to, uint256 value);

    /// @notice Ends the market, `boundOf` after a cause began. Anybody may call this.
    /// @param cause The cause
    /// @param account The account of the cause; 0 for OracleGone and VenueGone
    function end(Cause cause, uint256 account) external;

    /// @notice Fixes the snapshot of the valuation: the first one published at `valuedFrom` or later, so that nobody
    /// chooses the moment. If there has been none, the last one, `VALUATION_WAIT` after the end. Anybody may call this.
    /// @param root The snapshot
    function fixValuation(bytes32 root) external;

    /// @notice Claims for an account, also a seized one. Only for its owner.
    /// @dev Positive funds become a claim. Negative funds are pulled from the owner, who has approved them to the vault.
    /// Coins are paid at once. Counted waiting cash and the bond belong to the funds. A claim at the stage `Paying` is
    /// late: it gets the others' share, of what remains, and coins that were not sold.
    /// @param account The number of the account
    /// @param to The receiver of coins and of the payment
    /// @param claimed The proof
    function claim(uint256 account, address to, Claim calldata claimed) external;

    /// @notice Buys coins, while the pool lacks something; it gets the price.
    /// @param asset The number of the coin
    /// @param amount In micro of the coin
    /// @param limit The highest accepted cost, in micro of the quote token
    /// @param to The receiver
    function buy(uint256 asset, uint256 amount, uint256 limit, address to) external;

    /// @notice Fixes pool and claims; what the pool lacks comes from the first-loss tranche, then from the insurance fund.
    /// The first payment does the same.
    function finalise() external;

    /// @notice Pays a claim in proportion, at most in full. Anybody may call this.
    /// @param account The number of the account
    function pay(uint256 account) external;

    /// @notice The stage of the market's end.
    function stage() external view returns (Stage);

    /// @notice When a cause began.
    /// @return since In seconds since 1970; 0 if it does not stand
    /// @return live The live time, of causes that must stand by both clocks; 0 of others
    function causeAt(Cause cause, uint256 account) external view returns (uint256 since, uint256 live);

    /// @notice The claim of an account.
    function entryOf(uint256 account) external view returns (Entry memory);

    /// @notice The price of coins now, in micro-quote for 1e18 micro of a coin.
    function priceOf() external view returns (uint256);

    /// @notice The context of a proof of `claim`: keccak256(abi.encode(chainId, this, keccak256("claim"), account, to))
    /// mod r.
    function contextOf(uint256 account, address to) external view returns (uint256);

    /// @notice The first snapshot published at this block time or later values the market; 0 before the end.
    function valuedFrom() external view returns (uint256);

    /// @notice When the market ended, in seconds since 1970; 0 before.
    function endedAt() external view returns (uint256);

    /// @notice The snapshot of the valuation; 0 before it is fixed.
    function valuation() external view returns (bytes32);

    /// @notice The end of the window for claims; 0 before the valuation is fixed.
    function claimsUntil() external view returns (uint256);

    /// @notice The sum of all positive claims.
    function totalClaims() external view returns (uint256);

    /// @notice Whether pool and claims are fixed.
    function finalised() external view returns (bool);

    /// @notice What claims are paid from; 0 before it is fixed.
    function pool() external view returns (uint256);

    /// @notice The time for which a cause must stand: three days; without snapshots seven and the feed's delay, in which
    /// silent signers can be replaced. Unsaleable and FrozenTooLong must stand for three days of live time too.
    function boundOf(Cause cause) external view returns (uint256);

    /// @notice The time after the end from which the last snapshot may value the market, if no other came.
    // slither-disable-next-line naming-convention: a constant
    function VALUATION_WAIT() external view returns (uint256);

    /// @notice The time for claims.
    // slither-disable-next-line naming-convention: a constant
    function CLAIM_WINDOW() external view returns (uint256);

    /// @notice The time for the sale of coins.
    // slither-disable-next-line naming-convention: a constant
    function SALE() external view returns (uint256);
}
