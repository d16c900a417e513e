pragma circom 2.2.0;

include "../lib/range.circom";
include "batch.circom";
include "fill.circom";
include "order.circom";
include "terms.circom";

// An order's side of a fill, as a step of a batch.
template OrderSide() {
    signal input enabled; // bit
    input Holder() holder;
    input Terms() terms;
    input Order() order;
    output Step() step;
    signal output fee;    // micro-quote, unsigned 75 bits

    signal message <== OrderMessage()(holder, terms, order);
    State() next;
    (next, fee) <== Filled()(holder, terms, message, order.sequence, order.most);
    step <== FillStep()(enabled, holder, next, terms, order.sequence);
}

// I know MATCHES fills, each of two orders by the keys of two accounts, or fewer and padding.
//
//   buyer:   + lots, cash - lots * price - lots * its rate
//   seller:  - lots, cash + lots * price - lots * its rate
//
// Lots and cash that one side gains the other loses, but for the fees, whose sum is public. Padding is a fill too, of
// accounts that exist nowhere; it shows nothing of itself.
//
// Public signals, in order: digest, ratio, sealed, fees, clock, domain, z.
template Match(MATCHES) {
    signal input clock;               // public, time + 2^40 * reduceOnly
    signal input domain;              // public, field element
    signal input z;                   // public, field element

    signal input reduceOnly;          // bit
    signal input enabled[MATCHES];    // bits: 0 for padding
    signal input instrument[MATCHES]; // unsigned 15 bits
    signal input lots[MATCHES];       // unsigned, 1..2^31 - 1
    signal input price[MATCHES];      // micro-quote per lot, signed 45 bits
    input Holder() holder[MATCHES][2]; // the buyer, the seller
    input Order() order[MATCHES][2];   // the buyer's, the seller's

    signal output digest;             // field element
    signal output ratio;              // field element
    signal output sealed;             // field element
    signal output fees;               // micro-quote, unsigned 84 bits

    Setting() setting <== Circumstances()(clock, domain, reduceOnly);
    Terms() terms[MATCHES][2];
    Step() steps[2 * MATCHES];
    signal fee[MATCHES][2];
    signal charged[MATCHES];
    var sum = 0;
    for (var i = 0; i < MATCHES; i++) {
        NonZero()(holder[i][0].state.account - holder[i][1].state.account);
        terms[i] <== BothTerms()(setting, 0, instrument[i], lots[i], price[i]);
        for (var s = 0; s < 2; s++) {
            (steps[2 * i + s], fee[i][s]) <== OrderSide()(enabled[i], holder[i][s], terms[i][s], order[i][s]);
        }
        charged[i] <== enabled[i] * (fee[i][0] + fee[i][1]);
        sum += charged[i];
    }
    fees <== sum;
    (digest, ratio, sealed) <== Batch(2 * MATCHES)(steps, z);
}
