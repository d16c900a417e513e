//! Phase 1: the functions of `crate::ceremony::phase1` in Python.

use std::path::PathBuf;

use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyDict, PyList};

use super::contributions::{hex, labelled};
use super::{threads::compute, with_progress};
use crate::ceremony::phase1 as files;
use crate::setup::Progress;

/// Writes a single-party phase-1 file that snarkjs's own setup accepts.
#[pyfunction]
fn development_phase1(py: Python<'_>, path: PathBuf, power: u32) -> PyResult<()> {
    compute(py, || files::development::development_phase1(&path, power))
}

/// Writes a phase-1 file without contributions.
#[pyfunction]
fn phase1_new(py: Python<'_>, path: PathBuf, power: u32) -> PyResult<()> {
    compute(py, || files::accumulator::new(&path, power))
}

/// Contributes secrets to a phase 1.
#[pyfunction]
#[pyo3(signature = (path, out, name, entropy, progress=None))]
fn phase1_contribute(
    py: Python<'_>,
    path: PathBuf,
    out: PathBuf,
    name: &str,
    entropy: PyBackedBytes,
    progress: Option<Py<PyAny>>,
) -> PyResult<String> {
    let contributed = |report: Progress| files::contribute::contribute(&path, &out, name, &entropy, report);
    Ok(hex(&with_progress(py, progress, contributed)?))
}

/// Contributes public randomness to a phase 1.
#[pyfunction]
#[pyo3(signature = (path, out, name, beacon, iterations_exp, progress=None))]
fn phase1_beacon(
    py: Python<'_>,
    path: PathBuf,
    out: PathBuf,
    name: &str,
    beacon: PyBackedBytes,
    iterations_exp: u8,
    progress: Option<Py<PyAny>>,
) -> PyResult<String> {
    let contributed = |report: Progress| files::contribute::beacon(&path, &out, name, &beacon, iterations_exp, report);
    Ok(hex(&with_progress(py, progress, contributed)?))
}

/// Verifies a phase 1, and lists its contributions.
#[pyfunction]
#[pyo3(signature = (path, progress=None))]
fn phase1_verify(py: Python<'_>, path: PathBuf, progress: Option<Py<PyAny>>) -> PyResult<Py<PyDict>> {
    let verified = with_progress(py, progress, |report| files::verify::verify(&path, report))?;
    let items = verified.records.iter().map(|record| labelled(py, &record.label, &record.hash()));
    let out = PyDict::new(py);
    out.set_item("power", verified.power)?;
    out.set_item("prepared", verified.prepared)?;
    out.set_item("contributions", PyList::new(py, items.collect::<PyResult<Vec<_>>>()?)?)?;
    Ok(out.unbind())
}

/// Writes a phase-1 file with the Lagrange bases that setups need.
#[pyfunction]
#[pyo3(signature = (path, out, progress=None))]
fn phase1_prepare(py: Python<'_>, path: PathBuf, out: PathBuf, progress: Option<Py<PyAny>>) -> PyResult<()> {
    with_progress(py, progress, |report| files::prepare::prepare(&path, &out, report))
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(development_phase1, module)?)?;
    module.add_function(wrap_pyfunction!(phase1_new, module)?)?;
    module.add_function(wrap_pyfunction!(phase1_contribute, module)?)?;
    module.add_function(wrap_pyfunction!(phase1_beacon, module)?)?;
    module.add_function(wrap_pyfunction!(phase1_verify, module)?)?;
    module.add_function(wrap_pyfunction!(phase1_prepare, module)?)
}
