pragma circom 2.2.0;

include "../account/elements.circom";
include "../account/opening.circom";
include "../lib/digest.circom";
include "shape.circom";
include "snapshot.circom";
include "valuation.circom";

// I know an account that opens `accountCommitment`. Valued with the risk data that `snapshotRoot` commits to, it has
// this equity and this margin requirement. The elements of its opening are the coefficients of a polynomial with the
// value `opening` at z.
//
// This is for the auction of an account in default. Steps 1 to 5 are those of docs/statement.md. Health follows from
// equity and requirement, so the circuit has no output for it. A verifier that takes z as a hash of accountCommitment
// and of a published list of elements knows by the value that the list is the opening.
//
// Nothing is left free: z is a factor of all products behind `opening`, and its range does not matter, as Horner's rule
// is arithmetic mod r.
//
// Public signals, in order: accountCommitment, snapshotRoot, equity, requirement, opening, context, z.
template Disclosure(SHAPE) {
    var LANES = lanes_of(SHAPE);
    var POSITIONS = positions_of(SHAPE);
    var ELEMENTS = elements_of(SHAPE);

    signal input context;            // public, field element
    signal input z;                  // public, field element

    input Opening() account;
    signal input orders[8];          // elements of the order table
    input Lanes(LANES) lanes;
    input PathSlot(LANES, ELEMENTS) slots[POSITIONS];
    signal input prices[8];          // micro-quote per whole asset after haircut, unsigned 64 bits
    signal input paramsHash;         // field element
    signal input timestamp;          // seconds
    signal input underlyingRoots[8]; // children of the table's root

    signal output accountCommitment; // field element
    signal output snapshotRoot;      // field element
    signal output equity;            // pico-quote, |equity| < 2^132
    signal output requirement;       // micro-quote, unsigned 87 bits
    signal output opening;           // field element

    snapshotRoot <== SnapshotRoot()(underlyingRoots, prices, paramsHash, timestamp);
    Prices()(prices);
    Value() value;
    signal id[POSITIONS];
    (accountCommitment, value, _, id) <== Valuation(SHAPE)(account, lanes, slots, prices, underlyingRoots);
    equity <== value.equity;
    requirement <== value.requirement;

    var lots[POSITIONS];
    for (var i = 0; i < POSITIONS; i++) {
        lots[i] = slots[i].lots;
    }
    var COUNT = opening_elements(POSITIONS);
    signal elements[COUNT] <== OpeningElements(POSITIONS)(account, orders, id, lots);
    opening <== Horner(COUNT)(elements, z);

    // A constraint that binds the proof to its context.
    signal contextSquared <== context * context;
}
