pragma circom 2.2.0;

include "../margin/disclosure.circom";

component main {public [context, z]} = Disclosure(wide(4, 22));
