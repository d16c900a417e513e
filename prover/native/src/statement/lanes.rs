//! Lanes: the assignment of an account's positions to a circuit.
//!
//! A circuit has L lanes and N positions in all. Each lane is for one underlying, no underlying has two lanes, and each
//! position names its lane. So every account with at most N positions in at most L underlyings fits.

use std::collections::BTreeSet;

use super::account::{Account, EMPTY};
use super::constants::{MAX_POSITIONS, UNDERLYINGS};
use super::fault::{require, Result};
use super::layout::Layout;
use super::table::Table;

/// The size and kind of a circuit.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// L, 1 to 8.
    pub lanes: usize,
    /// N, 1 to 128.
    pub positions: usize,
    pub layout: Layout,
    /// Whether it limits the net Greeks of each underlying.
    pub limited: bool,
    /// Whether it discloses equity and requirement.
    pub disclosed: bool,
}

impl Shape {
    /// Checks the ranges, and that a layout whose Greeks are limited has a gamma.
    pub fn check(&self) -> Result<()> {
        let lanes = (1..=UNDERLYINGS as usize).contains(&self.lanes);
        require(lanes, "lanes", format!("expected an integer from 1 to {UNDERLYINGS}"))?;
        let positions = (1..=MAX_POSITIONS).contains(&self.positions);
        require(positions, "positions", format!("expected an integer from 1 to {MAX_POSITIONS}"))?;
        let gamma = !self.limited || self.layout.gamma().is_some();
        require(gamma, "limited", format!("the layout {} has no gamma", self.layout.name))
    }
}

/// The underlying of each lane, ascending, and the lane of each slot; None for an empty one.
pub struct Plan {
    pub underlyings: Vec<u32>,
    pub lane_of: Vec<Option<usize>>,
}

/// Gives each underlying of an account one lane, in ascending order; this gives the least requirement.
pub fn one_lane_each(account: &Account) -> Plan {
    placed(account, held_underlyings(account))
}

/// Assigns an account to the lanes of a circuit: `one_lane_each`, and idle lanes for other underlyings.
pub fn plan(account: &Account, shape: &Shape) -> Result<Plan> {
    let mut used = held_underlyings(account);
    let few = account.positions.len() <= shape.positions;
    require(few, "positions", format!("more than the circuit's {}", shape.positions))?;
    let fits = used.len() <= shape.lanes;
    require(fits, "positions", format!("in more underlyings than the circuit's {}", shape.lanes))?;
    let idle: Vec<u32> = (0..UNDERLYINGS).filter(|underlying| !used.contains(underlying)).collect();
    used.extend(idle.into_iter().take(shape.lanes - used.len()).collect::<Vec<_>>());
    Ok(placed(account, used))
}

fn held_underlyings(account: &Account) -> BTreeSet<u32> {
    account.held().map(|position| position.underlying()).collect()
}

/// Returns the plan with one lane for each of these underlyings.
fn placed(account: &Account, used: BTreeSet<u32>) -> Plan {
    let underlyings: Vec<u32> = used.into_iter().collect();
    let lane = |underlying: u32| underlyings.iter().position(|one| *one == underlying);
    let lane_of = account.positions.iter().map(|slot| if *slot == EMPTY { None } else { lane(slot.underlying()) });
    Plan { lane_of: lane_of.collect(), underlyings }
}

/// Checks that each position has a row.
pub fn check_rows(account: &Account, table: &Table) -> Result<()> {
    for (i, position) in account.positions.iter().enumerate() {
        let listed = *position == EMPTY || table.row(position.instrument()).is_some();
        require(listed, format!("positions[{i}].instrument"), "no such row in the risk table")?;
    }
    Ok(())
}
