pragma circom 2.2.0;

include "circomlib/circuits/bitify.circom";

// Shows 0 <= value < 2^BITS.
template Unsigned(BITS) {
    assert(BITS <= 253); // above that, the bits of a field element are not unique
    signal input value;
    _ <== Num2Bits(BITS)(value);
}

// Shows -2^(BITS - 1) <= value < 2^(BITS - 1), a negative value being r + value.
template Signed(BITS) {
    assert(BITS <= 253);
    signal input value;
    _ <== Num2Bits(BITS)(value + (1 << (BITS - 1)));
}

// Shows that a value is not zero: only then has it an inverse.
template NonZero() {
    signal input value;
    signal inverse <-- value == 0 ? 0 : 1 / value;
    value * inverse === 1;
}

// Shows that a value is a bit.
template Bit() {
    signal input value;
    value * (value - 1) === 0;
}
