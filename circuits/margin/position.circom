pragma circom 2.2.0;

include "circomlib/circuits/bitify.circom";
include "../lib/range.circom";

// Step 1. The size of a position, |lots| < 2^31, and whether it is short.
//
// lots + 2^31 has 32 bits and is not 0. Its top bit is 0 for a short position.
template IsShort() {
    signal input lots;   // signed 32 bits
    signal output short; // bit

    signal bits[32] <== Num2Bits(32)(lots + (1 << 31));
    NonZero()(lots + (1 << 31));
    short <== 1 - bits[31];
}

// Step 1. The size of a position, and the lots that it is short.
template Lots() {
    signal input lots;       // signed 32 bits
    signal output shortLots; // max(0, -lots), unsigned 31 bits

    signal short <== IsShort()(lots);
    shortLots <== -short * lots;
}

// Step 1. The id of a position's instrument, from the position's lane and the index within the lane's underlying.
//
//   id = 4096 * underlying + index
//
// A position is in at most one lane. In no lane, the underlying is 0.
template InstrumentId(LANES) {
    signal input index;                 // unsigned 12 bits
    signal input member[LANES];         // bits: the position's lane
    signal input laneUnderlying[LANES]; // 0..7
    signal output id;                   // unsigned 15 bits
    signal output place[4][3];          // bits of the index: a child's place on each level, leaf level first

    signal indexBits[12] <== Num2Bits(12)(index);
    for (var b = 0; b < 12; b++) {
        place[b \ 3][b % 3] <== indexBits[b];
    }

    signal ofLane[LANES];
    var lanes = 0;
    var underlying = 0;
    for (var l = 0; l < LANES; l++) {
        Bit()(member[l]);
        lanes += member[l];
        ofLane[l] <== member[l] * laneUnderlying[l];
        underlying += ofLane[l];
    }
    Bit()(lanes);
    id <== 4096 * underlying + index;
}
