//! The inputs of a witness calculator: field elements, and nested lists and buses of them, by signal name.

use ark_bn254::Fr;
use zeroize::Zeroize;

use crate::encoding::to_decimal;

/// An input of a circuit. It may be secret: it has no `Debug`, and is wiped when it is dropped.
pub enum Signal {
    Value(Fr),
    List(Vec<Signal>),
    Bus(Signals),
}

pub type Signals = Vec<(&'static str, Signal)>;

impl Drop for Signal {
    fn drop(&mut self) {
        if let Signal::Value(value) = self {
            value.zeroize();
        }
    }
}

pub fn value(value: impl Into<Fr>) -> Signal {
    Signal::Value(value.into())
}

/// Returns a list of values.
pub fn list<T: Into<Fr>>(values: impl IntoIterator<Item = T>) -> Signal {
    Signal::List(values.into_iter().map(value).collect())
}

/// Writes signals as the object of snarkjs's `input.json`.
pub fn write_signals(out: &mut String, signals: &Signals) {
    out.push('{');
    for (i, (name, signal)) in signals.iter().enumerate() {
        out.push_str(if i == 0 { "\"" } else { ",\"" });
        out.push_str(name);
        out.push_str("\":");
        write_signal(out, signal);
    }
    out.push('}');
}

fn write_signal(out: &mut String, signal: &Signal) {
    match signal {
        Signal::Value(value) => {
            out.push('"');
            out.push_str(&to_decimal(*value));
            out.push('"');
        }
        Signal::List(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_signal(out, item);
            }
            out.push(']');
        }
        Signal::Bus(members) => write_signals(out, members),
    }
}
