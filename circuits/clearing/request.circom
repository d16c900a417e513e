pragma circom 2.2.0;

include "circomlib/circuits/poseidon.circom";
include "batch.circom";

// Tags keep the requests of one kind from posing as those of another.
function CREDIT_TAG() { return 1; }
function REKEY_TAG() { return 2; }

// The factor of a request on chain: z - value - y * (account + 2^40 * tag), or 1.
//
//   credit: value = asset + 2^4 * amount,    tag 1
//   rekey:  value = Poseidon(key),           tag 2
//
// account has 40 bits, so account + 2^40 * tag has one reading.
template RequestFactor() {
    signal input credits; // bit
    signal input rekeys;  // bit, not set with the other one
    signal input account; // unsigned 40 bits
    signal input credit;  // asset + 2^4 * amount; 0 if none
    signal input key[2];  // point
    signal input z;       // field element
    signal input y;       // field element
    signal output factor; // field element

    signal hash <== Poseidon(2)(key);
    signal ofRekey <== rekeys * hash;
    signal tagged <== y * (account + (1 << 40) * (CREDIT_TAG() * credits + REKEY_TAG() * rekeys));
    factor <== Masked()(credits + rekeys, z - credit - ofRekey - tagged);
}
