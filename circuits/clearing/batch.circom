pragma circom 2.2.0;

include "circomlib/circuits/poseidon.circom";
include "../account/commitment.circom";
include "../lib/digest.circom";
include "../lib/quotient.circom";
include "../lib/range.circom";

// The kinds of operations.
function MATCH() { return 1; }
function EXPIRE() { return 2; }
function CREDIT() { return 3; }
function REKEY() { return 4; }

// One account's step in a batch.
bus Step() {
    signal enabled; // bit: 0 for padding
    signal account; // unsigned 40 bits
    signal viewKey; // 248 bits
    signal nonce;   // before the step, unsigned 64 bits
    signal before;  // commitment to the state before
    signal after;   // commitment to the state after
    signal changed; // what has changed, for who knows the view key
}

// The power of z that stands before an account's number: y = z^65536.
template AccountPower() {
    signal input z;  // field element
    signal output y; // field element

    signal power[17];
    power[0] <== z;
    for (var i = 0; i < 16; i++) {
        power[i + 1] <== power[i] * power[i];
    }
    y <== power[16];
}

// A factor, or 1 for padding.
template Masked() {
    signal input enabled;  // bit
    signal input factor;   // field element
    signal output masked;  // field element

    masked <== 1 + enabled * (factor - 1);
}

// The product of factors.
template Product(COUNT) {
    signal input factors[COUNT]; // field elements
    signal output product;       // field element

    signal partial[COUNT];
    partial[0] <== factors[0];
    for (var i = 1; i < COUNT; i++) {
        partial[i] <== partial[i - 1] * factors[i];
    }
    product <== partial[COUNT - 1];
}

// What a proof shows of its steps.
//
//   digest = Digest(before, after of each step; 0 for padding)
//   ratio  = product of (z - before - y * account) / product of (z - after - y * account)
//   sealed = sum_i element_i * z^i,    element = changed + Poseidon(viewKey, account, nonce, digest); 0 for padding
//
// Padding follows the other steps. The factor carries the account: over commitments alone the last states of two
// accounts could be exchanged. The digest in the pad gives another attempt from the same state another pad.
template Batch(STEPS) {
    input Step() steps[STEPS];
    signal input z;       // field element
    signal output digest; // field element
    signal output ratio;  // field element
    signal output sealed; // field element

    for (var i = 0; i < STEPS; i++) {
        Bit()(steps[i].enabled);
        if (i > 0) {
            steps[i].enabled * (1 - steps[i - 1].enabled) === 0;
        }
    }

    // The digest of the states.
    signal states[2 * STEPS];
    for (var i = 0; i < STEPS; i++) {
        states[2 * i] <== steps[i].enabled * steps[i].before;
        states[2 * i + 1] <== steps[i].enabled * steps[i].after;
    }
    digest <== Digest(2 * STEPS)(states);

    // The states that the steps consume, over those that they make.
    signal y <== AccountPower()(z);
    signal ofAccount[STEPS];
    signal consumed[STEPS];
    signal made[STEPS];
    for (var i = 0; i < STEPS; i++) {
        ofAccount[i] <== y * steps[i].account;
        consumed[i] <== Masked()(steps[i].enabled, z - steps[i].before - ofAccount[i]);
        made[i] <== Masked()(steps[i].enabled, z - steps[i].after - ofAccount[i]);
    }
    signal allConsumed <== Product(STEPS)(consumed);
    signal allMade <== Product(STEPS)(made);
    NonZero()(allMade);
    ratio <== Quotient()(allConsumed, allMade);

    // What has changed, for holders and venue.
    signal pads[STEPS];
    signal elements[STEPS];
    for (var i = 0; i < STEPS; i++) {
        pads[i] <== Poseidon(4)([steps[i].viewKey, steps[i].account, steps[i].nonce, digest]);
        elements[i] <== steps[i].enabled * (steps[i].changed + pads[i]);
    }
    sealed <== Horner(STEPS)(elements, z);
}
