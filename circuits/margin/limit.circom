pragma circom 2.2.0;

include "../lib/range.circom";

// Step 7. |value| <= limit.
//
// A value has at most 83 bits with its sign and a limit 83 without, so limit - value and limit + value stay below 2^84, and a
// negative one of them is r less something below 2^84, which has more than 84 bits.
template WithinLimit() {
    signal input value; // micro-quote, signed 83 bits, which the caller shows
    signal input limit; // micro-quote, unsigned 83 bits, which the caller shows

    Unsigned(84)(limit - value);
    Unsigned(84)(limit + value);
}
