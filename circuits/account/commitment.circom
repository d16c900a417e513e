pragma circom 2.2.0;

include "circomlib/circuits/poseidon.circom";

// The commitment to an account, format 2: step 1 of docs/statement.md.
//
//   element    = five positions, 47 bits each: id + 2^15 * (lots + 2^31)
//   chunk      = Poseidon(four elements)
//   commitment = Poseidon(owner, account, key.x, key.y, viewKey, nonce, cash, collateral, orders, seven chunks)
//
// The list has 140 slots in every circuit, so all circuits give an account the same commitment. The slots beyond a
// circuit's own positions are empty: instrument 0 with 0 lots.

function POSITIONS_PER_ELEMENT() { return 5; }
function POSITIONS_PER_CHUNK() { return 20; }
function CHUNKS() { return 7; }

// The caller must check that id has 15 bits and lots + 2^31 has 32 bits.
function packed_position(id, lots) { return id + (1 << 15) * (lots + (1 << 31)); }

// Poseidon of four elements of empty slots.
function EMPTY_CHUNK() {
    return 5499919516371622625539305049310110536860339886070542086856822260815147503572;
}

// The hash of an order table without orders: Poseidon of eight zeros.
function EMPTY_ORDERS() {
    return 1524321216038799095937469147836866648978083754965002674906449126183454401066;
}

// The state of an account, its lists hashed.
bus State() {
    signal owner;          // unsigned 160 bits
    signal account;        // its number in the house, unsigned 40 bits
    signal key[2];         // BabyJubJub key that signs orders; (0, 0) takes none
    signal viewKey;        // 248 random bits
    signal nonce;          // unsigned 64 bits
    signal cash;           // micro-quote, signed 84 bits
    signal collateral;     // Poseidon of the eight amounts
    signal orders;         // hash of the order table
    signal chunks[7];      // hashes of the positions, 20 slots each
}

template Commitment() {
    input State() state;
    signal output commitment; // field element

    var hashed[16];
    hashed[0] = state.owner;
    hashed[1] = state.account;
    hashed[2] = state.key[0];
    hashed[3] = state.key[1];
    hashed[4] = state.viewKey;
    hashed[5] = state.nonce;
    hashed[6] = state.cash;
    hashed[7] = state.collateral;
    hashed[8] = state.orders;
    for (var c = 0; c < CHUNKS(); c++) {
        hashed[9 + c] = state.chunks[c];
    }
    commitment <== Poseidon(16)(hashed);
}

// The chunks of a list of positions.
template Chunks(POSITIONS) {
    assert(POSITIONS <= POSITIONS_PER_CHUNK() * CHUNKS());
    signal input id[POSITIONS];   // unsigned 15 bits
    signal input lots[POSITIONS]; // signed 32 bits
    signal output chunks[7];      // field elements

    var USED = (POSITIONS + POSITIONS_PER_CHUNK() - 1) \ POSITIONS_PER_CHUNK();
    for (var c = 0; c < CHUNKS(); c++) {
        if (c < USED) {
            var elements[4];
            for (var e = 0; e < 4; e++) {
                elements[e] = 0;
                for (var j = 0; j < POSITIONS_PER_ELEMENT(); j++) {
                    var i = POSITIONS_PER_CHUNK() * c + POSITIONS_PER_ELEMENT() * e + j;
                    var position = i < POSITIONS ? packed_position(id[i], lots[i]) : packed_position(0, 0);
                    elements[e] += position * (1 << (47 * j));
                }
            }
            chunks[c] <== Poseidon(4)(elements);
        } else {
            chunks[c] <== EMPTY_CHUNK();
        }
    }
}
