// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IMarginVerifier} from "./IMarginVerifier.sol";

/// @title Disclosures, checked for whoever relies on them
/// @notice A disclosure is a margin proof that also tells equity and requirement. It says of an account, known by its
/// commitment alone, what it is worth and what it must have, valued with one published snapshot of risk data.
/// @dev As with IMarginVerifier, the caller is the *consumer*, and what is refused has the errors of IMarginVerifier.
/// A disclosure is no secret and does nothing by itself, so there is none that is used up.
interface IDisclosureVerifier {
    /// @notice A disclosure as it is brought.
    /// @param circuit The number of the circuit that it was made for; see `verifierOf`
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

    /// @notice What is proven.
    /// @param healthy Whether equity is at least `requirementBps` / 10 000 of the requirement
    /// @param equity In pico-quote
    /// @param requirement In micro-quote, at 10 000 bps
    /// @param publishedAt When the snapshot was published
    struct Disclosure {
        bool healthy;
        int256 equity;
        uint256 requirement;
        uint256 publishedAt;
    }

    /// @notice The disclosure's `healthy` is about another requirement.
    error WrongRequirement(uint256 provenBps, uint256 askedBps);

    /// @notice What a disclosure proves. Reverts unless it is good and about exactly `claim`.
    /// @dev Whether the account is healthy is part of the answer: whoever asks must look.
    function disclose(IMarginVerifier.Claim calldata claim, Proof calldata proof)
        external
        view
        returns (Disclosure memory);

    /// @notice The context that a disclosure for a claim must carry, on this chain.
    /// @param consumer Whoever is going to call this contract
    /// @return As IMarginVerifier.contextOf
    function contextOf(address consumer, IMarginVerifier.Claim calldata claim) external view returns (uint256);

    /// @notice The verifier of a circuit, by the numbers that were given at deployment. The zero address where there is
    /// none.
    function verifierOf(uint256 circuit) external view returns (address);

    /// @notice The registry that says which snapshots are accepted.
    function registry() external view returns (address);
}
