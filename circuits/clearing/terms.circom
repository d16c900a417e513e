pragma circom 2.2.0;

include "../account/commitment.circom";
include "../lib/range.circom";
include "signature.circom";

// An account that takes part in a fill, opened as far as the fill needs it.
bus Holder() {
    State() state;
    signal table[8];       // elements of the order table
    signal slot;           // 0..127: where the instrument is held, or an empty slot
    signal elements[4];    // of the slot's chunk
    signal rate;           // fee charged, micro-quote per lot, unsigned 44 bits
    Signature() signature; // of its order or sheet
}

// The circumstances of a proof's fills.
bus Setting() {
    signal domain;     // field element, chain and house
    signal time;       // seconds, unsigned 32 bits
    signal reduceOnly; // bit: fills may only reduce positions
}

// The terms of a fill for one of its sides.
bus Terms() {
    Setting() setting;
    signal instrument; // unsigned 15 bits
    signal side;       // bit: 0 buys, 1 sells
    signal lots;       // unsigned, at least 1
    signal price;      // micro-quote per lot, signed 45 bits
    signal value;      // micro-quote, lots * price
}

// The circumstances, from the public signals.
//
//   clock = time + 2^40 * reduceOnly
//
// The time has 32 bits, enough until 2106. Then 256 * time, which bounds the sequences, has 40 bits.
template Circumstances() {
    signal input clock;      // unsigned 41 bits
    signal input domain;     // field element
    signal input reduceOnly; // bit
    output Setting() setting;

    Bit()(reduceOnly);
    setting.domain <== domain;
    setting.reduceOnly <== reduceOnly;
    setting.time <== clock - (1 << 40) * reduceOnly;
    Unsigned(32)(setting.time);
}

// The terms of a fill for both sides: one instrument, one price, as many lots bought as sold.
//
//   1 <= lots <= 2^31, and below 2^31 by the order table;    |value| <= 2^75
template BothTerms() {
    input Setting() setting;
    signal input side;       // bit: the first side's; the second has the other one
    signal input instrument; // unsigned 15 bits
    signal input lots;       // unsigned, at least 1
    signal input price;      // micro-quote per lot, signed 45 bits
    output Terms() terms[2];

    Bit()(side);
    Unsigned(15)(instrument);
    Unsigned(31)(lots - 1);
    Signed(45)(price);
    signal value <== lots * price;
    for (var i = 0; i < 2; i++) {
        terms[i].setting <== setting;
        terms[i].instrument <== instrument;
        terms[i].side <== i == 0 ? side : 1 - side;
        terms[i].lots <== lots;
        terms[i].price <== price;
        terms[i].value <== value;
    }
}
