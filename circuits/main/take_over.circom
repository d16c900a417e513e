pragma circom 2.2.0;

include "../account/take_over.circom";

component main {public [holder, key, venue, context]} = TakeOver();
