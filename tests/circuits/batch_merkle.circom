pragma circom 2.2.0;

include "merkle8_path.circom";

// Six paths of depth 5 (32 768 leaves each). Public: root[6]. Private: leaf, position, siblings.
component main = Merkle8Paths(6, 5);
