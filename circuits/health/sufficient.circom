pragma circom 2.2.0;

include "../lib/range.circom";
include "../margin/health.circom";

// An account is healthy and funded.
//
//   10000 * equity >= requirementBps * requirement * 10^6
//   cash + marks >= 0
//
// |cash| <= 2^83 and |marks| <= 8 * 2^82, so cash + marks has less than 86 bits, and a negative one has more.
template Sufficient() {
    input Value() value;
    signal input requirementBps; // 1/10000, unsigned 20 bits

    signal healthy <== Healthy()(value.equity, value.requirement, requirementBps);
    healthy === 1;
    Unsigned(86)(value.funds);
}
