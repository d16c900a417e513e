//! Conversion of Python integers and snarkjs's JSON objects from and to this crate's types.

use std::borrow::Cow;
use std::path::PathBuf;

use ark_bn254::{Fq2, Fr};
use ark_ff::{BigInt, BigInteger, PrimeField};
use pyo3::exceptions::{PyOverflowError, PyValueError};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyDict, PyInt, PyList};

use super::threads::compute;
use super::FormatError;
use crate::babyjub::Coordinates;
use crate::binfile::read_file;
use crate::eddsa::Signature;
use crate::encoding::{
    decimal, g1_from_rows, g1_rows, g2_from_rows, g2_of_curve_from_rows, g2_rows, limbs, to_decimal, Rows, FIELD_BYTES,
};
use crate::error::{Result, Source};
use crate::verify::{Proof, VerifyingKey};

/// The content or the path of a file.
#[derive(FromPyObject)]
pub enum Bytes {
    Content(PyBackedBytes),
    Path(PathBuf),
}

impl Bytes {
    pub fn read(&self) -> Result<(Cow<'_, [u8]>, String)> {
        match self {
            Bytes::Content(bytes) => Ok((Cow::Borrowed(bytes), "witness".to_owned())),
            Bytes::Path(path) => read_file(path).map(|(bytes, name)| (Cow::Owned(bytes), name)),
        }
    }
}

/// Converts an integer in 0..r, without reduction.
pub fn scalar_from_int(value: &Bound<'_, PyAny>) -> PyResult<Fr> {
    canonical(value)?.ok_or_else(|| PyValueError::new_err("a value is not in 0..r"))
}

/// Converts an integer below the field's modulus; None if it is another one.
fn canonical<F: PrimeField<BigInt = BigInt<4>>>(value: &Bound<'_, PyAny>) -> PyResult<Option<F>> {
    match value.call_method1("to_bytes", (FIELD_BYTES, "little")) {
        Ok(bytes) => Ok(F::from_bigint(limbs(bytes.cast::<PyBytes>()?.as_bytes()))),
        Err(error) if error.is_instance_of::<PyOverflowError>(value.py()) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The affine coordinates of a point; None if one is not below r.
pub fn coordinates(point: &Bound<'_, PyAny>) -> PyResult<Option<Coordinates>> {
    let (x, y): (Bound<'_, PyAny>, Bound<'_, PyAny>) = point.extract()?;
    Ok(canonical(&x)?.zip(canonical(&y)?).map(|(x, y)| [x, y]))
}

/// A signature, as a point and an integer; None if a part is not below its modulus.
pub fn signature(value: &Bound<'_, PyAny>) -> PyResult<Option<Signature>> {
    let (r8, s): (Bound<'_, PyAny>, Bound<'_, PyAny>) = value.extract()?;
    Ok(coordinates(&r8)?.zip(canonical(&s)?).map(|(r8, s)| Signature { r8, s }))
}

pub fn int_pair(py: Python<'_>, [x, y]: Coordinates) -> PyResult<(Py<PyAny>, Py<PyAny>)> {
    Ok((int_from_scalar(py, x)?, int_from_scalar(py, y)?))
}

pub fn scalars_from_ints(values: &Bound<'_, PyAny>) -> PyResult<Vec<Fr>> {
    values.try_iter()?.map(|value| scalar_from_int(&value?)).collect()
}

pub fn int_from_scalar(py: Python<'_>, value: impl PrimeField) -> PyResult<Py<PyAny>> {
    let bytes = PyBytes::new(py, &value.into_bigint().to_bytes_le());
    Ok(py.get_type::<PyInt>().call_method1("from_bytes", (bytes, "little"))?.unbind())
}

pub fn int_list(py: Python<'_>, values: &[Fr]) -> PyResult<Py<PyList>> {
    let ints = values.iter().map(|value| int_from_scalar(py, *value)).collect::<PyResult<Vec<_>>>()?;
    Ok(PyList::new(py, ints)?.unbind())
}

/// public.json, not yet parsed.
pub struct JsonPublic(Vec<String>);

impl JsonPublic {
    /// Returns None if a signal is not a canonical value below r, so no key accepts it.
    pub fn scalars(&self) -> Option<Vec<Fr>> {
        self.0.iter().map(|signal| decimal(signal, Source("public signals")).ok()).collect()
    }
}

impl<'py> FromPyObject<'_, 'py> for JsonPublic {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let signals =
            object.extract().map_err(|_| FormatError::new_err("public signals: not a list of decimal strings"))?;
        Ok(JsonPublic(signals))
    }
}

/// proof.json, not yet parsed.
pub struct JsonProof {
    a: Rows,
    b: Rows,
    c: Rows,
}

impl JsonProof {
    /// Returns None if a point is not canonical, on its curve and in its subgroup.
    pub fn points(&self) -> Option<Proof> {
        self.points_of_curves().filter(|proof| proof.b.is_in_correct_subgroup_assuming_on_curve())
    }

    /// Returns None if a point is not canonical and on its curve; B may be outside of the subgroup.
    pub fn points_of_curves(&self) -> Option<Proof> {
        let source = Source("proof");
        let (a, c) = (g1_from_rows(&self.a, source).ok()?, g1_from_rows(&self.c, source).ok()?);
        Some(Proof { a, b: g2_of_curve_from_rows(&self.b, source).ok()?, c })
    }
}

impl<'py> FromPyObject<'_, 'py> for JsonProof {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let object = object.cast::<PyDict>().map_err(|_| FormatError::new_err("proof: not a JSON object"))?;
        check_kind(&object, "proof")?;
        let a = g1_field(&object, "proof", "pi_a")?;
        Ok(JsonProof { a, b: g2_field(&object, "proof", "pi_b")?, c: g1_field(&object, "proof", "pi_c")? })
    }
}

pub fn proof_to_json(py: Python<'_>, proof: &Proof) -> PyResult<Py<PyDict>> {
    let json = PyDict::new(py);
    json.set_item("pi_a", g1_rows(&proof.a).concat())?;
    json.set_item("pi_b", g2_rows(&proof.b))?;
    json.set_item("pi_c", g1_rows(&proof.c).concat())?;
    json.set_item("protocol", "groth16")?;
    json.set_item("curve", "bn128")?;
    Ok(json.unbind())
}

pub fn verifying_key_to_json(py: Python<'_>, key: &VerifyingKey) -> PyResult<Py<PyDict>> {
    let json = PyDict::new(py);
    json.set_item("protocol", "groth16")?;
    json.set_item("curve", "bn128")?;
    json.set_item("nPublic", key.n_public())?;
    json.set_item("vk_alpha_1", g1_rows(&key.alpha_1).concat())?;
    json.set_item("vk_beta_2", g2_rows(&key.beta_2))?;
    json.set_item("vk_gamma_2", g2_rows(&key.gamma_2))?;
    json.set_item("vk_delta_2", g2_rows(&key.delta_2))?;
    json.set_item("vk_alphabeta_12", target_rows(key))?;
    json.set_item("IC", key.ic.iter().map(|point| g1_rows(point).concat()).collect::<Vec<_>>())?;
    Ok(json.unbind())
}

/// Returns e(alpha, beta) as coefficients in the tower of its field.
fn target_rows(key: &VerifyingKey) -> Vec<Vec<Vec<String>>> {
    let row = |c: &Fq2| vec![to_decimal(c.c0), to_decimal(c.c1)];
    let value = key.alpha_beta.0;
    [value.c0, value.c1].iter().map(|six| [six.c0, six.c1, six.c2].iter().map(row).collect()).collect()
}

pub fn verifying_key_from_json(json: &Bound<'_, PyDict>) -> PyResult<VerifyingKey> {
    const NAME: &str = "verification key";
    check_kind(json, NAME)?;
    let n_public: usize = field(json, NAME, "nPublic")?;
    let ic: Vec<Vec<String>> = field(json, NAME, "IC")?;
    if n_public.checked_add(1) != Some(ic.len()) {
        return Err(FormatError::new_err(format!("{NAME}: IC has {} points for {n_public} public signals", ic.len())));
    }
    let point = |key: &str, rows: &Rows| g2_from_rows(rows, Source(&format!("{NAME}: {key}")));
    let ic_point = |(i, flat): (usize, &Vec<String>)| g1_from_rows(&columns(flat), Source(&format!("{NAME}: IC[{i}]")));
    let rows = |key: &str| g2_field(json, NAME, key);
    let (beta, gamma, delta) = (rows("vk_beta_2")?, rows("vk_gamma_2")?, rows("vk_delta_2")?);
    let alpha = g1_field(json, NAME, "vk_alpha_1")?;
    let alpha = g1_from_rows(&alpha, Source(&format!("{NAME}: vk_alpha_1")))?;
    let (beta, gamma, delta) = (point("vk_beta_2", &beta)?, point("vk_gamma_2", &gamma)?, point("vk_delta_2", &delta)?);
    let ic = ic.iter().enumerate().map(ic_point).collect::<Result<_>>()?;
    compute(json.py(), || VerifyingKey::new(alpha, beta, gamma, delta, ic, Source(NAME)))
}

fn check_kind(json: &Bound<'_, PyDict>, name: &str) -> PyResult<()> {
    for (key, expected) in [("protocol", "groth16"), ("curve", "bn128")] {
        let found: String = field(json, name, key)?;
        if found != expected {
            return Err(FormatError::new_err(format!("{name}: {key}: not {expected}")));
        }
    }
    Ok(())
}

fn field<'py, T: for<'a> FromPyObject<'a, 'py>>(json: &Bound<'py, PyDict>, name: &str, key: &str) -> PyResult<T> {
    let value = json.get_item(key)?.ok_or_else(|| FormatError::new_err(format!("{name}: {key} is missing")))?;
    value.extract().map_err(|_| FormatError::new_err(format!("{name}: {key} is not of the expected shape")))
}

fn g1_field(json: &Bound<'_, PyDict>, name: &str, key: &str) -> PyResult<Rows> {
    Ok(columns(&field::<Vec<String>>(json, name, key)?))
}

fn g2_field(json: &Bound<'_, PyDict>, name: &str, key: &str) -> PyResult<Rows> {
    field(json, name, key)
}

fn columns(flat: &[String]) -> Rows {
    flat.iter().map(|c| vec![c.clone()]).collect()
}
