//! The risk table: the profit of one long lot of each instrument in each scenario, and the leaves of its rows.
//!
//! Step 2 of the statement, first part. All values are integers in micro-quote; profits are positive.

use std::collections::BTreeMap;

use ark_bn254::Fr;
use ark_ff::{BigInt, PrimeField};
use rayon::prelude::*;

use super::checks::{check_magnitude, check_unsigned, element, has_bits};
use super::constants::{ID_BITS, SLOTS_PER_ELEMENT, SLOT_BITS, TREE_LEVELS, VALUE_BITS};
use super::fault::{require, Fault, Result};
use super::layout::{Layout, LAYOUTS};
use super::tree::Tree;
use crate::poseidon::hash;

/// The risk of one long lot of an instrument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    layout: Layout,
    slots: Vec<i64>,
    short_floor: u64,
    add_on: u64,
}

impl Row {
    /// Makes a row; a value that is out of range is an error.
    pub fn new(slots: Vec<i64>, short_floor: u64, add_on: u64) -> Result<Self> {
        let layout = LAYOUTS.into_iter().find(|layout| layout.slots() == slots.len());
        let layout = layout.ok_or_else(|| Fault::new("slots", "expected as many as a layout has"))?;
        for (i, value) in slots.iter().enumerate() {
            check_magnitude(&format!("slots[{i}]"), (*value).into(), VALUE_BITS)?;
        }
        check_unsigned("shortFloor", short_floor.into(), VALUE_BITS)?;
        check_unsigned("addOn", add_on.into(), VALUE_BITS)?;
        Ok(Row { layout, slots, short_floor, add_on })
    }

    pub fn empty(layout: Layout) -> Self {
        Row { layout, slots: vec![0; layout.slots()], short_floor: 0, add_on: 0 }
    }

    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// The profit in each scenario, the mark and the Greeks, in micro-quote; each below 2^44 in magnitude.
    pub fn slots(&self) -> &[i64] {
        &self.slots
    }

    /// The least requirement of a short lot, in micro-quote, below 2^44.
    pub fn short_floor(&self) -> u64 {
        self.short_floor
    }

    /// The additional requirement of any lot, in micro-quote, below 2^44.
    pub fn add_on(&self) -> u64 {
        self.add_on
    }

    /// Returns whether a value other than the mark is not 0. The row of a settled instrument has no risk.
    pub fn has_risk(&self) -> bool {
        let mark = self.layout.mark();
        let others = self.slots.iter().enumerate().any(|(slot, value)| slot != mark && *value != 0);
        others || self.short_floor != 0 || self.add_on != 0
    }

    /// Packs the slots, three to a field element: `slot[3k] + slot[3k+1] 2^84 + slot[3k+2] 2^168 mod r`.
    pub fn pack(&self) -> Vec<Fr> {
        let shift = slot_shift();
        let packed =
            |slots: &[i64]| slots.iter().rev().fold(Fr::from(0), |sum, slot| sum * shift + element((*slot).into()));
        self.slots.chunks(SLOTS_PER_ELEMENT).map(packed).collect()
    }

    /// Hashes the row: `Poseidon(packed[0..K-1], shortFloor, addOn)`.
    pub fn leaf(&self) -> Fr {
        let mut elements = self.pack();
        elements.extend([Fr::from(self.short_floor), Fr::from(self.add_on)]);
        hash(&elements)
    }
}

fn slot_shift() -> Fr {
    Fr::from(1u128 << SLOT_BITS)
}

/// Splits packed elements into their slots: the inverse of `Row::pack`.
pub fn unpack(packed: &[Fr]) -> Result<Vec<i64>> {
    let known = LAYOUTS.iter().any(|layout| layout.elements == packed.len());
    require(known, "packed", "expected as many elements as a layout has")?;
    // Half a slot added to each slot makes them unsigned digits; the sum stays below r.
    let half = 1i128 << (SLOT_BITS - 1);
    let halves = (0..SLOTS_PER_ELEMENT).fold(Fr::from(0), |sum, _| sum * slot_shift() + element(half));
    let mut slots = Vec::with_capacity(SLOTS_PER_ELEMENT * packed.len());
    for (k, value) in packed.iter().enumerate() {
        let shifted = *value + halves;
        require(
            has_bits(&shifted, SLOTS_PER_ELEMENT as u32 * SLOT_BITS),
            format!("packed[{k}]"),
            "expected three slots",
        )?;
        slots.extend(digits(&shifted, SLOTS_PER_ELEMENT, SLOT_BITS).into_iter().map(|digit| digit as i128 - half));
    }
    for (i, value) in slots.iter().enumerate() {
        check_magnitude(&format!("slots[{i}]"), *value, VALUE_BITS)?;
    }
    Ok(slots.into_iter().map(|value| value as i64).collect())
}

/// Splits an element into its lowest digits, of at most 127 bits each.
pub fn digits(value: &Fr, count: usize, bits: u32) -> Vec<u128> {
    let mut rest: BigInt<4> = value.into_bigint();
    let mut digit = || {
        let low = (u128::from(rest.0[1]) << 64 | u128::from(rest.0[0])) & ((1 << bits) - 1);
        rest >>= bits;
        low
    };
    (0..count).map(|_| digit()).collect()
}

/// The rows by instrument id, and the tree over their leaves.
pub struct Table {
    layout: Layout,
    rows: BTreeMap<u32, Row>,
    tree: Tree,
}

impl Table {
    /// Commits to rows by instrument id, 4096 underlying + index. An instrument without a row has the leaf 0.
    pub fn new(rows: BTreeMap<u32, Row>, layout: Layout) -> Result<Self> {
        for (instrument, row) in &rows {
            check_unsigned("instrument", (*instrument).into(), ID_BITS)?;
            let same = row.layout == layout;
            require(same, format!("rows[{instrument}]"), format!("expected the layout {}", layout.name))?;
        }
        let leaves: Vec<(u32, Fr)> = rows.par_iter().map(|(id, row)| (*id, row.leaf())).collect();
        let tree = Tree::new(leaves.into_iter().collect(), TREE_LEVELS)?;
        Ok(Table { layout, rows, tree })
    }

    pub fn layout(&self) -> Layout {
        self.layout
    }

    pub fn row(&self, instrument: u32) -> Option<&Row> {
        self.rows.get(&instrument)
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub fn tree(&self) -> &Tree {
        &self.tree
    }
}
