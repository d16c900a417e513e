pragma circom 2.2.0;

include "circomlib/circuits/poseidon.circom";
include "commitment.circom";

// The opening of a commitment, without the positions.
bus Opening() {
    signal owner;      // field element
    signal account;    // field element, its number in the house
    signal key[2];     // field elements, the key that signs its orders
    signal viewKey;    // field element, 248 random bits
    signal nonce;      // field element
    signal cash;       // micro-quote, signed 84 bits
    signal amounts[8]; // 1e-6 of the asset, unsigned 64 bits
    signal orders;     // field element, the hash of the order table
}

// Step 1. The commitment that an opening and its positions give.
template Opened(POSITIONS) {
    input Opening() opening;
    signal input id[POSITIONS];   // unsigned 15 bits
    signal input lots[POSITIONS]; // signed 32 bits
    signal output commitment;     // field element

    State() state;
    state.owner <== opening.owner;
    state.account <== opening.account;
    state.key <== opening.key;
    state.viewKey <== opening.viewKey;
    state.nonce <== opening.nonce;
    state.cash <== opening.cash;
    state.collateral <== Poseidon(8)(opening.amounts);
    state.orders <== opening.orders;
    state.chunks <== Chunks(POSITIONS)(id, lots);
    commitment <== Commitment()(state);
}
