// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IBatchVerifier} from "../interfaces/IBatchVerifier.sol";
import {IBatches} from "./IBatches.sol";
import {IHouse} from "./IHouse.sol";
import {IHouseTypes} from "./IHouseTypes.sol";

/// @title Auctions of accounts that are in default or fail to prove
/// @notice The start of an auction publishes the account's opening, so that anybody can bid. docs/liquidation.md has
/// the rules, their reasons and an example.
/// @dev Equity and requirement are in micro-quote, as the account counts them. A positive price and its fee are in
/// micro of the quote token. A negative price is in credits of cash, see IHouse.cashFactor. Times are live. Failures
/// that the house has too revert with its errors.
interface IAuctions {
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
    /// @param equity The account's equity at the start, waiting cash included
    /// @param requirement The account's margin requirement at the start
    /// @param startedAt The block time of the start
    /// @param startedLive The live time of the start
    /// @param startedIn The block number of the start
    struct Auction {
        int128 equity;
        uint128 requirement;
        uint40 startedAt;
        uint40 startedLive;
        uint40 startedIn;
        uint32 discountBps;
        uint32 gainBps;
        uint32 feeBps;
        uint32 fallTime;
    }

    /// @notice A disclosure: a proof that shows equity, requirement and the opening of an account.
    /// @param circuit keccak256 of the circuit's name
    /// @param snapshotRoot The snapshot
    /// @param equity In pico-quote, as a field element
    /// @param requirement In micro-quote
    /// @param opening The elements of the opening, as docs/statement.md lists them; published in an event
    /// @param proof The proof
    struct Disclosure {
        bytes32 circuit;
        bytes32 snapshotRoot;
        uint256 equity;
        uint256 requirement;
        uint256[] opening;
        IBatchVerifier.Proof proof;
    }

    /// @notice The account is healthy, and its proof of health is not late.
    error NotLiquidatable(uint256 account);
    /// @notice The published list is empty or ends with a zero, which no opening does.
    error MalformedOpening(uint256 elements);
    /// @notice The seized account reaches initial margin: it can be given back, but not auctioned again.
    error StillHealthy(uint256 account);
    /// @notice The seized account does not reach initial margin, so it is not given back.
    error StillInDefault(uint256 account);
    /// @notice The account has no margin requirement, so its missing proof harms nobody.
    error NothingAtStake(uint256 account);
    /// @notice There is no auction of this account.
    error NoAuction(uint256 account);
    /// @notice The auction is over and accepts no bids.
    error AuctionOver(uint256 account, uint256 elapsed);
    /// @notice The auction is still running.
    error AuctionRunning(uint256 account, uint256 elapsed);
    /// @notice Bids begin some blocks after the start.
    error TooEarly(uint256 account, uint256 fromBlock);
    /// @notice The price exceeds the bidder's limit.
    error PriceAboveLimit(int256 price, int256 limit);
    /// @notice The circuit does not disclose.
    error NotADisclosingCircuit(bytes32 circuit);
    /// @notice The auction could reach what a buyer needs, or this has been recorded.
    error NothingToRecord(uint256 account);

    /// @notice An auction has started, and the account's opening is public.
    /// @param account The number of the account
    /// @param inDefault Whether equity and waiting cash are below the requirement
    /// @param equity Equity and waiting cash, in micro-quote
    /// @param requirement The margin requirement, in micro-quote
    /// @param snapshotRoot The snapshot
    /// @param opening The elements of the opening, as docs/statement.md lists them
    event AuctionStarted(
        uint256 indexed account,
        bool inDefault,
        int256 equity,
        uint256 requirement,
        bytes32 snapshotRoot,
        uint256[] opening
    );
    /// @notice A bid has bought the account.
    event AuctionWon(uint256 indexed account, address indexed winner, int256 price, uint256 fee);
    /// @notice The account goes back to its owner.
    event AuctionEnded(uint256 indexed account);
    /// @notice The auction of an account in default is over, and its last price could not reach what a buyer needs:
    /// tranche, fund and what may be socialised did not suffice. This is a cause of wind-down.
    /// @param account The number of the account
    /// @param missing What they lack, in credits of cash
    event Unsaleable(uint256 indexed account, uint256 missing);
    /// @notice The parameters of later auctions were set.
    event ParametersSet(Parameters parameters);

    /// @notice Seizes an account and starts its auction, or starts another one when the last is over. Anybody may call
    /// this.
    /// @dev Needs the latest snapshot. By evidence: equity and waiting cash are below the requirement. By silence: the
    /// account is late, and something is at stake. Waiting cash is counted.
    /// @param account The number of the account
    /// @param disclosure The proof
    function start(uint256 account, Disclosure calldata disclosure) external;

    /// @notice Buys a seized account at the present price.
    /// @param account The number of the account
    /// @param limit The highest accepted price
    /// @param keys The next state, with the caller as its owner
    function bid(uint256 account, int256 limit, IHouse.NewKeys calldata keys) external;

    /// @notice Ends an auction at once: a proof of health at initial margin returns the account to its owner. Anybody may
    /// call this; never paused.
    /// @param account The number of the account
    /// @param snapshotRoot The latest snapshot
    /// @param health A proof of health by a circuit for any number of accounts, with this account alone
    function giveBack(uint256 account, bytes32 snapshotRoot, IBatches.Health calldata health) external;

    /// @notice The same by a disclosure: equity and waiting cash, which is counted, reach initial margin.
    /// @param account The number of the account
    /// @param disclosure The proof
    function giveBackDisclosed(uint256 account, Disclosure calldata disclosure) external;

    /// @notice Records that an account in default could not be sold; see `Unsaleable`. Anybody may call this.
    /// @param account The number of the account
    function recordUnsaleable(uint256 account) external;

    /// @notice Sets the parameters of later auctions, within their constant bounds. Only for the timelock.
    /// @param parameters_ The parameters
    function setParameters(Parameters calldata parameters_) external;

    /// @notice The parameters of later auctions.
    function parameters() external view returns (Parameters memory);

    /// @notice The present price of an account; reverts once the auction is over.
    function priceOf(uint256 account) external view returns (int256);

    /// @notice The live seconds since the start, without pauses of the group LIQUIDATE.
    function elapsedOf(uint256 account) external view returns (uint256);

    /// @notice Whether the auction accepts no more bids; reverts if there is none.
    function isOver(uint256 account) external view returns (bool);

    /// @notice The auction of an account; all zero if there is none.
    function auctionOf(uint256 account) external view returns (Auction memory);

    /// @notice The moment since which the account is recorded as unsaleable; zeros if it is not.
    function unsaleableSince(uint256 account) external view returns (IHouseTypes.Moment memory);

    /// @notice What the last price lacks, in credits: the floor's size less what tranche, fund and holders of cash give.
    function missingOf(uint256 account) external view returns (uint256);

    /// @notice The context of a disclosure: keccak256(abi.encode(chainId, this, keccak256("disclose"), account)) mod r.
    function contextOf(uint256 account) external view returns (uint256);

    /// @notice The house.
    function house() external view returns (address);

    /// @notice The blocks between the start of an auction and the first bid.
    // slither-disable-next-line naming-convention: a constant
    function FIRST_BID_BLOCKS() external view returns (uint256);
}
