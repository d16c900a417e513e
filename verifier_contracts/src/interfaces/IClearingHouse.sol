// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IMarginVerifier} from "./IMarginVerifier.sol";

/// @title Accounts whose obligations execute themselves
/// @notice An account is known by a commitment to what it holds. It changes by proven transitions alone;
/// docs/protocol.md says which, by whom, and what else they need.
/// @dev Amounts are in micro, as the account has them: asset 0 to 7 is a collateral, 8 is cash. Of collateral an amount
/// is that many micro of the token. Of cash it is a number of *credits*; what they are worth in the quote token is
/// amount * cashFactor / 1e18, rounded up when it is paid in and down when it is paid out.
///
/// Two proofs go with most entries, and each is bound to its purpose by a number that the contract computes.
/// `name` is the entry's: "open", "deposit", "withdraw", "trade", "attest", "takeOver". `receiver` is whoever benefits:
/// `to` of a withdrawal, the winner of a takeover, otherwise the owner. `account` is 0 in "open".
///
///     transition proof   context = keccak256(abi.encode(chainId, this, account, keccak256(name), receiver)) mod r
///     margin proof       action  = keccak256(abi.encode(name, account, receiver)), in the claim of IMarginVerifier
///
/// What a proof of health must be about: in `attest` the present commitment at 10 000 bps, otherwise the next one at
/// `initialBps` with the feed's latest snapshot. What the margin verifier refuses has its errors.
interface IClearingHouse {
    /// @notice `Open`: its owner acts. `Seized`: it is auctioned off, and changes by `takeOver` alone.
    enum State {
        None,
        Open,
        Seized
    }

    /// @notice What is known of an account.
    /// @param owner Who acts for it; part of the commitment
    /// @param nonce The number of its state; part of the commitment, 1 after `open`
    /// @param lastHealthyAt The time of the snapshot of its last accepted proof of health; never falls
    /// @param state See `State`
    /// @param commitment To what it holds
    /// @param escrow The hash of the opening, sealed to the venue's key
    struct Account {
        address owner;
        uint48 nonce;
        uint40 lastHealthyAt;
        State state;
        bytes32 commitment;
        bytes32 escrow;
    }

    /// @notice The next state of an account, and the proof that it follows from the present one.
    struct Next {
        bytes32 commitment;
        bytes32 escrow;
        uint256[2] a;
        uint256[2][2] b;
        uint256[2] c;
    }

    /// @notice A margin proof of the next or the present state, and the deadline in its context.
    struct Health {
        uint256 deadline;
        IMarginVerifier.Proof proof;
    }

    /// @notice An ERC-2612 permit of the vault for exactly what a deposit takes.
    struct Permit {
        uint256 deadline;
        uint8 v;
        bytes32 r;
        bytes32 s;
    }

    /// @notice What the engine has settled about an account that somebody takes over.
    /// @param account Which
    /// @param winner The new owner, who pays; it must be the engine's own caller, since the vault pulls from it
    /// @param price Positive: the winner pays it, in micro of the quote token. Negative: the winner is paid what so many
    /// credits of cash are worth, by the insurance fund as far as its balance goes, beyond that by lowering `cashFactor`
    /// @param fee What of a positive price goes to the insurance fund; the rest goes to the former owner
    /// @param asset Of what the winner adds funds
    /// @param amount How much, 0 for nothing
    struct Takeover {
        uint256 account;
        address winner;
        int256 price;
        uint256 fee;
        uint256 asset;
        uint64 amount;
    }

    /// @notice What the timelock may change, within constants.
    /// @param initialBps Initial margin, in 1/10 000 of the margin requirement
    /// @param maxSnapshotAge How old a snapshot may be that a proof relies on, in seconds
    /// @param heartbeat How long a proof of health lasts, in seconds
    /// @param grace How long a called account has to attest, in seconds
    /// @param cooldown How long after a trip of the breaker nothing leaves and nobody trades, in seconds; after a day
    /// of trips without an end both are possible again
    struct Parameters {
        uint32 initialBps;
        uint32 maxSnapshotAge;
        uint32 heartbeat;
        uint32 grace;
        uint32 cooldown;
    }

    /// @notice The contracts of the market; fixed at deployment.
    struct Contracts {
        address vault;
        address feed;
        address marginVerifier;
        address transitionVerifier;
        address guardian;
        address insuranceFund;
        address timelock;
    }

    /// @notice The address has no code.
    error NotAContract(address account);
    /// @notice The margin verifier takes snapshots from another registry than the feed.
    error OtherRegistry(address registry, address feed);
    /// @notice The insurance fund has another token than the vault's cash.
    error OtherQuoteToken(address fund, address vault);
    /// @notice The timelock's delay is shorter than the notice that holders are promised.
    error NoticeTooShort(uint256 delay, uint256 minNotice);
    /// @notice A parameter is beyond its constants; `index` is its place in `Parameters`.
    error ParameterOutOfRange(uint256 index, uint256 value, uint256 least, uint256 most);
    /// @notice Only the account's owner may.
    error NotOwner(uint256 account, address caller);
    /// @notice Only the venue may.
    error NotVenue(address caller);
    /// @notice Only the liquidation engine may.
    error NotEngine(address caller);
    /// @notice Only the timelock may.
    error NotTimelock(address caller);
    /// @notice Only who deployed the contract may.
    error NotDeployer(address caller);
    /// @notice The engine was set before, and stays.
    error EngineAlreadySet(address engine);
    /// @notice The account is in another state than this asks for.
    error WrongState(uint256 account, State state);
    /// @notice The guardian has paused one of the groups.
    error Paused(uint256 groups);
    /// @notice The breaker tripped too short a while ago.
    error NotCalm(uint256 cooldown);
    /// @notice There is no such asset.
    error NoSuchAsset(uint256 asset);
    /// @notice The account has never traded, so it cannot owe cash; it has `cash` credits.
    error CashExceeded(uint256 account, uint256 amount, uint256 cash);
    /// @notice A deposit or withdrawal of nothing.
    error NothingMoved();
    /// @notice The account has had a deposit a short while ago, and takes the next one at `from`.
    error DepositTooSoon(uint256 account, uint256 from);
    /// @notice The commitment is 0 or no field element.
    error CommitmentOutOfRange(bytes32 commitment);
    /// @notice Too little gas is left for a verification, whose outcome would then mean nothing.
    error NotEnoughGas(uint256 left, uint256 needed);
    /// @notice The proof does not hold for this change of this state.
    error InvalidTransition(uint256 account);
    /// @notice The signature is not the owner's of this trade.
    error InvalidSignature(uint256 account, address owner);
    /// @notice The proof of health is not about the latest snapshot.
    error NotTheLatestSnapshot(bytes32 proven, bytes32 latest);
    /// @notice There is no snapshot that is fresh enough to go by.
    error NoFreshSnapshot(uint256 publishedAt, uint256 maxAge);
    /// @notice The account has been proven healthy with this snapshot, or a newer one.
    error NothingNewer(uint256 publishedAt, uint256 lastHealthyAt);
    /// @notice The account owes no proof of health.
    error NotOverdue(uint256 account);
    /// @notice The account is called already.
    error AlreadyCalled(uint256 account, uint256 deadline);
    /// @notice The fee is more than the price.
    error FeeExceedsPrice(uint256 fee, int256 price);
    /// @notice Holders of cash cannot be asked for so much.
    error LossExceedsBound(uint256 loss, uint256 bound);
    /// @notice The quote token does not let the fee reach the insurance fund.
    error FeeRefused(uint256 fee);

    /// @notice An account began.
    event Opened(uint256 indexed account, address indexed owner);
    /// @notice An account has a new state.
    event Changed(uint256 indexed account, uint256 nonce, bytes32 commitment, bytes32 escrow);
    /// @notice Funds came in. `amount` is the account's, `value` what the vault took, in micro of the token.
    event Deposited(uint256 indexed account, uint256 indexed asset, uint256 amount, uint256 value);
    /// @notice Funds left.
    event Withdrawn(uint256 indexed account, uint256 indexed asset, address indexed to, uint256 amount, uint256 value);
    /// @notice Positions changed.
    event Traded(uint256 indexed account);
    /// @notice A proof of health was accepted that is newer than the last.
    event Attested(uint256 indexed account, uint256 lastHealthyAt);
    /// @notice An account was called: it answers with a proof of health by a snapshot from `since` or later.
    event Called(uint256 indexed account, uint256 since, uint256 deadline);
    /// @notice An account was seized.
    event Seized(uint256 indexed account);
    /// @notice A seized account was given back to its owner.
    event Returned(uint256 indexed account);
    /// @notice An account has a new owner.
    event TakenOver(
        uint256 indexed account, address indexed formerOwner, address indexed winner, int256 price, uint256 fee
    );
    /// @notice Holders of cash paid `loss` micro of the quote token.
    event LossSocialised(uint256 indexed account, uint256 loss, uint256 cashFactor);
    /// @notice The engine was set, for good.
    event EngineSet(address indexed engine);
    /// @notice Another venue trades from now on.
    event VenueSet(address indexed venue);
    /// @notice Parameters were set.
    event ParametersSet(Parameters parameters);

    /// @notice Opens an account for the caller, with funds or without.
    /// @dev Not while trading or liquidations are paused, nor without a fresh snapshot: nobody moves into a market that
    /// may have been abandoned. The account counts as healthy by the latest snapshot.
    /// @return account Its number, from 1
    function open(uint256 asset, uint64 amount, Next calldata next) external returns (uint256 account);

    /// @notice Adds funds, which the caller has approved to the vault. For the owner; never paused.
    /// @dev As many as one likes in a block, best in one `multicall`, and then none for `DEPOSIT_INTERVAL`: each makes a
    /// disclosure void that the liquidation engine has not seen yet. Funds that come with `open` or `takeOver` do not
    /// count.
    function deposit(uint256 account, uint256 asset, uint64 amount, Next calldata next) external;

    /// @notice `deposit` with a permit; see ICollateralVault.pullWithPermit.
    function depositWithPermit(
        uint256 account,
        uint256 asset,
        uint64 amount,
        Next calldata next,
        Permit calldata permit
    ) external;

    /// @notice Takes funds out and pays them to `to`; what the token refuses, `to` can claim from the vault. For the
    /// owner, with initial margin.
    /// @dev Not while withdrawals are paused, nor within the cool-down of a breaker. When the feed has been silent for
    /// `silence`, the snapshot may be of any age, and `ESCAPE_BPS` take the place of `initialBps`; then it does not count
    /// as a proof of health. Who has never traded cannot borrow: no more cash leaves than came in.
    function withdraw(
        uint256 account,
        uint256 asset,
        uint64 amount,
        address to,
        Next calldata next,
        Health calldata health
    ) external;

    /// @notice Exchanges positions and cash. For the venue, with the owner's signature and initial margin.
    /// @dev Not while trading or liquidations are paused, nor within the cool-down of a breaker. The two sides of a
    /// match belong into one `multicall` (OpenZeppelin's): after one of them, the other's owner could still move on to
    /// a state in which the signature is worth nothing.
    /// @param signature By EIP-712, or ERC-1271 if the owner is a contract, of Trade(uint256 account,bytes32
    /// newCommitment,bytes32 escrow,uint64 nonce,uint256 deadline) with the present nonce and the deadline of `health`
    function trade(uint256 account, Next calldata next, Health calldata health, bytes calldata signature) external;

    /// @notice Takes a proof that the account meets maintenance margin. Anybody may bring it; never paused.
    /// @dev The snapshot is at most `maxSnapshotAge` old, or not older than the margin call that this answers: once
    /// called, a holder can answer even if the feed falls silent.
    function attest(uint256 account, Health calldata health) external;

    /// @notice Calls an account that owes a proof of health: it now has `grace` to attest. Anybody may.
    /// @dev Needs a fresh snapshot, so that the proof can be made; not while liquidations are paused. A call runs from
    /// this act, not from the end of the heartbeat, so that nobody is late for a proof that could not be made because
    /// the feed was silent.
    function marginCall(uint256 account) external;

    /// @notice Takes an open account from its owner, to be auctioned off. For the engine, which answers for the reason.
    function seize(uint256 account) external;

    /// @notice Gives a seized account back to its owner. For the engine, when nobody took it over and it is healthy.
    /// @param provenAt The time of the snapshot that it was proven healthy with; it counts as in `attest`, so the account
    /// is not called any more
    function giveBack(uint256 account, uint256 provenAt) external;

    /// @notice Settles the price of a seized account and makes the winner its owner. For the engine.
    /// @dev The winner has approved the price and what it adds to the vault. The price and cash that is added are free of
    /// the vault's cap; collateral is not. The winner's part in a loss is none: it adds its funds after the factor has
    /// been lowered.
    function takeOver(Takeover calldata takeover, Next calldata next, Health calldata health) external;

    /// @notice Sets the engine, once. For who deployed the contract.
    function setEngine(address engine_) external;

    /// @notice Lets another venue trade. For the timelock.
    function setVenue(address venue_) external;

    /// @notice Sets the parameters, within the constants. For the timelock.
    function setParameters(Parameters calldata parameters_) external;

    /// @notice What is known of an account; all zero if there is none.
    function accountOf(uint256 account) external view returns (Account memory);

    /// @notice How many accounts there are; they have the numbers from 1 on.
    function accounts() external view returns (uint256);

    /// @notice Whether an account owes a proof of health: the last one is older than the heartbeat, or than the
    /// snapshot that tripped the breaker last. Then anybody can make a `marginCall`.
    function isOverdue(uint256 account) external view returns (bool);

    /// @notice Whether an account is called and has not answered: its last proof of health is older than the snapshot
    /// that was the latest when it was called.
    function isCalled(uint256 account) external view returns (bool);

    /// @notice The last second to answer the call; type(uint256).max if the account is not called. After it, silence is
    /// a reason to seize the account.
    /// @dev It moves on while liquidations are paused. Once it has passed, it has passed for good.
    function deadlineOf(uint256 account) external view returns (uint256);

    /// @notice What a credit of cash is worth, in 1e-18 of the quote token. 1e18 at first, never rises, and never falls
    /// below 0.8e18. A loss begins a window of a day, if there is none; in a window it falls by a fiftieth at most.
    function cashFactor() external view returns (uint256);

    /// @notice What holders of cash can be asked for now, in micro of the quote token; more when the window is over.
    function socialisable() external view returns (uint256);

    /// @notice How long the feed must have been silent for the escape to open, in seconds: the time it takes to put new
    /// signers in the place of those who are silent, and a week.
    function silence() external view returns (uint256);

    /// @notice The context of a transition proof; see above.
    function transitionContext(string calldata name, uint256 account, address receiver) external view returns (uint256);

    /// @notice The action of a margin proof; see above.
    function healthAction(string calldata name, uint256 account, address receiver) external pure returns (bytes32);

    /// @notice What the owner of an account signs for a trade.
    function tradeDigest(uint256 account, bytes32 newCommitment, bytes32 escrow, uint64 nonce, uint256 deadline)
        external
        view
        returns (bytes32);

    /// @notice The parameters.
    function parameters() external view returns (Parameters memory);

    /// @notice Who may trade.
    function venue() external view returns (address);

    /// @notice Who may seize; the zero address before it is set.
    function engine() external view returns (address);

    /// @notice Custody of all funds.
    function vault() external view returns (address);

    /// @notice The snapshots.
    function feed() external view returns (address);

    /// @notice Who checks margin proofs.
    function marginVerifier() external view returns (address);

    /// @notice The generated verifier of the circuit `transition`.
    function transitionVerifier() external view returns (address);

    /// @notice Who may pause.
    function guardian() external view returns (address);

    /// @notice Who pays for defaults first.
    function insuranceFund() external view returns (address);

    /// @notice Who changes parameters.
    function timelock() external view returns (address);
}
