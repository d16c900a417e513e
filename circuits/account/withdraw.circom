pragma circom 2.2.0;

include "circomlib/circuits/poseidon.circom";
include "../lib/range.circom";
include "../lib/select.circom";
include "commitment.circom";
include "open.circom";

// I know the account that oldCommitment opens to, and newCommitment opens to the same account, with the next nonce and
// without what is withdrawn.
//
//   asset 0..7   amounts[asset] - amount
//   asset 8      cash - amount
//
// Whether the account may lack it is another proof's subject: health at initial margin of the new state.
//
//   change = asset + 2^4 * amount
//
// Public signals, in order: oldCommitment, newCommitment, holder, change, context.
template Withdraw() {
    signal input holder;         // public, unsigned 200 bits
    signal input change;         // public, unsigned 68 bits
    signal input context;        // public, field element

    input State() state;         // before
    signal input amounts[8];     // 1e-6 of the asset, unsigned 64 bits
    signal input asset;          // 0..8
    signal input amount;         // 1e-6 of the asset, unsigned 64 bits

    signal output oldCommitment; // field element
    signal output newCommitment; // field element

    signal owner <== Holder()(holder, state.account);
    owner === state.owner;
    Unsigned(64)(amount);
    change === asset + (1 << 4) * amount;

    signal collateral <== Poseidon(8)(amounts);
    collateral === state.collateral;
    oldCommitment <== Commitment()(state);

    signal chosen[9] <== OneHot(9)(asset);
    var held[9];
    for (var c = 0; c < 8; c++) {
        held[c] = amounts[c];
    }
    held[8] = state.cash;
    signal left[9] <== Change(9)(chosen, held, -amount);
    signal newAmounts[8];
    for (var c = 0; c < 8; c++) {
        newAmounts[c] <== left[c];
        Unsigned(64)(newAmounts[c]);
    }
    Signed(84)(left[8]);

    State() next;
    next.owner <== state.owner;
    next.account <== state.account;
    next.key <== state.key;
    next.viewKey <== state.viewKey;
    next.nonce <== state.nonce + 1;
    next.cash <== left[8];
    next.collateral <== Poseidon(8)(newAmounts);
    next.orders <== state.orders;
    next.chunks <== state.chunks;
    newCommitment <== Commitment()(next);

    // A constraint that binds the proof to its context.
    signal contextSquared <== context * context;
}
