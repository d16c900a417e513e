pragma circom 2.2.0;

include "circomlib/circuits/bitify.circom";
include "circomlib/circuits/poseidon.circom";
include "../lib/merkle.circom";
include "../lib/range.circom";
include "order.circom";

// A sheet of quotes, as its owner signs it, and one of its entries.
//
//   packed  = cap + 2^31 * sequence + 2^71 * expiry + 2^111 * feeRate
//   entry   = instrument + 2^15 * (bid + 2^44) + 2^60 * (ask + 2^44) + 2^105 * size
//   message = Poseidon(domain, owner, account, packed, root of the tree of entries)
//
// The tree has four levels of Poseidon(8) over the entries themselves. A missing entry is 0: its size is 0.
bus Sheet() {
    signal cap;            // most lots that may be filled from the sheet, unsigned 31 bits
    signal sequence;       // unsigned 40 bits
    signal expiry;         // seconds, unsigned 40 bits
    signal feeRate;        // highest fee, micro-quote per lot, unsigned 44 bits
    signal bid;            // of the entry, micro-quote per lot, signed 45 bits
    signal ask;            // of the entry, micro-quote per lot, signed 45 bits
    signal size;           // most lots of a fill, unsigned 31 bits
    signal index;          // place of the entry, unsigned 12 bits
    signal children[4][8]; // path from the entry to the root, leaf level first
}

// An entry of a sheet that allows a fill, and the message that the sheet's owner signed.
//
// The sheet buys at most at its bid and sells at least at its ask, up to the entry's size.
//
// Each field but the highest has exactly its width, so packed number and entry are split in one way. The highest are
// feeRate, below 2^45 as in an order, and size, a number of 31 bits more than lots. As lots is at most 2^31, size is
// below 2^32 and the entry below 2^137 < r.
template SheetMessage() {
    input Holder() holder;
    input Terms() terms;
    input Sheet() sheet;
    signal output message; // field element

    Unsigned(31)(sheet.cap);
    Unsigned(40)(sheet.expiry);
    Unsigned(45)(sheet.bid + (1 << 44));
    Unsigned(45)(sheet.ask + (1 << 44));
    Unsigned(31)(sheet.size - terms.lots);
    signal limit <== sheet.bid + terms.side * (sheet.ask - sheet.bid);
    Allowed()(terms, holder.rate, limit, sheet.expiry, sheet.feeRate);

    var entry = terms.instrument + (1 << 15) * (sheet.bid + (1 << 44));
    entry += (1 << 60) * (sheet.ask + (1 << 44)) + (1 << 105) * sheet.size;
    signal index[12] <== Num2Bits(12)(sheet.index);
    signal place[4][3];
    for (var b = 0; b < 12; b++) {
        place[b \ 3][b % 3] <== index[b];
    }
    signal root <== Climb(4)(entry, place, sheet.children);

    // OrderTable checks that the sequence has 40 bits.
    var packed = sheet.cap + (1 << 31) * sheet.sequence + (1 << 71) * sheet.expiry;
    packed += (1 << 111) * sheet.feeRate;
    var signer[3] = [terms.setting.domain, holder.state.owner, holder.state.account];
    message <== Poseidon(5)([signer[0], signer[1], signer[2], packed, root]);
}
