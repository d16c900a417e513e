// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title Verification of many Groth16 proofs of several circuits at once
/// @notice The equations of all proofs are added up with random coefficients and checked by one product of pairings. A
/// further proof of six signals costs about 54 000 gas, calldata included; a circuit's generated verifier uses 220 000.
/// @dev The check is over the whole batch: with one invalid proof the batch is refused, and nothing says which it was.
/// Anybody can turn a proof into another valid one of the same statement, (-A, -B, C), so a caller must not key
/// anything on the bytes of a proof.
interface IBatchVerifier {
    /// @notice The verification key of a circuit. Points of G2 have the imaginary part of each coordinate first.
    /// @param circuit keccak256 of the circuit's name, e.g. keccak256("match_15")
    /// @param alpha A point of G1
    /// @param beta A point of G2
    /// @param gamma A point of G2
    /// @param delta A point of G2
    /// @param ic Points of G1: one for the constant 1, then one for each public signal
    struct Key {
        bytes32 circuit;
        uint256[2] alpha;
        uint256[2][2] beta;
        uint256[2][2] gamma;
        uint256[2][2] delta;
        uint256[2][] ic;
    }

    /// @notice Proofs of one circuit.
    /// @param circuit keccak256 of the circuit's name
    /// @param count The number of proofs, at least one
    struct Group {
        bytes32 circuit;
        uint256 count;
    }

    /// @notice A proof.
    /// @param a The point A of G1
    /// @param b The point B of G2, the imaginary part of each coordinate first
    /// @param c The point C of G1
    struct Proof {
        uint256[2] a;
        uint256[2][2] b;
        uint256[2] c;
    }

    /// @notice There is no proof.
    error EmptyBatch();
    /// @notice A group has no proof.
    error EmptyGroup(bytes32 circuit);
    /// @notice There is no key for a circuit.
    error UnknownCircuit(bytes32 circuit);
    /// @notice The groups do not have as many proofs as were passed.
    error WrongNumberOfProofs(uint256 found, uint256 expected);
    /// @notice The groups' circuits do not have as many public signals as were passed.
    error WrongNumberOfSignals(uint256 found, uint256 expected);
    /// @notice A public signal is not below the order of the scalar field.
    error SignalOutOfRange(uint256 signal);
    /// @notice A coordinate of a proof, numbered from 0, is not below the modulus of the base field. The precompile has
    /// then consumed most of the gas.
    error CoordinateOutOfRange(uint256 proof);
    /// @notice Too little gas is left for the verification.
    error NotEnoughGas(uint256 left, uint256 needed);
    /// @notice A point is not on its curve, or one of G2 is not in the subgroup. The precompile has then consumed most
    /// of the gas.
    error InvalidPoint();
    /// @notice At least one proof is not valid for its signals and key.
    error InvalidBatch();

    /// @notice A key has a coordinate out of range or a point that is not in its group, or lacks a point.
    error InvalidKey(bytes32 circuit);
    /// @notice Anybody can forge proofs for a key: delta equals gamma up to sign, or one of the four points is zero.
    error ForgeableKey(bytes32 circuit);
    /// @notice Two keys are for one circuit.
    error DuplicateCircuit(bytes32 circuit);
    /// @notice There is no key.
    error NoKeys();
    /// @notice The keys do not fit in the code of a contract.
    error TooManyKeys(uint256 words, uint256 most);

    /// @notice Reverts unless all proofs are valid.
    /// @param groups The circuits of the proofs, in their order
    /// @param signals The public signals of all proofs, in their order
    /// @param proofs The proofs, group by group
    function verify(Group[] calldata groups, uint256[] calldata signals, Proof[] calldata proofs) external view;

    /// @notice The number of public signals of a circuit; reverts if the circuit is unknown.
    /// @param circuit keccak256 of the circuit's name
    /// @return The number
    function signalsOf(bytes32 circuit) external view returns (uint256);
}
