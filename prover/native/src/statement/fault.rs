//! The error of the statement: what is wrong, and where. No reason contains a value, since values may be secret.

use std::fmt;

/// Whether an input is wrong or the statement is false.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A file or a value is wrong; Python's `InputError`.
    Input,
    /// The statement is false; Python's `StatementError`.
    Statement,
}

/// An error with the document that it is about and the key path in it, both perhaps empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub kind: Kind,
    pub source: String,
    /// The key path, such as `positions[3].quantity`.
    pub key: String,
    pub reason: String,
}

pub type Result<T> = std::result::Result<T, Fault>;

impl Fault {
    pub fn new(key: impl Into<String>, reason: impl Into<String>) -> Self {
        Fault { kind: Kind::Input, source: String::new(), key: key.into(), reason: reason.into() }
    }

    pub fn statement(reason: impl Into<String>) -> Self {
        Fault { kind: Kind::Statement, ..Fault::new("", reason) }
    }

    /// Returns the error with a source, if it has none.
    pub fn from_source(mut self, source: &str) -> Self {
        if self.source.is_empty() && self.kind == Kind::Input {
            self.source = source.to_owned();
        }
        self
    }

    /// Returns the error of a part, with the place of the enclosing value before its key.
    pub fn within(mut self, prefix: &str) -> Self {
        self.key = if self.key.is_empty() { prefix.to_owned() } else { format!("{prefix}.{}", self.key) };
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in [&self.source, &self.key].into_iter().filter(|part| !part.is_empty()) {
            write!(f, "{part}: ")?;
        }
        f.write_str(&self.reason)
    }
}

impl std::error::Error for Fault {}

/// Returns an error unless a condition holds.
pub fn require(holds: bool, key: impl Into<String>, reason: impl Into<String>) -> Result<()> {
    if holds {
        Ok(())
    } else {
        Err(Fault::new(key, reason))
    }
}
