// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title Margin proofs, checked for whoever relies on them
/// @notice A proof says of an account, known by its commitment alone, that its equity is (or is not) at least
/// `requirementBps` / 10 000 of its margin requirement, valued with one published snapshot of risk data.
/// @dev Every function reverts unless the proof is good; none returns false. The caller is the *consumer*, the
/// contract that relies on the proof: a proof is made for one consumer on one chain, and no other can use it.
interface IMarginVerifier {
    /// @notice What the consumer asks for. Nothing of it may come unchecked from whoever brings the proof.
    /// @param accountCommitment The account
    /// @param action What the proof is for, in the consumer's own encoding: at least the purpose and whoever
    /// benefits, such as keccak256(abi.encode("withdraw", receiver, amount))
    /// @param deadline The last second at which the proof may be used. It is the prover's choice and part of the
    /// context, so it alone may come with the proof
    /// @param requirementBps The requirement, in 1/10 000 of the account's margin requirement
    /// @param maxAge How long ago the snapshot may have been published, in seconds
    struct Claim {
        bytes32 accountCommitment;
        bytes32 action;
        uint256 deadline;
        uint256 requirementBps;
        uint256 maxAge;
    }

    /// @notice A proof as it is brought.
    /// @param circuit The number of the circuit that it was made for; see `verifierOf`
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
    /// @notice A proof of health is asked for, and this is none.
    error NotHealthy(uint256 healthy);
    /// @notice A proof of default is asked for, and this is none.
    error NotInDefault(uint256 healthy);
    /// @notice Health is proven for less than the requirement.
    error RequirementTooLow(uint256 provenBps, uint256 askedBps);
    /// @notice Default is proven for more than the requirement.
    error RequirementTooHigh(uint256 provenBps, uint256 askedBps);
    /// @notice The snapshot is not one that the registry accepts.
    error UnknownSnapshot(bytes32 root);
    /// @notice The snapshot was published too long ago (or in the future, which a registry must not say).
    error StaleSnapshot(bytes32 root, uint256 publishedAt, uint256 maxAge);
    /// @notice There is no circuit of this number.
    error UnknownCircuit(uint256 circuit);
    /// @notice Too little gas is left for a verification, whose outcome would then mean nothing.
    error NotEnoughGas(uint256 left, uint256 needed);
    /// @notice The proof does not hold for its public signals.
    error InvalidProof(uint256 circuit);
    /// @notice A proof was already consumed for this context.
    error ContextConsumed(uint256 context);
    /// @notice The address has no code.
    error NotAContract(address account);

    /// @notice A proof was consumed.
    event ProofConsumed(address indexed consumer, bytes32 indexed accountCommitment, uint256 context);

    /// @notice Reverts unless the account is healthy: equity >= requirement at `requirementBps` or more.
    /// @dev Any number of times until the deadline. A consumer that must act once per proof calls `consumeHealth`,
    /// or changes the account's commitment by acting.
    function checkHealth(Claim calldata claim, Proof calldata proof) external view;

    /// @notice Reverts unless the account is in default: equity < requirement at `requirementBps` or less.
    function checkDefault(Claim calldata claim, Proof calldata proof) external view;

    /// @notice `checkHealth`, once per context.
    /// @dev The context is remembered and not the proof, which anybody can turn into another valid one. So there is
    /// one use per consumer, account, action and deadline, whatever the proof and its circuit.
    function consumeHealth(Claim calldata claim, Proof calldata proof) external;

    /// @notice `checkDefault`, once per context.
    function consumeDefault(Claim calldata claim, Proof calldata proof) external;

    /// @notice The context that a proof for a claim must carry, on this chain.
    /// @param consumer Whoever is going to call this contract
    /// @return keccak256(abi.encode(chainId, consumer, accountCommitment, action, deadline)) modulo the order of the
    /// scalar field
    function contextOf(address consumer, Claim calldata claim) external view returns (uint256);

    /// @notice Whether a proof was consumed for a context.
    function isConsumed(uint256 context) external view returns (bool);

    /// @notice The verifier of a circuit: the circuits' numbers are the order of their names in
    /// circuits/instances.json, from 0. The zero address where there is none.
    function verifierOf(uint256 circuit) external view returns (address);

    /// @notice The registry that says which snapshots are accepted.
    function registry() external view returns (address);
}
