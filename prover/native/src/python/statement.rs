//! The statement in Python: JSON text in, JSON text out.

use pyo3::create_exception;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use super::threads::compute;
use crate::statement::fault::{Fault, Kind};
use crate::statement::json::Snapshot;

create_exception!(
    zkmargin_native,
    StatementFaultError,
    PyValueError,
    "A file or a request is wrong, or the statement is false. Its arguments are kind, source, key and reason."
);

impl From<Fault> for PyErr {
    fn from(fault: Fault) -> Self {
        let kind = match fault.kind {
            Kind::Input => "input",
            Kind::Statement => "statement",
        };
        StatementFaultError::new_err((kind, fault.source, fault.key, fault.reason))
    }
}

/// A snapshot file that is read, checked and hashed.
#[pyclass(frozen, module = "zkmargin_native")]
struct StatementSnapshot(Snapshot);

#[pymethods]
impl StatementSnapshot {
    #[new]
    fn new(py: Python<'_>, text: &str) -> PyResult<Self> {
        Ok(StatementSnapshot(compute(py, || Ok(Snapshot::open(text)))??))
    }

    fn summary(&self) -> String {
        self.0.summary()
    }

    fn account_commitment(&self, request: &str) -> PyResult<String> {
        Ok(self.0.account_commitment(request)?)
    }

    fn margin_report(&self, request: &str) -> PyResult<String> {
        Ok(self.0.margin_report(request)?)
    }

    fn circuit_inputs(&self, request: &str) -> PyResult<String> {
        Ok(self.0.circuit_inputs(request)?)
    }

    fn claim_inputs(&self, request: &str) -> PyResult<String> {
        Ok(self.0.claim_inputs(request)?)
    }

    fn health_inputs(&self, request: &str) -> PyResult<String> {
        Ok(self.0.health_inputs(request)?)
    }

    fn order_message(&self, request: &str) -> PyResult<String> {
        Ok(self.0.order_message(request)?)
    }

    fn sign_order(&self, request: &str, secret: &[u8]) -> PyResult<String> {
        Ok(self.0.sign_order(request, secret)?)
    }

    fn verify_order(&self, request: &str) -> PyResult<String> {
        Ok(self.0.verify_order(request)?)
    }
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("StatementFaultError", module.py().get_type::<StatementFaultError>())?;
    module.add_class::<StatementSnapshot>()
}
