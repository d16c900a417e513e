pragma circom 2.2.0;

include "../solvency/solvency.circom";

component main {public [requirementBps, x]} = Solvency(8, standard(4, 30), 20, 20);
