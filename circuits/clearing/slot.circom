pragma circom 2.2.0;

include "circomlib/circuits/bitify.circom";
include "circomlib/circuits/poseidon.circom";
include "../account/commitment.circom";
include "../lib/division.circom";
include "../lib/range.circom";
include "../lib/select.circom";

// One slot of a positions list: slot = 20 * chunk + 5 * element + digit.
bus Place() {
    signal chunk[7];   // bits, of which one is set
    signal element[4]; // bits, of which one is set
    signal digit[5];   // bits, of which one is set
}

// The place of a slot. Slots are below 128: no circuit takes more positions.
//
//   slot = 5 * quotient + digit,    quotient = element + 4 * chunk
//
// As slot < 128, the quotient is at most 25 and the chunk at most 6.
template SlotPlace() {
    signal input slot;    // 0..127
    output Place() place;

    Unsigned(7)(slot);
    signal quotient[5];
    (quotient, place.digit) <== Division(5, 5)(slot);
    place.element <== OneOfFour()([quotient[0], quotient[1]]);
    signal chunk[8] <== OneOfEight()([quotient[2], quotient[3], quotient[4]]);
    for (var c = 0; c < CHUNKS(); c++) {
        place.chunk[c] <== chunk[c];
    }
}

// The position in a slot.
//
//   element = sum_{j < 5} (id_j + 2^15 * (lots_j + 2^31)) * 2^(47 j)
//
// The chunk hash of the state binds the four elements. An element has 235 bits, which are below r, so its five digits
// of 47 bits are unique, and so are the 15 bits of an id and the 32 bits of its lots.
template OpenSlot() {
    input Place() place;
    signal input chunks[7];   // of the state
    signal input elements[4]; // of the slot's chunk
    signal output id;         // unsigned 15 bits
    signal output lots;       // signed 32 bits

    signal chunk <== Pick(7)(place.chunk, chunks);
    signal opened <== Poseidon(4)(elements);
    chunk === opened;
    signal element <== Pick(4)(place.element, elements);
    signal bits[235] <== Num2Bits(235)(element);
    var ids[5];
    var sizes[5];
    for (var j = 0; j < 5; j++) {
        ids[j] = 0;
        sizes[j] = -(1 << 31);
        for (var b = 0; b < 15; b++) {
            ids[j] += bits[47 * j + b] * (1 << b);
        }
        for (var b = 0; b < 32; b++) {
            sizes[j] += bits[47 * j + 15 + b] * (1 << b);
        }
    }
    id <== Pick(5)(place.digit, ids);
    lots <== Pick(5)(place.digit, sizes);
}

// The chunks after a change of the position in a slot.
template WriteSlot() {
    input Place() place;
    signal input chunks[7];     // of the state
    signal input elements[4];   // of the slot's chunk
    signal input change;        // new digit less the old one
    signal output changed[7];   // of the next state

    var weight = 0;
    for (var j = 0; j < 5; j++) {
        weight += place.digit[j] * (1 << (47 * j));
    }
    signal moved <== weight * change;
    signal newElements[4] <== Change(4)(place.element, elements, moved);
    signal before <== Pick(7)(place.chunk, chunks);
    signal after <== Poseidon(4)(newElements);
    changed <== Change(7)(place.chunk, chunks, after - before);
}
