pragma circom 2.2.0;

include "../health/lookup.circom";

component main {public [requirementBps, z]} = HealthByLookup(16, standard(4, 30), 10, 2);
