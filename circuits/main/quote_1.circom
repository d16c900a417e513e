pragma circom 2.2.0;

include "../clearing/quote.circom";

component main {public [clock, domain, z]} = Quote(1);
