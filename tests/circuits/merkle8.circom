pragma circom 2.2.0;

include "merkle8_path.circom";

// One path of depth 6 (262 144 leaves). Public: root. Private: leaf, position, siblings.
component main = Merkle8Path(6);
