pragma circom 2.2.0;

include "circomlib/circuits/babyjub.circom";
include "circomlib/circuits/bitify.circom";
include "circomlib/circuits/escalarmulany.circom";
include "circomlib/circuits/escalarmulfix.circom";
include "circomlib/circuits/poseidon.circom";
include "../lib/range.circom";
include "commitment.circom";
include "open.circom";

// circomlib's Base8, eight times the curve's generator.
function BASE8_X() { return 5299619240641551281634865583518297030282874472190772894086521144482721001553; }
function BASE8_Y() { return 16950150798460657717958625567821834550301663161624707787222815936182638968203; }

// A secret encrypted to the holder of a BabyJubJub key: ElGamal with a Poseidon hash as pad.
//
//   ephemeral = scalar * Base8,    sealed = secret + Poseidon(scalar * key)
//
// The holder of the key's secret s computes s * ephemeral = scalar * key. circomlib's formulas hold for points of the
// curve, so the key is checked to be one. A scalar of 0, or a key of low order, lets everybody read the secret; the
// prover gains nothing by it, as it could publish the secret.
template SealedTo() {
    signal input key[2];        // point
    signal input scalar;        // unsigned 251 bits
    signal input secret;        // field element
    signal output ephemeral[2]; // point
    signal output sealed;       // field element

    BabyCheck()(key[0], key[1]);
    signal bits[251] <== Num2Bits(251)(scalar);
    ephemeral <== EscalarMulFix(251, [BASE8_X(), BASE8_Y()])(bits);
    signal shared[2] <== EscalarMulAny(251)(bits, key);
    signal pad <== Poseidon(2)(shared);
    sealed <== secret + pad;
}

// I know the account that oldCommitment opens to, and newCommitment opens to the same account of another owner, with the
// next nonce, another trading key and another view key, which is sealed to the venue.
//
// So the former owner can neither sign for the account nor follow it, and the venue can do what it did before: nobody
// hides an account by a takeover. The order table stays, so no order that was filled can be filled again.
//
// Public signals, in order: oldCommitment, newCommitment, sealed, ephemeral, holder, key, venue, context.
template TakeOver() {
    signal input holder;         // public, unsigned 200 bits: the new owner and the account
    signal input key[2];         // public, field elements: the new trading key
    signal input venue[2];       // public, point: the venue's key
    signal input context;        // public, field element

    input State() state;         // before
    signal input viewKey;        // unsigned 248 bits: the new one
    signal input scalar;         // unsigned 251 random bits

    signal output oldCommitment; // field element
    signal output newCommitment; // field element
    signal output sealed;        // field element
    signal output ephemeral[2];  // point

    oldCommitment <== Commitment()(state);
    Unsigned(248)(viewKey);
    (ephemeral, sealed) <== SealedTo()(venue, scalar, viewKey);

    State() next;
    next.owner <== Holder()(holder, state.account);
    next.account <== state.account;
    next.key <== key;
    next.viewKey <== viewKey;
    next.nonce <== state.nonce + 1;
    next.cash <== state.cash;
    next.collateral <== state.collateral;
    next.orders <== state.orders;
    next.chunks <== state.chunks;
    newCommitment <== Commitment()(next);

    // A constraint that binds the proof to its context.
    signal contextSquared <== context * context;
}
