//! The claim of an owner when a market winds down: the account's funds under a snapshot, and its collateral.
//!
//! Names are those of the signals of `circuits/margin/claim.circom`.

use ark_bn254::Fr;

use super::account::Account;
use super::checks::element;
use super::fault::Result;
use super::lanes::Shape;
use super::margin::margin;
use super::signals::{value, Signal};
use super::snapshot::Snapshot;
use super::valuation::valuation;
use super::witness::{check_layout, snapshot_signals, CircuitInputs};

/// Returns the inputs of a circuit `claim`. Its public signals are `accountCommitment`, `snapshotRoot`, `funds` (cash and
/// marks in micro-quote), eight amounts, and `context`.
pub fn claim_inputs(account: &Account, snapshot: &Snapshot, shape: &Shape, context: Fr) -> Result<CircuitInputs> {
    check_layout(snapshot, shape)?;
    // Both are below 2^87 in magnitude.
    let funds = account.cash + margin(account, snapshot)?.mark();
    let valued = valuation(account, snapshot, shape)?;
    let mut signals = vec![("context", value(context))];
    signals.extend(snapshot_signals(snapshot));
    signals.push(("opening", Signal::Bus(valued.opening)));
    signals.push(("lanes", Signal::Bus(valued.lanes)));
    signals.push(("slots", Signal::List(valued.slots)));
    let mut public = vec![account.commitment(), snapshot.root(), element(funds)];
    public.extend(account.amounts.map(Fr::from));
    public.push(context);
    Ok(CircuitInputs { signals, public })
}
