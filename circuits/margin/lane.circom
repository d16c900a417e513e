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
//   risk    = max(0, floor, max_s(-total[s]))     s = 0..SCENARIOS - 1
//   mark    = total[SCENARIOS]
//   greek   = the totals after it: delta, then gamma and vega where the layout has them
//
// BITS is such that a position's lots times a table value, times the number of positions, stays below 2^(BITS - 1). Every
// scenario's total is then shown to be in (-2^BITS, 2^BITS), the others in [-2^(BITS - 1), 2^(BITS - 1)), all of them
// intervals of which two members differ by less than 2^84: the split into slots is unique, whatever risk is claimed.
template LaneRisk(BITS, SCENARIOS, ELEMENTS) {
    assert(BITS <= 83);
    assert(SCENARIOS + 2 <= 3 * ELEMENTS);
    var GREEKS = 3 * ELEMENTS - SCENARIOS - 1;
    signal input sums[ELEMENTS];   // field elements
    signal input floor;            // micro-quote, unsigned
    signal output risk;            // micro-quote, unsigned BITS bits
    signal output mark;            // micro-quote, signed BITS bits
    signal output greek[GREEKS];   // micro-quote, signed BITS bits

    signal total[ELEMENTS][3];
    for (var k = 0; k < ELEMENTS; k++) {
        total[k] <== Slots()(sums[k]);
    }
    signal losses[SCENARIOS + 2];
    for (var s = 0; s < SCENARIOS; s++) {
        losses[s] <== -total[s \ 3][s % 3];
    }
    losses[SCENARIOS] <== 0;
    losses[SCENARIOS + 1] <== floor;
    risk <== Maximum(SCENARIOS + 2, BITS)(losses);

    mark <== total[SCENARIOS \ 3][SCENARIOS % 3];
    Signed(BITS)(mark);
    for (var g = 0; g < GREEKS; g++) {
        greek[g] <== total[(SCENARIOS + 1 + g) \ 3][(SCENARIOS + 1 + g) % 3];
        Signed(BITS)(greek[g]); // also where nothing uses it: the split is unique only with all three bounded
    }
}
