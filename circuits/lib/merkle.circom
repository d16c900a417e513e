pragma circom 2.2.0;

include "circomlib/circuits/poseidon.circom";

// The child at a place of 0..7. The place is three bits, least significant first.
template Child() {
    signal input children[8]; // field elements
    signal input place[3];    // bits
    signal output child;      // field element

    signal pair[4];
    for (var i = 0; i < 4; i++) {
        pair[i] <== children[2 * i] + place[0] * (children[2 * i + 1] - children[2 * i]);
    }
    signal half[2];
    for (var i = 0; i < 2; i++) {
        half[i] <== pair[2 * i] + place[1] * (pair[2 * i + 1] - pair[2 * i]);
    }
    child <== half[0] + place[2] * (half[1] - half[0]);
}

// The node that is LEVELS levels above a leaf of an 8-ary Poseidon tree.
//
//   node[0] = leaf,    node[l] = child of children[l] at place[l],    node[l + 1] = Poseidon(children[l])
//
// The number of levels is fixed, so an inner node cannot pass for a leaf: it is at another level.
template Climb(LEVELS) {
    signal input leaf;                // field element
    signal input place[LEVELS][3];    // bits
    signal input children[LEVELS][8]; // field elements, the node itself included
    signal output node;               // field element, LEVELS above the leaf

    signal nodes[LEVELS + 1];
    signal atPlace[LEVELS];
    nodes[0] <== leaf;
    for (var l = 0; l < LEVELS; l++) {
        atPlace[l] <== Child()(children[l], place[l]);
        nodes[l] === atPlace[l];
        nodes[l + 1] <== Poseidon(8)(children[l]);
    }
    node <== nodes[LEVELS];
}
