pragma circom 2.2.0;

include "../account/opening.circom";
include "../lib/digest.circom";
include "../margin/shape.circom";
include "../margin/snapshot.circom";
include "../margin/valuation.circom";
include "sufficient.circom";

// I know accounts that open the commitments of `digest`. Valued with the risk data that `snapshotRoot` commits to, each
// is healthy at requirementBps and funded, and no instrument stands in it twice. Each position has a path of its own.
//
//   digest   = chain of Poseidon hashes over the commitments, in order
//   accounts = sum_a commitment[a] * z^a
//
// Public signals, in order: digest, accounts, snapshotRoot, requirementBps, z.
template HealthByPaths(ACCOUNTS, SHAPE) {
    var LANES = lanes_of(SHAPE);
    var POSITIONS = positions_of(SHAPE);
    var ELEMENTS = elements_of(SHAPE);

    signal input requirementBps;      // public, 1/10000, unsigned 20 bits
    signal input z;                   // public, field element

    input Opening() opening[ACCOUNTS];
    input Lanes(LANES) lanes[ACCOUNTS];
    input PathSlot(LANES, ELEMENTS) slots[ACCOUNTS][POSITIONS];

    signal input prices[8];           // micro-quote per whole asset after haircut, unsigned 64 bits
    signal input paramsHash;          // field element
    signal input timestamp;           // seconds
    signal input underlyingRoots[8];  // children of the table's root

    signal output digest;             // field element
    signal output accounts;           // field element
    signal output snapshotRoot;       // field element

    snapshotRoot <== SnapshotRoot()(underlyingRoots, prices, paramsHash, timestamp);
    Prices()(prices);
    signal commitment[ACCOUNTS];
    Value() value[ACCOUNTS];
    for (var a = 0; a < ACCOUNTS; a++) {
        (commitment[a], value[a], _, _) <== Valuation(SHAPE)(opening[a], lanes[a], slots[a], prices, underlyingRoots);
        Sufficient()(value[a], requirementBps);
    }
    digest <== Digest(ACCOUNTS)(commitment);
    accounts <== Horner(ACCOUNTS)(commitment, z);
}
