//! Errors, as JSON objects with a kind that JavaScript makes a class of.

use zkmargin_native::error::Error;

pub struct Failure {
    kind: &'static str,
    message: String,
}

impl Failure {
    #[allow(dead_code)]
    pub fn input(message: impl Into<String>) -> Self {
        Failure { kind: "input", message: message.into() }
    }

    pub fn json(&self) -> String {
        format!("{{\"kind\":{},\"message\":{}}}", quoted(self.kind), quoted(&self.message))
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let kind = match error {
            Error::Format { .. } | Error::Value(_) => "input",
            Error::Unsatisfied(_) => "unsatisfied",
            Error::Io { .. } | Error::Stopped => "internal",
        };
        Failure { kind, message: error.to_string() }
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
