pragma circom 2.2.0;

include "../../circuits/health/lookup.circom";

// Two accounts of 13 positions in up to three underlyings, 8 neighbouring rows and 2 others: within a domain of 2^15.
component main {public [requirementBps, z]} = HealthByLookup(2, standard(3, 13), 1, 2);
