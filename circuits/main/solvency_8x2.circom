pragma circom 2.2.0;

include "../solvency/solvency.circom";

component main {public [requirementBps, x]} = Solvency(8, standard(2, 2), 2, 0);
