pragma circom 2.2.0;

include "../account/withdraw.circom";

component main {public [holder, change, context]} = Withdraw();
