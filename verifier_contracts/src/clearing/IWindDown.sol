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

    error NotYet(uint256 from);
    error WrongStage(Stage stage);
    error NoCause(Cause cause, uint256 account);
    error NotTheValuation(bytes32 root);
    error NotOwner(uint256 account, address caller);
    error AlreadyClaimed(uint256 account);
    error NothingOwed(uint256 account);
    error InvalidReceiver(address to);
    error PriceAboveLimit(uint256 price, uint256 limit);

    /// @notice The market has ended.
    /// @param valuedFrom The valuation is the first snapshot published at this block time or later
    event Ended(Cause indexed cause, uint256 indexed account, uint256 causeAt, uint256 valuedFrom);
    event Valued(bytes32 indexed snapshotRoot, uint256 claimsUntil);
    event Claimed(uint256 indexed account, address indexed to, int256 value);
    event CoinsSold(uint256 indexed asset, address indexed buyer, uint256 amount, uint256 price);
    event Finalised(uint256 pool, uint256 claims);
    event Paid(uint256 indexed account, address indexed to, uint256 value);

    /// @notice Ends the market, `BOUND` after a cause. Anybody may call this.
    /// @param account The account of the cause; 0 for OracleGone and VenueGone
    function end(Cause cause, uint256 account) external;
    /// @notice Fixes the snapshot of the valuation: the first one published at `valuedFrom` or later; the last one, if
    /// there has been none for `VALUATION_WAIT`.
    function value(bytes32 snapshotRoot) external;
    /// @notice Claims for an account, also a seized one. Only for its owner, while claims are open. Positive funds become
    /// a claim, and coins are paid at once; negative funds are pulled from the owner first.
    function claim(uint256 account, address to, Claim calldata claim_) external;
    /// @notice Buys all remaining coins of an asset, at a price that falls to 0; the pool gets it.
    function buy(uint256 asset, uint256 limit, address to) external;
    /// @notice Fixes pool and claims: the vault's cash, and what is lacking from the first-loss tranche and the insurance
    /// fund.
    function finalise() external;
    /// @notice Pays a claim in proportion, at most in full.
    function pay(uint256 account) external;

    function stage() external view returns (Stage);
    function causeAt(Cause cause, uint256 account) external view returns (uint256);
    function valuation() external view returns (bytes32 root, uint256 claimsUntil);
    function claimOf(uint256 account) external view returns (uint256 value_, address to, bool paid);
    function priceOf(uint256 asset) external view returns (uint256);
    function contextOf(uint256 account, address to) external view returns (uint256);
}
