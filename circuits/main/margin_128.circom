pragma circom 2.2.0;

include "../margin/margin.circom";

component main {public [requirementBps, context]} = Margin(8, 128, 16, 6, 0, 0);
