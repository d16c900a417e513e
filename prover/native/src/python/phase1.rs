//! Phase 1: the functions of `crate::ceremony::phase1` in Python.

use std::path::PathBuf;

use pyo3::prelude::*;

use super::{compute, with_progress};
use crate::ceremony::phase1 as files;

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

/// Writes a phase-1 file with the Lagrange bases that setups need.
#[pyfunction]
#[pyo3(signature = (path, out, progress=None))]
fn phase1_prepare(py: Python<'_>, path: PathBuf, out: PathBuf, progress: Option<Py<PyAny>>) -> PyResult<()> {
    with_progress(py, progress, |report| files::prepare::prepare(&path, &out, report))
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(development_phase1, module)?)?;
    module.add_function(wrap_pyfunction!(phase1_new, module)?)?;
    module.add_function(wrap_pyfunction!(phase1_prepare, module)?)
}
