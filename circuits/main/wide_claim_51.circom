pragma circom 2.2.0;

include "../margin/claim.circom";

component main {public [context]} = Claim(wide(5, 51));
