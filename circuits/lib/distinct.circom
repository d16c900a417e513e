pragma circom 2.2.0;

include "circomlib/circuits/poseidon.circom";
include "range.circom";

// Checks that all values differ: the product of the differences of all pairs is not 0.
//
// COUNT (COUNT - 1) / 2 + 1 constraints.
template Distinct(COUNT) {
    assert(COUNT >= 2);
    signal input value[COUNT]; // field elements

    var PAIRS = COUNT * (COUNT - 1) / 2;
    signal product[PAIRS];
    var pair = 0;
    for (var i = 1; i < COUNT; i++) {
        for (var j = 0; j < i; j++) {
            product[pair] <== (pair == 0 ? 1 : product[pair - 1]) * (value[i] - value[j]);
            pair++;
        }
    }
    NonZero()(product[PAIRS - 1]);
}

// Checks that a list ascends, and hashes it: a point that nobody knows before the list.
//
//   sorted[i + 1] - sorted[i] - 1 has 16 bits
//   point = Poseidon(seed, sorted[0], the gaps, packed)
//
// The list is at most 2^16 (COUNT - 1) < r long, so no two of its values are equal mod r. The first value and the gaps
// give the list, and each gap has its own bits of the packed ones, so the hash is one of the whole list.
template Ascending(COUNT) {
    assert(COUNT >= 2);
    var PER_ELEMENT = 15;
    var ELEMENTS = (COUNT - 1 + PER_ELEMENT - 1) \ PER_ELEMENT;
    assert(ELEMENTS <= 14);
    signal input sorted[COUNT]; // signed
    signal input seed;          // field element
    signal output point;        // field element

    var hashed[2 + ELEMENTS]; // all 0
    hashed[0] = seed;
    hashed[1] = sorted[0];
    for (var i = 0; i < COUNT - 1; i++) {
        var gap = sorted[i + 1] - sorted[i] - 1;
        Unsigned(16)(gap);
        var e = 2 + i \ PER_ELEMENT;
        hashed[e] += gap * (1 << (16 * (i % PER_ELEMENT)));
    }
    point <== Poseidon(2 + ELEMENTS)(hashed);
}

// Checks that all values differ, for long lists: they are a permutation of a list that ascends.
//
//   prod_i (point - value[i]) = prod_i (point - sorted[i])
//
// The seed must determine the values, by hashes that nobody finds collisions of. So seed and list fix both sides, as
// polynomials of the point, before the point is known. If the values are no permutation of the list, the polynomials
// differ, and fewer than COUNT of the r points satisfy the equation. The point is a hash, so a prover has to try about
// r / COUNT lists or seeds until one does.
//
// 16 (COUNT - 1) + 2 COUNT constraints and one hash: fewer than `Distinct` from about 60 values on.
template DistinctSorted(COUNT) {
    signal input value[COUNT]; // signed; with a gap above 2^16 between neighbours there is no witness
    signal input seed;         // field element that determines the values

    signal sorted[COUNT];
    var last = -(1 << 64); // below every value
    for (var i = 0; i < COUNT; i++) {
        last = next_above(COUNT, value, last);
        sorted[i] <-- last;
    }
    signal point <== Ascending(COUNT)(sorted, seed);

    signal ofValues[COUNT];
    signal ofSorted[COUNT];
    for (var i = 0; i < COUNT; i++) {
        ofValues[i] <== (i == 0 ? 1 : ofValues[i - 1]) * (point - value[i]);
        ofSorted[i] <== (i == 0 ? 1 : ofSorted[i - 1]) * (point - sorted[i]);
    }
    ofValues[COUNT - 1] === ofSorted[COUNT - 1];
}

// The smallest value above a bound, as integers in (-r/2, r/2); the bound itself if there is none.
function next_above(COUNT, value, bound) {
    var next = bound;
    for (var i = 0; i < COUNT; i++) {
        if (value[i] > bound && (next == bound || value[i] < next)) {
            next = value[i];
        }
    }
    return next;
}
