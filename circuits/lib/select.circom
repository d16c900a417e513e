pragma circom 2.2.0;

include "range.circom";

// A number as a row of bits, of which exactly one is set.
//
//   sum_i chosen[i] = 1,    sum_i i * chosen[i] = index
//
// Every chosen[i] is a bit and they add up to 1, so exactly one is set, and the second sum says which.
template OneHot(COUNT) {
    signal input index;          // 0..COUNT - 1, or no witness exists
    signal output chosen[COUNT]; // bits

    var bits = 0;
    var number = 0;
    for (var i = 0; i < COUNT; i++) {
        chosen[i] <-- index == i;
        Bit()(chosen[i]);
        bits += chosen[i];
        number += i * chosen[i];
    }
    bits === 1;
    number === index;
}

// The value at the chosen place: sum_i chosen[i] * values[i].
template Pick(COUNT) {
    signal input chosen[COUNT]; // bits, of which at most one is set
    signal input values[COUNT]; // field elements
    signal output value;        // field element; 0 if no bit is set

    signal terms[COUNT];
    var sum = 0;
    for (var i = 0; i < COUNT; i++) {
        terms[i] <== chosen[i] * values[i];
        sum += terms[i];
    }
    value <== sum;
}

// The values after a change of the chosen one.
template Change(COUNT) {
    signal input chosen[COUNT];   // bits, of which at most one is set
    signal input values[COUNT];   // field elements
    signal input change;          // field element
    signal output changed[COUNT]; // field elements

    for (var i = 0; i < COUNT; i++) {
        changed[i] <== values[i] + chosen[i] * change;
    }
}

// Two bits as a row of four, of which exactly one is set: that of bits[0] + 2 * bits[1].
template OneOfFour() {
    signal input bits[2];    // bits, least significant first
    signal output chosen[4]; // bits

    chosen[3] <== bits[0] * bits[1];
    chosen[2] <== bits[1] - chosen[3];
    chosen[1] <== bits[0] - chosen[3];
    chosen[0] <== 1 - bits[0] - chosen[2];
}

// Three bits as a row of eight, of which exactly one is set: that of bits[0] + 2 * bits[1] + 4 * bits[2].
template OneOfEight() {
    signal input bits[3];    // bits, least significant first
    signal output chosen[8]; // bits

    signal low[4] <== OneOfFour()([bits[0], bits[1]]);
    for (var i = 0; i < 4; i++) {
        chosen[4 + i] <== bits[2] * low[i];
        chosen[i] <== low[i] - chosen[4 + i];
    }
}
