pragma circom 2.2.0;

include "circomlib/circuits/poseidon.circom";
include "account.circom";
include "health.circom";
include "lane.circom";
include "limit.circom";
include "position.circom";
include "../lib/range.circom";

// I know an account that opens `accountCommitment`. Valued with the risk data committed to by `snapshotRoot`, its equity
// is (healthy = 1) or is not (healthy = 0) at least requirementBps / 10000 of its margin requirement.
//
// docs/statement.md is the contract; the steps have its numbers. LANES underlyings, POSITIONS positions in all; the rows of the
// risk table have SCENARIOS scenarios among the 3 * ELEMENTS slots. The first LIMITS of delta and gamma are limited: each
// underlying's net one is at most as large as the limit. The first DISCLOSED of equity and requirement are shown.
// Public signals, in order: healthy, accountCommitment, snapshotRoot, disclosed, requirementBps, context, limits.
template Margin(LANES, POSITIONS, SCENARIOS, ELEMENTS, LIMITS, DISCLOSED) {
    assert(POSITIONS <= 128);
    assert(SCENARIOS + 1 + LIMITS <= 3 * ELEMENTS);
    assert(DISCLOSED <= 2);

    signal input requirementBps;               // public, 1/10000, unsigned 20 bits
    signal input context;                      // public, field element
    signal input limits[LIMITS];               // public, micro-quote, unsigned 83 bits

    signal input owner;                        // field element
    signal input nonce;                        // field element
    signal input salt;                         // field element, 248 random bits
    signal input cash;                         // micro-quote, signed 84 bits
    signal input amounts[8];                   // 1e-6 of the asset, unsigned 64 bits

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
    signal output disclosed[DISCLOSED];        // equity, signed pico-quote; requirement, unsigned micro-quote

    // Step 2. The snapshot, its lanes and the positions' rows.
    signal tableRoot <== Poseidon(8)(underlyingRoots);
    signal pricesHash <== Poseidon(8)(prices);
    snapshotRoot <== Poseidon(4)([tableRoot, pricesHash, paramsHash, timestamp]);
    for (var l = 0; l < LANES; l++) {
        LaneRoot()(laneUnderlying[l], laneChildren[l], underlyingRoots);
        if (l > 0) {
            // Ascending, so no underlying has two lanes: the requirement is one number, and a proof of default cannot
            // raise it by tearing a hedge apart.
            Unsigned(3)(laneUnderlying[l] - laneUnderlying[l - 1] - 1);
        }
    }
    component position[POSITIONS];
    for (var i = 0; i < POSITIONS; i++) {
        position[i] = Position(LANES, ELEMENTS);
        position[i].lots <== lots[i];
        position[i].index <== index[i];
        position[i].member <== member[i];
        position[i].packed <== packed[i];
        position[i].shortFloor <== shortFloor[i];
        position[i].addOn <== addOn[i];
        position[i].children <== children[i];
        position[i].laneUnderlying <== laneUnderlying;
        position[i].laneChildren <== laneChildren;
    }

    // Step 1. The account that holds these positions.
    signal ids[POSITIONS];
    for (var i = 0; i < POSITIONS; i++) {
        ids[i] <== position[i].id;
    }
    accountCommitment <== AccountCommitment(POSITIONS)(owner, nonce, salt, cash, amounts, ids, lots);

    // Step 3. Lane by lane, the sums over its positions and their risk: below 2^44 * 2^31 * POSITIONS.
    var BITS = 76;
    while ((1 << (BITS - 76)) < POSITIONS) {
        BITS++;
    }
    signal part[LANES][POSITIONS][ELEMENTS + 1];
    var requirement = 0;
    var marks = 0;
    signal risk[LANES];
    signal mark[LANES];
    signal greek[LANES][3 * ELEMENTS - SCENARIOS - 1];
    for (var l = 0; l < LANES; l++) {
        var sums[ELEMENTS]; // all 0
        var floor = 0;
        for (var i = 0; i < POSITIONS; i++) {
            for (var k = 0; k < ELEMENTS; k++) {
                part[l][i][k] <== member[i][l] * position[i].weighted[k];
                sums[k] += part[l][i][k];
            }
            part[l][i][ELEMENTS] <== member[i][l] * position[i].floor;
            floor += part[l][i][ELEMENTS];
        }
        (risk[l], mark[l], greek[l]) <== LaneRisk(BITS, SCENARIOS, ELEMENTS)(sums, floor);
        requirement += risk[l];
        marks += mark[l];
    }

    // Step 4. The requirement, charges included.
    for (var i = 0; i < POSITIONS; i++) {
        requirement += position[i].charge;
    }

    // Steps 5 and 6. Equity against requirement.
    signal equity <== Equity()(cash, marks, amounts, prices);
    healthy <== Healthy()(equity, requirement, requirementBps);

    for (var d = 0; d < DISCLOSED; d++) {
        disclosed[d] <== d == 0 ? equity : requirement;
    }

    // Step 7. Limits on each underlying's net delta and gamma.
    for (var g = 0; g < LIMITS; g++) {
        Unsigned(83)(limits[g]);
        for (var l = 0; l < LANES; l++) {
            WithinLimit()(greek[l][g], limits[g]);
        }
    }

    // Step 8. A constraint on the context, so that it cannot be stripped from the statement.
    signal contextSquared <== context * context;
}
