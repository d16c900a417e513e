// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IBatches} from "./IBatches.sol";
import {IHouseTypes} from "./IHouseTypes.sol";

/// @title Steps of owners, takeovers and movements of funds
/// @notice A part of IHouse, which callers use.
interface IHouseDesk is IHouseTypes {
    // --- owners

    /// @notice Gives the caller the next account number.
    /// @dev The number is part of the commitment, so it comes before the proof of `open`.
    /// @return account The number, from 1
    function register() external returns (uint256 account);

    /// @notice Opens a registered account without funds, positions and orders. Only for the owner.
    /// @dev Neither key is proven: the venue checks the account that they give against the commitment, and never
    /// credits an account that it cannot open.
    /// @param account The account
    /// @param step The first commitment and a proof of `open`
    /// @param key The trading key
    /// @param viewKey The view key, sealed to the venue
    function open(uint256 account, Step calldata step, uint256[2] calldata key, SealedKey calldata viewKey) external;

    /// @notice Pulls funds that wait for the venue's credit. Only for the owner. Free of the cap while the account is
    /// called or seized. Never paused.
    /// @dev Changes no commitment, so it voids no batch.
    /// @param account The account
    /// @param asset The asset
    /// @param amount In micro of the token
    function deposit(uint256 account, uint256 asset, uint64 amount) external;

    /// @notice `deposit` with an ERC-2612 permit for the vault, for exactly the value in the token's own unit. A failing
    /// permit is ignored, since anybody can use it first.
    /// @param account The account
    /// @param asset The asset
    /// @param amount In micro of the token
    /// @param permit The permit
    function depositWithPermit(uint256 account, uint256 asset, uint64 amount, Permit calldata permit) external;

    /// @notice Gives notice that the caller's waiting funds leave. Replaces an earlier notice of this asset.
    /// @param account The account
    /// @param asset The asset
    /// @param amount At most what waits and has not been counted; 0 cancels
    function announceRefund(uint256 account, uint256 asset, uint64 amount) external;

    /// @notice Pays back the caller's waiting funds at par, without any proof, once the notice is over; at once when the
    /// market has ended. Also for a former owner. Never paused.
    /// @param account The account
    /// @param asset The asset
    /// @param amount At most what the notice was for; at most what has not been counted when the market has ended
    /// @param to The receiver
    function refund(uint256 account, uint256 asset, uint64 amount, address to) external;

    /// @notice Leaves the bond, which fills need. Only for the owner. Free of the cap.
    /// @param account The account
    function postBond(uint256 account) external;

    /// @notice Asks the venue to give the account another trading key; replaces an earlier request. Only for the owner.
    /// @param account The account
    /// @param key The key; (0, 0) takes no orders
    /// @param value Poseidon(key.x, key.y), which nobody checks: the venue grants no other. 0 withdraws the request
    function requestKey(uint256 account, uint256[2] calldata key, uint256 value) external;

    /// @notice Gives notice of a withdrawal: from WITHDRAWAL_NOTICE on, and for WITHDRAWAL_WINDOW, the account is in no
    /// batch, and its owner may withdraw once. Only for the owner. One notice at a time; seizure deletes it.
    /// @param account The account
    function announceWithdrawal(uint256 account) external;

    /// @notice Withdraws funds. Only for the owner, while its notice is over and has not lapsed.
    /// @param account The account
    /// @param asset The asset
    /// @param amount In micro; of cash, in credits
    /// @param to The receiver
    /// @param snapshotRoot The latest snapshot
    /// @param step The next commitment and a proof of `withdraw`
    /// @param health One proof of health at initial margin of the next state, with place 0
    function withdraw(
        uint256 account,
        uint256 asset,
        uint64 amount,
        address to,
        bytes32 snapshotRoot,
        Step calldata step,
        IBatches.Health calldata health
    ) external;

    /// @notice Gives an account whose opening has been published new keys. Only for the owner.
    /// @param account The account
    /// @param keys The keys and a proof of `take_over`
    function renewKeys(uint256 account, NewKeys calldata keys) external;

    // --- anybody

    /// @notice Pays the fees that batches have taken into the venue's first-loss tranche.
    function collectFees() external;

    // --- the engine

    /// @notice Makes the winner the owner. It pays a positive price, the fee to the insurance fund and the rest to the
    /// former owner. What the winner is paid waits in the account, counted: it is credited before it can leave. The
    /// account is called, so the winner proves health within `grace`. Only for the engine.
    /// @dev A negative price is paid by the first-loss tranche, then the insurance fund, then holders of cash. The bond
    /// goes to the winner; for fills it leaves another one.
    /// @param account The account
    /// @param winner The next owner, who asked for this
    /// @param price In micro of the quote token; if negative, in credits of cash
    /// @param fee At most the price, in micro of the quote token
    /// @param keys The keys and a proof of `take_over`
    function takeOver(uint256 account, address winner, int256 price, uint256 fee, NewKeys calldata keys) external;

    // --- wind-down

    /// @notice Ends the market for good. Only for the wind-down contract, as all functions of this part.
    function end() external;

    /// @notice Pulls cash into the vault, regardless of the cap.
    /// @param from The payer, who has asked for this
    /// @param value In micro of the quote token
    function pullForWindDown(address from, uint128 value) external;

    /// @notice Pays from the vault, at most what does not wait. The wind-down contract is responsible for the reason.
    /// @param asset The asset
    /// @param to The receiver
    /// @param value In micro of the token
    function releaseForWindDown(uint256 asset, address to, uint128 value) external;

    /// @notice Takes the counted waiting cash and the bond of an account into the pool.
    /// @param account The account
    /// @return value In micro of the quote token
    function takeCounted(uint256 account) external returns (uint64 value);

    /// @notice Moves cash from the first-loss tranche, then from the insurance fund, into the pool.
    /// @param value What the pool lacks, in micro of the quote token
    /// @return covered What they had of it
    function cover(uint128 value) external returns (uint128 covered);

    // --- settings

    /// @notice Sets the venue. Only for the timelock.
    /// @param venue_ The venue
    function setVenue(address venue_) external;

    /// @notice Sets the BabyJubJub key that view keys are sealed to. Only for the timelock.
    /// @param key A point of the curve, which the proofs check
    function setVenueKey(uint256[2] calldata key) external;

    /// @notice Sets the parameters, within constant bounds. Only for the timelock.
    /// @param parameters_ The parameters
    function setParameters(Parameters calldata parameters_) external;
}
