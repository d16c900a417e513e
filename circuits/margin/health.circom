pragma circom 2.2.0;

include "circomlib/circuits/bitify.circom";
include "../lib/range.circom";

// Step 5. Checks the prices. Circuits for several accounts do so once.
template Prices() {
    signal input prices[8]; // micro-quote per whole asset after haircut, unsigned 64 bits

    for (var c = 0; c < 8; c++) {
        Unsigned(64)(prices[c]);
    }
}

// Step 5. The equity at prices that the caller checks.
template EquityAt() {
    signal input cash;       // micro-quote, signed 84 bits
    signal input marks;      // micro-quote, the marks of all positions
    signal input amounts[8]; // 1e-6 of the asset, unsigned 64 bits
    signal input prices[8];  // micro-quote per whole asset after haircut, unsigned 64 bits; the caller must check it
    signal output equity;    // pico-quote, |equity| < 2^132

    Signed(84)(cash);
    signal value[8];
    var collateral = 0;
    for (var c = 0; c < 8; c++) {
        Unsigned(64)(amounts[c]);
        value[c] <== amounts[c] * prices[c];
        collateral += value[c];
    }
    equity <== (cash + marks) * 1000000 + collateral;
}

// Steps 4 and 5. The value of an account.
bus Value() {
    signal funds;       // micro-quote, cash + marks, |funds| < 2^86
    signal equity;      // pico-quote, |equity| < 2^132
    signal requirement; // micro-quote, unsigned 87 bits
}

// Step 6. healthy = [ 10000 * equity >= requirementBps * requirement * 10^6 ], a bit.
//
// |10000 * equity| < 2^146 and the right side is below 2^127, so the difference is in [-2^147, 2^147). With 2^147 added
// it has 148 bits, and the top one is `healthy`.
template Healthy() {
    signal input equity;         // pico-quote, |equity| < 2^132
    signal input requirement;    // micro-quote, unsigned 87 bits
    signal input requirementBps; // 1/10000, unsigned 20 bits
    signal output healthy;       // bit

    Unsigned(20)(requirementBps);
    signal scaled <== requirementBps * requirement;
    signal difference[148] <== Num2Bits(148)(10000 * equity - 1000000 * scaled + (1 << 147));
    healthy <== difference[147];
}
