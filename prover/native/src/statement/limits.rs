//! Step 7: limits on each underlying's net delta and gamma, in circuits with limits.

use super::checks::check_unsigned;
use super::constants::LIMIT_BITS;
use super::fault::{Fault, Result};
use super::margin::Margin;

/// A limit that every total is within.
pub const NO_LIMIT: i128 = (1 << LIMIT_BITS) - 1;

/// The limits on the net Greeks of each underlying, in micro-quote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub delta: i128,
    pub gamma: i128,
}

impl Limits {
    /// Returns whether |delta| and |gamma| of every lane are within the limits.
    pub fn hold(&self, margin: &Margin) -> Result<bool> {
        check_unsigned("limits.delta", self.delta, LIMIT_BITS)?;
        check_unsigned("limits.gamma", self.gamma, LIMIT_BITS)?;
        let mut within = true;
        for lane in &margin.lanes {
            let layout = lane.layout;
            let none = || Fault::new("limits", format!("the layout {} has no gamma", layout.name));
            let gamma = lane.totals[layout.gamma().ok_or_else(none)?];
            within &= lane.totals[layout.delta()].abs() <= self.delta && gamma.abs() <= self.gamma;
        }
        Ok(within)
    }
}
