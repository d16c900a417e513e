pragma circom 2.2.0;

include "../lib/range.circom";

// Step 7. |value| <= limit.
//
// A value has at most 83 bits with its sign, and a limit has 83 bits. So limit - value and limit + value are below 2^84.
// A negative one is r less something below 2^84, which has more than 84 bits.
template WithinLimit() {
    signal input value; // micro-quote, signed 83 bits; the caller must check it
    signal input limit; // micro-quote, unsigned 83 bits; the caller must check it

    Unsigned(84)(limit - value);
    Unsigned(84)(limit + value);
}
