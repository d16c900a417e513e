//! Contributions to proving keys in Python.

use std::path::PathBuf;

use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyDict, PyList};

use super::{threads, with_progress};
use crate::ceremony::contributions as keys;
use crate::ceremony::keypair::Hash;
use crate::ceremony::labels::{Kind, Label};
use crate::ceremony::transcript::Transcript;
use crate::setup::Progress;

/// Contributes a secret to a key.
#[pyfunction]
#[pyo3(signature = (zkey, out, name, entropy, progress=None))]
fn contribute(
    py: Python<'_>,
    zkey: PathBuf,
    out: PathBuf,
    name: &str,
    entropy: PyBackedBytes,
    progress: Option<Py<PyAny>>,
) -> PyResult<String> {
    let contributed = |report: Progress| keys::contribute(&zkey, &out, name, &entropy, report);
    Ok(hex(&with_progress(py, progress, contributed)?))
}

/// Contributes public randomness to a key.
#[pyfunction]
#[pyo3(signature = (zkey, out, name, beacon, iterations_exp, progress=None))]
fn beacon(
    py: Python<'_>,
    zkey: PathBuf,
    out: PathBuf,
    name: &str,
    beacon: PyBackedBytes,
    iterations_exp: u8,
    progress: Option<Py<PyAny>>,
) -> PyResult<String> {
    let contributed = |report: Progress| keys::beacon(&zkey, &out, name, &beacon, iterations_exp, report);
    Ok(hex(&with_progress(py, progress, contributed)?))
}

/// Lists the contributions of a key, unchecked.
#[pyfunction]
fn contributions(py: Python<'_>, zkey: PathBuf) -> PyResult<Py<PyDict>> {
    let transcript = threads::compute(py, || keys::contributions(&zkey))?;
    listed(py, &transcript)
}

/// Checks the contributions of a key.
#[pyfunction]
#[pyo3(signature = (zkey, progress=None))]
fn check_contributions(py: Python<'_>, zkey: PathBuf, progress: Option<Py<PyAny>>) -> PyResult<Py<PyDict>> {
    let transcript = with_progress(py, progress, |report| keys::check_contributions(&zkey, report))?;
    listed(py, &transcript)
}

/// Checks that a key is another one after further contributions.
#[pyfunction]
#[pyo3(signature = (before, after, progress=None))]
fn check_step(py: Python<'_>, before: PathBuf, after: PathBuf, progress: Option<Py<PyAny>>) -> PyResult<()> {
    with_progress(py, progress, |report| keys::check_step(&before, &after, report))
}

fn listed(py: Python<'_>, transcript: &Transcript) -> PyResult<Py<PyDict>> {
    let items = transcript
        .contributions
        .iter()
        .map(|one| labelled(py, &one.label, &one.hash()))
        .collect::<PyResult<Vec<_>>>()?;
    let out = PyDict::new(py);
    out.set_item("circuit_hash", hex(&transcript.circuit_hash))?;
    out.set_item("contributions", PyList::new(py, items)?)?;
    Ok(out.unbind())
}

/// Describes a contribution, to either phase, by what its label says and by its hash.
pub fn labelled<'py>(py: Python<'py>, label: &Label, hash: &Hash) -> PyResult<Bound<'py, PyDict>> {
    let (kind, beacon, exponent) = match &label.kind {
        Kind::Contribution => ("contribution", String::new(), 0),
        Kind::Beacon { value, exponent } => ("beacon", hex(value), *exponent),
    };
    let out = PyDict::new(py);
    out.set_item("name", label.shown_name())?;
    out.set_item("kind", kind)?;
    out.set_item("hash", hex(hash))?;
    out.set_item("beacon", beacon)?;
    out.set_item("iterations_exp", exponent)?;
    Ok(out)
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(contribute, module)?)?;
    module.add_function(wrap_pyfunction!(beacon, module)?)?;
    module.add_function(wrap_pyfunction!(contributions, module)?)?;
    module.add_function(wrap_pyfunction!(check_contributions, module)?)?;
    module.add_function(wrap_pyfunction!(check_step, module)?)
}
