pragma circom 2.2.0;

include "circomlib/circuits/bitify.circom";
include "circomlib/circuits/poseidon.circom";
include "../lib/merkle.circom";

// Step 2. The root that a publisher signs.
//
//   snapshotRoot = Poseidon(tableRoot, Poseidon(prices), paramsHash, timestamp)
template SnapshotRoot() {
    signal input underlyingRoots[8]; // children of the table's root
    signal input prices[8];          // micro-quote per whole asset after haircut
    signal input paramsHash;         // field element
    signal input timestamp;          // seconds
    signal output snapshotRoot;      // field element

    signal tableRoot <== Poseidon(8)(underlyingRoots);
    signal pricesHash <== Poseidon(8)(prices);
    snapshotRoot <== Poseidon(4)([tableRoot, pricesHash, paramsHash, timestamp]);
}

// Step 2. The root of a lane's subtree is the table's node for the lane's underlying.
template LaneRoot() {
    signal input underlying;         // 0..7
    signal input children[8];        // of the subtree's root
    signal input underlyingRoots[8]; // children of the table's root

    signal place[3] <== Num2Bits(3)(underlying);
    signal root <== Poseidon(8)(children);
    signal expected <== Child()(underlyingRoots, place);
    root === expected;
}
