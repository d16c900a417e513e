pragma circom 2.2.0;

include "../lib/range.circom";
include "batch.circom";
include "fill.circom";
include "match.circom";
include "sheet.circom";
include "terms.circom";

// A sheet's side of a fill, as a step of a batch.
template SheetSide() {
    signal input enabled; // bit
    input Holder() holder;
    input Terms() terms;
    input Sheet() sheet;
    output Step() step;
    signal output fee;    // micro-quote, unsigned 75 bits

    signal message <== SheetMessage()(holder, terms, sheet);
    State() next;
    (next, fee) <== Filled()(holder, terms, message, sheet.sequence, sheet.cap);
    step <== FillStep()(enabled, holder, next, terms, sheet.sequence);
}

// I know FILLS fills, each of an entry of a sheet and of an order, by the keys of two accounts, or fewer and padding.
//
// As in Match, but the first account has signed a sheet of quotes, and buys or sells.
//
// Public signals, in order: digest, ratio, sealed, fees, clock, domain, z.
template Quote(FILLS) {
    signal input clock;             // public, time + 2^40 * reduceOnly
    signal input domain;            // public, field element
    signal input z;                 // public, field element

    signal input reduceOnly;        // bit
    signal input enabled[FILLS];    // bits: 0 for padding
    signal input side[FILLS];       // bits, of the sheet: 0 buys, 1 sells
    signal input instrument[FILLS]; // unsigned 15 bits
    signal input lots[FILLS];       // unsigned, 1..2^31 - 1
    signal input price[FILLS];      // micro-quote per lot, signed 45 bits
    input Holder() holder[FILLS][2]; // the sheet's, the order's
    input Sheet() sheet[FILLS];
    input Order() order[FILLS];

    signal output digest;           // field element
    signal output ratio;            // field element
    signal output sealed;           // field element
    signal output fees;             // micro-quote, unsigned 84 bits

    Setting() setting <== Circumstances()(clock, domain, reduceOnly);
    Terms() terms[FILLS][2];
    Step() steps[2 * FILLS];
    signal fee[FILLS][2];
    signal charged[FILLS];
    var sum = 0;
    for (var i = 0; i < FILLS; i++) {
        NonZero()(holder[i][0].state.account - holder[i][1].state.account);
        terms[i] <== BothTerms()(setting, side[i], instrument[i], lots[i], price[i]);
        (steps[2 * i], fee[i][0]) <== SheetSide()(enabled[i], holder[i][0], terms[i][0], sheet[i]);
        (steps[2 * i + 1], fee[i][1]) <== OrderSide()(enabled[i], holder[i][1], terms[i][1], order[i]);
        charged[i] <== enabled[i] * (fee[i][0] + fee[i][1]);
        sum += charged[i];
    }
    fees <== sum;
    (digest, ratio, sealed) <== Batch(2 * FILLS)(steps, z);
}
