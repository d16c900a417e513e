pragma circom 2.2.0;

include "circomlib/circuits/babyjub.circom";
include "circomlib/circuits/eddsaposeidon.circom";

// EdDSA-Poseidon on BabyJubJub, with circomlib's parameters.
bus Signature() {
    signal r8[2]; // point of the curve
    signal s;     // unsigned, below the order of the subgroup
}

// A key has signed a message.
//
//   S * Base8 = R8 + Poseidon(R8, key, message) * 8 * key
//
// circomlib's verifier checks this equation, that S is below the order of the subgroup, so that S plus the order is no
// second signature, and that the key's order does not divide 8: such a key would sign everything. Its formulas for the
// addition of points are complete on the curve only, so key and R8 are checked to be on it.
template SignedBy() {
    signal input key[2];     // point
    signal input message;    // field element
    input Signature() signature;

    BabyCheck()(key[0], key[1]);
    BabyCheck()(signature.r8[0], signature.r8[1]);
    EdDSAPoseidonVerifier()(1, key[0], key[1], signature.s, signature.r8[0], signature.r8[1], message);
}
