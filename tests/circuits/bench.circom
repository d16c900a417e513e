pragma circom 2.2.0;

include "merkle8_path.circom";

// The circuit of the benchmarks: as many Poseidon paths as stay under 30 000 constraints (a domain of 2^15).
// Public: root[11]. Private: leaf, position, siblings.
component main = Merkle8Paths(11, 6);
