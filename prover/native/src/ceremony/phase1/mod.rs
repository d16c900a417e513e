//! A phase 1 of one's own: the powers of a number tau that nobody knows, in snarkjs's `.ptau` format.

pub mod accumulator;
pub mod development;
pub mod prepare;

use std::path::Path;

use crate::error::{Error, Result};

/// Refuses an output that would replace the input, from which it is computed.
fn refuse_same_file(path: &Path, out: &Path) -> Result<()> {
    match (path.canonicalize(), out.canonicalize()) {
        (Ok(input), Ok(output)) if input == output => {
            Err(Error::Value(format!("{}: the output would replace the input", out.display())))
        }
        _ => Ok(()),
    }
}
