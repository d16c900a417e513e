pragma circom 2.2.0;

include "../lib/range.circom";
include "health.circom";
include "limit.circom";
include "shape.circom";
include "snapshot.circom";
include "valuation.circom";

// I know an account that opens `accountCommitment`. Valued with the risk data that `snapshotRoot` commits to, its
// equity is (healthy = 1) or is not (healthy = 0) at least requirementBps / 10000 of its margin requirement.
//
// docs/statement.md is the contract. The steps have its numbers, in its order. shape.circom gives the shapes.
// Public signals, in order: healthy, accountCommitment, snapshotRoot, requirementBps, context, limits.
template Margin(SHAPE) {
    var LANES = lanes_of(SHAPE);
    var POSITIONS = positions_of(SHAPE);
    var SCENARIOS = scenarios_of(SHAPE);
    var ELEMENTS = elements_of(SHAPE);
    var GREEKS = 3 * ELEMENTS - SCENARIOS - 1;
    var LIMITS = limits_of(SHAPE);
    assert(LIMITS <= GREEKS);

    signal input requirementBps;               // public, 1/10000, unsigned 20 bits
    signal input context;                      // public, field element
    signal input limits[LIMITS];               // public, micro-quote, unsigned 83 bits: of delta, of gamma

    signal input owner;                        // field element
    signal input account;                      // field element, its number in the house
    signal input key[2];                       // field elements, the key that signs its orders
    signal input viewKey;                      // field element, 248 random bits
    signal input nonce;                        // field element
    signal input cash;                         // micro-quote, signed 84 bits
    signal input amounts[8];                   // 1e-6 of the asset, unsigned 64 bits
    signal input orders;                       // field element, the hash of the order table

    signal input prices[8];                    // micro-quote per whole asset after haircut, unsigned 64 bits
    signal input paramsHash;                   // field element
    signal input timestamp;                    // seconds
    signal input underlyingRoots[8];           // children of the table's root

    signal input laneUnderlying[LANES];        // 0..7, ascending
    signal input laneChildren[LANES][8];       // children of each lane's subtree root

    signal input member[POSITIONS][LANES];     // bits: each position's lane
    signal input index[POSITIONS];             // within the underlying, unsigned 12 bits
    signal input lots[POSITIONS];              // signed 32 bits
    signal input packed[POSITIONS][ELEMENTS];  // rows: signed slots, three to an element
    signal input shortFloor[POSITIONS];        // rows: micro-quote per short lot
    signal input addOn[POSITIONS];             // rows: micro-quote per lot
    signal input children[POSITIONS][3][8];    // paths, leaf level first

    signal output healthy;                     // bit
    signal output accountCommitment;           // field element
    signal output snapshotRoot;                // field element

    // Steps 1 to 5. Open the account, and value it.
    Opening() opening;
    opening.owner <== owner;
    opening.account <== account;
    opening.key <== key;
    opening.viewKey <== viewKey;
    opening.nonce <== nonce;
    opening.cash <== cash;
    opening.amounts <== amounts;
    opening.orders <== orders;
    Lanes(LANES) lanes;
    lanes.underlying <== laneUnderlying;
    lanes.children <== laneChildren;
    PathSlot(LANES, ELEMENTS) slots[POSITIONS];
    for (var i = 0; i < POSITIONS; i++) {
        slots[i].member <== member[i];
        slots[i].index <== index[i];
        slots[i].lots <== lots[i];
        slots[i].row.packed <== packed[i];
        slots[i].row.shortFloor <== shortFloor[i];
        slots[i].row.addOn <== addOn[i];
        slots[i].children <== children[i];
    }
    snapshotRoot <== SnapshotRoot()(underlyingRoots, prices, paramsHash, timestamp);
    Prices()(prices);
    Value() value;
    signal greek[LANES][GREEKS];
    (accountCommitment, value, greek, _) <== Valuation(SHAPE)(opening, lanes, slots, prices, underlyingRoots);

    // Step 6. Healthy.
    healthy <== Healthy()(value.equity, value.requirement, requirementBps);

    // Step 7. Limits on the net delta and gamma of each underlying.
    for (var g = 0; g < LIMITS; g++) {
        Unsigned(83)(limits[g]);
        for (var l = 0; l < LANES; l++) {
            WithinLimit()(greek[l][g], limits[g]);
        }
    }

    // Step 8. A constraint that binds the proof to its context.
    signal contextSquared <== context * context;
}
