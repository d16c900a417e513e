pragma circom 2.2.0;

include "../health/paths.circom";

component main {public [requirementBps, z]} = HealthByPaths(1, standard(5, 64));
