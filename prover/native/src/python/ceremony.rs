//! Ceremonies: the functions of `crate::ceremony` in Python.

use std::path::PathBuf;

use pyo3::prelude::*;

use super::threads::compute;
use super::with_progress;
use crate::binfile::{open_file, read_file};
use crate::ceremony::ptau::Ptau;
use crate::ceremony::{check, circuit_hash as hashes, initial};
use crate::error::Source;

/// Makes the initial key of a circuit from a phase-1 file.
#[pyfunction]
#[pyo3(signature = (r1cs, ptau, zkey, progress=None))]
fn initial_key(
    py: Python<'_>,
    r1cs: PathBuf,
    ptau: PathBuf,
    zkey: PathBuf,
    progress: Option<Py<PyAny>>,
) -> PyResult<()> {
    with_progress(py, progress, |report| {
        let (bytes, name) = read_file(&r1cs)?;
        initial::initial_key(&bytes, &mut Ptau::open(&ptau)?, &zkey, Source(&name), report)
    })
}

/// Checks a key against a circuit and a phase-1 file.
#[pyfunction]
#[pyo3(signature = (zkey, r1cs, ptau=None, progress=None))]
fn check_key(
    py: Python<'_>,
    zkey: PathBuf,
    r1cs: PathBuf,
    ptau: Option<PathBuf>,
    progress: Option<Py<PyAny>>,
) -> PyResult<()> {
    with_progress(py, progress, |report| {
        let ((key, key_name), (circuit, circuit_name)) = (read_file(&zkey)?, read_file(&r1cs)?);
        let mut ptau = ptau.map(|path| Ptau::open(&path)).transpose()?;
        check::check_key((&key, Source(&key_name)), (&circuit, Source(&circuit_name)), ptau.as_mut(), report)
    })
}

/// Returns the circuit hash that a key states.
#[pyfunction]
fn circuit_hash(py: Python<'_>, zkey: PathBuf) -> PyResult<String> {
    let hash = compute(py, || {
        let (file, name) = open_file(&zkey)?;
        hashes::stated(&file, Source(&name))
    })?;
    Ok(hash.iter().map(|byte| format!("{byte:02x}")).collect())
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(initial_key, module)?)?;
    module.add_function(wrap_pyfunction!(check_key, module)?)?;
    module.add_function(wrap_pyfunction!(circuit_hash, module)?)
}
