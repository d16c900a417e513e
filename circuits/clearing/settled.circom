pragma circom 2.2.0;

include "circomlib/circuits/bitify.circom";
include "../lib/merkle.circom";
include "../lib/range.circom";
include "../margin/row.circom";

// The packed elements of a row whose only slot is its mark: all are 0 but this one.
//
//   ELEMENTS = 6     packed[5] = mark * 2^84     slot 16 of the layout standard
//   ELEMENTS = 14    packed[12] = mark * 2^168   slot 38 of the layout wide
function mark_element(ELEMENTS) { return ELEMENTS == 6 ? 5 : 12; }
function mark_weight(ELEMENTS) { return ELEMENTS == 6 ? 1 << 84 : 1 << 168; }

// The row of a settled instrument is in the risk table, at the instrument's place.
//
// Its scenarios, Greeks, short floor and add-on are 0: there is no risk any more. A live row has an add-on of at least
// 1. The mark has 45 bits, as publishers ensure for every slot, so the element has no other reading.
template SettledRow(ELEMENTS) {
    assert(ELEMENTS == 6 || ELEMENTS == 14);
    signal input enabled;            // bit: 0 accepts a row that is in no table
    signal input instrument;         // unsigned 15 bits
    signal input mark;               // micro-quote per lot, signed 45 bits
    signal input children[4][8];     // path, leaf level first
    signal input underlyingRoots[8]; // children of the table's root

    Signed(45)(mark);
    Row(ELEMENTS) row;
    for (var k = 0; k < ELEMENTS; k++) {
        row.packed[k] <== k == mark_element(ELEMENTS) ? mark * mark_weight(ELEMENTS) : 0;
    }
    row.shortFloor <== 0;
    row.addOn <== 0;
    signal leaf <== Leaf(ELEMENTS)(row);

    signal bits[15] <== Num2Bits(15)(instrument);
    signal place[5][3];
    for (var b = 0; b < 15; b++) {
        place[b \ 3][b % 3] <== bits[b];
    }
    signal node <== Climb(4)(leaf, [place[0], place[1], place[2], place[3]], children);
    signal expected <== Child()(underlyingRoots, place[4]);
    enabled * (node - expected) === 0;
}
