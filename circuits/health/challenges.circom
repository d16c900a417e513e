pragma circom 2.2.0;

include "../lib/digest.circom";
include "claims.circom";

// Puts numbers of BITS bits into field elements: element n \ PER of number n.
function per_element(BITS) { return 252 \ BITS; }
function elements_for(COUNT, BITS) { return (COUNT + per_element(BITS) - 1) \ per_element(BITS); }

// The challenge for the claims of a batch. Everything that the claims are compared with is in it: the accounts by their
// commitments, the table by its root, and the claims themselves.
template ClaimChallenge(ACCOUNTS, LANES, ELEMENTS) {
    signal input digest;                            // of the commitments
    signal input snapshotRoot;                      // field element
    input Claims(LANES, ELEMENTS) claims[ACCOUNTS]; // the underlyings have 3 bits
    signal output challenge;                        // field element

    var UNDERLYINGS = elements_for(ACCOUNTS * LANES, 3);
    var EACH = LANES * (ELEMENTS + 1) + 1;
    var hashed[2 + UNDERLYINGS + ACCOUNTS * EACH]; // all 0
    hashed[0] = digest;
    hashed[1] = snapshotRoot;
    for (var a = 0; a < ACCOUNTS; a++) {
        var at = 2 + UNDERLYINGS + a * EACH;
        hashed[at] = claims[a].charge;
        for (var l = 0; l < LANES; l++) {
            var n = a * LANES + l;
            hashed[2 + n \ per_element(3)] += claims[a].underlying[l] * (1 << (3 * (n % per_element(3))));
            hashed[at + 1 + l * (ELEMENTS + 1)] = claims[a].floor[l];
            for (var k = 0; k < ELEMENTS; k++) {
                hashed[at + 2 + l * (ELEMENTS + 1) + k] = claims[a].sums[l][k];
            }
        }
    }
    challenge <== Digest(2 + UNDERLYINGS + ACCOUNTS * EACH)(hashed);
}

// The challenge for the keys. It follows the first challenge, and contains the rows and their weighted lots.
template KeyChallenge(GROUPS, ROWS) {
    signal input claimChallenge;    // field element
    signal input first[GROUPS];     // unsigned 15 bits: the id of an octet's first row, or of a single row
    signal input weighted[ROWS][2]; // field elements
    signal output challenge;        // field element

    var IDS = elements_for(GROUPS, 15);
    var hashed[1 + IDS + 2 * ROWS]; // all 0
    hashed[0] = claimChallenge;
    for (var g = 0; g < GROUPS; g++) {
        hashed[1 + g \ per_element(15)] += first[g] * (1 << (15 * (g % per_element(15))));
    }
    for (var r = 0; r < ROWS; r++) {
        for (var side = 0; side < 2; side++) {
            hashed[1 + IDS + 2 * r + side] = weighted[r][side];
        }
    }
    challenge <== Digest(1 + IDS + 2 * ROWS)(hashed);
}
