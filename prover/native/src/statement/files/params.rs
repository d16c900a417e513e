//! `paramsHash`: the hash of model, collateral definitions and listings, which give the rows their meaning.

use ark_bn254::Fr;
use ark_ff::PrimeField;
use sha2::{Digest, Sha256};

use super::snapshot::Listing;
use crate::statement::strict_json::Value;

/// Returns the first 31 bytes, big-endian, of the SHA-256 of the canonical JSON text of the parameters.
pub fn parameters_hash(
    layout: &str,
    quote: &str,
    model: &Value,
    collateral: &[&Value],
    underlyings: &[String],
    listings: &[Listing],
) -> Fr {
    let mut out = String::from("{\"collateral\":");
    write_list(&mut out, collateral, |out, one| write_canonical(out, one));
    out.push_str(",\"format\":\"zkmargin-parameters/2\",\"layout\":");
    write_text(&mut out, layout);
    out.push_str(",\"listings\":");
    write_list(&mut out, listings, |out, one| {
        let settled = one.settled.map(|time| time.to_string());
        let texts = [Some(one.id.to_string()), Some(one.name.clone()), Some(one.lot.text()), settled];
        let shown: Vec<String> = texts.into_iter().flatten().collect();
        write_list(out, &shown, |out, text| write_text(out, text));
    });
    out.push_str(",\"model\":");
    write_canonical(&mut out, model);
    out.push_str(",\"quote\":");
    write_text(&mut out, quote);
    out.push_str(",\"underlyings\":");
    write_list(&mut out, underlyings, |out, name| write_text(out, name));
    out.push('}');
    Fr::from_be_bytes_mod_order(&Sha256::digest(out.as_bytes())[..31])
}

/// Writes a value as Python's `json.dumps` does: ASCII, keys sorted, no white space.
pub fn write_canonical(out: &mut String, value: &Value) {
    match value {
        Value::Text(text) => write_text(out, text.as_str()),
        Value::Integer(digits) => out.push_str(digits),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Null | Value::Flaw(..) => out.push_str("null"),
        Value::List(items) => write_list(out, items, write_canonical),
        Value::Object(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_by(|a, b| a.0.as_str().cmp(b.0.as_str()));
            out.push('{');
            for (i, (key, value)) in sorted.into_iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_text(out, key.as_str());
                out.push(':');
                write_canonical(out, value);
            }
            out.push('}');
        }
    }
}

fn write_list<T>(out: &mut String, items: &[T], write: impl Fn(&mut String, &T)) {
    out.push('[');
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        write(out, item);
    }
    out.push(']');
}

/// Writes a text with all characters outside of ASCII escaped.
pub fn write_text(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(character),
            _ => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    out.push('"');
}
