// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IMarginVerifier} from "./IMarginVerifier.sol";

/// @title Margin accounts, margin calls and takeovers
/// @notice The clearing house keeps margin accounts whose holdings stay private: the chain sees a commitment to them.
/// Every change of an account is proven by a transition proof. Most changes also need a margin proof. docs/protocol.md
/// describes the protocol.
/// @dev Amounts are in micro (1e-6), as in the account. Assets 0 to 7 are collateral, asset 8 is cash. An amount of
/// collateral is micro of the token. An amount of cash is a number of *credits*, worth amount * cashFactor / 1e18 in
/// micro of the quote token. That value is rounded up for payments in and down for payments out.
///
/// Each proof is bound to its purpose by a number that the contract computes. `name` is "open", "deposit", "withdraw",
/// "trade", "attest" or "takeOver". `receiver` is the beneficiary: `to` of a withdrawal, the winner of a takeover, and
/// the holder in all other cases. `account` is 0 in "open".
///
///     transition proof   context = keccak256(abi.encode(chainId, this, account, keccak256(name), receiver)) mod r
///     margin proof       action  = keccak256(abi.encode(name, account, receiver)), in the claim of IMarginVerifier
///
/// `attest` takes a margin proof of the present commitment at 10 000 bps. All other functions take one of the next
/// commitment at `initialBps`, with the feed's latest snapshot. A margin proof that the margin verifier rejects reverts
/// with an error of IMarginVerifier.
interface IClearingHouse {
    /// @notice The state of an account. `None`: it does not exist. `Open`: its holder acts. `Seized`: it is being
    /// auctioned, and only `takeOver` changes it.
    enum State {
        None,
        Open,
        Seized
    }

    /// @notice The public record of an account.
    /// @param owner The holder, who acts for the account; part of the commitment
    /// @param nonce The number of the present state; part of the commitment, 1 after `open`
    /// @param lastHealthyAt The snapshot time of the last accepted proof of health; it never falls
    /// @param state See `State`
    /// @param commitment The commitment to the holdings
    /// @param escrow The hash of the opening, sealed to the venue's key
    struct Account {
        address owner;
        uint48 nonce;
        uint40 lastHealthyAt;
        State state;
        bytes32 commitment;
        bytes32 escrow;
    }

    /// @notice The next state of an account, with the proof that it follows from the present state.
    /// @param commitment The next commitment
    /// @param escrow The hash of the next opening, sealed to the venue's key
    /// @param a The point A of G1
    /// @param b The point B of G2, the imaginary part of each coordinate first
    /// @param c The point C of G1
    struct Next {
        bytes32 commitment;
        bytes32 escrow;
        uint256[2] a;
        uint256[2][2] b;
        uint256[2] c;
    }

    /// @notice A proof of health: a margin proof of the present or the next state.
    /// @param deadline The deadline in the context of the margin proof
    /// @param proof The margin proof
    struct Health {
        uint256 deadline;
        IMarginVerifier.Proof proof;
    }

    /// @notice An ERC-2612 permit for the vault, for exactly the value of a deposit.
    /// @param deadline The deadline of the permit
    /// @param v The recovery id of the signature
    /// @param r The first half of the signature
    /// @param s The second half of the signature
    struct Permit {
        uint256 deadline;
        uint8 v;
        bytes32 r;
        bytes32 s;
    }

    /// @notice The engine's terms of a takeover.
    /// @param account The seized account
    /// @param winner The new holder, who pays; it must be the engine's own caller, since the vault pulls from it
    /// @param price If positive, the winner pays it, in micro of the quote token. If negative, the winner is paid the
    /// worth of that many credits: first from the insurance fund, and beyond its balance by lowering `cashFactor`
    /// @param fee The part of a positive price that goes to the insurance fund; the former holder gets the rest
    /// @param asset The asset of the funds that the winner adds
    /// @param amount The amount that the winner adds; 0 for none
    struct Takeover {
        uint256 account;
        address winner;
        int256 price;
        uint256 fee;
        uint256 asset;
        uint64 amount;
    }

    /// @notice The parameters that the timelock may change, within constant bounds.
    /// @param initialBps The initial margin, in 1/10 000 of the margin requirement
    /// @param maxSnapshotAge The maximum age of a proof's snapshot, in seconds
    /// @param heartbeat The validity of a proof of health, in seconds
    /// @param grace The time that a called account has to attest, in seconds
    /// @param cooldown The time after a breaker trip without withdrawals and trades, in seconds. Once trips have
    /// followed each other for a day, both are possible again
    struct Parameters {
        uint32 initialBps;
        uint32 maxSnapshotAge;
        uint32 heartbeat;
        uint32 grace;
        uint32 cooldown;
    }

    /// @notice The contracts of the market, fixed at deployment.
    /// @param vault The custody of all funds
    /// @param feed The oracle feed
    /// @param marginVerifier The verifier of margin proofs
    /// @param transitionVerifier The generated verifier of the circuit `transition`
    /// @param guardian The guardian contract
    /// @param insuranceFund The insurance fund
    /// @param timelock The timelock that sets venue and parameters
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
    /// @notice The margin verifier's registry is not the feed.
    error OtherRegistry(address registry, address feed);
    /// @notice The insurance fund's token is not the vault's cash token.
    error OtherQuoteToken(address fund, address vault);
    /// @notice The timelock's delay is shorter than the minimum notice to holders.
    error NoticeTooShort(uint256 delay, uint256 minNotice);
    /// @notice A parameter is outside its bounds; `index` is its position in `Parameters`.
    error ParameterOutOfRange(uint256 index, uint256 value, uint256 least, uint256 most);
    /// @notice The caller is not the holder of the account.
    error NotOwner(uint256 account, address caller);
    /// @notice The caller is not the venue.
    error NotVenue(address caller);
    /// @notice The caller is not the liquidation engine.
    error NotEngine(address caller);
    /// @notice The caller is not the timelock.
    error NotTimelock(address caller);
    /// @notice The caller is not the deployer of the contract.
    error NotDeployer(address caller);
    /// @notice The engine is already set and cannot be changed.
    error EngineAlreadySet(address engine);
    /// @notice The account is in a state that does not allow this call.
    error WrongState(uint256 account, State state);
    /// @notice The guardian has paused at least one of the groups.
    error Paused(uint256 groups);
    /// @notice The breaker tripped less than `cooldown` seconds ago.
    error NotCalm(uint256 cooldown);
    /// @notice The asset does not exist.
    error NoSuchAsset(uint256 asset);
    /// @notice The account has never traded, so it cannot owe cash; it has `cash` credits.
    error CashExceeded(uint256 account, uint256 amount, uint256 cash);
    /// @notice The amount of a deposit or withdrawal is zero.
    error NothingMoved();
    /// @notice The account received a deposit too recently; the next one is possible at `from`.
    error DepositTooSoon(uint256 account, uint256 from);
    /// @notice The commitment is zero or not a field element.
    error CommitmentOutOfRange(bytes32 commitment);
    /// @notice Too little gas is left for a verification, so its result would mean nothing.
    error NotEnoughGas(uint256 left, uint256 needed);
    /// @notice The transition proof does not verify for this change of the account.
    error InvalidTransition(uint256 account);
    /// @notice The signature is not the holder's signature of this trade.
    error InvalidSignature(uint256 account, address owner);
    /// @notice The proof of health uses another snapshot than the latest one.
    error NotTheLatestSnapshot(bytes32 proven, bytes32 latest);
    /// @notice The latest snapshot is older than `maxAge`.
    error NoFreshSnapshot(uint256 publishedAt, uint256 maxAge);
    /// @notice The account has already been proven healthy with this snapshot or a newer one.
    error NothingNewer(uint256 publishedAt, uint256 lastHealthyAt);
    /// @notice The account owes no proof of health.
    error NotOverdue(uint256 account);
    /// @notice The account has already been called.
    error AlreadyCalled(uint256 account, uint256 deadline);
    /// @notice The fee exceeds the price.
    error FeeExceedsPrice(uint256 fee, int256 price);
    /// @notice The loss exceeds what may be socialised now.
    error LossExceedsBound(uint256 loss, uint256 bound);
    /// @notice The quote token refused the payment of the fee.
    error FeeRefused(uint256 fee);

    /// @notice An account was opened.
    event Opened(uint256 indexed account, address indexed owner);
    /// @notice An account has a new state.
    event Changed(uint256 indexed account, uint256 nonce, bytes32 commitment, bytes32 escrow);
    /// @notice Funds came in: `amount` as the account counts it, `value` as the vault took it, in micro of the token.
    event Deposited(uint256 indexed account, uint256 indexed asset, uint256 amount, uint256 value);
    /// @notice Funds left: `amount` as the account counts it, `value` as the vault released it, in micro of the token.
    event Withdrawn(uint256 indexed account, uint256 indexed asset, address indexed to, uint256 amount, uint256 value);
    /// @notice Positions changed.
    event Traded(uint256 indexed account);
    /// @notice A newer proof of health was accepted.
    event Attested(uint256 indexed account, uint256 lastHealthyAt);
    /// @notice A margin call was made. The answer is a proof of health with a snapshot from `since` or later.
    event Called(uint256 indexed account, uint256 since, uint256 deadline);
    /// @notice An account was seized.
    event Seized(uint256 indexed account);
    /// @notice A seized account was given back to its holder.
    event Returned(uint256 indexed account);
    /// @notice An account has a new holder.
    event TakenOver(
        uint256 indexed account, address indexed formerOwner, address indexed winner, int256 price, uint256 fee
    );
    /// @notice The holders of cash bore a loss of `loss` micro of the quote token.
    event LossSocialised(uint256 indexed account, uint256 loss, uint256 cashFactor);
    /// @notice The engine was set, permanently.
    event EngineSet(address indexed engine);
    /// @notice The venue was set.
    event VenueSet(address indexed venue);
    /// @notice The parameters were set.
    event ParametersSet(Parameters parameters);

    /// @notice Opens an account for the caller, with or without funds.
    /// @dev Reverts while trading or liquidations are paused, and without a fresh snapshot: nobody should enter a
    /// market that may be abandoned. The account counts as healthy as of the latest snapshot.
    /// @param asset The asset of the first deposit
    /// @param amount The amount of the first deposit; 0 for none
    /// @param next The first state
    /// @return account The number of the account; numbers start at 1
    function open(uint256 asset, uint64 amount, Next calldata next) external returns (uint256 account);

    /// @notice Adds funds that the caller has approved to the vault. Only for the holder; never paused.
    /// @dev An account can receive several deposits in one block, ideally in one `multicall`. After that block it
    /// receives none for `DEPOSIT_INTERVAL`, because each deposit invalidates a disclosure on its way to the
    /// liquidation engine. Funds that come with `open` or `takeOver` do not count.
    /// @param account The number of the account
    /// @param asset The asset
    /// @param amount The amount
    /// @param next The next state
    function deposit(uint256 account, uint256 asset, uint64 amount, Next calldata next) external;

    /// @notice Deposits with a permit in place of an approval; see ICollateralVault.pullWithPermit.
    /// @param account The number of the account
    /// @param asset The asset
    /// @param amount The amount
    /// @param next The next state
    /// @param permit The permit
    function depositWithPermit(
        uint256 account,
        uint256 asset,
        uint64 amount,
        Next calldata next,
        Permit calldata permit
    ) external;

    /// @notice Withdraws funds to `to`. If the token refuses the payment, `to` can claim it from the vault. Only for
    /// the holder; needs initial margin.
    /// @dev Reverts while withdrawals are paused and during the cool-down of a breaker. When the feed has been silent
    /// for `silence`, the snapshot may be of any age and `ESCAPE_BPS` replaces `initialBps`; such a proof does not
    /// count as an attestation. An account that has never traded cannot borrow: it withdraws no more cash than it has
    /// deposited.
    /// @param account The number of the account
    /// @param asset The asset
    /// @param amount The amount
    /// @param to The receiver of the payment
    /// @param next The next state
    /// @param health A proof of health of the next state
    function withdraw(
        uint256 account,
        uint256 asset,
        uint64 amount,
        address to,
        Next calldata next,
        Health calldata health
    ) external;

    /// @notice Changes positions and cash. Only for the venue; needs the holder's signature and initial margin.
    /// @dev Reverts while trading or liquidations are paused and during the cool-down of a breaker. Put both sides of a
    /// match into one `multicall` (OpenZeppelin's): between two transactions, the second holder could move to another
    /// state, for which the signature is void.
    /// @param account The number of the account
    /// @param next The next state
    /// @param health A proof of health of the next state
    /// @param signature The holder's signature by EIP-712, or by ERC-1271 if the holder is a contract, of Trade(uint256
    /// account,bytes32 newCommitment,bytes32 escrow,uint64 nonce,uint256 deadline), with the present nonce and the
    /// deadline of `health`
    function trade(uint256 account, Next calldata next, Health calldata health, bytes calldata signature) external;

    /// @notice Accepts a proof that the account meets maintenance margin. Anybody may call this; never paused.
    /// @dev The snapshot is at most `maxSnapshotAge` old. If the account has been called, a snapshot from the margin
    /// call or later is also accepted, so that the holder can answer even if the feed falls silent.
    /// @param account The number of the account
    /// @param health A proof of health of the present state
    function attest(uint256 account, Health calldata health) external;

    /// @notice Makes a margin call to an account that owes a proof of health: it now has `grace` seconds to attest.
    /// Anybody may call this.
    /// @dev Reverts while liquidations are paused, and without a fresh snapshot, since the answer needs one. The time
    /// runs from the call, not from the end of the heartbeat: a holder is not late because the feed was silent.
    /// @param account The number of the account
    function marginCall(uint256 account) external;

    /// @notice Seizes an open account for an auction. Only for the engine, which is responsible for the reason.
    /// @param account The number of the account
    function seize(uint256 account) external;

    /// @notice Gives a seized account back to its holder. Only for the engine, once the account is healthy and unsold.
    /// @param account The number of the account
    /// @param provenAt The snapshot time of the disclosure that showed the account healthy. It counts as an
    /// attestation, so it also answers a margin call
    function giveBack(uint256 account, uint256 provenAt) external;

    /// @notice Settles the price of a seized account and makes the winner its holder. Only for the engine.
    /// @dev The winner has approved the price and the funds that it adds to the vault. The vault's cap does not apply
    /// to the price or to added cash, but it applies to added collateral. The winner bears no part of a loss: its funds
    /// are added after the factor has been lowered.
    /// @param takeover The terms
    /// @param next The next state, with the winner as holder
    /// @param health A proof of health of the next state
    function takeOver(Takeover calldata takeover, Next calldata next, Health calldata health) external;

    /// @notice Sets the engine, once. Only for the deployer of the contract.
    /// @param engine_ The liquidation engine
    function setEngine(address engine_) external;

    /// @notice Sets the venue. Only for the timelock.
    /// @param venue_ The venue that may trade from now on
    function setVenue(address venue_) external;

    /// @notice Sets the parameters, within their constant bounds. Only for the timelock.
    /// @param parameters_ The parameters
    function setParameters(Parameters calldata parameters_) external;

    /// @notice The public record of an account.
    /// @param account The number of the account
    /// @return The record; all zero if the account does not exist
    function accountOf(uint256 account) external view returns (Account memory);

    /// @notice The number of accounts.
    /// @return The count, which is also the number of the newest account
    function accounts() external view returns (uint256);

    /// @notice Whether an account owes a proof of health, so that anybody can make a `marginCall`.
    /// @param account The number of the account
    /// @return Whether the last proof is older than the heartbeat, or than the snapshot that last tripped the breaker
    function isOverdue(uint256 account) external view returns (bool);

    /// @notice Whether an account has been called and has not answered.
    /// @param account The number of the account
    /// @return Whether the last proof of health is older than the latest snapshot at the time of the call
    function isCalled(uint256 account) external view returns (bool);

    /// @notice The deadline of a margin call. After it, the engine may seize the account for not answering.
    /// @dev The deadline moves on while liquidations are paused. Once it has passed, it stays in the past.
    /// @param account The number of the account
    /// @return The last second to answer; type(uint256).max if the account is not called
    function deadlineOf(uint256 account) external view returns (uint256);

    /// @notice The worth of a credit of cash, in 1e-18 of the quote token.
    /// @dev It starts at 1e18, never rises, and never falls below 0.8e18. A loss opens a window of a day if none is
    /// open. Within a window the factor falls by at most a fiftieth.
    /// @return The factor
    function cashFactor() external view returns (uint256);

    /// @notice The largest loss that the holders of cash can be made to bear now. It grows when the window is over.
    /// @return In micro of the quote token
    function socialisable() external view returns (uint256);

    /// @notice The time without a new snapshot after which the escape of `withdraw` opens.
    /// @return In seconds: the feed's delay, in which silent signers can be replaced, plus a week
    function silence() external view returns (uint256);

    /// @notice The context of a transition proof; see the interface.
    /// @param name The name of the function
    /// @param account The number of the account; 0 for "open"
    /// @param receiver The beneficiary
    /// @return The context
    function transitionContext(string calldata name, uint256 account, address receiver) external view returns (uint256);

    /// @notice The action of a margin proof; see the interface.
    /// @param name The name of the function
    /// @param account The number of the account
    /// @param receiver The beneficiary
    /// @return The action
    function healthAction(string calldata name, uint256 account, address receiver) external pure returns (bytes32);

    /// @notice The EIP-712 digest that the holder signs for a trade.
    /// @param account The number of the account
    /// @param newCommitment The commitment after the trade
    /// @param escrow The hash of the sealed opening after the trade
    /// @param nonce The present nonce
    /// @param deadline The deadline of the proof of health
    /// @return The digest
    function tradeDigest(uint256 account, bytes32 newCommitment, bytes32 escrow, uint64 nonce, uint256 deadline)
        external
        view
        returns (bytes32);

    /// @notice The parameters.
    /// @return The parameters in force
    function parameters() external view returns (Parameters memory);

    /// @notice The venue, which alone may trade.
    /// @return Its address
    function venue() external view returns (address);

    /// @notice The liquidation engine, which alone may seize accounts.
    /// @return Its address; the zero address before it is set
    function engine() external view returns (address);

    /// @notice The vault, which holds all funds.
    /// @return Its address
    function vault() external view returns (address);

    /// @notice The oracle feed.
    /// @return Its address
    function feed() external view returns (address);

    /// @notice The verifier of margin proofs.
    /// @return Its address
    function marginVerifier() external view returns (address);

    /// @notice The generated verifier of the circuit `transition`.
    /// @return Its address
    function transitionVerifier() external view returns (address);

    /// @notice The guardian contract, which says what is paused.
    /// @return Its address
    function guardian() external view returns (address);

    /// @notice The insurance fund, which pays for defaults first.
    /// @return Its address
    function insuranceFund() external view returns (address);

    /// @notice The timelock, which sets the venue and the parameters.
    /// @return Its address
    function timelock() external view returns (address);
}
