pragma circom 2.2.0;

include "circomlib/circuits/poseidon.circom";
include "../lib/range.circom";
include "commitment.circom";

// The owner and the number of an account in one signal.
//
//   holder = owner + 2^160 * account
//
// Both parts have their widths, so the signal splits in one way.
template Holder() {
    signal input holder;  // public, unsigned 200 bits
    signal input account; // unsigned 40 bits
    signal output owner;  // unsigned 160 bits

    Unsigned(40)(account);
    owner <== holder - (1 << 160) * account;
    Unsigned(160)(owner);
}

// The commitment is to a new account without funds, positions and orders, of an owner and a number that are public.
//
// The owner chooses both keys. A trading key that is no point of the curve takes no orders.
//
// Public signals, in order: commitment, holder, context.
template Open() {
    signal input holder;      // public, unsigned 200 bits
    signal input context;     // public, field element

    signal input account;     // unsigned 40 bits
    signal input key[2];      // field elements
    signal input viewKey;     // unsigned 248 bits

    signal output commitment; // field element

    Unsigned(248)(viewKey);
    State() state;
    state.owner <== Holder()(holder, account);
    state.account <== account;
    state.key <== key;
    state.viewKey <== viewKey;
    state.nonce <== 0;
    state.cash <== 0;
    state.collateral <== Poseidon(8)([0, 0, 0, 0, 0, 0, 0, 0]);
    state.orders <== EMPTY_ORDERS();
    for (var c = 0; c < CHUNKS(); c++) {
        state.chunks[c] <== EMPTY_CHUNK();
    }
    commitment <== Commitment()(state);

    // A constraint that binds the proof to its context.
    signal contextSquared <== context * context;
}
