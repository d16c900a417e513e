pragma circom 2.2.0;

include "circomlib/circuits/comparators.circom";
include "circomlib/circuits/poseidon.circom";
include "../account/commitment.circom";
include "../lib/range.circom";
include "../margin/snapshot.circom";
include "batch.circom";
include "credit.circom";
include "request.circom";
include "settled.circom";
include "slot.circom";

// An operation of one account: at most one bit is set, and none in padding.
bus Kind() {
    signal expires; // bit
    signal credits; // bit
    signal rekeys;  // bit
}

// An operation, and the account opened as far as it needs it.
bus Operation() {
    State() state;
    signal slot;           // 0..127, of the expired position
    signal elements[4];    // of the slot's chunk
    signal mark;           // of the expired position, micro-quote per lot
    signal children[4][8]; // path of its row, leaf level first
    signal amounts[8];     // 1e-6 of the asset, unsigned 64 bits
    signal asset;          // credited, 0..8
    signal amount;         // credited, 1e-6 of the asset, unsigned 64 bits
    signal key[2];         // new key
}

// A key is a point of the curve, or (0, 0), which takes no orders.
//
//   x * curve = 0  and  y * curve = 0,    curve = 168700 x^2 + y^2 - 1 - 168696 x^2 y^2
//
// Either curve = 0, or both coordinates are.
template CurveKey() {
    signal input key[2]; // field elements

    signal x2 <== key[0] * key[0];
    signal y2 <== key[1] * key[1];
    signal both <== x2 * y2;
    var curve = 168700 * x2 + y2 - 1 - 168696 * both;
    key[0] * curve === 0;
    key[1] * curve === 0;
}

// A settled position becomes cash: lots * mark. The slot is empty afterwards.
//
// With enabled = 0 nothing changes. An empty slot does not expire. |lots| < 2^31 and |mark| <= 2^44, so
// |cash| < 2^75.
template ExpiredPosition(ELEMENTS) {
    signal input enabled;            // bit
    input Operation() operation;
    signal input underlyingRoots[8]; // children of the table's root
    signal output changed[7];        // chunks of the next state
    signal output cash;              // micro-quote, to be added
    signal output instrument;        // unsigned 15 bits; 0 with enabled = 0

        Place() place <== SlotPlace()(operation.slot);
    signal id;
    signal lots;
    (id, lots) <== OpenSlot()(place, operation.state.chunks, operation.elements);
    signal isEmpty <== IsZero()(lots);
    enabled * isEmpty === 0;

    instrument <== enabled * id;
    SettledRow(ELEMENTS)(enabled, instrument, operation.mark, operation.children, underlyingRoots);
    signal expired <== enabled * lots;
    cash <== expired * operation.mark;
    // The digit of an empty slot less the old one, or 0.
    var change = -instrument - (1 << 15) * expired;
    changed <== WriteSlot()(place, operation.state.chunks, operation.elements, change);
}

// An operation as a step of a batch, and its factor in the product of requests.
//
//   changed = 2, 3 or 4 + 2^3 * slot + 2^11 * payload
//   expiry: slot, payload = instrument;    credit: payload = asset + 2^4 * amount;    new key: payload = 0
//
// The new cash is the old one, of 84 bits, plus less than 2^76, and is checked to have 84 bits.
template UpkeepStep(ELEMENTS) {
    input Kind() kind;
    input Operation() operation;
    signal input underlyingRoots[8]; // children of the table's root
    signal input z;                  // field element
    signal input y;                  // field element
    output Step() step;
    signal output factor;            // field element

    Bit()(kind.expires);
    Bit()(kind.credits);
    Bit()(kind.rekeys);

    State() state <== operation.state;
    State() next;

    signal settled;
    signal instrument;
    (next.chunks, settled, instrument) <== ExpiredPosition(ELEMENTS)(kind.expires, operation, underlyingRoots);

    signal collateral <== Poseidon(8)(operation.amounts);
    state.collateral === collateral;
    signal amounts[8];
    signal deposit;
    (amounts, deposit) <== Credited()(kind.credits, operation.asset, operation.amount, operation.amounts);
    next.collateral <== Poseidon(8)(amounts);
    next.cash <== state.cash + settled + deposit;
    Signed(84)(next.cash);

    CurveKey()(operation.key);
    for (var i = 0; i < 2; i++) {
        next.key[i] <== state.key[i] + kind.rekeys * (operation.key[i] - state.key[i]);
    }

    next.owner <== state.owner;
    next.account <== state.account;
    next.viewKey <== state.viewKey;
    next.nonce <== state.nonce + 1;
    next.orders <== state.orders;

    signal ofExpiry <== kind.expires * operation.slot;
    signal ofCredit <== kind.credits * (operation.asset + (1 << 4) * operation.amount);
    var number = EXPIRE() * kind.expires + CREDIT() * kind.credits;
    number += REKEY() * kind.rekeys;
    // Batch checks that the sum of the three bits is a bit.
    step.enabled <== kind.expires + kind.credits + kind.rekeys;
    step.account <== state.account;
    step.viewKey <== state.viewKey;
    step.nonce <== state.nonce;
    step.before <== Commitment()(state);
    step.after <== Commitment()(next);
    step.changed <== number + (1 << 3) * ofExpiry + (1 << 11) * (instrument + ofCredit);
    factor <== RequestFactor()(kind.credits, kind.rekeys, state.account, ofCredit, operation.key, z, y);
}

// I know OPERATIONS expiries, credits and new keys, or fewer and padding.
//
//   expiry:   a position of a settled instrument becomes cash at the mark of a snapshot
//   credit:   a deposit goes into the account
//   new key:  another key signs the account's orders
//
// The product of requests ties credits and new keys to what is on chain.
//
// Public signals, in order: digest, ratio, sealed, requests, snapshotRoot, z.
template Upkeep(OPERATIONS, ELEMENTS) {
    signal input z;                  // public, field element

    input Kind() kind[OPERATIONS];
    input Operation() operation[OPERATIONS];
    signal input underlyingRoots[8]; // children of the table's root
    signal input prices[8];          // micro-quote per whole asset after haircut
    signal input paramsHash;         // field element
    signal input timestamp;          // seconds

    signal output digest;            // field element
    signal output ratio;             // field element
    signal output sealed;            // field element
    signal output requests;          // field element
    signal output snapshotRoot;      // field element

    snapshotRoot <== SnapshotRoot()(underlyingRoots, prices, paramsHash, timestamp);
    signal y <== AccountPower()(z);
    Step() steps[OPERATIONS];
    signal factors[OPERATIONS];
    for (var i = 0; i < OPERATIONS; i++) {
        (steps[i], factors[i]) <== UpkeepStep(ELEMENTS)(kind[i], operation[i], underlyingRoots, z, y);
    }
    requests <== Product(OPERATIONS)(factors);
    (digest, ratio, sealed) <== Batch(OPERATIONS)(steps, z);
}
