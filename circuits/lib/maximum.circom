pragma circom 2.2.0;

include "range.circom";

// The largest of COUNT values.
//
//   0 <= maximum - value[i] < 2^BITS   for every i      (an upper bound, and close)
//   prod_i (maximum - value[i]) = 0                     (attained)
//
// At most one maximum passes. If two values v and w both passed, v - w and w - v would both be in [0, 2^BITS). They add
// up to 0 mod r, so both are 0. If 0 is among the values, the maximum itself is in [0, 2^BITS) and every value is in
// (-2^BITS, 2^BITS), so the caller needs no other range check.
template Maximum(COUNT, BITS) {
    assert(BITS <= 252);
    signal input value[COUNT]; // signed; any two must differ by less than 2^BITS, or no witness exists
    signal output maximum;     // signed

    var best = value[0];
    for (var i = 1; i < COUNT; i++) {
        best = value[i] > best ? value[i] : best;
    }
    maximum <-- best;

    signal product[COUNT];
    for (var i = 0; i < COUNT; i++) {
        Unsigned(BITS)(maximum - value[i]);
        product[i] <== (i == 0 ? 1 : product[i - 1]) * (maximum - value[i]);
    }
    product[COUNT - 1] === 0;
}
