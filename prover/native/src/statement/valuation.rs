//! The inputs of `Valuation` for one account: its opening, its lanes, and its slots with their paths.
//!
//! Claims, disclosures and proofs of health take them; `zkmargin.spec.health` has them in Python.

use super::account::Account;
use super::fault::Result;
use super::lanes::{plan, Shape};
use super::signals::{Signal, Signals};
use super::snapshot::Snapshot;
use super::witness::{account_signals, lane_signals, position_signals};

/// The signals of a position's row, which are a bus in the bus of its slot.
const ROW: [&str; 3] = ["packed", "shortFloor", "addOn"];

/// The buses of an account's valuation: its opening, its lanes, and one for each slot.
pub struct Valuation {
    pub opening: Signals,
    pub lanes: Signals,
    pub slots: Vec<Signal>,
}

/// Returns the inputs of an account's valuation; the account must fit the shape.
pub fn valuation(account: &Account, snapshot: &Snapshot, shape: &Shape) -> Result<Valuation> {
    let chosen = plan(account, shape)?;
    let lanes = lane_signals(&chosen, snapshot.table.tree());
    let names = ["underlying", "children"];
    let lanes = lanes.into_iter().zip(names).map(|((_, signal), name)| (name, signal)).collect();
    let columns = position_signals(account, &chosen, shape, &snapshot.table);
    Ok(Valuation { opening: account_signals(account), lanes, slots: buses(columns, shape.positions) })
}

/// Turns a list for each signal into a bus for each slot.
fn buses(columns: Signals, positions: usize) -> Vec<Signal> {
    let mut slots: Vec<(Signals, Signals)> = (0..positions).map(|_| (Vec::new(), Vec::new())).collect();
    for (name, mut column) in columns {
        let Signal::List(values) = &mut column else { continue };
        for ((slot, row), value) in slots.iter_mut().zip(values.drain(..)) {
            let bus = if ROW.contains(&name) { row } else { slot };
            bus.push((name, value));
        }
    }
    let whole = |(mut slot, row): (Signals, Signals)| {
        slot.push(("row", Signal::Bus(row)));
        Signal::Bus(slot)
    };
    slots.into_iter().map(whole).collect()
}
