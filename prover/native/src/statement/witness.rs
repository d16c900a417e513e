//! The inputs of a margin circuit for an account, and the expected public signals.
//!
//! Names are those of the circuit's signals. Step 8, the context, is here: the circuit squares it, so that a proof cannot
//! be moved to another context.

use ark_bn254::Fr;
use ark_ff::AdditiveGroup;

use super::account::{orders_hash, Account, EMPTY};
use super::checks::element;
use super::constants::{ARITY, INSTRUMENT_LEVELS, TREE_LEVELS};
use super::fault::{require, Result};
use super::lanes::{plan, Plan, Shape};
use super::limits::Limits;
use super::margin::margin_of;
use super::signals::{list, value, Signal, Signals};
use super::snapshot::Snapshot;
use super::table::{Row, Table};
use super::tree::Tree;
use crate::poseidon::hash;

/// The inputs of the witness calculator, secret, and the expected public signals in the circuit's order.
pub struct CircuitInputs {
    pub signals: Signals,
    pub public: Vec<Fr>,
}

/// Returns the inputs of a margin circuit. Its public signals are `healthy`, `accountCommitment`, `snapshotRoot`,
/// `requirementBps`, `context` and, with limits, `deltaLimit` and `gammaLimit`.
pub fn circuit_inputs(
    account: &Account,
    snapshot: &Snapshot,
    shape: &Shape,
    requirement_bps: u32,
    context: Fr,
    limits: Option<Limits>,
) -> Result<CircuitInputs> {
    check_layout(snapshot, shape)?;
    require(!shape.disclosed, "disclosed", "a disclosure circuit has other inputs")?;
    let chosen = plan(account, shape)?;
    let reason = if shape.limited { "missing" } else { "the circuit has none" };
    require(shape.limited == limits.is_some(), "limits", reason)?;
    let result = margin_of(account, snapshot, &chosen)?;
    if let Some(limits) = limits {
        require(limits.hold(&result)?, "limits", "the account is not within them")?;
    }
    let healthy = u64::from(result.healthy(requirement_bps)?);
    let mut signals = vec![("requirementBps", value(requirement_bps)), ("context", value(context))];
    signals.extend(account_signals(account));
    signals.extend(snapshot_signals(snapshot));
    signals.extend(lane_signals(&chosen, snapshot.table.tree()));
    signals.extend(position_signals(account, &chosen, shape, &snapshot.table));
    let mut public = vec![Fr::from(healthy), account.commitment(), snapshot.root(), requirement_bps.into(), context];
    if let Some(limits) = limits {
        let bounds = [element(limits.delta), element(limits.gamma)];
        public.extend(bounds);
        signals.push(("limits", list(bounds)));
    }
    Ok(CircuitInputs { signals, public })
}

pub fn check_layout(snapshot: &Snapshot, shape: &Shape) -> Result<()> {
    let same = snapshot.table.layout() == shape.layout;
    require(same, "layout", "the snapshot has another layout than the circuit")
}

/// Returns the inputs that open a snapshot's root.
pub fn snapshot_signals(snapshot: &Snapshot) -> Signals {
    vec![
        ("prices", list(snapshot.prices)),
        ("paramsHash", value(snapshot.params_hash)),
        ("timestamp", value(snapshot.timestamp)),
        ("underlyingRoots", list(snapshot.table.tree().children(TREE_LEVELS, 0))),
    ]
}

/// Returns the inputs that open an account, without its positions.
pub fn account_signals(account: &Account) -> Signals {
    vec![
        ("owner", value(account.owner)),
        ("account", value(account.number)),
        ("key", list(account.key)),
        ("viewKey", value(account.view_key)),
        ("nonce", value(account.nonce)),
        ("cash", value(element(account.cash))),
        ("amounts", list(account.amounts)),
        ("orders", value(orders_hash(&account.orders))),
    ]
}

/// Returns the inputs that authenticate the subtree of each lane.
pub fn lane_signals(chosen: &Plan, tree: &Tree) -> Signals {
    let children = chosen.underlyings.iter().map(|underlying| list(tree.children(INSTRUMENT_LEVELS, *underlying)));
    vec![
        ("laneUnderlying", list(chosen.underlyings.iter().copied())),
        ("laneChildren", Signal::List(children.collect())),
    ]
}

/// Returns the inputs of an account's slots, each with its lane, its row and its path, one list for each signal.
pub fn position_signals(account: &Account, chosen: &Plan, shape: &Shape, table: &Table) -> Signals {
    let no_row = Row::empty(shape.layout);
    let nowhere = no_children(shape.layout.elements);
    let [mut member, mut index, mut lots, mut packed, mut short_floor, mut add_on, mut children] =
        std::array::from_fn(|_| Vec::with_capacity(shape.positions));
    for place in 0..shape.positions {
        let slot = account.positions.get(place).copied().unwrap_or(EMPTY);
        let lane = chosen.lane_of.get(place).copied().flatten();
        let row = table.row(slot.instrument()).filter(|_| slot != EMPTY).unwrap_or(&no_row);
        member.push(list((0..shape.lanes).map(|number| u64::from(lane == Some(number)))));
        index.push(value(slot.index()));
        lots.push(value(element(slot.lots().into())));
        packed.push(list(row.pack()));
        short_floor.push(value(row.short_floor()));
        add_on.push(value(row.add_on()));
        let path = if slot == EMPTY { nowhere.clone() } else { children_of(slot.instrument(), table.tree()) };
        children.push(Signal::List(path.into_iter().map(list).collect()));
    }
    let columns = [member, index, lots, packed, short_floor, add_on, children].map(Signal::List);
    ["member", "index", "lots", "packed", "shortFloor", "addOn", "children"].into_iter().zip(columns).collect()
}

/// Returns the path from an instrument's row up to one of its lane's children.
fn children_of(instrument: u32, tree: &Tree) -> Vec<[Fr; ARITY]> {
    (1..INSTRUMENT_LEVELS).map(|level| tree.children(level, instrument >> (3 * level))).collect()
}

/// Returns the path of an empty slot: a row of zeros at place 0, alone on every level.
fn no_children(elements: usize) -> Vec<[Fr; ARITY]> {
    let mut node = hash(&vec![Fr::ZERO; elements + 2]);
    let level = |_| {
        let mut children = [Fr::ZERO; ARITY];
        children[0] = node;
        node = hash(&children);
        children
    };
    (1..INSTRUMENT_LEVELS).map(level).collect()
}
