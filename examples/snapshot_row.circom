pragma circom 2.2.0;

include "circomlib/circuits/poseidon.circom";
include "merkle8_path.circom";

// A row of a risk snapshot is in the table that was published, without saying which row it is.
//
//   leaf = Poseidon(instrument, markPrice, scanningRisk)
//   root = the root above `leaf` on the path (position, siblings)
//
// `context` takes no part in the statement. It binds the proof to one request, so that nobody can present the proof a
// second time for another: the contract that reads it decides which contexts are still open.

template SnapshotRow(DEPTH) {
    signal input context;             // field element, public
    signal input instrument;          // field element, private
    signal input markPrice;           // field element, private
    signal input scanningRisk;        // field element, private
    signal input position[DEPTH];     // 0..7, base-8 digits of the row's index, least significant first
    signal input siblings[DEPTH][7];  // field elements, leaf level first
    signal output root;               // field element, public

    signal leaf <== Poseidon(3)([instrument, markPrice, scanningRisk]);
    root <== Merkle8Path(DEPTH)(leaf, position, siblings);

    // A public signal in no constraint at all could be dropped from the key.
    signal contextSquared <== context * context;
}

// 4096 rows.
component main {public [context]} = SnapshotRow(4);
