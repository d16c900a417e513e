//! The disclosure of an account: equity and requirement, and its opening, bound to a point z by a polynomial's value.
//!
//! Names are those of the signals of `circuits/margin/disclosure.circom`.

use ark_bn254::Fr;
use ark_ff::{BigInteger, PrimeField};
use sha3::{Digest, Keccak256};

use super::account::{order_elements, Account};
use super::checks::{element, wide_element};
use super::digest::horner;
use super::fault::Result;
use super::lanes::Shape;
use super::margin::margin;
use super::opening::opening_elements;
use super::signals::{list, value, Signal};
use super::snapshot::Snapshot;
use super::valuation::valuation;
use super::witness::{check_layout, snapshot_signals, CircuitInputs};

/// Returns the point z at which a disclosure shows the value of its opening: keccak256 of the commitment and the elements,
/// as words of 32 bytes, mod r.
pub fn opening_point(commitment: Fr, elements: &[Fr]) -> Fr {
    let mut hash = Keccak256::new();
    for word in [&[commitment], elements].concat() {
        hash.update(word.into_bigint().to_bytes_be());
    }
    Fr::from_be_bytes_mod_order(&hash.finalize())
}

/// Returns the inputs of a disclosure circuit. Its public signals are `accountCommitment`, `snapshotRoot`, `equity` in
/// pico-quote, `requirement` in micro-quote, `opening`, `context` and `z`.
pub fn disclosure_inputs(
    account: &Account,
    snapshot: &Snapshot,
    shape: &Shape,
    context: Fr,
    z: Fr,
) -> Result<CircuitInputs> {
    check_layout(snapshot, shape)?;
    let valued = valuation(account, snapshot, shape)?;
    let result = margin(account, snapshot)?;
    let opening = horner(&opening_elements(account, shape.positions)?, z);
    let mut signals = vec![
        ("context", value(context)),
        ("z", value(z)),
        ("account", Signal::Bus(valued.opening)),
        ("orders", list(order_elements(&account.orders))),
    ];
    signals.extend(snapshot_signals(snapshot));
    signals.push(("lanes", Signal::Bus(valued.lanes)));
    signals.push(("slots", Signal::List(valued.slots)));
    let shown = [wide_element(&result.equity), element(result.requirement), opening];
    let mut public = vec![account.commitment(), snapshot.root()];
    public.extend(shown);
    public.extend([context, z]);
    Ok(CircuitInputs { signals, public })
}
