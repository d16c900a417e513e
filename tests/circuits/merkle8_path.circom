pragma circom 2.2.0;

include "circomlib/circuits/multiplexer.circom";
include "circomlib/circuits/poseidon.circom";

// Membership in an 8-ary Poseidon Merkle tree.
//
// Level by level, leaf level first, the running node takes its place among its seven siblings and the eight
// children are hashed:
//
//   node[0] = leaf,    node[l + 1] = Poseidon(siblings[l] with node[l] inserted at position[l])
//   root    = node[DEPTH]
//
// `position[l]` is shown to be one of 0..7: Decoder's `success` is 1 for no other value.

template Merkle8Path(DEPTH) {
    signal input leaf;                // field element
    signal input position[DEPTH];     // 0..7, base-8 digits of the leaf's index, least significant first
    signal input siblings[DEPTH][7];  // field elements, in tree order without the node itself
    signal output root;               // field element

    signal node[DEPTH + 1];
    signal isAt[DEPTH][8];       // bits, exactly one is set
    signal isDigit[DEPTH];       // 1
    signal ownPart[DEPTH][8];
    signal shiftPart[DEPTH][8];
    signal children[DEPTH][8];

    node[0] <== leaf;
    for (var l = 0; l < DEPTH; l++) {
        (isAt[l], isDigit[l]) <== Decoder(8)(position[l]);
        isDigit[l] === 1;

        // Behind the node, every sibling moves one place to the right.
        var isBehind = 0;
        for (var j = 0; j < 8; j++) {
            var here = j < 7 ? siblings[l][j] : 0;
            var before = j > 0 ? siblings[l][j - 1] : 0;
            ownPart[l][j] <== isAt[l][j] * (node[l] - here);
            shiftPart[l][j] <== isBehind * (before - here);
            children[l][j] <== here + ownPart[l][j] + shiftPart[l][j];
            isBehind += isAt[l][j];
        }
        node[l + 1] <== Poseidon(8)(children[l]);
    }
    root <== node[DEPTH];
}

// PATHS leaves, each with a root of its own.
template Merkle8Paths(PATHS, DEPTH) {
    signal input leaf[PATHS];
    signal input position[PATHS][DEPTH];
    signal input siblings[PATHS][DEPTH][7];
    signal output root[PATHS];

    for (var p = 0; p < PATHS; p++) {
        root[p] <== Merkle8Path(DEPTH)(leaf[p], position[p], siblings[p]);
    }
}
