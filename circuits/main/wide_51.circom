pragma circom 2.2.0;

include "../margin/margin.circom";

component main {public [requirementBps, context]} = Margin(wide(5, 51));
