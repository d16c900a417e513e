// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IBatches} from "./IBatches.sol";
import {IBatchVerifier} from "../interfaces/IBatchVerifier.sol";

/// @title Accounts of a market whose trades add up
/// @notice The house keeps a commitment to each account. Batches of proven operations change them, and an owner's own
/// proof opens an account or withdraws from it. docs/protocol.md describes the protocol.
/// @dev Amounts are in micro (1e-6). Assets 0 to 7 are collateral, asset 8 is cash. An amount of cash within an account
/// is a number of *credits*, worth amount * cashFactor / 1e18 in micro of the quote token; that value is rounded up for
/// payments in and down for payments out. What waits is counted in tokens, at par.
///
/// The context of an owner's proof is keccak256(abi.encode(chainId, this, keccak256(name), account, receiver)) mod r;
/// `name` is "open", "withdraw" or "takeOver". `receiver` is `to` of a withdrawal, the new owner of a takeover, and the
/// owner in "open".
///
/// Times of deadlines are *live*: IOracleFeed.liveTime, plus pauses of the group LIQUIDATE since the beginning.
interface IHouse {
    /// @notice The state of an account. `Registered`: it has an owner and waiting funds, and no commitment. `Open`: it
    /// takes part in batches. `Seized`: it is being auctioned off.
    enum State {
        None,
        Registered,
        Open,
        Seized
    }

    /// @notice The public record of an account, in two slots.
    /// @param owner The owner; part of the commitment
    /// @param lastHealthyAt The time of the snapshot of the last accepted proof of health; it never falls
    /// @param lastHealthyLive The live time when that proof was accepted
    /// @param state See `State`
    /// @param flags See AccountFlags
    /// @param commitment The commitment to the holdings; 0 before `open`
    struct Account {
        address owner;
        uint40 lastHealthyAt;
        uint40 lastHealthyLive;
        State state;
        uint8 flags;
        uint256 commitment;
    }

    /// @notice The times and the bond of an account, in one slot. Zeros where nothing stands.
    /// @param calledSince The time of the latest snapshot at the margin call; a proof with it or a later one answers
    /// @param calledAt The block time of the call
    /// @param calledLive The live time of the call
    /// @param noticeAt The block time of the notice of a withdrawal
    /// @param bond The bond that goes to the winner of an auction, in micro of the quote token
    struct Times {
        uint40 calledSince;
        uint40 calledAt;
        uint40 calledLive;
        uint40 noticeAt;
        uint64 bond;
    }

    /// @notice Funds that wait to be credited, of one asset of one account, in one slot.
    /// @param amount What waits, in micro of the token
    /// @param counted The part that has been counted against a requirement: it is credited before it can leave
    /// @param leaving The part that its owner has given notice for; it can be taken back from `leavesAt` on
    /// @param leavesAt The block time at which the notice is over
    struct Waiting {
        uint64 amount;
        uint64 counted;
        uint64 leaving;
        uint40 leavesAt;
    }

    /// @notice An owner's proof: of `open`, `withdraw` or `take_over`.
    /// @param commitment The next commitment
    /// @param proof The proof
    struct Step {
        uint256 commitment;
        IBatchVerifier.Proof proof;
    }

    /// @notice A view key, sealed to the venue's key on BabyJubJub: docs/owner-steps.md.
    /// @param sealed_ viewKey + Poseidon(e V)
    /// @param ephemeral e Base8
    struct SealedKey {
        uint256 sealed_;
        uint256[2] ephemeral;
    }

    /// @notice A takeover, or new keys of an owner whose opening has been published: a proof of `take_over`.
    /// @param step The next commitment and the proof
    /// @param key The new trading key
    /// @param viewKey The new view key, sealed to the venue
    struct NewKeys {
        Step step;
        uint256[2] key;
        SealedKey viewKey;
    }

    /// @notice An ERC-2612 permit for the vault, for exactly the value of a deposit.
    struct Permit {
        uint256 deadline;
        uint8 v;
        bytes32 r;
        bytes32 s;
    }

    /// @notice The parameters that the timelock may change, within constant bounds.
    /// @param initialBps The initial margin, in 1/10 000 of the margin requirement
    /// @param maxSnapshotAge The maximum age of a proof's snapshot, in seconds
    /// @param heartbeat The live time for which a proof of health counts, in seconds
    /// @param grace The live time in which a called account must answer, in seconds
    /// @param cooldown The time after a breaker trip with reduce-only batches and no withdrawals, in seconds
    /// @param bond The bond that an account leaves before its first fill, in micro of the quote token
    struct Parameters {
        uint32 initialBps;
        uint32 maxSnapshotAge;
        uint32 heartbeat;
        uint32 grace;
        uint32 cooldown;
        uint64 bond;
    }

    /// @notice The contracts of the market, fixed at deployment.
    struct Contracts {
        address vault;
        address feed;
        address batches;
        address guardian;
        address insuranceFund;
        address firstLoss;
        address timelock;
    }

    /// @notice The numbers that other contracts ask about.
    /// @param seized The seized accounts
    /// @param frozen The accounts because of which there are no fills and no withdrawals
    /// @param ended Whether wind-down has begun, for good
    /// @param lastBatchAt The block time of the venue's last batch or sign of life
    struct Standing {
        uint64 seized;
        uint64 frozen;
        bool ended;
        uint40 lastBatchAt;
    }

    error NotOwner(uint256 account, address caller);
    error NotVenue(address caller);
    error NotEngine(address caller);
    error NotWindDown(address caller);
    error NotTimelock(address caller);
    error NotDeployer(address caller);
    error NotAContract(address account);
    error AlreadySet(address contract_);
    error OtherContract(address expected, address found);
    error NoticeTooShort(uint256 delay, uint256 least);
    error ParameterOutOfRange(uint256 index, uint256 value, uint256 least, uint256 most);
    error WrongState(uint256 account, State state);
    error NothingMoved();
    error NoSuchAsset(uint256 asset);
    error InvalidReceiver(address to);
    error CommitmentOutOfRange(uint256 commitment);
    /// @notice The market has ended: only refunds, claims and payments of the vault go on.
    error Ended();
    error Paused(uint256 groups);
    error NotCalm(uint256 cooldown);
    /// @notice An account is frozen, so there are no fills and no withdrawals.
    error Frozen(uint256 accounts);
    error NoFreshSnapshot(uint256 time, uint256 maxAge);
    /// @notice The snapshot is neither the latest nor its predecessor within the time for which that counts.
    error NotARecentSnapshot(bytes32 root, bytes32 latest);
    error NothingNewer(uint256 time, uint256 lastHealthyAt);
    error TimeOutOfRange(uint256 time, uint256 least, uint256 most);
    /// @notice The owner's published opening makes its keys public; it takes new ones first.
    error KeysExposed(uint256 account);
    error NoBond(uint256 account, uint256 bond, uint256 needed);
    /// @notice The owner may withdraw now, so the account is in no batch until the owner has acted or the notice lapses.
    error InNotice(uint256 account, uint256 until);
    error NoNotice(uint256 account);
    error NoticeRunning(uint256 account, uint256 from, uint256 until);
    error NotWaiting(uint256 account, uint256 asset, uint256 amount, uint256 free);
    error NoSuchRequest(uint256 account, uint256 tag, uint256 value);
    error NotTraded(uint256 account);
    error NotOverdue(uint256 account);
    error AlreadyCalled(uint256 account, uint256 deadline);
    error NotFreezable(uint256 account);

    event Registered(uint256 indexed account, address indexed owner);
    event Opened(uint256 indexed account, uint256 commitment, SealedKey viewKey);
    event Deposited(uint256 indexed account, uint256 indexed asset, address from, uint64 amount);
    event RefundAnnounced(uint256 indexed account, uint256 indexed asset, uint64 amount, uint256 from);
    event Refunded(uint256 indexed account, uint256 indexed asset, address to, uint64 amount);
    event Credited(uint256 indexed account, uint256 indexed asset, uint64 amount, uint64 value);
    event Counted(uint256 indexed account, uint64 amount);
    event BondPosted(uint256 indexed account, uint64 bond);
    event KeyRequested(uint256 indexed account, uint256[2] key, uint256 value);
    event WithdrawalAnnounced(uint256 indexed account, uint256 from, uint256 until);
    event Withdrawn(uint256 indexed account, uint256 indexed asset, address to, uint64 amount, uint256 value);
    /// @notice A batch was settled. With the accounts' `Changed` events it has all that a holder needs to follow its
    /// account: docs/clearing.md.
    event Settled(uint256 indexed number, bytes32 indexed snapshotRoot, uint256 fees, bytes batch);
    event Changed(uint256 indexed account, uint256 commitment);
    event Attested(uint256 indexed account, uint256 snapshotTime);
    event Called(uint256 indexed account, uint256 since);
    event FrozenFor(uint256 indexed account);
    event Unfrozen(uint256 indexed account);
    event Seized(uint256 indexed account);
    event Returned(uint256 indexed account);
    event TakenOver(uint256 indexed account, address indexed from, address indexed to, int256 price, uint256 fee);
    event KeysRenewed(uint256 indexed account, uint256 commitment, SealedKey viewKey);
    event LossSocialised(uint256 indexed account, uint256 loss, uint256 cashFactor);
    event Alive(uint256 time);
    event MarketEnded();
    event VenueSet(address indexed venue);
    event VenueKeySet(uint256[2] key);
    event ParametersSet(Parameters parameters);

    // --- owners

    /// @notice Gives the caller the next account number.
    function register() external returns (uint256 account);
    /// @notice Opens a registered account without funds, positions and orders. Only for the owner.
    /// @dev Nobody checks the sealed key: an account whose venue cannot open it is never credited.
    function open(uint256 account, Step calldata step, SealedKey calldata viewKey) external;
    /// @notice Pulls funds that wait for the venue's credit. Only for the owner. Free of the cap while the account is
    /// called or seized. Never paused.
    function deposit(uint256 account, uint256 asset, uint64 amount) external;
    function depositWithPermit(uint256 account, uint256 asset, uint64 amount, Permit calldata permit) external;
    /// @notice Gives notice that waiting funds leave. Replaces an earlier notice of this asset. Only for the owner.
    function announceRefund(uint256 account, uint256 asset, uint64 amount) external;
    /// @notice Pays back waiting funds at par, without any proof, once the notice is over; at once when the market has
    /// ended. Only for the owner. Never paused.
    function refund(uint256 account, uint256 asset, uint64 amount, address to) external;
    /// @notice Leaves the bond, which fills need. Only for the owner.
    function postBond(uint256 account) external;
    /// @notice Asks the venue to give the account another trading key; replaces an earlier request. (0, 0) takes no
    /// orders. Only for the owner.
    /// @param value Poseidon(key.x, key.y); the venue does not credit another
    function requestKey(uint256 account, uint256[2] calldata key, uint256 value) external;
    /// @notice Gives notice of a withdrawal: from its end on, and until it lapses, the account is in no batch.
    function announceWithdrawal(uint256 account) external;
    /// @notice Withdraws funds to `to`. Only for the owner, while its notice is over and has not lapsed.
    /// @param health One proof of health at initial margin of the next state, by a circuit for one account
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
    function renewKeys(uint256 account, NewKeys calldata keys) external;

    // --- the venue

    /// @notice Settles a batch. Only for the venue.
    function settle(IBatches.Batch calldata batch) external;
    /// @notice Says that the venue is there though it has no batch. Only for the venue.
    function alive() external;

    // --- anybody

    /// @notice Accepts proofs that accounts meet maintenance margin. Never paused.
    function attest(bytes32 snapshotRoot, uint256[] calldata accounts, IBatches.Health[] calldata health) external;
    /// @notice Makes margin calls to accounts that have traded and owe a proof of health.
    function call(uint256[] calldata accounts) external;
    /// @notice Freezes fills and withdrawals of the whole market, because nobody closes out this account.
    function freeze(uint256 account) external;
    /// @notice Pays the fees that batches have taken into the venue's first-loss tranche.
    function collectFees() external;

    // --- the engine

    function seize(uint256 account) external;
    /// @notice Counts waiting cash against a requirement: it cannot leave before it is credited.
    function count(uint256 account) external;
    function giveBack(uint256 account, uint256 provenAt) external;
    /// @notice Makes the winner the owner. It pays a positive price, the fee to the insurance fund and the rest to the
    /// former owner. What the winner is paid waits in the account, counted: it is credited before it can leave. The
    /// account is called, so the winner proves health within `grace`.
    function takeOver(uint256 account, address winner, int256 price, uint256 fee, NewKeys calldata keys) external;

    // --- wind-down

    /// @notice Ends the market for good. Only for the wind-down contract.
    function end() external;
    /// @notice Moves funds of accounts for the wind-down contract, which is responsible for the reason.
    function pullForWindDown(address from, uint128 value) external;
    function releaseForWindDown(uint256 asset, address to, uint128 value) external;
    /// @notice Takes the counted waiting cash and the bond of an account into the pool.
    /// @return value In micro of the quote token
    function takeCounted(uint256 account) external returns (uint64 value);
    /// @notice Moves cash from the first-loss tranche, then from the insurance fund, into the pool.
    /// @param value What the pool lacks, in micro of the quote token
    /// @return covered What they had of it
    function cover(uint128 value) external returns (uint128 covered);

    // --- settings

    function setEngine(address engine_) external;
    function setWindDown(address windDown_) external;
    function setVenue(address venue_) external;
    /// @notice Sets the BabyJubJub key that view keys are sealed to. Only for the timelock.
    function setVenueKey(uint256[2] calldata key) external;
    function setParameters(Parameters calldata parameters_) external;

    // --- views

    function accounts() external view returns (uint256);
    function accountOf(uint256 account) external view returns (Account memory);
    function accountsOf(uint256[] calldata numbers) external view returns (Account[] memory);
    function timesOf(uint256 account) external view returns (Times memory);
    function waitingOf(uint256 account, uint256 asset) external view returns (Waiting memory);
    /// @notice All that waits of an asset; no part of it backs an account.
    function waitingTotal(uint256 asset) external view returns (uint256);
    function keyRequestOf(uint256 account) external view returns (uint256);
    function standing() external view returns (Standing memory);
    function unpaidFees() external view returns (uint256);
    function isOverdue(uint256 account) external view returns (bool);
    function isCalled(uint256 account) external view returns (bool);
    /// @notice The live seconds for which a called account has been late; 0 while it is not.
    function lateFor(uint256 account) external view returns (uint256);
    function frozenSince(uint256 account) external view returns (uint256);
    function cashFactor() external view returns (uint256);
    function socialisable() external view returns (uint256);
    function domain() external view returns (uint256);
    function contextOf(string calldata name, uint256 account, address receiver) external view returns (uint256);
    function parameters() external view returns (Parameters memory);
    function venue() external view returns (address);
    function venueKey() external view returns (uint256[2] memory);
    function engine() external view returns (address);
    function windDown() external view returns (address);
    function contracts() external view returns (Contracts memory);
}
