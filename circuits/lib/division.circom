pragma circom 2.2.0;

include "circomlib/circuits/bitify.circom";
include "select.circom";

// The quotient and the remainder of a number by a small constant.
//
//   value = DIVISOR * quotient + remainder,    0 <= quotient < 2^BITS,    0 <= remainder < DIVISOR
//
// The right side is below DIVISOR * 2^BITS < r, so the equation holds for integers, and division has one result. It
// follows that 0 <= value < DIVISOR * 2^BITS.
template Division(DIVISOR, BITS) {
    assert(BITS <= 240 && DIVISOR < (1 << 12));
    signal input value;                // unsigned
    signal output quotient[BITS];      // bits, least significant first
    signal output remainder[DIVISOR];  // bits, of which the remainder's is set

    signal rest <-- value % DIVISOR;
    remainder <== OneHot(DIVISOR)(rest);
    quotient <== Num2Bits(BITS)((value - rest) / DIVISOR);
}
