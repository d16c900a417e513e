// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title Verification of margin proofs
/// @notice A margin proof shows whether an account's equity is at least `requirementBps` / 10 000 of its margin
/// requirement. The account is known only by its commitment, and it is valued with one published snapshot of risk data.
/// @dev Every check reverts unless the proof is valid; none returns false. The caller is the *consumer*, the contract
/// that relies on the proof. A proof is made for one consumer on one chain, and no other consumer can use it.
interface IMarginVerifier {
    /// @notice The statement that the consumer asks for. The consumer must set or check every field except `deadline`.
    /// @param accountCommitment The account
    /// @param action The purpose of the proof, in the consumer's own encoding: at least the kind of action and its
    /// beneficiary, e.g. keccak256(abi.encode("withdraw", receiver, amount))
    /// @param deadline The last second at which the proof may be used. The prover chooses it and the context covers it,
    /// so this field alone may come unchecked from the caller
    /// @param requirementBps The requirement, in 1/10 000 of the account's margin requirement
    /// @param maxAge The maximum age of the snapshot, in seconds
    struct Claim {
        bytes32 accountCommitment;
        bytes32 action;
        uint256 deadline;
        uint256 requirementBps;
        uint256 maxAge;
    }

    /// @notice A margin proof.
    /// @param circuit The number of the circuit that the proof was made for; see `verifierOf`
    /// @param a The point A of G1
    /// @param b The point B of G2, the imaginary part of each coordinate first
    /// @param c The point C of G1
    /// @param signals The public signals; see the library PublicSignals
    struct Proof {
        uint256 circuit;
        uint256[2] a;
        uint256[2][2] b;
        uint256[2] c;
        uint256[5] signals;
    }

    /// @notice The deadline has passed.
    error DeadlinePassed(uint256 deadline, uint256 timestamp);
    /// @notice A public signal is not below the order of the scalar field.
    error SignalOutOfRange(uint256 signal);
    /// @notice The proof is about another account.
    error WrongAccount(bytes32 proven, bytes32 asked);
    /// @notice The proof was made for another chain, consumer, account, action or deadline.
    error WrongContext(uint256 proven, uint256 asked);
    /// @notice The proof does not show health.
    error NotHealthy(uint256 healthy);
    /// @notice The proof does not show default.
    error NotInDefault(uint256 healthy);
    /// @notice The proof shows health for less than the required level.
    error RequirementTooLow(uint256 provenBps, uint256 askedBps);
    /// @notice The proof shows default for more than the required level.
    error RequirementTooHigh(uint256 provenBps, uint256 askedBps);
    /// @notice The registry does not accept the snapshot.
    error UnknownSnapshot(bytes32 root);
    /// @notice The snapshot is older than `maxAge`, or its time is in the future, which a registry must not report.
    error StaleSnapshot(bytes32 root, uint256 publishedAt, uint256 maxAge);
    /// @notice There is no circuit with this number.
    error UnknownCircuit(uint256 circuit);
    /// @notice Too little gas is left for a verification, so its result would mean nothing.
    error NotEnoughGas(uint256 left, uint256 needed);
    /// @notice The proof does not verify for its public signals.
    error InvalidProof(uint256 circuit);
    /// @notice A proof was already consumed for this context.
    error ContextConsumed(uint256 context);
    /// @notice The address has no code.
    error NotAContract(address account);

    /// @notice A proof was consumed.
    event ProofConsumed(address indexed consumer, bytes32 indexed accountCommitment, uint256 context);

    /// @notice Reverts unless the account is healthy: equity >= requirement at `requirementBps` or more.
    /// @dev The same proof passes any number of times until the deadline. A consumer that must act once per proof calls
    /// `consumeHealth`, or changes the account's commitment when it acts.
    /// @param claim The claim
    /// @param proof The proof
    function checkHealth(Claim calldata claim, Proof calldata proof) external view;

    /// @notice Reverts unless the account is in default: equity < requirement at `requirementBps` or less.
    /// @param claim The claim
    /// @param proof The proof
    function checkDefault(Claim calldata claim, Proof calldata proof) external view;

    /// @notice Checks health like `checkHealth`, once per context.
    /// @dev The contract remembers the context, not the proof, since anybody can turn a proof into another valid one.
    /// So a consumer can use one proof per account, action and deadline, whatever the proof and its circuit.
    /// @param claim The claim
    /// @param proof The proof
    function consumeHealth(Claim calldata claim, Proof calldata proof) external;

    /// @notice Checks default like `checkDefault`, once per context.
    /// @param claim The claim
    /// @param proof The proof
    function consumeDefault(Claim calldata claim, Proof calldata proof) external;

    /// @notice The context that a proof for a claim must carry on this chain.
    /// @param consumer The contract that will call this contract
    /// @param claim The claim
    /// @return keccak256(abi.encode(chainId, consumer, accountCommitment, action, deadline)) modulo the order of the
    /// scalar field
    function contextOf(address consumer, Claim calldata claim) external view returns (uint256);

    /// @notice Whether a proof has been consumed for a context.
    /// @param context The context
    /// @return Whether it has
    function isConsumed(uint256 context) external view returns (bool);

    /// @notice The generated verifier of a circuit.
    /// @param circuit The number of the circuit: the position of its name in circuits/instances.json, from 0
    /// @return Its address; the zero address if there is none
    function verifierOf(uint256 circuit) external view returns (address);

    /// @notice The registry of accepted snapshots.
    /// @return Its address
    function registry() external view returns (address);
}
