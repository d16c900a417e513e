pragma circom 2.2.0;

include "../margin/margin.circom";

component main {public [requirementBps, context]} = Margin(4, 22, 38, 14, 0, 2);
