//! snarkjs's JSON files of a verification key, public signals and a proof, read as `zkmargin.proving.artifacts` does.

use ark_bn254::Fr;
use zkmargin_native::encoding::{decimal, g1_from_rows, g2_from_rows, Rows};
use zkmargin_native::error::{Error, Source};
use zkmargin_native::statement::document::Field;
use zkmargin_native::statement::fault::{Fault, Result};
use zkmargin_native::statement::strict_json::Value;
use zkmargin_native::verify::{Proof, VerifyingKey};

const MAX_BYTES: usize = 1 << 20;
const MAX_SIGNALS: usize = 1000;

/// Reads a key whose points are on their curves and in their groups, and for which not anybody can forge proofs.
pub fn key(text: &str) -> Result<VerifyingKey> {
    let value = Value::parse(text, MAX_BYTES)?;
    let points = ["vk_alpha_1", "vk_beta_2", "vk_gamma_2", "vk_delta_2"];
    let names = ["protocol", "curve", "nPublic", "IC"];
    let members = Field::new(&value).members(&[&names[..], &points].concat(), &["vk_alphabeta_12"])?;
    for (name, expected) in PROTOCOL {
        constant(&members.required(name)?, expected)?;
    }
    let count = members.required("nPublic")?.count(MAX_SIGNALS)?;
    let ic = members.required("IC")?.exactly(count + 1)?;
    let ic = ic.iter().map(|field| point(field, g1_from_rows)).collect::<Result<Vec<_>>>()?;
    let alpha = point(&members.required(points[0])?, g1_from_rows)?;
    let [beta, gamma, delta] = [1, 2, 3].map(|place| point(&members.required(points[place])?, g2_from_rows));
    VerifyingKey::new(alpha, beta?, gamma?, delta?, ic, Source("")).map_err(|error| Fault::new("", reason(&error)))
}

/// Reads public signals; None if one is not below r, so that no key accepts it.
pub fn public(text: &str) -> Result<Option<Vec<Fr>>> {
    let value = Value::parse(text, MAX_BYTES)?;
    let items = Field::new(&value).items()?;
    let texts = items.iter().map(Field::text).collect::<Result<Vec<_>>>()?;
    Ok(texts.into_iter().map(|one| decimal(one, Source("")).ok()).collect())
}

/// Reads a proof; None if a point is not canonical, on its curve and in its group, so that it is invalid.
pub fn proof(text: &str) -> Result<Option<Proof>> {
    let value = Value::parse(text, MAX_BYTES)?;
    let members = Field::new(&value).members(&["protocol", "curve", "pi_a", "pi_b", "pi_c"], &[])?;
    for (name, expected) in PROTOCOL {
        constant(&members.required(name)?, expected)?;
    }
    let [a, b, c] = ["pi_a", "pi_b", "pi_c"].map(|name| rows(&members.required(name)?));
    let (a, b, c) = (a?, b?, c?);
    let read = || {
        Some(Proof {
            a: g1_from_rows(&a, Source("")).ok()?,
            b: g2_from_rows(&b, Source("")).ok()?,
            c: g1_from_rows(&c, Source("")).ok()?,
        })
    };
    Ok(read())
}

const PROTOCOL: [(&str, &str); 2] = [("protocol", "groth16"), ("curve", "bn128")];

fn constant(field: &Field, expected: &str) -> Result<()> {
    field.text_of(|text| text == expected, &format!("'{expected}'")).map(drop)
}

fn rows(field: &Field) -> Result<Rows> {
    let row = |field: Field| match field.value {
        Value::List(_) => field.items()?.iter().map(text).collect(),
        _ => Ok(vec![text(&field)?]),
    };
    field.items()?.into_iter().map(row).collect()
}

fn text(field: &Field) -> Result<String> {
    field.text().map(str::to_owned)
}

fn point<P>(field: &Field, read: fn(&Rows, Source) -> zkmargin_native::error::Result<P>) -> Result<P> {
    read(&rows(field)?, Source("")).map_err(|error| field.fault(reason(&error)))
}

fn reason(error: &Error) -> String {
    match error {
        Error::Format { reason, .. } => reason.clone(),
        other => other.to_string(),
    }
}
