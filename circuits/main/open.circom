pragma circom 2.2.0;

include "../account/open.circom";

component main {public [holder, context]} = Open();
