//! Signed orders: their terms, and what a holder signs.

use ark_bn254::Fr;
use ark_ff::AdditiveGroup;

use super::checks::{check_bits, check_signed, check_unsigned, element};
use super::constants::{ACCOUNT_BITS, CLOCK_BITS, FEE_BITS, ID_BITS, LOT_BITS, OWNER_BITS, QUOTE_BITS, SEQUENCE_BITS};
use super::fault::Result;
use crate::poseidon::hash;

/// The side of an order; its number is packed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Buy = 0,
    Sell = 1,
}

/// An order to buy or sell one instrument. It is private to holder and venue, so it has no `Debug`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// The id, 15 bits.
    pub instrument: u32,
    pub side: Side,
    /// The most lots that all fills together may take, 31 bits.
    pub most_lots: i128,
    /// The highest price of a buyer, the lowest of a seller, in micro-quote per lot; -2^44 <= limit < 2^44.
    pub limit: i128,
    /// The order's number, 40 bits.
    pub sequence: u64,
    /// The last second in which a fill is valid, 40 bits.
    pub expiry: u64,
    /// The highest fee in micro-quote per lot, 44 bits.
    pub fee_rate: i128,
}

/// The account that signs: its place in a signed message.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Holder {
    /// A field element of chain and house.
    pub domain: Fr,
    /// The owner's address, 160 bits.
    pub owner: Fr,
    /// The account's number, 40 bits.
    pub account: u64,
}

impl Order {
    fn check(&self) -> Result<()> {
        check_unsigned("instrument", self.instrument.into(), ID_BITS)?;
        check_unsigned("mostLots", self.most_lots, LOT_BITS)?;
        check_signed("limit", self.limit, QUOTE_BITS)?;
        check_unsigned("sequence", self.sequence.into(), SEQUENCE_BITS)?;
        check_unsigned("expiry", self.expiry.into(), CLOCK_BITS)?;
        check_unsigned("feeRate", self.fee_rate, FEE_BITS)
    }

    /// Packs the order into 216 bits: `instrument + 2^15 side + 2^16 mostLots + 2^47 (limit + 2^44) + 2^92 sequence
    /// + 2^132 expiry + 2^172 feeRate`. A value out of range is an error.
    pub fn pack(&self) -> Result<Fr> {
        self.check()?;
        let fields = [
            (self.instrument.into(), ID_BITS),
            (self.side as i128, 1),
            (self.most_lots, LOT_BITS),
            (self.limit + (1 << QUOTE_BITS), QUOTE_BITS + 1),
            (self.sequence.into(), SEQUENCE_BITS),
            (self.expiry.into(), CLOCK_BITS),
            (self.fee_rate, FEE_BITS),
        ];
        let put = |sum: Fr, (value, width): &(i128, u32)| sum * Fr::from(1u64 << width) + element(*value);
        Ok(fields.iter().rev().fold(Fr::ZERO, put))
    }

    /// Returns what the holder signs: `Poseidon(domain, owner, account, packed)`. A value out of range is an error.
    pub fn message(&self, holder: &Holder) -> Result<Fr> {
        check_bits("owner", &holder.owner, OWNER_BITS)?;
        check_unsigned("account", holder.account.into(), ACCOUNT_BITS)?;
        Ok(hash(&[holder.domain, holder.owner, Fr::from(holder.account), self.pack()?]))
    }
}
