//! The Python module. Long computations release the interpreter; errors become exceptions.

mod ceremony;
mod contributions;
mod convert;
mod phase1;
mod statement;
mod threads;

use std::path::PathBuf;

use pyo3::create_exception;
use pyo3::exceptions::{PyOSError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};
use rayon::prelude::*;

use self::convert::{int_from_scalar, scalars_from_ints, Bytes, JsonProof, JsonPublic};
use self::threads::compute;
use crate::batch::{self, Claim};
use crate::binfile::{open_file, read_file, Sections};
use crate::encoding::to_decimal;
use crate::error::{Error, Result, Source};
use crate::setup::Progress;
use crate::{
    eddsa, merkle, pack, poseidon as hashing, prove, r1cs, setup as keys, verify as verification, wtns, zkey as zkeys,
};

create_exception!(
    zkmargin_native,
    FormatError,
    PyValueError,
    "A file or a JSON object is malformed; the message names it."
);
create_exception!(zkmargin_native, UnsatisfiedError, PyValueError, "The witness does not satisfy the circuit.");

impl From<Error> for PyErr {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        match error {
            Error::Format { .. } => FormatError::new_err(message),
            Error::Unsatisfied(_) => UnsatisfiedError::new_err(message),
            Error::Value(_) => PyValueError::new_err(message),
            Error::Stopped => PyRuntimeError::new_err(message),
            // With an errno, Python picks the subclass (FileNotFoundError, PermissionError, ...).
            Error::Io { source, error } => match error.raw_os_error() {
                Some(errno) => {
                    let text = error.to_string();
                    let text = text.split(" (os error").next().unwrap_or_default().to_owned();
                    PyOSError::new_err((errno, text, source))
                }
                None => PyOSError::new_err(message),
            },
        }
    }
}

/// Makes single-party development keys for a circuit and writes them as a `.zkey`.
#[pyfunction]
#[pyo3(signature = (r1cs, zkey, progress=None))]
fn setup(py: Python<'_>, r1cs: PathBuf, zkey: PathBuf, progress: Option<Py<PyAny>>) -> PyResult<()> {
    with_progress(py, progress, |report| {
        let (bytes, name) = read_file(&r1cs)?;
        keys::setup(&bytes, &zkey, Source(&name), report)
    })
}

/// Runs a computation without the interpreter's lock. An exception in the callback, or a signal, ends it.
fn with_progress<T: Send>(
    py: Python<'_>,
    progress: Option<Py<PyAny>>,
    work: impl FnOnce(Progress) -> Result<T> + Send,
) -> PyResult<T> {
    let mut raised = None;
    let mut report = |stage: &str, done: usize, total: usize| {
        let called = Python::attach(|py| {
            py.check_signals()?;
            progress.as_ref().map_or(Ok(()), |callback| callback.call1(py, (stage, done, total)).map(|_| ()))
        });
        called.map_err(|error| {
            raised = Some(error);
            Error::Stopped
        })
    };
    let result = compute(py, || work(&mut report));
    match raised {
        Some(error) => Err(error),
        None => result,
    }
}

/// Returns the verification key within a `.zkey` as snarkjs's JSON object.
#[pyfunction]
fn verification_key(py: Python<'_>, zkey: PathBuf) -> PyResult<Py<PyDict>> {
    let key = compute(py, || {
        let (file, name) = open_file(&zkey)?;
        zkeys::read_verifying_key(&file, Source(&name))
    })?;
    convert::verifying_key_to_json(py, &key)
}

/// Returns the parts of a proving key for a circuit pack: kind and content of each.
#[pyfunction]
fn key_parts(py: Python<'_>, zkey: PathBuf) -> PyResult<Vec<(&'static str, Py<PyBytes>)>> {
    let parts = compute(py, || {
        let (file, name) = open_file(&zkey)?;
        pack::parts(&Sections::parse(&file, b"zkey", 1, Source(&name))?)
    })?;
    Ok(parts.into_iter().map(|(kind, bytes)| (kind, PyBytes::new(py, &bytes).unbind())).collect())
}

/// A proving key, parsed once.
#[pyclass(frozen, module = "zkmargin_native")]
struct Prover(prove::Prover);

#[pymethods]
impl Prover {
    #[new]
    fn new(py: Python<'_>, zkey: PathBuf) -> PyResult<Self> {
        let prover = compute(py, || {
            let (file, name) = open_file(&zkey)?;
            prove::Prover::parse(&file, Source(&name))
        })?;
        Ok(Prover(prover))
    }

    #[getter]
    fn n_public(&self) -> usize {
        self.0.header.n_public
    }

    #[getter]
    fn n_variables(&self) -> usize {
        self.0.header.n_variables
    }

    #[getter]
    fn domain_size(&self) -> usize {
        self.0.header.domain_size
    }

    #[getter]
    fn verification_key(&self, py: Python<'_>) -> PyResult<Py<PyDict>> {
        convert::verifying_key_to_json(py, &self.0.verifying_key)
    }

    fn prove(&self, py: Python<'_>, witness: Bytes) -> PyResult<(Py<PyDict>, Vec<String>)> {
        let (proof, public) = compute(py, || {
            let (bytes, name) = witness.read()?;
            self.0.prove(&wtns::parse(&bytes, Source(&name))?)
        })?;
        Ok((convert::proof_to_json(py, &proof)?, public.into_iter().map(to_decimal).collect()))
    }
}

/// A verification key, checked and prepared once.
#[pyclass(frozen, module = "zkmargin_native")]
struct VerifyingKey(verification::VerifyingKey);

#[pymethods]
impl VerifyingKey {
    #[new]
    fn new(key: &Bound<'_, PyDict>) -> PyResult<Self> {
        Ok(VerifyingKey(convert::verifying_key_from_json(key)?))
    }

    #[getter]
    fn n_public(&self) -> usize {
        self.0.n_public()
    }

    /// Returns whether the proof is valid. Raises FormatError only if an argument does not have the right shape.
    fn verify(&self, py: Python<'_>, public: JsonPublic, proof: JsonProof) -> PyResult<bool> {
        compute(py, || {
            let parsed = public.scalars().zip(proof.points());
            Ok(parsed.is_some_and(|(public, proof)| self.0.verify(&public, &proof)))
        })
    }
}

/// Returns whether all proofs of a batch, each under a key of its own, are valid, by one equation.
#[pyfunction]
fn verify_batch(py: Python<'_>, claims: Vec<(Py<VerifyingKey>, JsonPublic, JsonProof)>) -> PyResult<bool> {
    let keys: Vec<_> = claims.iter().map(|(key, ..)| &key.get().0).collect();
    compute(py, || {
        let claim = |(key, (_, public, proof)): (_, &(_, JsonPublic, JsonProof))| {
            Some(Claim { key, public: public.scalars()?, proof: proof.points_of_curves()? })
        };
        match keys.into_par_iter().zip(&claims).map(claim).collect::<Option<Vec<_>>>() {
            Some(claims) => batch::verify_batch(&claims),
            None => Ok(false),
        }
    })
}

/// Checks a witness against all constraints of a circuit.
#[pyfunction]
fn check_witness(py: Python<'_>, r1cs: PathBuf, witness: Bytes) -> PyResult<()> {
    compute(py, || {
        let (bytes, name) = read_file(&r1cs)?;
        let circuit = r1cs::R1cs::parse(&bytes, Source(&name))?;
        let (bytes, name) = witness.read()?;
        circuit.check(&wtns::parse(&bytes, Source(&name))?)
    })
}

/// Returns the Poseidon hash of 1 to 16 integers below r.
#[pyfunction]
fn poseidon(inputs: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
    int_from_scalar(inputs.py(), hashing::poseidon(&scalars_from_ints(inputs)?)?)
}

/// Returns the Poseidon hash of each row.
#[pyfunction]
fn poseidon_many(py: Python<'_>, inputs: &Bound<'_, PyAny>) -> PyResult<Py<PyList>> {
    let rows = inputs.try_iter()?.map(|row| scalars_from_ints(&row?)).collect::<PyResult<Vec<_>>>()?;
    convert::int_list(py, &compute(py, || hashing::poseidon_many(&rows))?)
}

/// Returns the root of an 8-ary tree of 8^depth leaves; missing leaves are zero.
#[pyfunction]
fn merkle8_root(py: Python<'_>, leaves: &Bound<'_, PyAny>, depth: u32) -> PyResult<Py<PyAny>> {
    let leaves = scalars_from_ints(leaves)?;
    int_from_scalar(py, compute(py, || merkle::merkle8_root(&leaves, depth))?)
}

/// Returns the seven siblings on each level of the path of a leaf, starting at the leaves.
#[pyfunction]
fn merkle8_path(py: Python<'_>, leaves: &Bound<'_, PyAny>, depth: u32, index: usize) -> PyResult<Vec<Py<PyList>>> {
    let leaves = scalars_from_ints(leaves)?;
    let path = compute(py, || merkle::merkle8_path(&leaves, depth, index))?;
    path.iter().map(|siblings| convert::int_list(py, siblings)).collect()
}

/// Returns the BabyJubJub key of a secret of 32 bytes.
#[pyfunction]
fn eddsa_key(py: Python<'_>, secret: &[u8]) -> PyResult<(Py<PyAny>, Py<PyAny>)> {
    convert::int_pair(py, eddsa::public_key(secret_bytes(secret)?))
}

/// Signs a message, an integer in 0..r, as circomlibjs's signPoseidon does.
#[pyfunction]
fn eddsa_sign(py: Python<'_>, secret: &[u8], message: &Bound<'_, PyAny>) -> PyResult<PySignature> {
    let signature = eddsa::sign(secret_bytes(secret)?, convert::scalar_from_int(message)?);
    Ok((convert::int_pair(py, signature.r8)?, int_from_scalar(py, signature.s)?))
}

/// Returns whether a signature is valid.
#[pyfunction]
fn eddsa_verify(key: &Bound<'_, PyAny>, message: &Bound<'_, PyAny>, signature: &Bound<'_, PyAny>) -> PyResult<bool> {
    let message = convert::scalar_from_int(message)?;
    let pair = convert::coordinates(key)?.zip(convert::signature(signature)?);
    Ok(pair.is_some_and(|(key, signature)| eddsa::verify(&key, message, &signature)))
}

/// ((R8x, R8y), S)
type PySignature = ((Py<PyAny>, Py<PyAny>), Py<PyAny>);

fn secret_bytes(secret: &[u8]) -> PyResult<&[u8; eddsa::SECRET_BYTES]> {
    secret.try_into().map_err(|_| PyValueError::new_err("a secret has 32 bytes"))
}

#[pymodule]
fn zkmargin_native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add("USES_IFMA", crate::msm::uses_ifma())?;
    module.add("FormatError", module.py().get_type::<FormatError>())?;
    module.add("UnsatisfiedError", module.py().get_type::<UnsatisfiedError>())?;
    module.add_class::<Prover>()?;
    module.add_class::<VerifyingKey>()?;
    module.add_function(wrap_pyfunction!(setup, module)?)?;
    module.add_function(wrap_pyfunction!(verification_key, module)?)?;
    module.add_function(wrap_pyfunction!(key_parts, module)?)?;
    module.add_function(wrap_pyfunction!(verify_batch, module)?)?;
    module.add_function(wrap_pyfunction!(check_witness, module)?)?;
    module.add_function(wrap_pyfunction!(poseidon, module)?)?;
    module.add_function(wrap_pyfunction!(poseidon_many, module)?)?;
    module.add_function(wrap_pyfunction!(merkle8_root, module)?)?;
    module.add_function(wrap_pyfunction!(merkle8_path, module)?)?;
    module.add_function(wrap_pyfunction!(eddsa_key, module)?)?;
    module.add_function(wrap_pyfunction!(eddsa_sign, module)?)?;
    module.add_function(wrap_pyfunction!(eddsa_verify, module)?)?;
    ceremony::register(module)?;
    contributions::register(module)?;
    phase1::register(module)?;
    statement::register(module)
}
