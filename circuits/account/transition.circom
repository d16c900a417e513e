pragma circom 2.2.0;

include "circomlib/circuits/bitify.circom";
include "circomlib/circuits/poseidon.circom";
include "../lib/range.circom";
include "../margin/account.circom";

// One of ten changes, as a row of bits of which one is set.
//
//   asset = sum_i i * chosen[i]
template Choice() {
    signal input asset;      // 0..9
    signal input chosen[10]; // bits
    var sum = 0;
    var number = 0;
    for (var i = 0; i < 10; i++) {
        Bit()(chosen[i]);
        sum += chosen[i];
        number += i * chosen[i];
    }
    sum === 1;
    number === asset;
}

// I know the account that oldCommitment opens to, and newCommitment opens to the account after one change.
//
//   asset 0..7   amounts[asset] + delta          a deposit or a withdrawal of collateral
//   asset 8      cash + delta                    of cash
//   asset 9      other positions, other cash     a trade; delta = 0
//
// Nothing else differs but the owner (public), the nonce (one more) and the salt. The salt is free where an account begins and in
// a trade; else it follows from the old one, so that whoever has the opening of one state has those of all until the next
// trade: nobody can make an account that nobody can close out.
//
//   newSalt = Poseidon(salt, nonce)
//
// An account begins as nothing: with genesis = 1 the old account has no cash, no collateral, no positions, nonce 0 and salt 0,
// and oldCommitment is 0, which is no account's.
// The contract compares the old commitment, owner and nonce with its own; who may do what is for it to say.
//
//   actors = owner + 2^160 * nonce
//   change = newOwner + 2^160 * asset + 2^164 * (delta + 2^64)
//
// Public signals, in order: oldCommitment, newCommitment, actors, change, context.
template Transition() {
    signal input actors;           // public, unsigned 224 bits
    signal input change;           // public, unsigned 229 bits
    signal input context;          // public, field element

    signal input genesis;          // bit
    signal input owner;            // unsigned 160 bits
    signal input nonce;            // unsigned 64 bits
    signal input salt;             // field element, 248 random bits
    signal input cash;             // micro-quote, signed 84 bits
    signal input amounts[8];       // 1e-6 of the asset, unsigned 64 bits
    signal input positions;        // field element, the hash of the positions

    signal input newOwner;         // unsigned 160 bits
    signal input newSalt;          // field element, 248 random bits
    signal input newCash;          // micro-quote, signed 84 bits
    signal input newPositions;     // field element
    signal input asset;            // 0..9
    signal input chosen[10];       // bits, that of the asset is set
    signal input delta;            // signed, |delta| <= 2^64

    signal output oldCommitment;   // field element
    signal output newCommitment;   // field element

    // Step 1. What the public signals say. The parts have their bits, so there is one way to read each.
    Unsigned(160)(owner);
    Unsigned(64)(nonce);
    actors === owner + (1 << 160) * nonce;
    Unsigned(160)(newOwner);
    Unsigned(65)(delta + (1 << 64));
    Choice()(asset, chosen);
    change === newOwner + (1 << 160) * asset + (1 << 164) * (delta + (1 << 64));

    // Step 2. The old account, or nothing.
    Bit()(genesis);
    genesis * nonce === 0;
    genesis * salt === 0;
    genesis * cash === 0;
    for (var c = 0; c < 8; c++) {
        genesis * amounts[c] === 0;
    }
    genesis * (positions - EMPTY_POSITIONS()) === 0;
    signal oldCollateral <== Poseidon(8)(amounts);
    signal opened <== Poseidon(6)([owner, nonce, salt, cash, oldCollateral, positions]);
    oldCommitment <== (1 - genesis) * opened;

    // Step 3. The change.
    signal newAmounts[8];
    for (var c = 0; c < 8; c++) {
        newAmounts[c] <== amounts[c] + chosen[c] * delta;
        Unsigned(64)(newAmounts[c]);
    }
    Signed(84)(newCash);
    signal cashChange <== chosen[8] * delta;
    (1 - chosen[9]) * (newCash - cash - cashChange) === 0;
    (1 - chosen[9]) * (newPositions - positions) === 0;
    chosen[9] * delta === 0;

    // Step 4. The new account.
    signal derivedSalt <== Poseidon(2)([salt, nonce]);
    signal isFree <== genesis + chosen[9] - genesis * chosen[9];
    (1 - isFree) * (newSalt - derivedSalt) === 0;
    signal newCollateral <== Poseidon(8)(newAmounts);
    newCommitment <== Poseidon(6)([newOwner, nonce + 1, newSalt, newCash, newCollateral, newPositions]);

    // Step 5. A constraint on the context, so that it cannot be stripped from the statement.
    signal contextSquared <== context * context;
}
