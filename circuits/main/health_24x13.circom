pragma circom 2.2.0;

include "../health/lookup.circom";

component main {public [requirementBps, z]} = HealthByLookup(24, standard(3, 13), 8, 2);
