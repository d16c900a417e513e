pragma circom 2.2.0;

include "../lib/maximum.circom";
include "../lib/range.circom";
include "../lib/slots.circom";

// The width of a lane's totals. |lots| < 2^31 and |value| < 2^44, so POSITIONS products add up to below 2^(bits - 1).
function total_bits(POSITIONS) {
    var bits = 76;
    while ((1 << (bits - 76)) < POSITIONS) {
        bits++;
    }
    return bits;
}

// Step 3. The sums over the positions of a lane.
template LaneSums(POSITIONS, ELEMENTS) {
    signal input member[POSITIONS];             // bits: the lane's positions
    signal input weighted[POSITIONS][ELEMENTS]; // lots * packed
    signal input floor[POSITIONS];              // micro-quote, shortLots * shortFloor
    signal output sums[ELEMENTS];               // field elements
    signal output laneFloor;                    // micro-quote, unsigned

    signal part[POSITIONS][ELEMENTS + 1];
    var total[ELEMENTS + 1]; // all 0
    for (var i = 0; i < POSITIONS; i++) {
        for (var k = 0; k < ELEMENTS; k++) {
            part[i][k] <== member[i] * weighted[i][k];
            total[k] += part[i][k];
        }
        part[i][ELEMENTS] <== member[i] * floor[i];
        total[ELEMENTS] += part[i][ELEMENTS];
    }
    for (var k = 0; k < ELEMENTS; k++) {
        sums[k] <== total[k];
    }
    laneFloor <== total[ELEMENTS];
}

// Step 3. The risk, the mark and the Greeks of a lane, from the sums over its positions.
//
//   sums[k] = total[3k] + total[3k + 1] * 2^84 + total[3k + 2] * 2^168
//   risk    = max(0, floor, max_s(-total[s]))     s = 0..SCENARIOS - 1
//   mark    = total[SCENARIOS]
//   greek   = the totals behind the mark: delta, then gamma and vega if the layout has them
//
// With BITS = total_bits(POSITIONS) the totals of an honest prover fit. Every scenario's total is checked to be in
// (-2^BITS, 2^BITS), every other total in [-2^(BITS - 1), 2^(BITS - 1)). Two members of one of these intervals differ
// by less than 2^84, so the split into slots is unique whatever risk the prover claims.
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
        Signed(BITS)(greek[g]); // also if nothing uses it: the split is unique only if all three slots are bounded
    }
}
