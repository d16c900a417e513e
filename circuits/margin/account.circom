pragma circom 2.2.0;

include "circomlib/circuits/poseidon.circom";

// Step 1. The account behind its commitment.
//
//   element   = five positions, each id + 2^15 * (lots + 2^31), one every 47 bits
//   chunk     = Poseidon(four elements)
//   positions = Poseidon(seven chunks)
//   account   = Poseidon(owner, nonce, salt, cash, Poseidon(amounts), positions)
//
// The list has room for 140 positions whatever the instance, so the commitment of an account is the same for all of them:
// beyond the instance's own positions every slot is empty, that is, instrument 0 with 0 lots.

function ELEMENT() { return 5; }
function CHUNK() { return 20; }
function CHUNKS() { return 7; }

// One position; the caller shows that id has 15 bits and lots + 2^31 has 32.
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
    assert(POSITIONS <= CHUNK() * CHUNKS());
    signal input id[POSITIONS];   // unsigned 15 bits
    signal input lots[POSITIONS]; // signed 32 bits
    signal output hash;           // field element

    var USED = (POSITIONS + CHUNK() - 1) \ CHUNK();
    signal chunks[CHUNKS()];
    for (var c = 0; c < CHUNKS(); c++) {
        if (c < USED) {
            var elements[4];
            for (var e = 0; e < 4; e++) {
                elements[e] = 0;
                for (var j = 0; j < ELEMENT(); j++) {
                    var i = CHUNK() * c + ELEMENT() * e + j;
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

template AccountCommitment(POSITIONS) {
    signal input owner;           // field element
    signal input nonce;           // field element
    signal input salt;            // field element
    signal input cash;            // micro-quote, signed 84 bits
    signal input amounts[8];      // 1e-6 of the asset, unsigned 64 bits
    signal input id[POSITIONS];   // unsigned 15 bits
    signal input lots[POSITIONS]; // signed 32 bits
    signal output commitment;     // field element

    signal collateral <== Poseidon(8)(amounts);
    signal positions <== PositionsHash(POSITIONS)(id, lots);
    commitment <== Poseidon(6)([owner, nonce, salt, cash, collateral, positions]);
}
