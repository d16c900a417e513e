pragma circom 2.2.0;

// A circuit of six public signals, as small as possible: it stands in for the circuits of a batch, whose proofs cost
// the verifier the same. A main component is appended by generate_batch.py.
//
//   product = (secret + FACTOR) * part[0] * part[1] * ... * part[4]
//
// Public:  product (output), part[5] (inputs).   Private: secret.

template StandIn(FACTOR) {
    signal input secret;   // field element
    signal input part[5];  // field elements
    signal output product; // field element

    signal partial[5];
    partial[0] <== (secret + FACTOR) * part[0];
    for (var i = 1; i < 5; i++) {
        partial[i] <== partial[i - 1] * part[i];
    }
    product <== partial[4];
}
