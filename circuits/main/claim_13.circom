pragma circom 2.2.0;

include "../margin/claim.circom";

component main {public [context]} = Claim(standard(3, 13));
