pragma circom 2.2.0;

include "circomlib/circuits/bitify.circom";
include "circomlib/circuits/poseidon.circom";
include "../lib/maximum.circom";
include "../lib/merkle.circom";
include "../lib/range.circom";
include "../lib/slots.circom";

// Step 2, for a lane: its underlying's subtree is in the table.
template LaneRoot() {
    signal input underlying;         // 0..7
    signal input children[8];        // of the subtree's root
    signal input underlyingRoots[8]; // children of the table's root

    signal place[3] <== Num2Bits(3)(underlying);
    signal root <== Poseidon(8)(children);
    signal expected <== Child()(underlyingRoots, place);
    root === expected;
}

// Step 3. The risk of a lane, from the sums over its positions.
//
//   sums[k] = total[3k] + total[3k + 1] * 2^84 + total[3k + 2] * 2^168
//   risk    = max(0, floor, max_s(-total[s]))     s = 0..15
//   mark    = total[16]
//
// BITS is such that a position's lots times a table value, times the number of positions, stays below 2^(BITS - 1). Every
// scenario's total is then shown to be in (-2^BITS, 2^BITS), the others in [-2^(BITS - 1), 2^(BITS - 1)), all of them
// intervals of which two members differ by less than 2^84: the split into slots is unique, whatever risk is claimed.
template LaneRisk(BITS) {
    assert(BITS <= 83);
    signal input sums[6]; // field elements
    signal input floor;   // micro-quote, unsigned
    signal output risk;   // micro-quote, unsigned BITS bits
    signal output mark;   // micro-quote, signed BITS bits

    signal total[6][3];
    for (var k = 0; k < 6; k++) {
        total[k] <== Slots()(sums[k]);
    }
    signal losses[18];
    for (var s = 0; s < 16; s++) {
        losses[s] <== -total[s \ 3][s % 3];
    }
    losses[16] <== 0;
    losses[17] <== floor;
    risk <== Maximum(18, BITS)(losses);

    mark <== total[5][1];
    Signed(BITS)(mark);
    Signed(BITS)(total[5][2]); // delta: not used here, but the split is unique only with all three bounded
}
