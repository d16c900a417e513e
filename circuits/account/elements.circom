pragma circom 2.2.0;

include "circomlib/circuits/poseidon.circom";
include "commitment.circom";
include "opening.circom";

// An opening as a list of field elements, in this order:
//
//   owner, account, key.x, key.y, viewKey, nonce, cash, eight amounts, eight elements of the order table, and the
//   elements of the positions, five slots each
//
// A circuit of N positions has 23 + ceil(N / 5) of them. The slots beyond are empty: they are constants in the
// commitment, so the list determines the commitment. It is also determined by it, unless Poseidon collides.

function opening_elements(POSITIONS) {
    return 23 + (POSITIONS + POSITIONS_PER_ELEMENT() - 1) \ POSITIONS_PER_ELEMENT();
}

// The list of an opening, whose hash of the order table is that of these elements.
template OpeningElements(POSITIONS) {
    input Opening() opening;
    signal input orders[8];       // elements of the order table
    signal input id[POSITIONS];   // unsigned 15 bits
    signal input lots[POSITIONS]; // signed 32 bits
    signal output elements[opening_elements(POSITIONS)];

    signal hashed <== Poseidon(8)(orders);
    opening.orders === hashed;

    elements[0] <== opening.owner;
    elements[1] <== opening.account;
    elements[2] <== opening.key[0];
    elements[3] <== opening.key[1];
    elements[4] <== opening.viewKey;
    elements[5] <== opening.nonce;
    elements[6] <== opening.cash;
    for (var i = 0; i < 8; i++) {
        elements[7 + i] <== opening.amounts[i];
        elements[15 + i] <== orders[i];
    }
    for (var e = 23; e < opening_elements(POSITIONS); e++) {
        var slots = 0;
        for (var j = 0; j < POSITIONS_PER_ELEMENT(); j++) {
            var i = POSITIONS_PER_ELEMENT() * (e - 23) + j;
            var position = i < POSITIONS ? packed_position(id[i], lots[i]) : packed_position(0, 0);
            slots += position * (1 << (47 * j));
        }
        elements[e] <== slots;
    }
}
