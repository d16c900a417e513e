//! The margin of an account under a snapshot: steps 3 to 6 of the statement.

use std::collections::BTreeSet;

use num_bigint::BigInt;

use super::account::{Account, Position};
use super::checks::check_unsigned;
use super::constants::{BPS_BITS, BPS_UNIT, COLLATERALS, PICO_PER_MICRO};
use super::fault::{require, Fault, Result};
use super::lanes::{check_rows, one_lane_each, Plan};
use super::layout::Layout;
use super::snapshot::Snapshot;
use super::table::Row;

/// The totals of the positions in one lane, in micro-quote.
pub struct LaneRisk {
    pub underlying: u32,
    pub layout: Layout,
    /// The total of each slot: the profit in each scenario, the mark, the Greeks.
    pub totals: Vec<i128>,
    /// The short option minimum.
    pub floor: i128,
    /// The sum of the add-ons of all lots.
    pub add_on: i128,
}

impl LaneRisk {
    /// Scanning risk: the largest loss over the scenarios, or 0.
    pub fn scan(&self) -> i128 {
        self.totals[..self.layout.scenarios].iter().map(|total| -total).max().unwrap_or(0).max(0)
    }

    /// The larger of scanning risk and short option minimum.
    pub fn risk(&self) -> i128 {
        self.scan().max(self.floor)
    }

    /// The value of the positions.
    pub fn mark(&self) -> i128 {
        self.totals[self.layout.mark()]
    }
}

/// The requirement and the equity of an account.
pub struct Margin {
    pub lanes: Vec<LaneRisk>,
    /// In micro-quote.
    pub requirement: i128,
    /// In pico-quote; below 2^132 in magnitude.
    pub equity: BigInt,
}

impl Margin {
    /// Returns whether the equity is at least requirement_bps / 10 000 of the requirement.
    pub fn healthy(&self, requirement_bps: u32) -> Result<bool> {
        Ok(self.surplus(requirement_bps)? >= BigInt::ZERO)
    }

    /// Step 6: `10000 equity - requirementBps requirement 10^6`, in 1e-16 of the quote currency.
    pub fn surplus(&self, requirement_bps: u32) -> Result<BigInt> {
        surplus(&self.equity, self.requirement, requirement_bps)
    }

    /// The sum of the marks of all lanes, in micro-quote.
    pub fn mark(&self) -> i128 {
        self.lanes.iter().map(LaneRisk::mark).sum()
    }
}

/// Step 6 for an equity in pico-quote and a requirement in micro-quote; see `Margin::surplus`.
pub fn surplus(equity: &BigInt, requirement: i128, requirement_bps: u32) -> Result<BigInt> {
    check_unsigned("requirementBps", requirement_bps.into(), BPS_BITS)?;
    Ok(BigInt::from(BPS_UNIT) * equity - BigInt::from(requirement_bps) * requirement * PICO_PER_MICRO)
}

/// Step 3: sums the positions of a lane, each with the row of its instrument.
///
/// A term is below 2^75 in magnitude, so sums of 128 are below 2^82.
pub fn lane_risk<'a>(
    underlying: u32,
    held: impl Iterator<Item = (&'a Position, &'a Row)>,
    layout: Layout,
) -> Result<LaneRisk> {
    let mut lane = LaneRisk { underlying, layout, totals: vec![0; layout.slots()], floor: 0, add_on: 0 };
    for (position, row) in held {
        let lots = i128::from(position.lots());
        for (total, slot) in lane.totals.iter_mut().zip(row.slots()) {
            *total = add(*total, lots * i128::from(*slot))?;
        }
        lane.floor = add(lane.floor, (-lots).max(0) * i128::from(row.short_floor()))?;
        lane.add_on = add(lane.add_on, lots.abs() * i128::from(row.add_on()))?;
    }
    Ok(lane)
}

fn add(a: i128, b: i128) -> Result<i128> {
    a.checked_add(b).ok_or_else(|| Fault::new("positions", "their sums are out of range"))
}

/// Step 4: `sum_l risk_l + sum_i |lots_i| addOn_i`, in micro-quote.
pub fn requirement(lanes: &[LaneRisk]) -> Result<i128> {
    lanes.iter().try_fold(0, |sum, lane| add(sum, add(lane.risk(), lane.add_on)?))
}

/// Step 5: `(cash + sum_l mark_l) 10^6 + sum_c amount_c price_c`, in pico-quote.
pub fn equity(account: &Account, lanes: &[LaneRisk], prices: &[u64; COLLATERALS]) -> Result<BigInt> {
    let cash = lanes.iter().try_fold(account.cash, |sum, lane| add(sum, lane.mark()))?;
    let value = |(amount, price): (&u64, &u64)| u128::from(*amount) * u128::from(*price);
    let collateral = account.amounts.iter().zip(prices).map(|pair| BigInt::from(value(pair)));
    Ok(BigInt::from(cash) * PICO_PER_MICRO + collateral.sum::<BigInt>())
}

/// Step 1: checks that no two positions are in one instrument; floor and add-on would be charged for both.
pub fn check_unique(account: &Account) -> Result<()> {
    let mut seen = BTreeSet::new();
    let unique = account.held().all(|position| seen.insert(position.instrument()));
    require(unique, "positions", "an instrument twice")
}

/// Computes steps 3 to 5 for an account, with one lane for each underlying.
pub fn margin(account: &Account, snapshot: &Snapshot) -> Result<Margin> {
    margin_of(account, snapshot, &one_lane_each(account))
}

/// Computes steps 3 to 5 for an account in the lanes of a plan of it.
pub fn margin_of(account: &Account, snapshot: &Snapshot, chosen: &Plan) -> Result<Margin> {
    check_unique(account)?;
    let table = &snapshot.table;
    check_rows(account, table)?;
    let in_lane = |number: usize| {
        let placed = account.positions.iter().zip(&chosen.lane_of);
        placed
            .filter(move |(_, lane)| **lane == Some(number))
            .filter_map(|(position, _)| table.row(position.instrument()).map(|row| (position, row)))
    };
    let lanes = chosen.underlyings.iter().enumerate();
    let lanes = lanes.map(|(number, underlying)| lane_risk(*underlying, in_lane(number), table.layout()));
    let lanes = lanes.collect::<Result<Vec<_>>>()?;
    Ok(Margin { requirement: requirement(&lanes)?, equity: equity(account, &lanes, &snapshot.prices)?, lanes })
}
