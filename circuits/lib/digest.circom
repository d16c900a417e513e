pragma circom 2.2.0;

include "circomlib/circuits/poseidon.circom";

// A digest of COUNT field elements, a chain of Poseidon hashes over blocks.
//
//   COUNT <= 16   digest = Poseidon(values)
//   COUNT > 16    digest[0] = Poseidon(values[0..15]), digest[b] = Poseidon(digest[b - 1], the next 15 values)
//
// The last block is filled with zeros. The number of values is fixed by the circuit, so no list of another length has
// the same digest in it.
template Digest(COUNT) {
    assert(COUNT >= 1);
    signal input values[COUNT]; // field elements
    signal output digest;       // field element

    if (COUNT <= 16) {
        digest <== Poseidon(COUNT)(values);
    } else {
        var BLOCKS = 1 + (COUNT - 16 + 14) \ 15;
        signal chain[BLOCKS];
        for (var b = 0; b < BLOCKS; b++) {
            var block[16];
            for (var i = 0; i < 16; i++) {
                var at = b == 0 ? i : 16 + 15 * (b - 1) + i - 1;
                if (b > 0 && i == 0) {
                    block[i] = chain[b - 1];
                } else {
                    block[i] = at < COUNT ? values[at] : 0;
                }
            }
            chain[b] <== Poseidon(16)(block);
        }
        digest <== chain[BLOCKS - 1];
    }
}

// The value of a polynomial at a point: sum_i values[i] * point^i.
template Horner(COUNT) {
    assert(COUNT >= 1);
    signal input values[COUNT]; // field elements, the constant first
    signal input point;         // field element
    signal output value;        // field element

    signal partial[COUNT];
    for (var i = COUNT - 1; i >= 0; i--) {
        partial[i] <== values[i] + (i == COUNT - 1 ? 0 : partial[i + 1]) * point;
    }
    value <== partial[0];
}
