//! Errors, as JSON objects with a kind that JavaScript makes a class of.

use zkmargin_native::error::Error;
use zkmargin_native::statement::fault::{Fault, Kind};

pub struct Failure {
    kind: &'static str,
    /// The file and the key path in it, both perhaps empty.
    source: String,
    key: String,
    reason: String,
}

impl Failure {
    pub fn input(reason: impl Into<String>) -> Self {
        Self::new("input", "", reason)
    }

    fn new(kind: &'static str, source: impl Into<String>, reason: impl Into<String>) -> Self {
        Failure { kind, source: source.into(), key: String::new(), reason: reason.into() }
    }

    pub fn json(&self) -> String {
        let texts = [("kind", self.kind), ("source", &self.source), ("key", &self.key), ("reason", &self.reason)];
        let members = texts.map(|(name, text)| format!("\"{name}\":{}", quoted(text)));
        format!("{{{}}}", members.join(","))
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Format { source, reason } => Failure::new("input", source, reason),
            Error::Value(reason) => Failure::new("input", "", reason),
            Error::Unsatisfied(reason) => Failure::new("statement", "", reason),
            other => Failure::new("internal", "", other.to_string()),
        }
    }
}

impl From<Fault> for Failure {
    fn from(Fault { kind, source, key, reason }: Fault) -> Self {
        let kind = match kind {
            Kind::Input => "input",
            Kind::Statement => "statement",
        };
        Failure { kind, source, key, reason }
    }
}

/// Returns a JSON string.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            '\0'..='\x1f' => out.push_str(&format!("\\u{:04x}", u32::from(character))),
            _ => out.push(character),
        }
    }
    out.push('"');
    out
}
