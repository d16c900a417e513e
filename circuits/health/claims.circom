pragma circom 2.2.0;

include "circomlib/circuits/bitify.circom";
include "../account/opening.circom";
include "../account/unique.circom";
include "../lib/merkle.circom";
include "../lib/range.circom";
include "../margin/health.circom";
include "../margin/lane.circom";
include "../margin/position.circom";
include "../margin/row.circom";
include "../margin/shape.circom";

// The positions of an account.
bus SlotList(POSITIONS) {
    signal id[POSITIONS];   // unsigned 15 bits
    signal lots[POSITIONS]; // signed 32 bits
    signal used[POSITIONS]; // 1 in a slot with lots; in an empty one anything
}

// What the prover claims of an account. An underlying without a lane has the claims 0.
bus Claims(LANES, ELEMENTS) {
    signal underlying[LANES];     // 0..7, ascending
    signal sums[LANES][ELEMENTS]; // field elements: sums of lots * packed
    signal floor[LANES];          // micro-quote: sums of max(0, -lots) * shortFloor
    signal charge;                // micro-quote: sum of |lots| * addOn over all lanes
}

// Opens an account, and values it; the value is right if the claims are true. No instrument stands in it twice.
template Claimed(SHAPE) {
    var LANES = lanes_of(SHAPE);
    var POSITIONS = positions_of(SHAPE);
    var SCENARIOS = scenarios_of(SHAPE);
    var ELEMENTS = elements_of(SHAPE);
    assert(POSITIONS <= 64); // from there on, Unique costs more than UniqueSorted

    input Opening() opening;
    input SlotList(POSITIONS) slots;
    input Claims(LANES, ELEMENTS) claims;
    signal input prices[8];             // micro-quote per whole asset after haircut; the caller must check it

    signal output commitment;           // field element
    signal output short[POSITIONS];     // bits
    signal output underlying[LANES][3]; // bits
    output Value() value;

    for (var i = 0; i < POSITIONS; i++) {
        Unsigned(15)(slots.id[i]); // with more bits, other ids and lots would have the same commitment
        short[i] <== IsShort()(slots.lots[i]);
        slots.lots[i] * (1 - slots.used[i]) === 0;
    }
    commitment <== Opened(POSITIONS)(opening, slots.id, slots.lots);
    Unique(POSITIONS)(slots.id, slots.used);

    signal risk[LANES];
    signal mark[LANES];
    var requirement = claims.charge;
    var marks = 0;
    for (var l = 0; l < LANES; l++) {
        underlying[l] <== Num2Bits(3)(claims.underlying[l]);
        if (l > 0) {
            Unsigned(3)(claims.underlying[l] - claims.underlying[l - 1] - 1); // no underlying has two lanes
        }
        (risk[l], mark[l], _) <== LaneRisk(total_bits(POSITIONS), SCENARIOS, ELEMENTS)(claims.sums[l], claims.floor[l]);
        requirement += risk[l];
        marks += mark[l];
    }
    value.funds <== opening.cash + marks;
    value.equity <== EquityAt()(opening.cash, marks, opening.amounts, prices);
    value.requirement <== requirement;
}

// The weights that a challenge x gives to the claims.
//
//   of sum k of underlying u                x^(STRIDE * u + k)              k = 0..ELEMENTS - 1
//   of the floor of underlying u            x^(STRIDE * u + ELEMENTS)
//   of the charge                           x^(ELEMENTS + 1)
//   of account a, on top of these           x^(8 * STRIDE * a)
//
// STRIDE = ELEMENTS + 2, so no two claims of a proof have the same weight.
bus Weights(ELEMENTS) {
    signal power[ELEMENTS + 2]; // x^0 .. x^(STRIDE - 1)
    signal underlying[8];       // x^(STRIDE * u)
}

template WeightsOf(ELEMENTS) {
    signal input challenge;          // field element
    output Weights(ELEMENTS) weights;
    signal output account;           // x^(8 * STRIDE)

    weights.power[0] <== 1;
    for (var k = 1; k < ELEMENTS + 2; k++) {
        weights.power[k] <== weights.power[k - 1] * challenge;
    }
    signal stride <== weights.power[ELEMENTS + 1] * challenge;
    weights.underlying[0] <== 1;
    for (var u = 1; u < 8; u++) {
        weights.underlying[u] <== weights.underlying[u - 1] * stride;
    }
    account <== weights.underlying[7] * stride;
}

// The weighted sum of an account's claims.
template WeightedClaims(SHAPE) {
    var LANES = lanes_of(SHAPE);
    var ELEMENTS = elements_of(SHAPE);
    input Weights(ELEMENTS) weights;
    signal input underlying[LANES][3]; // bits of the lanes' underlyings
    signal input sums[LANES][ELEMENTS];
    signal input floor[LANES];
    signal input charge;
    signal output value;               // field element

    signal part[LANES][ELEMENTS + 1];
    signal weight[LANES];
    signal ofLane[LANES];
    signal ofCharge <== weights.power[ELEMENTS + 1] * charge;
    var total = ofCharge;
    for (var l = 0; l < LANES; l++) {
        var inLane = 0;
        for (var k = 0; k < ELEMENTS; k++) {
            part[l][k] <== weights.power[k] * sums[l][k];
            inLane += part[l][k];
        }
        part[l][ELEMENTS] <== weights.power[ELEMENTS] * floor[l];
        inLane += part[l][ELEMENTS];
        weight[l] <== Child()(weights.underlying, underlying[l]);
        ofLane[l] <== weight[l] * inLane;
        total += ofLane[l];
    }
    value <== total;
}

// What a row adds to the weighted sum of all claims: its long and its short lots, each times what one lot adds.
//
//   long    weight[u] * (sum_k x^k packed[k])                              + x^(K + 1) addOn       K = ELEMENTS
//   short   weight[u] * (sum_k x^k packed[k] - x^K shortFloor)             - x^(K + 1) addOn
//
// Short lots are negative, so floor and add-on count them as |lots|.
template WeightedRow(ELEMENTS) {
    input Weights(ELEMENTS) weights;
    signal input underlying[3]; // bits
    signal input weighted[2];   // field elements: long lots, short lots
    input Row(ELEMENTS) row;
    signal output value;        // field element

    signal part[ELEMENTS];
    var packed = 0;
    for (var k = 0; k < ELEMENTS; k++) {
        part[k] <== weights.power[k] * row.packed[k];
        packed += part[k];
    }
    signal floor <== weights.power[ELEMENTS] * row.shortFloor;
    signal addOn <== weights.power[ELEMENTS + 1] * row.addOn;
    signal weight <== Child()(weights.underlying, underlying);
    signal both <== weight * packed;
    signal ofFloor <== weight * floor;
    signal long <== weighted[0] * (both + addOn);
    signal short <== weighted[1] * (both - ofFloor - addOn);
    value <== long + short;
}
