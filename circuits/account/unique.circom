pragma circom 2.2.0;

include "../lib/distinct.circom";
include "../lib/range.circom";

// The number of a slot, which must differ from those of all others: the id, or below 0 in an empty slot.
function slot_number(i, id, used) { return id - (1 - used) * (i + 1); }

// Step 1. No instrument stands in two slots that have lots.
//
// The caller must check that `used` is 1 in every slot with lots. The numbers of such slots are ids, so they differ only
// if the ids do. In the other slots the prover is free; with id 0 and used = 0 the number of slot i is -(i + 1), which
// is that of no other slot, so empty slots are never in the way.
template Unique(POSITIONS) {
    signal input id[POSITIONS];   // unsigned 15 bits
    signal input used[POSITIONS]; // bits

    if (POSITIONS > 1) {
        var number[POSITIONS];
        for (var i = 0; i < POSITIONS; i++) {
            number[i] = slot_number(i, id[i], used[i]);
        }
        Distinct(POSITIONS)(number);
    }
}

// The same for long lists.
//
// Here the commitment must determine the numbers. It determines ids and lots, and `used` is 1 in no slot without lots:
//
//   prod_i (lots[i] + 1 - used[i]) is not 0
//
// since the factor is 1 if used[i] is 0, and lots[i] otherwise.
template UniqueSorted(POSITIONS) {
    signal input id[POSITIONS];   // unsigned 15 bits
    signal input lots[POSITIONS]; // signed 32 bits
    signal input used[POSITIONS]; // bits, 1 in every slot with lots
    signal input commitment;      // field element, of an account with these ids and lots

    signal product[POSITIONS];
    var number[POSITIONS];
    for (var i = 0; i < POSITIONS; i++) {
        product[i] <== (i == 0 ? 1 : product[i - 1]) * (lots[i] + 1 - used[i]);
        number[i] = slot_number(i, id[i], used[i]);
    }
    NonZero()(product[POSITIONS - 1]);
    DistinctSorted(POSITIONS)(number, commitment);
}
