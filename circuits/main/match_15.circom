pragma circom 2.2.0;

include "../clearing/match.circom";

component main {public [clock, domain, z]} = Match(15);
