pragma circom 2.2.0;

include "circomlib/circuits/bitify.circom";
include "circomlib/circuits/poseidon.circom";
include "../lib/merkle.circom";
include "../lib/range.circom";

// Step 2. One position: its size, its lane, and the row of the risk table that it is valued with.
//
//   id = 4096 * underlying of its lane + index
//   a position with lots is in exactly one lane, and its row is in that lane's subtree, at index
//
// A position without lots adds nothing to any sum, so it needs neither lane nor row; an empty slot has id 0.
template Position(LANES, ELEMENTS) {
    signal input lots;                      // signed, |lots| < 2^31
    signal input index;                     // within the underlying, unsigned 12 bits
    signal input member[LANES];             // bits, at most one is set: the position's lane
    signal input packed[ELEMENTS];          // the row: signed slots, three to an element
    signal input shortFloor;                // the row: micro-quote per short lot
    signal input addOn;                     // the row: micro-quote per lot
    signal input children[3][8];            // path, leaf level first
    signal input laneUnderlying[LANES];     // 0..7
    signal input laneChildren[LANES][8];    // children of each lane's subtree root
    signal output id;                       // unsigned 15 bits
    signal output weighted[ELEMENTS];       // lots * packed
    signal output floor;                    // micro-quote, shortFloor of the lots sold short
    signal output charge;                   // micro-quote, addOn of all lots

    // Size: 32 bits with the sign on top; -2^31 is the one value of them that is not allowed.
    signal lotsBits[32] <== Num2Bits(32)(lots + (1 << 31));
    NonZero()(lots + (1 << 31));
    signal shortLots <== (lotsBits[31] - 1) * lots;
    for (var k = 0; k < ELEMENTS; k++) {
        weighted[k] <== lots * packed[k];
    }
    floor <== shortLots * shortFloor;
    charge <== (lots + 2 * shortLots) * addOn;

    // Lane.
    var lanes = 0;
    for (var l = 0; l < LANES; l++) {
        Bit()(member[l]);
        lanes += member[l];
    }
    Bit()(lanes);
    lots * (1 - lanes) === 0;

    // Id.
    signal indexBits[12] <== Num2Bits(12)(index);
    signal ofLane[LANES];
    var underlying = 0;
    for (var l = 0; l < LANES; l++) {
        ofLane[l] <== member[l] * laneUnderlying[l];
        underlying += ofLane[l];
    }
    id <== 4096 * underlying + index;

    // Row.
    var row[ELEMENTS + 2];
    for (var k = 0; k < ELEMENTS; k++) {
        row[k] = packed[k];
    }
    row[ELEMENTS] = shortFloor;
    row[ELEMENTS + 1] = addOn;
    signal leaf <== Poseidon(ELEMENTS + 2)(row);
    signal place[4][3];
    for (var b = 0; b < 12; b++) {
        place[b \ 3][b % 3] <== indexBits[b];
    }
    signal node <== Climb(3)(leaf, [place[0], place[1], place[2]], children);
    signal candidate[LANES];
    signal chosen[LANES];
    var expected = 0;
    for (var l = 0; l < LANES; l++) {
        candidate[l] <== Child()(laneChildren[l], place[3]);
        chosen[l] <== member[l] * candidate[l];
        expected += chosen[l];
    }
    lots * (node - expected) === 0;
}
