pragma circom 2.2.0;

include "../account/opening.circom";
include "../account/unique.circom";
include "../lib/range.circom";
include "health.circom";
include "lane.circom";
include "position.circom";
include "row.circom";
include "shape.circom";
include "snapshot.circom";

// The lanes of an account.
bus Lanes(LANES) {
    signal underlying[LANES];  // 0..7, ascending
    signal children[LANES][8]; // children of each lane's subtree root
}

// A slot of an account, and the path of its row.
bus PathSlot(LANES, ELEMENTS) {
    signal member[LANES];   // bits: the position's lane
    signal index;           // within the underlying, unsigned 12 bits
    signal lots;            // signed 32 bits
    Row(ELEMENTS) row;
    signal children[3][8];  // leaf level first
}

// Steps 1 to 5 for one account: its commitment, equity, requirement and the ids of its positions, with a path for each.
template Valuation(SHAPE) {
    var LANES = lanes_of(SHAPE);
    var POSITIONS = positions_of(SHAPE);
    var SCENARIOS = scenarios_of(SHAPE);
    var ELEMENTS = elements_of(SHAPE);
    var GREEKS = 3 * ELEMENTS - SCENARIOS - 1;
    assert(POSITIONS <= 128);

    input Opening() opening;
    input Lanes(LANES) lanes;
    input PathSlot(LANES, ELEMENTS) slots[POSITIONS];
    signal input prices[8];             // micro-quote per whole asset after haircut; the caller must check it
    signal input underlyingRoots[8];    // children of the table's root; the caller must authenticate them

    signal output commitment;           // field element
    output Value() value;
    signal output greek[LANES][GREEKS]; // micro-quote, signed 83 bits
    signal output id[POSITIONS];        // unsigned 15 bits

    // Step 1. Open the account. No instrument stands in it twice. Step 2 gives one lane to each position with lots.
    signal shortLots[POSITIONS];
    signal place[POSITIONS][4][3];
    var lots[POSITIONS];
    var used[POSITIONS];
    for (var i = 0; i < POSITIONS; i++) {
        lots[i] = slots[i].lots;
        shortLots[i] <== Lots()(lots[i]);
        (id[i], place[i]) <== InstrumentId(LANES)(slots[i].index, slots[i].member, lanes.underlying);
        used[i] = 0;
        for (var l = 0; l < LANES; l++) {
            used[i] += slots[i].member[l];
        }
    }
    commitment <== Opened(POSITIONS)(opening, id, lots);
    if (POSITIONS <= 64) {
        Unique(POSITIONS)(id, used);
    } else {
        UniqueSorted(POSITIONS)(id, lots, used, commitment);
    }

    // Step 2. Authenticate the subtree of each lane and the row of each position.
    for (var l = 0; l < LANES; l++) {
        LaneRoot()(lanes.underlying[l], lanes.children[l], underlyingRoots);
        if (l > 0) {
            // The underlyings ascend, so no underlying has two lanes. The requirement is then one number: a proof of
            // default cannot raise it by splitting a hedge over two lanes.
            Unsigned(3)(lanes.underlying[l] - lanes.underlying[l - 1] - 1);
        }
    }
    for (var i = 0; i < POSITIONS; i++) {
        AuthenticRow(LANES, ELEMENTS)(lots[i], slots[i].member, place[i], slots[i].row, slots[i].children, lanes.children);
    }

    // Step 3. The risk of each lane, over its positions.
    signal weighted[POSITIONS][ELEMENTS];
    signal floor[POSITIONS];
    signal charge[POSITIONS];
    for (var i = 0; i < POSITIONS; i++) {
        (weighted[i], floor[i], charge[i]) <== Contribution(ELEMENTS)(lots[i], shortLots[i], slots[i].row);
    }
    signal sums[LANES][ELEMENTS];
    signal laneFloor[LANES];
    signal risk[LANES];
    signal mark[LANES];
    for (var l = 0; l < LANES; l++) {
        var inLane[POSITIONS];
        for (var i = 0; i < POSITIONS; i++) {
            inLane[i] = slots[i].member[l];
        }
        (sums[l], laneFloor[l]) <== LaneSums(POSITIONS, ELEMENTS)(inLane, weighted, floor);
        (risk[l], mark[l], greek[l]) <== LaneRisk(total_bits(POSITIONS), SCENARIOS, ELEMENTS)(sums[l], laneFloor[l]);
    }

    // Step 4. The requirement: the risk of all lanes, and an add-on for every lot, long or short.
    var required = 0;
    for (var l = 0; l < LANES; l++) {
        required += risk[l];
    }
    for (var i = 0; i < POSITIONS; i++) {
        required += charge[i];
    }
    value.requirement <== required;

    // Step 5. Equity.
    var marks = 0;
    for (var l = 0; l < LANES; l++) {
        marks += mark[l];
    }
    value.funds <== opening.cash + marks;
    value.equity <== EquityAt()(opening.cash, marks, opening.amounts, prices);
}
