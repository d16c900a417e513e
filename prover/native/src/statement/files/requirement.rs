//! The claim of a proof: a multiple of the maintenance margin.

use crate::statement::constants::{BPS_BITS, BPS_UNIT};
use crate::statement::document::Field;
use crate::statement::fault::Result;

/// Returns a claim in 1/10000 of the maintenance margin: `maintenance`, `initial`, or a number as a decimal string.
pub fn requirement_bps(field: &Field, initial_bps: u32) -> Result<u32> {
    match field.text()? {
        "maintenance" => Ok(BPS_UNIT),
        "initial" => Ok(initial_bps),
        _ => Ok(field.integer(0, (1 << BPS_BITS) - 1)? as u32),
    }
}
