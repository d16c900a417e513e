pragma circom 2.2.0;

include "../account/transition.circom";

component main {public [actors, change, context]} = Transition();
