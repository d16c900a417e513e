pragma circom 2.2.0;

include "../account/opening.circom";
include "shape.circom";
include "snapshot.circom";
include "valuation.circom";

// I know an account that opens `accountCommitment`. Valued with the marks that `snapshotRoot` commits to, it has these
// funds, cash and marks together, and holds these amounts of collateral.
//
// This is what an owner claims when a market winds down. Steps 1 to 5 are those of docs/statement.md.
//
// Public signals, in order: accountCommitment, snapshotRoot, funds, amounts, context.
template Claim(SHAPE) {
    var LANES = lanes_of(SHAPE);
    var POSITIONS = positions_of(SHAPE);
    var ELEMENTS = elements_of(SHAPE);

    signal input context;            // public, field element

    input Opening() opening;
    input Lanes(LANES) lanes;
    input PathSlot(LANES, ELEMENTS) slots[POSITIONS];
    signal input prices[8];          // micro-quote per whole asset after haircut, unsigned 64 bits
    signal input paramsHash;         // field element
    signal input timestamp;          // seconds
    signal input underlyingRoots[8]; // children of the table's root

    signal output accountCommitment; // field element
    signal output snapshotRoot;      // field element
    signal output funds;             // micro-quote, signed, |funds| < 2^86
    signal output amounts[8];        // 1e-6 of the asset, unsigned 64 bits

    snapshotRoot <== SnapshotRoot()(underlyingRoots, prices, paramsHash, timestamp);
    Prices()(prices);
    Value() value;
    (accountCommitment, value, _, _) <== Valuation(SHAPE)(opening, lanes, slots, prices, underlyingRoots);
    funds <== value.funds;
    amounts <== opening.amounts;

    // A constraint that binds the proof to its context.
    signal contextSquared <== context * context;
}
