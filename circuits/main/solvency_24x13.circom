pragma circom 2.2.0;

include "../solvency/solvency.circom";

component main {public [requirementBps, x]} = Solvency(24, standard(3, 13), 8, 0);
