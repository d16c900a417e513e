//! The account and its commitment, format 2. Step 1 of the statement.

use ark_bn254::Fr;
use ark_ff::AdditiveGroup;
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::checks::{check_bits, check_magnitude, check_signed, check_unsigned, element};
use super::constants::{
    ACCOUNT_BITS, CASH_BITS, CHUNKS, COLLATERALS, ELEMENTS_PER_CHUNK, FILLED_BITS, ID_BITS, INSTRUMENTS, LOT_BITS,
    MAX_POSITIONS, ORDER_PLACES, OWNER_BITS, PLACES_PER_ELEMENT, POSITIONS_PER_CHUNK, POSITIONS_PER_ELEMENT,
    POSITION_BITS, SEQUENCE_BITS, VIEW_KEY_BITS,
};
use super::fault::{require, Result};
use crate::poseidon::hash;

/// A slot of the positions list: lots of one instrument, or `EMPTY`. Secret, so it has no `Debug`.
#[derive(Clone, Copy, PartialEq, Eq, Zeroize)]
pub struct Position {
    instrument: u32,
    lots: i32,
}

/// An empty slot.
pub const EMPTY: Position = Position { instrument: 0, lots: 0 };

impl Position {
    /// Makes a position; its lots are 0 only in an empty slot.
    pub fn new(instrument: u32, lots: i128) -> Result<Self> {
        check_unsigned("instrument", instrument.into(), ID_BITS)?;
        check_magnitude("lots", lots, LOT_BITS)?;
        require(lots != 0 || instrument == 0, "lots", "must not be 0; an empty slot has instrument 0")?;
        Ok(Position { instrument, lots: lots as i32 })
    }

    /// The id, 4096 underlying + index.
    pub fn instrument(&self) -> u32 {
        self.instrument
    }

    /// Long if positive, short if negative; below 2^31 in magnitude.
    pub fn lots(&self) -> i32 {
        self.lots
    }

    pub fn underlying(&self) -> u32 {
        self.instrument / INSTRUMENTS
    }

    /// The instrument's number within its underlying.
    pub fn index(&self) -> u32 {
        self.instrument % INSTRUMENTS
    }
}

/// An entry of the order table: the newest order of its place, and the lots filled of it.
#[derive(Clone, Copy, Default, PartialEq, Eq, Zeroize)]
pub struct OrderFill {
    pub sequence: u64,
    pub filled: u32,
}

/// The order table of a new account.
pub const NO_ORDERS: [OrderFill; ORDER_PLACES] = [OrderFill { sequence: 0, filled: 0 }; ORDER_PLACES];

/// The opening of an account commitment. It has no `Debug`, and is wiped when it is dropped.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Account {
    /// The owner's address, 160 bits.
    pub owner: Fr,
    /// The account's number in its house, 40 bits; 0 outside of one.
    pub number: u64,
    /// The key that signs its orders, x and y; 0 and 0 if it takes none. Not checked to be on the curve.
    pub key: [Fr; 2],
    /// 248 random bits, known to holder and venue, that keep every state from being guessed.
    pub view_key: Fr,
    /// The number of the account's state.
    pub nonce: u64,
    /// The running balance in micro-quote; -2^83 <= cash < 2^83.
    pub cash: i128,
    /// Collateral amounts in 1e-6 of the asset.
    pub amounts: [u64; COLLATERALS],
    /// The slots, at most 128, the last one not empty; the commitment depends on their order.
    pub positions: Vec<Position>,
    pub orders: [OrderFill; ORDER_PLACES],
}

impl Account {
    /// Checks the ranges that the types do not imply.
    pub fn check(&self) -> Result<()> {
        check_bits("owner", &self.owner, OWNER_BITS)?;
        check_unsigned("number", self.number.into(), ACCOUNT_BITS)?;
        check_bits("viewKey", &self.view_key, VIEW_KEY_BITS)?;
        check_signed("cash", self.cash, CASH_BITS)?;
        let few = self.positions.len() <= MAX_POSITIONS;
        require(few, "positions", format!("expected at most {MAX_POSITIONS}"))?;
        let ends_used = self.positions.last() != Some(&EMPTY);
        require(ends_used, "positions", "must not end with an empty slot")?;
        for (place, entry) in self.orders.iter().enumerate() {
            check_unsigned(&format!("orders[{place}].sequence"), entry.sequence.into(), SEQUENCE_BITS)?;
            check_unsigned(&format!("orders[{place}].filled"), entry.filled.into(), LOT_BITS)?;
        }
        Ok(())
    }

    /// The positions without empty slots, in order.
    pub fn held(&self) -> impl Iterator<Item = &Position> {
        self.positions.iter().filter(|position| **position != EMPTY)
    }

    /// Commits to the account:
    /// `Poseidon(owner, account, Ax, Ay, viewKey, nonce, cash mod r, Poseidon(amounts), ordersHash, chunks)`.
    pub fn commitment(&self) -> Fr {
        let [x, y] = self.key;
        let mut elements = vec![self.owner, Fr::from(self.number), x, y, self.view_key, Fr::from(self.nonce)];
        elements.extend([element(self.cash), hash(&self.amounts.map(Fr::from)), orders_hash(&self.orders)]);
        elements.extend(chunks(&self.positions));
        let commitment = hash(&elements);
        elements.zeroize();
        commitment
    }
}

/// Packs at most five slots, and empty ones after them: `sum_j (id_j + 2^15 (lots_j + 2^31)) 2^(47 j)`.
pub fn positions_element(slots: &[Position]) -> Fr {
    let shift = Fr::from(1u64 << POSITION_BITS);
    let digit = |slot: &Position| i128::from(slot.instrument) + ((i128::from(slot.lots) + (1 << LOT_BITS)) << ID_BITS);
    let padded = (0..POSITIONS_PER_ELEMENT).rev().map(|j| slots.get(j).unwrap_or(&EMPTY));
    padded.fold(Fr::ZERO, |sum, slot| sum * shift + element(digit(slot)))
}

/// Hashes at most 20 slots, padded with empty ones: `Poseidon` of 4 elements.
pub fn chunk(slots: &[Position]) -> Fr {
    let part = |i: usize| {
        let start = slots.len().min(i * POSITIONS_PER_ELEMENT);
        &slots[start..slots.len().min(start + POSITIONS_PER_ELEMENT)]
    };
    let elements: [Fr; ELEMENTS_PER_CHUNK] = std::array::from_fn(|i| positions_element(part(i)));
    hash(&elements)
}

/// Hashes the list of positions: its 7 chunks.
pub fn chunks(positions: &[Position]) -> [Fr; CHUNKS] {
    std::array::from_fn(|i| {
        let start = positions.len().min(i * POSITIONS_PER_CHUNK);
        chunk(&positions[start..positions.len().min(start + POSITIONS_PER_CHUNK)])
    })
}

/// Packs the order table into 8 elements: `sum_j (sequence + 2^40 filled) 2^(72 j)` over the entries 3 e + j.
pub fn order_elements(orders: &[OrderFill; ORDER_PLACES]) -> Vec<Fr> {
    let shift = Fr::from(1u128 << (SEQUENCE_BITS + FILLED_BITS));
    let digit = |entry: &OrderFill| u128::from(entry.sequence) + (u128::from(entry.filled) << SEQUENCE_BITS);
    let packed =
        |entries: &[OrderFill]| entries.iter().rev().fold(Fr::ZERO, |sum, one| sum * shift + Fr::from(digit(one)));
    orders.chunks(PLACES_PER_ELEMENT).map(packed).collect()
}

/// Hashes the order table: `Poseidon` of its `order_elements`.
pub fn orders_hash(orders: &[OrderFill; ORDER_PLACES]) -> Fr {
    hash(&order_elements(orders))
}
