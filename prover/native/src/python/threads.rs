//! Computations on all cores without holding the interpreter, also in a forked process.
//!
//! A child of a fork has only the thread that forked. rayon's global pool, once used by the parent, has no threads in
//! the child and waits forever, so each forked process gets a pool of its own.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::error::Result;

/// The process that rayon's global pool belongs to; 0 before the first computation.
static OWNER: AtomicU32 = AtomicU32::new(0);

/// The pool of a forked process, and the id of that process.
static FORKED: Mutex<Option<(u32, &'static ThreadPool)>> = Mutex::new(None);

/// Runs a computation while other Python threads run too. Raises RuntimeError if a forked process cannot start threads.
///
/// In a forked process the computation runs on a thread of the pool, where signals of Python are not handled.
#[expect(clippy::disallowed_methods)]
pub fn compute<T: Send>(py: Python<'_>, work: impl FnOnce() -> Result<T> + Send) -> PyResult<T> {
    let done = match forked_pool(std::process::id())? {
        Some(pool) => py.detach(|| pool.install(work)),
        None => py.detach(work),
    };
    Ok(done?)
}

/// Returns the pool of a process that was forked after the first computation, and None in any other process.
///
/// The lock is held only while the interpreter is, so Python cannot fork while another thread holds it.
fn forked_pool(here: u32) -> PyResult<Option<&'static ThreadPool>> {
    let owner = OWNER.compare_exchange(0, here, Ordering::Relaxed, Ordering::Relaxed);
    if owner.is_ok() || owner == Err(here) {
        return Ok(None);
    }
    let mut kept = FORKED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((process, pool)) = *kept {
        if process == here {
            return Ok(Some(pool));
        }
    }
    let made = ThreadPoolBuilder::new().build().map_err(|error| {
        PyRuntimeError::new_err(format!("the threads of this forked process cannot be started: {error}"))
    })?;
    // Never dropped: dropping a parent's pool would use locks that its threads may have held.
    let pool: &'static ThreadPool = Box::leak(Box::new(made));
    *kept = Some((here, pool));
    Ok(Some(pool))
}
