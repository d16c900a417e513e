// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IClearingHouse} from "./IClearingHouse.sol";
import {IDisclosureVerifier} from "./IDisclosureVerifier.sol";

/// @title Auctions of accounts that are in default or fail to prove
/// @notice The engine seizes such accounts and sells each by a Dutch auction. docs/liquidation.md has the rules, their
/// reasons and an example.
/// @dev Equity and requirement are in micro-quote, as the account counts them. A positive price and its fee are in
/// micro of the quote token. A negative price is in credits of cash: the winner is paid their worth; see
/// IClearingHouse.cashFactor. Failures that the clearing house has too revert with its errors.
interface ILiquidationEngine {
    /// @notice The parameters that the timelock may change for later auctions, within constant bounds.
    /// @param discountBps The discount of the first price from the equity, in 1/10 000 of the equity
    /// @param gainBps The largest discount of the last price from the equity, in 1/10 000 of the requirement
    /// @param feeBps The insurance fund's part of a positive price, in 1/10 000 of the price
    /// @param fallTime The duration of each of the auction's four stages, in seconds
    struct Parameters {
        uint32 discountBps;
        uint32 gainBps;
        uint32 feeBps;
        uint32 fallTime;
    }

    /// @notice An auction, with the parameters in force at its start; all zero if there is none.
    /// @param equity The account's equity at the start
    /// @param requirement The account's margin requirement at the start
    /// @param startedAt The time of the start
    /// @param discountBps See `Parameters`
    /// @param gainBps See `Parameters`
    /// @param feeBps See `Parameters`
    /// @param fallTime See `Parameters`
    struct Auction {
        int128 equity;
        uint128 requirement;
        uint40 startedAt;
        uint32 discountBps;
        uint32 gainBps;
        uint32 feeBps;
        uint32 fallTime;
    }

    /// @notice The account is healthy, and its proof of health is not late before `deadline`.
    error NotLiquidatable(uint256 account, uint256 deadline);
    /// @notice The seized account is healthy: it can be given back, but not auctioned again.
    error StillHealthy(uint256 account);
    /// @notice The seized account is in default and cannot be given back.
    error StillInDefault(uint256 account);
    /// @notice The account has no margin requirement, so its missing proof harms nobody.
    error NothingAtStake(uint256 account);
    /// @notice There is no auction of this account.
    error NoAuction(uint256 account);
    /// @notice The auction is over and accepts no bids.
    error AuctionOver(uint256 account, uint256 elapsed);
    /// @notice The auction is still running.
    error AuctionRunning(uint256 account, uint256 elapsed);
    /// @notice The price exceeds the bidder's limit.
    error PriceAboveLimit(int256 price, int256 limit);

    /// @notice An auction started. The account was seized for default or for a missing proof, or was not sold before.
    event AuctionStarted(uint256 indexed account, bool inDefault, int256 equity, uint256 requirement);
    /// @notice The first bid won the auction.
    event AuctionWon(uint256 indexed account, address indexed winner, int256 price, uint256 fee);
    /// @notice The parameters were set.
    event ParametersSet(Parameters parameters);

    /// @notice Seizes an account and starts its auction, or auctions a seized account again. Anybody who has the
    /// opening may call this.
    /// @dev The disclosure is at 10 000 bps, of the account's present commitment, with the feed's latest snapshot and
    /// the action of `disclosureAction`. An open account must be
    /// - in default, with a snapshot newer than the account's last proof of health; or
    /// - called and past its deadline, which pauses extend. It may be healthy then, but must have a requirement.
    ///
    /// A seized account must be in default, and its last auction must be over.
    /// @param account The number of the account
    /// @param deadline The deadline in the context of the disclosure
    /// @param proof The disclosure
    function start(uint256 account, uint256 deadline, IDisclosureVerifier.Proof calldata proof) external;

    /// @notice Buys an account at the present price. The first bid wins.
    /// @dev IClearingHouse.takeOver describes the proofs and approvals. Both proofs name the caller, so nobody else can
    /// use them.
    /// @param account The number of the account
    /// @param limit The highest price that the bidder accepts. The price falls with time, but it rises when another
    /// default takes from the insurance fund, or when the auction starts again
    /// @param asset The asset of the funds that the bidder adds
    /// @param amount The amount that the bidder adds; 0 for none
    /// @param next The next state, with the caller as holder
    /// @param health A proof of health of the next state
    function bid(
        uint256 account,
        int256 limit,
        uint256 asset,
        uint64 amount,
        IClearingHouse.Next calldata next,
        IClearingHouse.Health calldata health
    ) external;

    /// @notice Gives an account that nobody bought back to its holder, if it is healthy now. Anybody who has the
    /// opening may call this.
    /// @dev Takes the same disclosure as `start`, which counts as a proof of health. When the feed has been silent for
    /// the clearing house's `silence`, its last snapshot may be of any age, so that this holder can leave like the
    /// others.
    /// @param account The number of the account
    /// @param deadline The deadline in the context of the disclosure
    /// @param proof The disclosure
    function giveBack(uint256 account, uint256 deadline, IDisclosureVerifier.Proof calldata proof) external;

    /// @notice Sets the parameters, within their constant bounds. Only for the timelock.
    /// @param parameters_ The parameters
    function setParameters(Parameters calldata parameters_) external;

    /// @notice The present price of an account.
    /// @dev Reverts if there is no auction or it is over. The price also depends on the insurance fund's balance and on
    /// the loss that may be socialised, both at their present worth.
    /// @param account The number of the account
    /// @return If positive, the winner pays it in micro of the quote token; if negative, the winner is paid the worth
    /// of that many credits
    function priceOf(uint256 account) external view returns (int256);

    /// @notice The time for which an auction has been running, without pauses.
    /// @param account The number of the account
    /// @return In seconds
    function elapsedOf(uint256 account) external view returns (uint256);

    /// @notice The auction of an account.
    /// @param account The number of the account
    /// @return The auction; all zero if there is none
    function auctionOf(uint256 account) external view returns (Auction memory);

    /// @notice The action of a disclosure for `start` and `giveBack`.
    /// @param account The number of the account
    /// @return keccak256(abi.encode("disclose", account))
    function disclosureAction(uint256 account) external pure returns (bytes32);

    /// @notice The parameters of later auctions.
    /// @return The parameters in force
    function parameters() external view returns (Parameters memory);

    /// @notice The clearing house whose accounts are auctioned.
    /// @return Its address
    function clearingHouse() external view returns (address);

    /// @notice The verifier of disclosures.
    /// @return Its address
    function disclosureVerifier() external view returns (address);
}
