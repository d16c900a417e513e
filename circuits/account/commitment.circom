pragma circom 2.2.0;

include "circomlib/circuits/poseidon.circom";

// The commitment to an account: step 1 of docs/statement.md.
//
//   element    = five positions, 47 bits each: id + 2^15 * (lots + 2^31)
//   chunk      = Poseidon(four elements)
//   positions  = Poseidon(seven chunks)
//   commitment = Poseidon(owner, nonce, salt, cash, Poseidon(amounts), positions)
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

// The hash of a list without positions: Poseidon of seven empty chunks.
function EMPTY_POSITIONS() {
    return 12525426302709244657132044318242998128490158119245869292592458051022888612927;
}

template PositionsHash(POSITIONS) {
    assert(POSITIONS <= POSITIONS_PER_CHUNK() * CHUNKS());
    signal input id[POSITIONS];   // unsigned 15 bits
    signal input lots[POSITIONS]; // signed 32 bits
    signal output hash;           // field element

    var USED = (POSITIONS + POSITIONS_PER_CHUNK() - 1) \ POSITIONS_PER_CHUNK();
    signal chunks[CHUNKS()];
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
    hash <== Poseidon(CHUNKS())(chunks);
}

template Commitment() {
    signal input owner;       // field element
    signal input nonce;       // field element
    signal input salt;        // field element, 248 random bits
    signal input cash;        // micro-quote, signed 84 bits
    signal input amounts[8];  // 1e-6 of the asset, unsigned 64 bits
    signal input positions;   // field element, the hash of the positions
    signal output commitment; // field element

    signal collateral <== Poseidon(8)(amounts);
    commitment <== Poseidon(6)([owner, nonce, salt, cash, collateral, positions]);
}
