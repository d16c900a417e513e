pragma circom 2.2.0;

include "circomlib/circuits/poseidon.circom";
include "../lib/distinct.circom";

// The number that must differ from those of all other slots: the id, or a negative number for an empty slot.
function unique_number(i, id, used) { return id - (1 - used) * (i + 1); }

// Step 1. No instrument stands in two slots that have lots.
//
// The caller must check that `used` is 1 in every slot with lots. Numbers of such slots are ids, so they differ only if
// the ids do. In every other slot the prover chooses; with id 0 and used = 0 its number is -(i + 1), which is no other
// slot's, so empty slots are never in the way.
template Unique(POSITIONS) {
    signal input id[POSITIONS];   // unsigned 15 bits
    signal input used[POSITIONS]; // bits

    if (POSITIONS > 1) {
        var number[POSITIONS];
        for (var i = 0; i < POSITIONS; i++) {
            number[i] = unique_number(i, id[i], used[i]);
        }
        Distinct(POSITIONS)(number);
    }
}

// The same for long lists. The commitment determines the ids, and with the bits `used` the numbers.
template UniqueSorted(POSITIONS) {
    assert(POSITIONS <= 253);
    signal input id[POSITIONS];   // unsigned 15 bits
    signal input used[POSITIONS]; // bits
    signal input commitment;      // field element, of an account with these ids

    var number[POSITIONS];
    var packed = 0;
    for (var i = 0; i < POSITIONS; i++) {
        number[i] = unique_number(i, id[i], used[i]);
        packed += used[i] * (1 << i);
    }
    signal seed <== Poseidon(2)([commitment, packed]);
    DistinctSorted(POSITIONS)(number, seed);
}
