//! Errors. No message contains a witness value or a secret scalar.

use std::fmt;

#[derive(Debug)]
pub enum Error {
    /// A file or a JSON object is malformed.
    Format { source: String, reason: String },
    /// The witness does not satisfy the circuit.
    Unsatisfied(String),
    /// An argument is out of range.
    Value(String),
    /// A file cannot be read or written.
    Io { source: String, error: std::io::Error },
    /// The caller's progress callback failed.
    Stopped,
}

pub type Result<T> = std::result::Result<T, Error>;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Format { source, reason } => write!(f, "{source}: {reason}"),
            Error::Unsatisfied(reason) | Error::Value(reason) => f.write_str(reason),
            Error::Io { source, error } => write!(f, "{source}: {error}"),
            Error::Stopped => f.write_str("stopped by the caller"),
        }
    }
}

impl std::error::Error for Error {}

/// The file name or key path for a parser's errors.
#[derive(Clone, Copy)]
pub struct Source<'a>(pub &'a str);

impl Source<'_> {
    pub fn error(self, reason: impl Into<String>) -> Error {
        Error::Format { source: self.0.to_owned(), reason: reason.into() }
    }

    pub fn io(self, error: std::io::Error) -> Error {
        Error::Io { source: self.0.to_owned(), error }
    }

    pub fn ensure(self, condition: bool, reason: impl FnOnce() -> String) -> Result<()> {
        if condition {
            Ok(())
        } else {
            Err(self.error(reason()))
        }
    }
}
