pragma circom 2.2.0;

include "circomlib/circuits/bitify.circom";
include "circomlib/circuits/comparators.circom";
include "circomlib/circuits/poseidon.circom";
include "../lib/division.circom";
include "../lib/range.circom";
include "../lib/select.circom";

// The order table of an account: 24 entries (sequence, filled), three to an element.
//
//   element[e] = sum_{j < 3} (sequence + 2^40 * filled) * 2^(72 j)    of the places 3 e + j
//   orders     = Poseidon(element[0..7])
//
// An order's place is its sequence mod 24. With sequence = 3 q + j and the bits of q, the place is in element q mod 8
// at digit j: (3 q + j) mod 24 = 3 (q mod 8) + j.

// An order with a sequence takes lots. Its entry (s, filled) says what is filled of the newest order in its place.
//
//   s < sequence    a newer order takes the place:  filled becomes lots
//   s = sequence    the order goes on:              filled becomes filled + lots
//   s > sequence    no witness exists
//
// Then filled <= most and sequence <= latest, the number that the time allows.
//
// The sequence has 40 bits, as latest < 2^40 and latest - sequence has 40 bits and, by the division, sequence is below
// 3 * 2^39. The 216 bits of an element are below r, so its digits are unique; s has 40 bits and filled has 32. So
// sequence - s is in (-2^40, 2^40), and filled + lots is below 2^34. As most < 2^31, filled and lots are below 2^31
// afterwards.
template OrderTable() {
    signal input table[8];  // elements
    signal input sequence;  // unsigned 40 bits
    signal input lots;      // unsigned, at most 2^31
    signal input most;      // unsigned 31 bits
    signal input latest;    // unsigned 40 bits
    signal output orders;   // hash of the table
    signal output filled;   // hash of the table after the fill

    orders <== Poseidon(8)(table);

    // The place of the order.
    Unsigned(40)(latest - sequence);
    signal quotient[39];
    signal digit[3];
    (quotient, digit) <== Division(3, 39)(sequence);
    signal element[8] <== OneOfEight()([quotient[0], quotient[1], quotient[2]]);

    // Its entry.
    signal old <== Pick(8)(element, table);
    signal bits[216] <== Num2Bits(216)(old);
    var sequences[3];
    var fills[3];
    for (var j = 0; j < 3; j++) {
        sequences[j] = 0;
        fills[j] = 0;
        for (var b = 0; b < 40; b++) {
            sequences[j] += bits[72 * j + b] * (1 << b);
        }
        for (var b = 0; b < 32; b++) {
            fills[j] += bits[72 * j + 40 + b] * (1 << b);
        }
    }
    signal entrySequence <== Pick(3)(digit, sequences);
    signal entryFilled <== Pick(3)(digit, fills);

    // The fill.
    Unsigned(40)(sequence - entrySequence);
    signal goesOn <== IsZero()(sequence - entrySequence);
    signal before <== goesOn * entryFilled;
    Unsigned(31)(most - before - lots);

    // The entry afterwards: (sequence, before + lots).
    var moved = sequence - entrySequence + (1 << 40) * (before + lots - entryFilled);
    var weight = digit[0] + (1 << 72) * digit[1] + (1 << 144) * digit[2];
    signal change <== weight * moved;
    signal newTable[8] <== Change(8)(element, table, change);
    filled <== Poseidon(8)(newTable);
}
