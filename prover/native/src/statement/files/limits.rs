//! Limits on each underlying's net delta and gamma, in the quote currency.

use num_bigint::BigInt;

use crate::statement::constants::LIMIT_BITS;
use crate::statement::document::Field;
use crate::statement::fault::Result;
use crate::statement::limits::{Limits, NO_LIMIT};

/// Reads `delta` and `gamma`, of which one may be left out, as integers of the statement.
pub fn read_limits(field: &Field) -> Result<Limits> {
    let members = field.members(&[], &["delta", "gamma"])?;
    let read = |name| members.get(name).map(|one| read_limit(&one)).transpose();
    let (delta, gamma) = (read("delta")?, read("gamma")?);
    field.require(delta.is_some() || gamma.is_some(), "expected a limit on delta or gamma")?;
    Ok(Limits { delta: delta.unwrap_or(NO_LIMIT), gamma: gamma.unwrap_or(NO_LIMIT) })
}

fn read_limit(field: &Field) -> Result<i128> {
    let micro = field.decimal()?.micro().filter(|micro| (BigInt::ZERO..BigInt::from(NO_LIMIT)).contains(micro));
    let reason = format!("must be from 0 to 2^{LIMIT_BITS} - 2 millionths, with at most 6 decimals");
    micro.and_then(|micro| i128::try_from(&micro).ok()).ok_or_else(|| field.fault(reason))
}
