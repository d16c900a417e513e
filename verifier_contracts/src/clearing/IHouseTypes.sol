// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IBatchVerifier} from "../interfaces/IBatchVerifier.sol";

/// @title Structs, errors and events of a house
interface IHouseTypes {
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
    /// @param grace The live time to answer it, which later parameters do not change
    /// @param noticeAt The block time of the notice of a withdrawal
    /// @param bond The bond that goes to the winner of an auction, in micro of the quote token
    struct Times {
        uint40 calledSince;
        uint40 calledAt;
        uint40 calledLive;
        uint32 grace;
        uint40 noticeAt;
        uint64 bond;
    }

    /// @notice All that someone who watches accounts needs of one.
    /// @param account The public record
    /// @param times The times
    /// @param waiting The cash that waits for its present owner, in micro of the quote token
    /// @param late The live seconds for which it has been late, as `lateFor`
    struct Record {
        Account account;
        Times times;
        uint64 waiting;
        uint40 late;
    }

    /// @notice A moment, by both clocks.
    /// @param time The block time
    /// @param live The live time
    struct Moment {
        uint40 time;
        uint40 live;
    }

    /// @notice Funds that wait to be credited, of one asset of one account and one owner, in one slot. A takeover leaves
    /// them with the former owner, except for what has been counted.
    /// @param amount What waits, in micro of the token
    /// @param counted The part that has been counted against a requirement: it is credited before it can leave
    /// @param leaving The part that its owner has given notice for; it can be taken back from `leavesAt` on. A venue does
    /// not credit it, or a refund could stop its batch
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
    /// @param bond The bond that an account leaves before it takes part in fills, in micro of the quote token; 0 for none
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
    /// @param batches The number of batches
    struct Standing {
        uint64 seized;
        uint64 frozen;
        bool ended;
        uint40 lastBatchAt;
        uint40 batches;
    }

    /// @notice The caller is not the owner of the account.
    error NotOwner(uint256 account, address caller);
    /// @notice The caller is not the venue.
    error NotVenue(address caller);
    /// @notice The caller is not the contract of auctions.
    error NotEngine(address caller);
    /// @notice The caller is not the contract of the wind-down.
    error NotWindDown(address caller);
    /// @notice The caller is not the timelock.
    error NotTimelock(address caller);
    /// @notice The caller is not the deployer of this contract.
    error NotDeployer(address caller);
    /// @notice The address has no code.
    error NotAContract(address account);
    /// @notice The contract is already set and cannot be changed.
    error AlreadySet(address contract_);
    /// @notice Two contracts of the market do not belong together: one names another token, contract or verifier.
    error OtherContract(address expected, address found);
    /// @notice The timelock's delay is shorter than the notice that holders need.
    error NoticeTooShort(uint256 delay, uint256 least);
    /// @notice The parameter with this place in `Parameters` is outside its constant bounds.
    error ParameterOutOfRange(uint256 index, uint256 value, uint256 least, uint256 most);
    /// @notice The account is in a state in which the function is not possible.
    error WrongState(uint256 account, State state);
    /// @notice The amount is 0, or nothing is left to move.
    error NothingMoved();
    /// @notice Assets 0 to 7 are collateral, asset 8 is cash.
    error NoSuchAsset(uint256 asset);
    /// @notice Tokens for this address would be lost: it is zero, or a contract of the market.
    error InvalidReceiver(address to);
    /// @notice The commitment is 0 or not a field element.
    error CommitmentOutOfRange(uint256 commitment);
    /// @notice The market has ended: only refunds, claims and payments of the vault go on.
    error Ended();
    /// @notice The market has not ended.
    error NotEnded();
    /// @notice At least one of the groups of functions is paused; see PauseGroups.
    error Paused(uint256 groups);
    /// @notice The breaker has tripped within the cool-down.
    error NotCalm(uint256 cooldown);
    /// @notice Accounts are frozen, so there are no fills and no withdrawals.
    error Frozen(uint256 accounts);
    /// @notice The latest snapshot is too old.
    error NoFreshSnapshot(uint256 time, uint256 maxAge);
    /// @notice The feed has not accepted this snapshot.
    error UnknownSnapshot(bytes32 root);
    /// @notice The snapshot is neither the latest nor, where that counts, its predecessor.
    error NotARecentSnapshot(bytes32 root, bytes32 latest);
    /// @notice The snapshot is too old for a proof of health of this account.
    error SnapshotTooOld(uint256 account, uint256 time, uint256 maxAge);
    /// @notice The account has been proven healthy with a newer snapshot.
    error OlderThanLastProof(uint256 account, uint256 time, uint256 lastHealthyAt);
    /// @notice The account has been proven healthy with this snapshot or a newer one.
    error NothingNewer(uint256 account, uint256 time, uint256 lastHealthyAt);
    /// @notice The time of a batch is too far from the block's.
    error TimeOutOfRange(uint256 time, uint256 least, uint256 most);
    /// @notice The owner's published opening makes its keys public; it takes new ones first.
    error KeysExposed(uint256 account);
    /// @notice The account's opening has not been published, so its keys need no renewal.
    error KeysNotExposed(uint256 account);
    /// @notice The account has left no bond, which fills need.
    error NoBond(uint256 account, uint256 needed);
    /// @notice The account has left its bond.
    error AlreadyBonded(uint256 account);
    /// @notice The owner may withdraw now, so the account is in no batch until the owner has acted or the notice lapses.
    error InNotice(uint256 account, uint256 until);
    /// @notice There is no notice, or it has lapsed.
    error NoNotice(uint256 account);
    /// @notice The notice is not over yet; or it stands, and there is one at a time.
    error NoticeRunning(uint256 account, uint256 from);
    /// @notice The amount is more than waits, or more than the free part of it.
    error NotWaiting(uint256 account, uint256 asset, uint256 amount, uint256 free);
    /// @notice The account has made no such request, or it has been granted or deleted.
    error NoSuchRequest(uint256 account, uint256 tag, uint256 value);
    /// @notice The vault has less than that without the funds that wait. Losses have not been paid in yet.
    error NotBacked(uint256 asset, uint256 value, uint256 backing);
    /// @notice The account has never taken part in a fill, so it owes no proofs of health.
    error NotTraded(uint256 account);
    /// @notice The account owes no proof of health yet.
    error NotOverdue(uint256 account);
    /// @notice The account has been called and has not answered.
    error AlreadyCalled(uint256 account, uint256 calledAt);
    /// @notice The account has been called and is late.
    error CalledLate(uint256 account, uint256 lateFor);
    /// @notice The account is neither late by FREEZE_BOUND, nor seized with an auction that is over.
    error NotFreezable(uint256 account);
    /// @notice The account is frozen.
    error AlreadyFrozen(uint256 account);
    /// @notice The fee is larger than the price that it is a part of.
    error FeeExceedsPrice(uint256 fee, int256 price);
    /// @notice The quote token refuses a payment to this contract, which passes it on.
    error FeeRefused(uint256 fee);
    /// @notice The loss exceeds what holders of cash can bear now.
    error LossExceedsBound(uint256 loss, uint256 bound);

    /// @notice An account number was given to an owner.
    event Registered(uint256 indexed account, address indexed owner);
    /// @notice An account was opened.
    /// @param commitment Its first commitment
    /// @param key Its trading key; neither key is proven, so check the account that they give against the commitment
    /// @param viewKey Its view key for the venue
    event Opened(uint256 indexed account, uint256 commitment, uint256[2] key, SealedKey viewKey);
    /// @notice Funds came in and wait for the venue's credit.
    event Deposited(uint256 indexed account, uint256 indexed asset, address from, uint64 amount);
    /// @notice Waiting funds can be taken back from this block time on.
    event RefundAnnounced(uint256 indexed account, uint256 indexed asset, uint64 amount, uint256 from);
    /// @notice Waiting funds were paid back.
    event Refunded(uint256 indexed account, uint256 indexed asset, address to, uint64 amount);
    /// @notice Waiting funds were credited.
    /// @param amount What the account got; credits, if it is cash
    /// @param value What had waited for it
    event Credited(uint256 indexed account, uint256 indexed asset, uint64 amount, uint64 value);
    /// @notice So much of the waiting cash was counted against a requirement.
    event Counted(uint256 indexed account, uint64 amount);
    /// @notice An owner left the bond.
    event BondPosted(uint256 indexed account, uint64 bond);
    /// @notice A bond was paid to the winner of an auction.
    event BondPaid(uint256 indexed account, address indexed to, uint64 bond);
    /// @notice An owner asks for another trading key.
    event KeyRequested(uint256 indexed account, uint256[2] key, uint256 value);
    /// @notice An owner may withdraw in this interval of block times, `until` excluded.
    event WithdrawalAnnounced(uint256 indexed account, uint256 from, uint256 until);
    /// @notice Funds were withdrawn.
    /// @param amount What the account lost; credits, if it is cash
    /// @param value What was paid for it
    /// @param commitment The account's next commitment
    event Withdrawn(
        uint256 indexed account, uint256 indexed asset, address to, uint64 amount, uint256 value, uint256 commitment
    );
    /// @notice A batch was settled.
    /// @param number The number of the batch, from 1
    /// @param snapshotRoot Its snapshot
    /// @param time The time for the validity of its orders
    /// @param content All that an owner needs to follow its account, as docs/clearing.md describes, in words of 32 bytes:
    /// four lists, each after its length: accounts (number, last commitment), operations of fills and of upkeep
    /// (circuit, digest, total, number of sealed elements, elements), and requests (account, tag, value)
    event Settled(uint256 indexed number, bytes32 indexed snapshotRoot, uint256 time, bytes content);
    /// @notice Accounts were proven to meet maintenance margin.
    event Attested(bytes32 indexed snapshotRoot, uint256 snapshotTime, uint256[] accounts);
    /// @notice An account was called: it answers with a snapshot of this time or later.
    event Called(uint256 indexed account, uint256 since);
    /// @notice Fills and withdrawals of the market wait for this account.
    event FrozenFor(uint256 indexed account);
    /// @notice They no longer wait for this account.
    event Unfrozen(uint256 indexed account);
    /// @notice An account was seized.
    event Seized(uint256 indexed account);
    /// @notice A seized account went back to its owner.
    event Returned(uint256 indexed account);
    /// @notice The winner of an auction became the owner of an account.
    /// @param price In micro of the quote token; if negative, in credits of cash, which the winner got
    /// @param fee The insurance fund's part of a positive price
    event TakenOver(uint256 indexed account, address indexed from, address indexed to, int256 price, uint256 fee);
    /// @notice An account got another trading key and view key.
    event KeysRenewed(uint256 indexed account, uint256 commitment, uint256[2] key, SealedKey viewKey);
    /// @notice Holders of cash bore a loss.
    /// @param account The account whose default caused it
    /// @param loss In micro of the quote token
    /// @param cashFactor The factor from now on
    event LossSocialised(uint256 indexed account, uint256 loss, uint256 cashFactor);
    /// @notice Fees were paid into the first-loss tranche.
    /// @param fees In credits of cash
    /// @param value In micro of the quote token
    event FeesCollected(uint256 fees, uint256 value);
    /// @notice The venue said that it is there.
    event Alive(uint256 time);
    /// @notice The market has ended.
    event MarketEnded();
    /// @notice The contract of auctions was set, permanently.
    event EngineSet(address indexed engine);
    /// @notice The contract of the wind-down was set, permanently.
    event WindDownSet(address indexed windDown);
    /// @notice The venue was set; the zero address means that nobody settles.
    event VenueSet(address indexed venue);
    /// @notice The venue's key on BabyJubJub was set.
    event VenueKeySet(uint256[2] key);
    /// @notice The parameters were set.
    event ParametersSet(Parameters parameters);
}
