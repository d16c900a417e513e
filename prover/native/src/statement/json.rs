//! The border of the statement: JSON text in, JSON text out.
//!
//! A request is an object. Files in it are texts, exactly as they were read, so that strict parsing sees what the file
//! says: `{"account": "{\"format\": ...", "requirement": "initial"}`. An error about a file has the member's name as its
//! source and the key path in the file; an error about the request has the source `request`.
//!
//! | Member | Content |
//! |---|---|
//! | `snapshot` | text of a snapshot file; left out where an open snapshot is used |
//! | `account` | text of an account file |
//! | `accounts` | texts of account files, in the order of the proof |
//! | `requirement` | `maintenance`, `initial`, or 1/10000 of maintenance margin as a decimal string |
//! | `circuit` | `lanes`, `positions` and `layout`; also `limited` and `disclosed`, false if they are left out; of a circuit of health `accounts`, the number of its places |
//! | `context`, `z` | a field element as a decimal string |
//! | `limits` | `delta` and `gamma`, in the quote currency, of which one may be left out |
//! | `order` | text of an order file; to be signed, without `signature` |
//! | `key` | a trading key, `x` and `y` as decimal strings |
//! | `allowUnhealthy` | whether a proof of default may be made; false if it is left out |

mod orders;

use ark_bn254::Fr;

pub use orders::{order_message, public_key, sign_order, verify_order};

use super::account::Account;
use super::claim::claim_inputs as claim_inputs_of;
use super::constants::{MAX_POSITIONS, UNDERLYINGS};
use super::disclosure::{disclosure_inputs, opening_point};
use super::document::{Field, Members};
use super::fault::{require, Fault, Result};
use super::files::account::AccountFile;
use super::files::limits::read_limits;
use super::files::report;
use super::files::requirement::requirement_bps;
use super::files::snapshot::{read_layout, SnapshotFile};
use super::health::health_inputs as health_inputs_of;
use super::lanes::Shape;
use super::margin::margin;
use super::opening::opening_elements;
use super::signals::write_signals;
use super::strict_json::Value;
use super::witness::{self, CircuitInputs};
use crate::encoding::to_decimal;

/// The largest size of a request: a snapshot and an account, their quotes escaped.
const MAX_BYTES: usize = 192 << 20;

/// A snapshot file that is read, checked and hashed, to be used for several requests.
pub struct Snapshot(SnapshotFile);

impl Snapshot {
    /// Reads the text of a snapshot file, checks it, hashes its rows, and compares the hashes with those that it states.
    pub fn open(text: &str) -> Result<Self> {
        SnapshotFile::read(text).map(Snapshot).map_err(|fault| fault.from_source(SNAPSHOT))
    }

    /// Returns root, table root, paramsHash, timestamp, quote currency, layout, model and number of rows.
    pub fn summary(&self) -> String {
        self.0.summary()
    }

    /// See the function of this name; the request has no `snapshot`.
    pub fn account_commitment(&self, request: &str) -> Result<String> {
        COMMITMENT.answer(request, Some(&self.0))
    }

    /// See the function of this name; the request has no `snapshot`.
    pub fn margin_report(&self, request: &str) -> Result<String> {
        REPORT.answer(request, Some(&self.0))
    }

    /// See the function of this name; the request has no `snapshot`.
    pub fn circuit_inputs(&self, request: &str) -> Result<String> {
        INPUTS.answer(request, Some(&self.0))
    }

    /// See the function of this name; the request has no `snapshot`.
    pub fn claim_inputs(&self, request: &str) -> Result<String> {
        CLAIM.answer(request, Some(&self.0))
    }

    /// See the function of this name; the request has no `snapshot`.
    pub fn health_inputs(&self, request: &str) -> Result<String> {
        HEALTH.answer(request, Some(&self.0))
    }
}

/// Returns the summary of a snapshot file, if it hashes to the root that it states.
pub fn snapshot_root(text: &str) -> Result<String> {
    Snapshot::open(text).map(|snapshot| snapshot.summary())
}

/// Takes `snapshot` and `account`; returns `commitment` and `snapshotRoot`.
pub fn account_commitment(request: &str) -> Result<String> {
    COMMITMENT.answer(request, None)
}

/// Takes `snapshot`, `account` and `requirement`; returns the object of `zkmargin margin --json`, without the venue's own
/// formula and the analysis of positions and stresses.
pub fn margin_report(request: &str) -> Result<String> {
    REPORT.answer(request, None)
}

/// Takes `snapshot`, `account`, `requirement`, `circuit`, `context`, `limits` if the circuit has them, and
/// `allowUnhealthy`; returns `signals`, the object of snarkjs's `input.json`, and `public`, the expected public signals.
/// An account that is not healthy is an error unless `allowUnhealthy` is true. Of a circuit that discloses, the answer has
/// the `opening` to be published too.
pub fn circuit_inputs(request: &str) -> Result<String> {
    INPUTS.answer(request, None)
}

/// Takes `snapshot`, `account`, `circuit` and `context`; returns `signals` and `public` of a circuit `claim`.
pub fn claim_inputs(request: &str) -> Result<String> {
    CLAIM.answer(request, None)
}

/// Takes `snapshot`, `accounts`, `circuit`, `requirement` and `z`; returns `signals` and `public` of a circuit of health
/// that looks no rows up.
pub fn health_inputs(request: &str) -> Result<String> {
    HEALTH.answer(request, None)
}

/// A function of a snapshot and the members of a request.
struct Function {
    required: &'static [&'static str],
    optional: &'static [&'static str],
    call: fn(&SnapshotFile, &Members) -> Result<String>,
}

const SNAPSHOT: &str = "snapshot";
const SHAPE: [&str; 5] = ["lanes", "positions", "layout", "limited", "disclosed"];
/// More accounts than any circuit of health has places for.
const MAX_ACCOUNTS: usize = 64;
const COMMITMENT: Function = Function { required: &["account"], optional: &[], call: commitment };
const REPORT: Function = Function { required: &["account", "requirement"], optional: &[], call: report };
const INPUTS: Function = Function {
    required: &["account", "requirement", "circuit", "context"],
    optional: &["limits", "allowUnhealthy"],
    call: inputs,
};
const CLAIM: Function = Function { required: &["account", "circuit", "context"], optional: &[], call: claim };
const HEALTH: Function =
    Function { required: &["accounts", "circuit", "requirement", "z"], optional: &[], call: health };

impl Function {
    fn answer(&self, request: &str, open: Option<&SnapshotFile>) -> Result<String> {
        answer(request, open, self.required, self.optional, self.call)
    }
}

/// Answers a request about an open snapshot, or about that of the request.
fn answer(
    request: &str,
    open: Option<&SnapshotFile>,
    required: &[&str],
    optional: &[&str],
    call: impl Fn(&SnapshotFile, &Members) -> Result<String>,
) -> Result<String> {
    let answer = || {
        let value = Value::parse(request, MAX_BYTES)?;
        let own = if open.is_none() { &[SNAPSHOT][..] } else { &[] };
        let members = Field::new(&value).members(&[required, own].concat(), optional)?;
        match open {
            Some(snapshot) => call(snapshot, &members),
            None => {
                let read = SnapshotFile::read(members.required(SNAPSHOT)?.text()?);
                call(&read.map_err(|fault| fault.from_source(SNAPSHOT))?, &members)
            }
        }
    };
    answer().map_err(|fault: Fault| fault.from_source("request"))
}

fn read_account(members: &Members) -> Result<AccountFile> {
    AccountFile::read(members.required("account")?.text()?).map_err(of_account)
}

fn of_account(fault: Fault) -> Fault {
    fault.from_source("account")
}

fn commitment(snapshot: &SnapshotFile, members: &Members) -> Result<String> {
    let account: Account = read_account(members)?.opening(snapshot).map_err(of_account)?;
    let [commitment, root] = [account.commitment(), snapshot.root].map(to_decimal);
    Ok(format!("{{\"commitment\":\"{commitment}\",\"snapshotRoot\":\"{root}\"}}"))
}

fn report(snapshot: &SnapshotFile, members: &Members) -> Result<String> {
    let bps = requirement_bps(&members.required("requirement")?, snapshot.initial_bps)?;
    let file = read_account(members)?;
    let made = || {
        let account = file.opening(snapshot)?;
        file.check_limits(snapshot)?;
        report::margin_report(&account, snapshot, bps)
    };
    made().map_err(of_account)
}

fn inputs(snapshot: &SnapshotFile, members: &Members) -> Result<String> {
    let bps = requirement_bps(&members.required("requirement")?, snapshot.initial_bps)?;
    let shape = read_shape(&members.required("circuit")?)?;
    let context = members.required("context")?.element()?;
    let limits = members.get("limits").map(|one| read_limits(&one)).transpose()?;
    let allow_unhealthy = members.get("allowUnhealthy").map_or(Ok(false), |one| one.flag())?;
    let file = read_account(members)?;
    let made = || {
        let account = file.opening(snapshot)?;
        let found = margin(&account, &snapshot.snapshot)?;
        let healthy = found.healthy(bps)?;
        if healthy && !shape.disclosed {
            // Beyond its limit an asset would count for too much. A proof of default holds all the more, and an auction
            // shows the amounts that the circuit counts.
            file.check_limits(snapshot)?;
        }
        if !healthy && !allow_unhealthy {
            return Err(Fault::statement(format!("the account is not healthy at {bps} / 10000 of its requirement")));
        }
        if let Some(limits) = limits.filter(|_| shape.layout == snapshot.snapshot.table.layout()) {
            if !limits.hold(&found)? {
                return Err(Fault::statement("the account is not within the limits"));
            }
        }
        if !shape.disclosed {
            let made = witness::circuit_inputs(&account, &snapshot.snapshot, &shape, bps, context, limits)?;
            return Ok(inputs_json(&made, &[]));
        }
        require(limits.is_none(), "limits", "the circuit has none")?;
        let elements = opening_elements(&account, shape.positions)?;
        let z = opening_point(account.commitment(), &elements);
        Ok(inputs_json(&disclosure_inputs(&account, &snapshot.snapshot, &shape, context, z)?, &elements))
    };
    made().map_err(of_account)
}

fn claim(snapshot: &SnapshotFile, members: &Members) -> Result<String> {
    let shape = read_shape(&members.required("circuit")?)?;
    let context = members.required("context")?.element()?;
    let file = read_account(members)?;
    let made =
        file.opening(snapshot).and_then(|account| claim_inputs_of(&account, &snapshot.snapshot, &shape, context));
    Ok(inputs_json(&made.map_err(of_account)?, &[]))
}

fn health(snapshot: &SnapshotFile, members: &Members) -> Result<String> {
    let circuit = members.required("circuit")?;
    let places = circuit.members(&["accounts"], &SHAPE)?.required("accounts")?.count(MAX_ACCOUNTS)?;
    let shape = read_shape(&circuit)?;
    let bps = requirement_bps(&members.required("requirement")?, snapshot.initial_bps)?;
    let z = members.required("z")?.element()?;
    let read = |field: &Field| {
        let text = field.text()?;
        let opened = AccountFile::read(text).and_then(|file| file.opening(snapshot));
        opened.map_err(|fault| fault.from_source(&field.key))
    };
    let accounts = members.required("accounts")?.items()?.iter().map(read).collect::<Result<Vec<_>>>()?;
    health_inputs_of(&accounts, places, &snapshot.snapshot, &shape, bps, z).map(|made| inputs_json(&made, &[]))
}

fn inputs_json(made: &CircuitInputs, opening: &[Fr]) -> String {
    let mut out = String::from("{\"signals\":");
    write_signals(&mut out, &made.signals);
    out.push_str(&format!(",\"public\":{}", decimals(&made.public)));
    if !opening.is_empty() {
        out.push_str(&format!(",\"opening\":{}", decimals(opening)));
    }
    out.push('}');
    out
}

fn decimals(values: &[Fr]) -> String {
    let texts: Vec<String> = values.iter().map(|value| format!("\"{}\"", to_decimal(*value))).collect();
    format!("[{}]", texts.join(","))
}

/// Reads the shape of a circuit, as `circuits/instances.json` and `circuits/clearing.json` have it.
fn read_shape(field: &Field) -> Result<Shape> {
    let members = field.members(&SHAPE[..3], &[&SHAPE[3..], &["accounts"]].concat())?;
    let flag = |name| members.get(name).map_or(Ok(false), |one| one.flag());
    let shape = Shape {
        lanes: members.required("lanes")?.count(UNDERLYINGS as usize)?,
        positions: members.required("positions")?.count(MAX_POSITIONS)?,
        layout: read_layout(&members.required("layout")?)?,
        limited: flag("limited")?,
        disclosed: flag("disclosed")?,
    };
    shape.check().map_err(|fault| fault.within(&field.key))?;
    Ok(shape)
}
