// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IClearingHouse} from "./IClearingHouse.sol";
import {IDisclosureVerifier} from "./IDisclosureVerifier.sol";

/// @title Auctions of accounts that are in default, or silent
/// @notice docs/liquidation.md has the rules, their reasons and an example.
/// @dev Equity and requirement are in micro-quote as the account counts them. A price above 0, and its fee, are in micro of
/// the quote token. A price below 0 is in credits of cash: the winner gets what they are worth; see
/// IClearingHouse.cashFactor. What refuses for the same reason as the clearing house has its errors.
interface ILiquidationEngine {
    /// @notice What the timelock may change, within constants, for auctions that begin later.
    /// @param discountBps What the first price is below the equity, in 1/10 000 of it
    /// @param gainBps What the last price is below the equity at most, in 1/10 000 of the requirement
    /// @param feeBps What of a positive price goes to the insurance fund, in 1/10 000 of it
    /// @param fallTime How long each of the auction's four stages takes, in seconds
    struct Parameters {
        uint32 discountBps;
        uint32 gainBps;
        uint32 feeBps;
        uint32 fallTime;
    }

    /// @notice An auction, with the parameters of its beginning; all zero if there is none.
    /// @param equity What the account was worth when the auction began
    /// @param requirement Its margin requirement then
    /// @param startedAt When the auction began
    struct Auction {
        int128 equity;
        uint128 requirement;
        uint40 startedAt;
        uint32 discountBps;
        uint32 gainBps;
        uint32 feeBps;
        uint32 fallTime;
    }

    /// @notice The account is healthy, and not late with its proof of health before `deadline`.
    error NotLiquidatable(uint256 account, uint256 deadline);
    /// @notice The account is healthy and goes back to its owner, not to another auction.
    error StillHealthy(uint256 account);
    /// @notice The account is in default and does not go back to its owner.
    error StillInDefault(uint256 account);
    /// @notice The account owes nothing, so its silence harms nobody.
    error NothingAtStake(uint256 account);
    /// @notice There is no auction of this account.
    error NoAuction(uint256 account);
    /// @notice The auction is over and takes no bids.
    error AuctionOver(uint256 account, uint256 elapsed);
    /// @notice The auction goes on.
    error AuctionRunning(uint256 account, uint256 elapsed);
    /// @notice The price is above the bidder's limit.
    error PriceAboveLimit(int256 price, int256 limit);

    /// @notice An auction began: of an account that has been seized for default or for silence, or was not sold before.
    event AuctionStarted(uint256 indexed account, bool inDefault, int256 equity, uint256 requirement);
    /// @notice The first bid won.
    event AuctionWon(uint256 indexed account, address indexed winner, int256 price, uint256 fee);
    /// @notice Parameters were set.
    event ParametersSet(Parameters parameters);

    /// @notice Seizes an account and auctions it off, or auctions a seized account again. Whoever has the opening may.
    /// @dev The disclosure is at 10 000 bps, on the account's present commitment, with the feed's latest snapshot and
    /// the action of `disclosureAction`. An open account must be
    /// - in default, with a snapshot newer than the account's last proof of health; or
    /// - silent: called, and the time to answer is over, pauses not counted. Then it may be healthy, but must have a
    ///   requirement.
    ///
    /// A seized account must be in default, and its last auction over.
    /// @param deadline The last second for the disclosure, in its context
    function start(uint256 account, uint256 deadline, IDisclosureVerifier.Proof calldata proof) external;

    /// @notice Takes an account over, for the present price. The first bid wins.
    /// @dev IClearingHouse.takeOver says which proofs it takes and which approvals. Both proofs name the caller, so
    /// nobody else can use them.
    /// @param limit The highest price that the bidder agrees to. The price of an auction falls with time, but it rises
    /// when another default takes from the insurance fund, or when the auction begins anew
    /// @param asset Of what the bidder adds funds
    /// @param amount How much, 0 for nothing
    function bid(
        uint256 account,
        int256 limit,
        uint256 asset,
        uint64 amount,
        IClearingHouse.Next calldata next,
        IClearingHouse.Health calldata health
    ) external;

    /// @notice Gives an account that nobody bought back to its owner, if it is healthy by now. Whoever has the opening
    /// may.
    /// @dev The same disclosure as for `start`, and it counts as a proof of health. When the feed has been silent for the
    /// house's `silence`, its last snapshot may be of any age: who was seized for silence can leave as the others can.
    function giveBack(uint256 account, uint256 deadline, IDisclosureVerifier.Proof calldata proof) external;

    /// @notice Sets the parameters, within the constants. For the timelock.
    function setParameters(Parameters calldata parameters_) external;

    /// @notice The present price of an account: what the winner pays in the quote token, or is paid in credits if it is
    /// negative.
    /// @dev Reverts if there is no auction, or it is over. It also depends on what the insurance fund has, and on what may
    /// be socialised; both count at their present worth.
    function priceOf(uint256 account) external view returns (int256);

    /// @notice For how long an auction has been running, in seconds; pauses do not count.
    function elapsedOf(uint256 account) external view returns (uint256);

    /// @notice The auction of an account.
    function auctionOf(uint256 account) external view returns (Auction memory);

    /// @notice The action of a disclosure for `start` and `giveBack`: keccak256(abi.encode("disclose", account)).
    function disclosureAction(uint256 account) external pure returns (bytes32);

    /// @notice The parameters.
    function parameters() external view returns (Parameters memory);

    /// @notice Whose accounts these are.
    function clearingHouse() external view returns (address);

    /// @notice Who checks disclosures.
    function disclosureVerifier() external view returns (address);
}
