pragma circom 2.2.0;

include "circomlib/circuits/bitify.circom";
include "circomlib/circuits/poseidon.circom";
include "../lib/merkle.circom";
include "../margin/row.circom";

// Eight neighbours of the risk table: the leaves of the instruments 8 * number .. 8 * number + 7.
//
// An instrument without a row has leaf 0, for which nobody knows a row. Four levels lead to the underlying's root.
template Octet() {
    signal input number;             // unsigned 12 bits
    signal input leaves[8];          // in the order of ids
    signal input children[3][8];     // path of the leaves' parent, lowest level first
    signal input underlyingRoots[8]; // children of the table's root; the caller must authenticate them
    signal output underlying[3];     // bits

    signal bits[12] <== Num2Bits(12)(number);
    signal place[4][3];
    for (var b = 0; b < 12; b++) {
        place[b \ 3][b % 3] <== bits[b];
    }
    signal parent <== Poseidon(8)(leaves);
    signal root <== Climb(3)(parent, [place[0], place[1], place[2]], children);
    signal expected <== Child()(underlyingRoots, place[3]);
    root === expected;
    underlying <== place[3];
}

// A row that positions refer to.
//
//   weighted[0], weighted[1]   the lots of all long and of all short positions in it, each times its account's weight
//
// With any lots, the row is the one behind `leaf`. Without, the row may be any: it adds 0 to both sums of a batch.
template UsedRow(ELEMENTS) {
    signal input weighted[2]; // field elements, claimed
    signal input leaf;        // field element, from the table
    input Row(ELEMENTS) row;

    signal own <== Leaf(ELEMENTS)(row);
    for (var side = 0; side < 2; side++) {
        weighted[side] * (own - leaf) === 0;
    }
}
