pragma circom 2.2.0;

include "circomlib/circuits/bitify.circom";

// Checks 0 <= value < 2^BITS.
template Unsigned(BITS) {
    assert(BITS <= 253); // with more bits, a field element has several decompositions
    signal input value;
    _ <== Num2Bits(BITS)(value);
}

// Checks -2^(BITS - 1) <= value < 2^(BITS - 1). A negative value is r + value.
template Signed(BITS) {
    assert(BITS <= 253);
    signal input value;
    _ <== Num2Bits(BITS)(value + (1 << (BITS - 1)));
}

// Checks value != 0: zero has no inverse.
template NonZero() {
    signal input value;
    signal inverse <-- value == 0 ? 0 : 1 / value;
    value * inverse === 1;
}

// Checks that value is 0 or 1.
template Bit() {
    signal input value;
    value * (value - 1) === 0;
}
