pragma circom 2.2.0;

include "circomlib/circuits/bitify.circom";
include "circomlib/circuits/comparators.circom";
include "../account/commitment.circom";
include "../lib/range.circom";
include "batch.circom";
include "signature.circom";
include "slot.circom";
include "table.circom";
include "terms.circom";

// A position after a fill.
//
//   lots + (1 - 2 * side) * fill,    of the same instrument; the slot held it or was empty
//
// New lots have 32 bits with 2^31 added and are not -2^31, so |lots| < 2^31. With 0 lots the slot is empty again:
// instrument 0. A reduce-only fill leaves a buyer no long and a seller no short position.
template FilledPosition() {
    signal input id;      // unsigned 15 bits
    signal input lots;    // signed 32 bits
    input Terms() terms;
    signal output change; // new digit of the element less the old one

    lots * (id - terms.instrument) === 0;
    signal newLots <== lots + (1 - 2 * terms.side) * terms.lots;
    signal bits[32] <== Num2Bits(32)(newLots + (1 << 31));
    NonZero()(newLots + (1 << 31));
    signal isEmpty <== IsZero()(newLots);

    // Of a long position the top bit is set, and the position is not empty; of a short one the top bit is not set.
    var isLong = bits[31] - isEmpty;
    var isShort = 1 - bits[31];
    signal opposite <== isLong + terms.side * (isShort - isLong);
    terms.setting.reduceOnly * opposite === 0;

    signal newId <== terms.instrument * (1 - isEmpty);
    change <== packed_position(newId, newLots) - packed_position(id, lots);
}

// The state of an account after a fill that its key has signed a message for.
//
//   cash - (1 - 2 * side) * value - lots * rate,    one more operation, the order's entry, the filled position
//
// |value| <= 2^75 and lots * rate < 2^75, so the new cash, which is checked to have 84 bits, does not wrap.
template Filled() {
    input Holder() holder;
    input Terms() terms;
    signal input message;  // field element, what the owner signed
    signal input sequence; // of the order or sheet, unsigned 40 bits
    signal input most;     // of the order or sheet, unsigned 31 bits
    output State() next;
    signal output fee;     // micro-quote, unsigned 75 bits

    // The owner's consent.
    SignedBy()(holder.state.key, message, holder.signature);

    // What is filled of the order. At most 256 sequences a second: nobody reaches the end of the numbers.
    signal orders;
    var latest = 256 * terms.setting.time;
    (orders, next.orders) <== OrderTable()(holder.table, sequence, terms.lots, most, latest);
    holder.state.orders === orders;

    // The position.
    Place() place <== SlotPlace()(holder.slot);
    signal id;
    signal lots;
    (id, lots) <== OpenSlot()(place, holder.state.chunks, holder.elements);
    signal change <== FilledPosition()(id, lots, terms);
    next.chunks <== WriteSlot()(place, holder.state.chunks, holder.elements, change);

    // The cash.
    fee <== terms.lots * holder.rate;
    signal paid <== (1 - 2 * terms.side) * terms.value;
    next.cash <== holder.state.cash - paid - fee;
    Signed(84)(next.cash);

    // The rest.
    next.owner <== holder.state.owner;
    next.account <== holder.state.account;
    next.key <== holder.state.key;
    next.viewKey <== holder.state.viewKey;
    next.nonce <== holder.state.nonce + 1;
    next.collateral <== holder.state.collateral;
}

// A fill as a step of a batch.
//
//   changed = MATCH + 2^3 * slot + 2^11 * (instrument + 2^15 * side + 2^16 * lots + 2^47 * (price + 2^44) + 2^92 * rate
//             + 2^136 * sequence)
//
// Each field has its width by the fill, so the number has 187 bits and one reading.
template FillStep() {
    signal input enabled;  // bit
    input Holder() holder;
    input State() next;
    input Terms() terms;
    signal input sequence; // unsigned 40 bits
    output Step() step;

    var payload = terms.instrument + (1 << 15) * terms.side + (1 << 16) * terms.lots;
    payload += (1 << 47) * (terms.price + (1 << 44)) + (1 << 92) * holder.rate + (1 << 136) * sequence;
    step.enabled <== enabled;
    step.account <== holder.state.account;
    step.viewKey <== holder.state.viewKey;
    step.nonce <== holder.state.nonce;
    step.before <== Commitment()(holder.state);
    step.after <== Commitment()(next);
    step.changed <== MATCH() + (1 << 3) * holder.slot + (1 << 11) * payload;
}
