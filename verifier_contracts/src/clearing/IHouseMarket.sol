// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IBatches} from "./IBatches.sol";
import {IHouseTypes} from "./IHouseTypes.sol";

/// @title Batches, health, margin calls and seizures
/// @notice A part of IHouse, which callers use.
interface IHouseMarket is IHouseTypes {
    // --- the venue

    /// @notice Settles a batch. Only for the venue.
    /// @dev Fills need health of every account at initial margin, at maintenance margin if they reduce only, and a bond.
    /// There are none while an account is frozen, and only reduce-only ones in a pause of trading or liquidations and in
    /// the breaker's cool-down. A batch without fills needs none of that.
    /// @param batch The batch
    function settle(IBatches.Batch calldata batch) external;

    /// @notice Says that the venue is there though it has no batch. Only for the venue.
    function alive() external;

    // --- anybody

    /// @notice Accepts proofs that accounts meet maintenance margin. Never paused.
    /// @dev The snapshot may be as old as `maxSnapshotAge`. A called account may answer with the snapshot of the call
    /// until it is late.
    /// @param snapshotRoot The snapshot
    /// @param numbers The accounts
    /// @param health The proofs; `places` refer to `numbers`
    function attest(bytes32 snapshotRoot, uint256[] calldata numbers, IBatches.Health[] calldata health) external;

    /// @notice Makes margin calls to accounts that have traded and owe a proof of health. All or none.
    /// @param numbers The accounts
    function call(uint256[] calldata numbers) external;

    /// @notice Freezes fills and withdrawals of the whole market, because nobody closes out this account: it is late by
    /// FREEZE_BOUND, or it is seized and its auction is over. Ends by a proof of health, a return or a takeover.
    /// @param account The account
    function freeze(uint256 account) external;

    // --- the engine

    /// @notice Seizes an account: it is in no batch, and a notice and a request of its owner are deleted. Only for the
    /// engine, which has published the opening.
    /// @param account The account
    function seize(uint256 account) external;

    /// @notice Counts the owner's waiting cash against a requirement: it cannot leave before it is credited. Only for
    /// the engine.
    /// @param account The account
    function count(uint256 account) external;

    /// @notice Gives a seized account back to its owner. Only for the engine.
    /// @param account The account
    /// @param provenAt The time of the snapshot that it was proven healthy with
    function giveBack(uint256 account, uint256 provenAt) external;

    // --- settings

    /// @notice Sets the contract of auctions, once. Only for the deployer.
    /// @param engine_ The contract
    function setEngine(address engine_) external;

    /// @notice Sets the contract of the wind-down, once. Only for the deployer.
    /// @param windDown_ The contract
    function setWindDown(address windDown_) external;

    // --- views

    /// @notice The accounts that have been registered.
    /// @return Their number, which is the last account's
    function accounts() external view returns (uint256);

    /// @notice The public record of an account.
    /// @param account The account
    /// @return The record; zeros if there is none
    function accountOf(uint256 account) external view returns (Account memory);

    /// @notice The public records of accounts.
    /// @param numbers The accounts
    /// @return The records in the same order
    function accountsOf(uint256[] calldata numbers) external view returns (Account[] memory);

    /// @notice The records of accounts with times, waiting cash and lateness, for those who watch many.
    /// @param numbers The accounts
    /// @return The records in the same order
    function recordsOf(uint256[] calldata numbers) external view returns (Record[] memory);

    /// @notice The times and the bond of an account.
    /// @param account The account
    /// @return The times; some may belong to a call that has been answered or a notice that has lapsed
    function timesOf(uint256 account) external view returns (Times memory);

    /// @notice What waits for the present owner of an account.
    /// @param account The account
    /// @param asset The asset
    /// @return The funds
    function waitingOf(uint256 account, uint256 asset) external view returns (Waiting memory);

    /// @notice What waits for an address that owns or owned an account.
    /// @param owner The address
    /// @param account The account
    /// @param asset The asset
    /// @return The funds
    function waitingFor(address owner, uint256 account, uint256 asset) external view returns (Waiting memory);

    /// @notice All that waits of an asset, and all bonds if it is cash; no part of it backs an account.
    /// @param asset The asset
    /// @return In micro of the token
    function waitingTotal(uint256 asset) external view returns (uint256);

    /// @notice The trading key that an account has requested.
    /// @param account The account
    /// @return Poseidon(key.x, key.y); 0 if there is no request
    function keyRequestOf(uint256 account) external view returns (uint256);

    /// @notice The numbers that other contracts ask about.
    /// @return See `Standing`
    function standing() external view returns (Standing memory);

    /// @notice The fees that batches have taken and `collectFees` has not paid.
    /// @return In credits of cash
    function unpaidFees() external view returns (uint256);

    /// @notice Whether an account has traded and owes a proof of health: the heartbeat has passed, or the breaker has
    /// tripped with a newer snapshot.
    /// @param account The account
    /// @return Whether it can be called
    function isOverdue(uint256 account) external view returns (bool);

    /// @notice Whether an account has been called and has not answered.
    /// @param account The account
    /// @return Whether a call stands
    function isCalled(uint256 account) external view returns (bool);

    /// @notice The live seconds for which a called account has been late; 0 while it is not. Seconds in which
    /// liquidations are paused do not count.
    /// @dev While the oracle is silent and liquidations are paused, both delay the deadline.
    /// @param account The account
    /// @return In seconds
    function lateFor(uint256 account) external view returns (uint256);

    /// @notice The moment since which fills and withdrawals wait for this account.
    /// @param account The account
    /// @return The moment; zeros if they do not
    function frozenSince(uint256 account) external view returns (Moment memory);

    /// @notice The worth of a credit of cash. It never rises.
    /// @return In 1e-18 of the quote token
    function cashFactor() external view returns (uint256);

    /// @notice The largest loss that holders of cash can bear now.
    /// @return In micro of the quote token
    function socialisable() external view returns (uint256);

    /// @notice What orders are signed for: keccak256(abi.encode("zkmargin orders", chainId, this)) mod r.
    /// @return The domain
    function domain() external view returns (uint256);

    /// @notice The context of an owner's proof.
    /// @param name "open", "withdraw" or "takeOver"
    /// @param account The account
    /// @param receiver See above
    /// @return The public signal
    function contextOf(string calldata name, uint256 account, address receiver) external view returns (uint256);

    /// @notice The parameters in force.
    /// @return The parameters
    function parameters() external view returns (Parameters memory);

    /// @notice The address that settles.
    /// @return The venue
    function venue() external view returns (address);

    /// @notice The BabyJubJub key that view keys are sealed to.
    /// @return The point
    function venueKey() external view returns (uint256[2] memory);

    /// @notice The contract of auctions.
    /// @return Its address; the zero address before it is set
    function engine() external view returns (address);

    /// @notice The contract of the wind-down.
    /// @return Its address; the zero address before it is set
    function windDown() external view returns (address);

    /// @notice The other contracts of the market.
    /// @return Their addresses
    function contracts() external view returns (Contracts memory);
}
