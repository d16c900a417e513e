pragma circom 2.2.0;

include "../clearing/upkeep.circom";

component main {public [z]} = Upkeep(44, 6);
