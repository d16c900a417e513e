pragma circom 2.2.0;

include "../health/lookup.circom";

component main {public [requirementBps, z]} = HealthByLookup(4, wide(3, 13), 8, 2);
