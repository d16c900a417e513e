pragma circom 2.2.0;

include "circomlib/circuits/poseidon.circom";
include "../lib/range.circom";
include "commitment.circom";

// The asset of a change: 0..7 is collateral, as in the account's amounts.
function CASH() { return 8; }
function TRADE() { return 9; }
function ASSETS() { return 10; }

// The asset of a change as a row of bits, of which exactly one is set.
//
//   asset = sum_i i * chosen[i]
template Choice() {
    signal input asset;            // 0..9
    signal input chosen[ASSETS()]; // bits
    var sum = 0;
    var number = 0;
    for (var i = 0; i < ASSETS(); i++) {
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
//   asset 8      cash + delta                    a deposit or a withdrawal of cash
//   asset 9      other positions, other cash     a trade; delta = 0
//
// Besides the change, only the owner (public) and the nonce (one more) differ. The prover chooses the number, the trading
// key and the view key in the first transition of an account, and the two keys in a trade. In every other transition they
// stay the same, and the order table always does.
//
// So the opening of one state gives the openings of all states until the next trade. A holder cannot hide the account by
// a deposit from those who may have to close it out.
//
// In the first transition genesis = 1 and oldCommitment = 0, which is no account's commitment. The old account then is
// empty: number, keys, nonce, cash and collateral 0, no positions, no orders.
//
// The contract compares the old commitment, the owner and the nonce with its own. It decides who may make which change.
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
    signal input account;          // unsigned 40 bits
    signal input key[2];           // field elements, the key that signs its orders
    signal input viewKey;          // field element, 248 random bits
    signal input nonce;            // unsigned 64 bits
    signal input cash;             // micro-quote, signed 84 bits
    signal input amounts[8];       // 1e-6 of the asset, unsigned 64 bits
    signal input orders;           // field element, the hash of the order table
    signal input chunks[7];        // field elements, the hashes of the positions

    signal input newOwner;         // unsigned 160 bits
    signal input newAccount;       // unsigned 40 bits
    signal input newKey[2];        // field elements
    signal input newViewKey;       // field element, 248 random bits
    signal input newCash;          // micro-quote, signed 84 bits
    signal input newChunks[7];     // field elements
    signal input asset;            // 0..9
    signal input chosen[ASSETS()]; // bits, of which the asset's is set
    signal input delta;            // signed, |delta| <= 2^64

    signal output oldCommitment;   // field element
    signal output newCommitment;   // field element

    // Step 1. Unpack the public signals. Every part has its width, so each signal splits in one way.
    Unsigned(160)(owner);
    Unsigned(64)(nonce);
    actors === owner + (1 << 160) * nonce;
    Unsigned(160)(newOwner);
    Unsigned(65)(delta + (1 << 64));
    Choice()(asset, chosen);
    change === newOwner + (1 << 160) * asset + (1 << 164) * (delta + (1 << 64));

    // Step 2. Open the old account. It is empty at genesis.
    State() old;
    old.owner <== owner;
    old.account <== account;
    old.key <== key;
    old.viewKey <== viewKey;
    old.nonce <== nonce;
    old.cash <== cash;
    old.collateral <== Poseidon(8)(amounts);
    old.orders <== orders;
    old.chunks <== chunks;

    Bit()(genesis);
    genesis * account === 0;
    genesis * viewKey === 0;
    genesis * nonce === 0;
    genesis * cash === 0;
    genesis * (orders - EMPTY_ORDERS()) === 0;
    for (var i = 0; i < 2; i++) {
        genesis * key[i] === 0;
    }
    for (var c = 0; c < 8; c++) {
        genesis * amounts[c] === 0;
    }
    for (var c = 0; c < CHUNKS(); c++) {
        genesis * (chunks[c] - EMPTY_CHUNK()) === 0;
    }
    signal opened <== Commitment()(old);
    oldCommitment <== (1 - genesis) * opened;

    // Step 3. Apply the change.
    signal newAmounts[8];
    for (var c = 0; c < 8; c++) {
        newAmounts[c] <== amounts[c] + chosen[c] * delta;
        Unsigned(64)(newAmounts[c]);
    }
    Signed(84)(newCash);
    signal cashChange <== chosen[CASH()] * delta;
    (1 - chosen[TRADE()]) * (newCash - cash - cashChange) === 0;
    for (var c = 0; c < CHUNKS(); c++) {
        (1 - chosen[TRADE()]) * (newChunks[c] - chunks[c]) === 0;
    }
    chosen[TRADE()] * delta === 0;

    // Step 4. Commit to the new account.
    signal isFree <== genesis + chosen[TRADE()] - genesis * chosen[TRADE()];
    Unsigned(40)(newAccount);
    (1 - genesis) * (newAccount - account) === 0;
    for (var i = 0; i < 2; i++) {
        (1 - isFree) * (newKey[i] - key[i]) === 0;
    }
    (1 - isFree) * (newViewKey - viewKey) === 0;

    State() new;
    new.owner <== newOwner;
    new.account <== newAccount;
    new.key <== newKey;
    new.viewKey <== newViewKey;
    new.nonce <== nonce + 1;
    new.cash <== newCash;
    new.collateral <== Poseidon(8)(newAmounts);
    new.orders <== orders;
    new.chunks <== newChunks;
    newCommitment <== Commitment()(new);

    // Step 5. A constraint that binds the proof to its context.
    signal contextSquared <== context * context;
}
