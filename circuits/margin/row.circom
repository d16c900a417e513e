pragma circom 2.2.0;

include "circomlib/circuits/poseidon.circom";
include "../lib/merkle.circom";

// A row of the risk table.
bus Row(ELEMENTS) {
    signal packed[ELEMENTS]; // signed slots, three to an element
    signal shortFloor;       // micro-quote per short lot
    signal addOn;            // micro-quote per lot
}

// Step 2. The leaf of a row: Poseidon(packed, shortFloor, addOn).
template Leaf(ELEMENTS) {
    input Row(ELEMENTS) row;
    signal output leaf; // field element

    var hashed[ELEMENTS + 2];
    for (var k = 0; k < ELEMENTS; k++) {
        hashed[k] = row.packed[k];
    }
    hashed[ELEMENTS] = row.shortFloor;
    hashed[ELEMENTS + 1] = row.addOn;
    leaf <== Poseidon(ELEMENTS + 2)(hashed);
}

// Step 2. The row of a position is in the risk table.
//
//   lots != 0   the position is in exactly one lane, and the row is in that lane's subtree at the position's index
//   lots = 0    the path may lead anywhere: the position adds 0 to every sum, whatever its row
template AuthenticRow(LANES, ELEMENTS) {
    signal input lots;                   // signed
    signal input member[LANES];          // bits, of which at most one is set: the position's lane
    signal input place[4][3];            // bits of the index, leaf level first
    input Row(ELEMENTS) row;
    signal input children[3][8];         // path, leaf level first
    signal input laneChildren[LANES][8]; // children of each lane's subtree root

    var lanes = 0;
    for (var l = 0; l < LANES; l++) {
        lanes += member[l];
    }
    lots * (1 - lanes) === 0;

    signal leaf <== Leaf(ELEMENTS)(row);
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

// Steps 3 and 4. The amounts that a position adds to the sums of its lane and to the requirement.
template Contribution(ELEMENTS) {
    signal input lots;                // signed, |lots| < 2^31
    signal input shortLots;           // max(0, -lots)
    input Row(ELEMENTS) row;
    signal output weighted[ELEMENTS]; // lots * packed
    signal output floor;              // micro-quote, shortLots * shortFloor
    signal output charge;             // micro-quote, |lots| * addOn

    for (var k = 0; k < ELEMENTS; k++) {
        weighted[k] <== lots * row.packed[k];
    }
    floor <== shortLots * row.shortFloor;
    charge <== (lots + 2 * shortLots) * row.addOn;
}
