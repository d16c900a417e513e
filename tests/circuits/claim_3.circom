pragma circom 2.2.0;

include "../../circuits/margin/claim.circom";

// Three positions in up to two underlyings.
component main {public [context]} = Claim(standard(2, 3));
