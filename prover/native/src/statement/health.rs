//! Health of accounts in one proof, with a path per position (docs/health-batches.md).
//!
//! Owners prove it with a withdrawal. Circuits that look rows up are for operators and are not here.

use ark_bn254::Fr;
use ark_ff::AdditiveGroup;

use super::account::{Account, NO_ORDERS};
use super::constants::COLLATERALS;
use super::digest::{digest, horner};
use super::fault::{require, Fault, Result};
use super::lanes::Shape;
use super::margin::margin;
use super::signals::{value, Signal, Signals};
use super::snapshot::Snapshot;
use super::valuation::valuation;
use super::witness::{check_layout, snapshot_signals, CircuitInputs};

/// Returns the account whose values are all 0; it fills the places of a batch that no account takes.
pub fn blank() -> Account {
    Account {
        owner: Fr::ZERO,
        number: 0,
        key: [Fr::ZERO; 2],
        view_key: Fr::ZERO,
        nonce: 0,
        cash: 0,
        amounts: [0; COLLATERALS],
        positions: Vec::new(),
        orders: NO_ORDERS,
    }
}

/// Checks that an account is healthy and funded, and that no instrument stands in it twice.
pub fn check_account_health(account: &Account, snapshot: &Snapshot, requirement_bps: u32) -> Result<()> {
    let result = margin(account, snapshot)?;
    // Both are below 2^87 in magnitude.
    let funded = account.cash + result.mark() >= 0;
    require(funded, "cash", "not funded: cash and marks add up to less than 0")?;
    let healthy = result.healthy(requirement_bps)?;
    require(healthy, "requirementBps", "not healthy: the equity is below this share of the requirement")
}

/// Returns the inputs of a health circuit without rows that are looked up; blanks fill its places behind the accounts.
/// Its public signals are `digest`, `accounts`, `snapshotRoot`, `requirementBps` and `z`.
pub fn health_inputs(
    accounts: &[Account],
    places: usize,
    snapshot: &Snapshot,
    shape: &Shape,
    requirement_bps: u32,
    z: Fr,
) -> Result<CircuitInputs> {
    check_layout(snapshot, shape)?;
    require(accounts.len() <= places, "accounts", format!("more than the circuit's {places}"))?;
    let blank = blank();
    let filled = || accounts.iter().chain(std::iter::repeat(&blank)).take(places).enumerate();
    let at = |place: usize| move |fault: Fault| fault.within(&format!("accounts[{place}]"));
    for (place, account) in filled() {
        check_account_health(account, snapshot, requirement_bps).map_err(at(place))?;
    }
    let commitments: Vec<Fr> = filled().map(|(_, account)| account.commitment()).collect();
    let valued = filled().map(|(place, account)| valuation(account, snapshot, shape).map_err(at(place)));
    let mut columns: [Vec<Signal>; 3] = Default::default();
    for one in valued.collect::<Result<Vec<_>>>()? {
        let parts = [Signal::Bus(one.opening), Signal::Bus(one.lanes), Signal::List(one.slots)];
        columns.iter_mut().zip(parts).for_each(|(column, part)| column.push(part));
    }
    let mut signals: Signals = vec![("requirementBps", value(requirement_bps))];
    signals.extend(snapshot_signals(snapshot));
    signals.push(("z", value(z)));
    signals.extend(["opening", "lanes", "slots"].into_iter().zip(columns.map(Signal::List)));
    let root = snapshot.root();
    let public = vec![digest(&commitments), horner(&commitments, z), root, Fr::from(requirement_bps), z];
    Ok(CircuitInputs { signals, public })
}
