// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IMarginVerifier} from "./IMarginVerifier.sol";

/// @title Verification of disclosures
/// @notice A disclosure is a margin proof that reveals equity and requirement. The account is known only by its
/// commitment, and it is valued with one published snapshot of risk data. The disclosure also binds the account's
/// opening; this contract publishes none and compares none.
/// @dev As in IMarginVerifier, the caller is the *consumer*, and failures revert with the errors of IMarginVerifier. A
/// disclosure is public and changes nothing by itself, so there is no function that consumes one.
interface IDisclosureVerifier {
    /// @notice A disclosure.
    /// @param circuit The number of the circuit that the disclosure was made for; see `verifierOf`
    /// @param a The point A of G1
    /// @param b The point B of G2, the imaginary part of each coordinate first
    /// @param c The point C of G1
    /// @param signals The public signals; see the library DisclosureSignals
    struct Proof {
        uint256 circuit;
        uint256[2] a;
        uint256[2][2] b;
        uint256[2] c;
        uint256[7] signals;
    }

    /// @notice The proven facts.
    /// @param healthy Whether equity is at least the claim's `requirementBps` / 10 000 of the requirement
    /// @param equity The equity, in pico-quote
    /// @param requirement The margin requirement at 10 000 bps, in micro-quote
    /// @param publishedAt The time of the snapshot, as the registry reports it
    struct Disclosure {
        bool healthy;
        int256 equity;
        uint256 requirement;
        uint256 publishedAt;
    }

    /// @notice Verifies a disclosure. Reverts unless it is valid and about exactly `claim`.
    /// @dev The account may be healthy or not: the caller must read `healthy`.
    /// @param claim The claim
    /// @param proof The disclosure
    /// @return The proven facts
    function disclose(IMarginVerifier.Claim calldata claim, Proof calldata proof)
        external
        view
        returns (Disclosure memory);

    /// @notice The context that a disclosure for a claim must carry on this chain.
    /// @param consumer The contract that will call this contract
    /// @param claim The claim
    /// @return The context, computed like IMarginVerifier.contextOf
    function contextOf(address consumer, IMarginVerifier.Claim calldata claim) external view returns (uint256);

    /// @notice The generated verifier of a circuit.
    /// @param circuit The number of the circuit, as assigned at deployment
    /// @return Its address; the zero address if there is none
    function verifierOf(uint256 circuit) external view returns (address);

    /// @notice The registry of accepted snapshots.
    /// @return Its address
    function registry() external view returns (address);
}
