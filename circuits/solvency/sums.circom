pragma circom 2.2.0;

include "circomlib/circuits/bitify.circom";
include "circomlib/circuits/poseidon.circom";
include "../lib/quotient.circom";

// Sums over accounts. Up to 2^32 accounts, no sum wraps: the widths are those of one account and 32 bits more.
bus Sums() {
    signal unhealthy;  // the accounts below the requirement, unsigned 32 bits
    signal deficit;    // pico-quote, sum of max(0, -equity), unsigned 164 bits
    signal cash;       // micro-quote, signed 116 bits
    signal amounts[8]; // 1e-6 of the asset, unsigned 96 bits
    signal lots;       // field element: see LotsValue
}

// A commitment to sums. A random blind hides them; the first and the last sums, which are public, have blind 0.
template SumsHash() {
    input Sums() sums;
    signal input blind; // field element
    signal output hash; // field element

    var hashed[13]; // all 0
    hashed[0] = sums.unhealthy;
    hashed[1] = sums.deficit;
    hashed[2] = sums.cash;
    for (var c = 0; c < 8; c++) {
        hashed[3 + c] = sums.amounts[c];
    }
    hashed[11] = sums.lots;
    hashed[12] = blind;
    hash <== Poseidon(13)(hashed);
}

// The equity that an account lacks to have none: max(0, -equity).
//
// equity + 2^132 has 133 bits, and the top one is 0 if the equity is negative.
template Deficit() {
    signal input equity;   // pico-quote, |equity| < 2^132
    signal output deficit; // pico-quote, unsigned 132 bits

    signal bits[133] <== Num2Bits(133)(equity + (1 << 132));
    deficit <== (bits[132] - 1) * equity;
}

// The lots of an account, as a value that is 0 over all accounts if the lots of every instrument add up to 0.
//
//   value = sum_i lots[i] / (x - id[i])
//
// Over all accounts this is sum_id L[id] / (x - id), where L[id] are all lots of an instrument. As a rational function
// of x it is 0 only if every L[id] is. Times all x - id it is a polynomial of degree below 2^15, so if an L[id] is not
// 0, fewer than 2^15 of the r values of x make it 0. |L[id]| < 2^63 for 2^32 accounts, each with an instrument once, so
// L[id] = 0 mod r says that long and short lots of the instrument are equal.
//
// The caller must see that x is not below 2^15, where it could be an id, and that x was not known before the accounts.
template LotsValue(POSITIONS) {
    signal input id[POSITIONS];   // unsigned 15 bits
    signal input lots[POSITIONS]; // signed 32 bits, 0 in an empty slot
    signal input x;               // field element, 2^15 or more
    signal output value;          // field element

    signal part[POSITIONS];
    var total = 0;
    for (var i = 0; i < POSITIONS; i++) {
        part[i] <== Quotient()(lots[i], x - id[i]);
        total += part[i];
    }
    value <== total;
}

// The sums of two.
template Added() {
    input Sums() one;
    input Sums() other;
    output Sums() sums;

    sums.unhealthy <== one.unhealthy + other.unhealthy;
    sums.deficit <== one.deficit + other.deficit;
    sums.cash <== one.cash + other.cash;
    for (var c = 0; c < 8; c++) {
        sums.amounts[c] <== one.amounts[c] + other.amounts[c];
    }
    sums.lots <== one.lots + other.lots;
}
