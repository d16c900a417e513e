// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IHouseDesk} from "./IHouseDesk.sol";
import {IHouseMarket} from "./IHouseMarket.sol";

/// @title Accounts of a market whose trades add up
/// @notice The house keeps a commitment to each account. Batches of proven operations change them, and an owner's own
/// proof opens an account or withdraws from it. docs/protocol.md describes the protocol.
/// @dev Amounts are in micro (1e-6). Assets 0 to 7 are collateral, asset 8 is cash. An amount of cash within an account
/// is a number of *credits*, worth amount * cashFactor / 1e18 in micro of the quote token; that value is rounded up for
/// payments in and down for payments out. What waits is counted in tokens, at par.
///
/// The context of an owner's proof is keccak256(abi.encode(chainId, this, keccak256(name), account, receiver)) mod r;
/// `name` is "open", "withdraw" or "takeOver". `receiver` is `to` of a withdrawal, the new owner of a takeover, and the
/// owner in "open" and when it renews its keys.
///
/// Times of deadlines are *live*: IOracleFeed.liveTime, plus pauses of the group LIQUIDATE since the beginning.
///
/// The code of a house is in two contracts, as it exceeds the bound of EIP-170: House has IHouseMarket and runs
/// HouseDesk, which it has deployed itself, for IHouseDesk. Both have the same storage.
interface IHouse is IHouseMarket, IHouseDesk {}
