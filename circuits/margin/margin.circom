pragma circom 2.2.0;

include "circomlib/circuits/poseidon.circom";
include "../account/commitment.circom";
include "../account/unique.circom";
include "../lib/range.circom";
include "health.circom";
include "lane.circom";
include "limit.circom";
include "position.circom";
include "row.circom";
include "shape.circom";
include "snapshot.circom";

// I know an account that opens `accountCommitment`. Valued with the risk data that `snapshotRoot` commits to, its
// equity is (healthy = 1) or is not (healthy = 0) at least requirementBps / 10000 of its margin requirement.
//
// docs/statement.md is the contract. The steps have its numbers, in its order. shape.circom gives the shapes.
// Public signals, in order: healthy, accountCommitment, snapshotRoot, disclosed, requirementBps, context, limits.
template Margin(SHAPE) {
    var LANES = lanes_of(SHAPE);
    var POSITIONS = positions_of(SHAPE);
    var SCENARIOS = scenarios_of(SHAPE);
    var ELEMENTS = elements_of(SHAPE);
    var GREEKS = 3 * ELEMENTS - SCENARIOS - 1;
    var LIMITS = limits_of(SHAPE);
    var DISCLOSED = disclosed_of(SHAPE);
    assert(POSITIONS <= 128);
    assert(LIMITS <= GREEKS);
    assert(DISCLOSED <= 2);

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
    signal output disclosed[DISCLOSED];        // equity, signed pico-quote; requirement, unsigned micro-quote

    // Step 1. Open the account. No instrument stands in it twice.
    signal shortLots[POSITIONS];
    signal id[POSITIONS];
    signal place[POSITIONS][4][3];
    for (var i = 0; i < POSITIONS; i++) {
        shortLots[i] <== Lots()(lots[i]);
        (id[i], place[i]) <== InstrumentId(LANES)(index[i], member[i], laneUnderlying);
    }
    State() state;
    state.owner <== owner;
    state.account <== account;
    state.key <== key;
    state.viewKey <== viewKey;
    state.nonce <== nonce;
    state.cash <== cash;
    state.collateral <== Poseidon(8)(amounts);
    state.orders <== orders;
    state.chunks <== Chunks(POSITIONS)(id, lots);
    accountCommitment <== Commitment()(state);

    // Step 2 puts every position that has lots into exactly one lane.
    var used[POSITIONS]; // all 0
    for (var i = 0; i < POSITIONS; i++) {
        for (var l = 0; l < LANES; l++) {
            used[i] += member[i][l];
        }
    }
    if (POSITIONS <= 64) {
        Unique(POSITIONS)(id, used);
    } else {
        UniqueSorted(POSITIONS)(id, lots, used, accountCommitment);
    }

    // Step 2. Authenticate the snapshot, the subtree of each lane and the row of each position.
    snapshotRoot <== SnapshotRoot()(underlyingRoots, prices, paramsHash, timestamp);
    for (var l = 0; l < LANES; l++) {
        LaneRoot()(laneUnderlying[l], laneChildren[l], underlyingRoots);
        if (l > 0) {
            // The underlyings ascend, so no underlying has two lanes. The requirement is then one number: a proof of
            // default cannot raise it by splitting a hedge over two lanes.
            Unsigned(3)(laneUnderlying[l] - laneUnderlying[l - 1] - 1);
        }
    }
    Row(ELEMENTS) row[POSITIONS];
    for (var i = 0; i < POSITIONS; i++) {
        row[i].packed <== packed[i];
        row[i].shortFloor <== shortFloor[i];
        row[i].addOn <== addOn[i];
        AuthenticRow(LANES, ELEMENTS)(lots[i], member[i], place[i], row[i], children[i], laneChildren);
    }

    // Step 3. The risk of each lane, over its positions.
    signal weighted[POSITIONS][ELEMENTS];
    signal floor[POSITIONS];
    signal charge[POSITIONS];
    for (var i = 0; i < POSITIONS; i++) {
        (weighted[i], floor[i], charge[i]) <== Contribution(ELEMENTS)(lots[i], shortLots[i], row[i]);
    }
    signal sums[LANES][ELEMENTS];
    signal laneFloor[LANES];
    signal risk[LANES];
    signal mark[LANES];
    signal greek[LANES][GREEKS];
    for (var l = 0; l < LANES; l++) {
        var inLane[POSITIONS];
        for (var i = 0; i < POSITIONS; i++) {
            inLane[i] = member[i][l];
        }
        (sums[l], laneFloor[l]) <== LaneSums(POSITIONS, ELEMENTS)(inLane, weighted, floor);
        (risk[l], mark[l], greek[l]) <== LaneRisk(total_bits(POSITIONS), SCENARIOS, ELEMENTS)(sums[l], laneFloor[l]);
    }

    // Step 4. The requirement: the risk of all lanes, and an add-on for every lot, long or short.
    var requirement = 0;
    for (var l = 0; l < LANES; l++) {
        requirement += risk[l];
    }
    for (var i = 0; i < POSITIONS; i++) {
        requirement += charge[i];
    }

    // Step 5. Equity.
    var marks = 0;
    for (var l = 0; l < LANES; l++) {
        marks += mark[l];
    }
    signal equity <== Equity()(cash, marks, amounts, prices);

    // Step 6. Healthy. Circuits that disclose show both sides of the comparison.
    healthy <== Healthy()(equity, requirement, requirementBps);
    for (var d = 0; d < DISCLOSED; d++) {
        disclosed[d] <== d == 0 ? equity : requirement;
    }

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
