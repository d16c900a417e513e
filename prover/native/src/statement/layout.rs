//! Layouts: the slots of a row. All rows of a table have the same layout, and a circuit is for one layout.

use super::constants::SLOTS_PER_ELEMENT;

/// The slots of a row: scenarios first, then the mark, then Greeks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    pub name: &'static str,
    /// The number of scenario slots. A model with fewer scenarios leaves the last slots 0, without loss.
    pub scenarios: usize,
    /// K, the number of field elements that the slots are packed into; K + 2 <= 16 are hashed.
    pub elements: usize,
}

impl Layout {
    pub const fn slots(&self) -> usize {
        SLOTS_PER_ELEMENT * self.elements
    }

    /// The slot of the mark.
    pub const fn mark(&self) -> usize {
        self.scenarios
    }

    /// The slot of the delta.
    pub const fn delta(&self) -> usize {
        self.scenarios + 1
    }

    /// The slot of the gamma, if the layout has one.
    pub fn gamma(&self) -> Option<usize> {
        Some(self.scenarios + 2).filter(|slot| *slot < self.slots())
    }

    /// The slot of the vega, if the layout has one.
    pub fn vega(&self) -> Option<usize> {
        Some(self.scenarios + 3).filter(|slot| *slot < self.slots())
    }
}

/// 18 slots: SPAN's 16 scenarios, mark, delta.
pub const STANDARD: Layout = Layout { name: "standard", scenarios: 16, elements: 6 };

/// 42 slots: 38 scenarios, mark, delta, gamma, vega. With the two charges, the most that one Poseidon hashes.
pub const WIDE: Layout = Layout { name: "wide", scenarios: 38, elements: 14 };

/// All layouts, the smallest first.
pub const LAYOUTS: [Layout; 2] = [STANDARD, WIDE];
