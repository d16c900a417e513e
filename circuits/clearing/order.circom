pragma circom 2.2.0;

include "circomlib/circuits/poseidon.circom";
include "../lib/range.circom";
include "terms.circom";

// An order, as its owner signs it.
//
//   packed  = instrument + 2^15 * side + 2^16 * most + 2^47 * (limit + 2^44) + 2^92 * sequence + 2^132 * expiry
//             + 2^172 * feeRate
//   message = Poseidon(domain, owner, account, packed)
bus Order() {
    signal most;     // most lots that may be filled, unsigned 31 bits
    signal limit;    // micro-quote per lot, signed 45 bits
    signal sequence; // unsigned 40 bits
    signal expiry;   // seconds, unsigned 40 bits
    signal feeRate;  // highest fee, micro-quote per lot, unsigned 44 bits
}

// An order allows a fill at a price, a time and a fee.
//
//   price <= limit if it buys,    price >= limit if it sells,    time <= expiry,    0 <= rate <= feeRate
//
// Price and limit have 45 bits and differ by less than 2^45; expiry has 40 bits and time 32; rate and feeRate - rate
// have 44. So no difference wraps.
template Allowed() {
    input Terms() terms;
    signal input rate;    // charged, unsigned 44 bits
    signal input limit;   // signed 45 bits
    signal input expiry;  // unsigned 40 bits
    signal input feeRate; // unsigned

    signal better <== (1 - 2 * terms.side) * (limit - terms.price);
    Unsigned(45)(better);
    Unsigned(40)(expiry - terms.setting.time);
    Unsigned(44)(rate);
    Unsigned(44)(feeRate - rate);
}

// An order that allows a fill, and the message that its owner signed.
//
// Each field but the highest has exactly its width, so the message's packed number has one order. The highest, feeRate,
// is below 2^45, as a sum of two numbers of 44 bits, and the whole below 2^217 < r.
template OrderMessage() {
    input Holder() holder;
    input Terms() terms;
    input Order() order;
    signal output message; // field element

    Unsigned(31)(order.most);
    Unsigned(45)(order.limit + (1 << 44));
    Unsigned(40)(order.expiry);
    Allowed()(terms, holder.rate, order.limit, order.expiry, order.feeRate);

    // OrderTable checks that the sequence has 40 bits.
    var packed = terms.instrument + (1 << 15) * terms.side + (1 << 16) * order.most;
    packed += (1 << 47) * (order.limit + (1 << 44)) + (1 << 92) * order.sequence;
    packed += (1 << 132) * order.expiry + (1 << 172) * order.feeRate;
    var signer[3] = [terms.setting.domain, holder.state.owner, holder.state.account];
    message <== Poseidon(4)([signer[0], signer[1], signer[2], packed]);
}
