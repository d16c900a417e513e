//! What a contribution says of itself, in the files of both phases: a name, and of a beacon its value and exponent.
//!
//! Transcripts do not hash labels, so a name is only what the last writer of the file says. A beacon is computed again
//! from its label when a transcript is checked.

use super::keypair::check_beacon;
use crate::binfile::Cursor;
use crate::error::{Error, Result, Source};

/// The length of a name that snarkjs keeps, in units of UTF-16, when it writes the records of others again.
const NAME_UNITS: usize = 64;
/// Numbers of the types of contributions.
const CONTRIBUTION: u32 = 0;
const BEACON: u32 = 1;
/// Numbers of the parameters of a contribution.
const NAME: u8 = 1;
const EXPONENT: u8 = 2;
const VALUE: u8 = 3;

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Kind {
    /// With a secret of the contributor.
    Contribution,
    /// With public randomness: the value is hashed 2^exponent times.
    Beacon { value: Vec<u8>, exponent: u8 },
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Label {
    name: Vec<u8>,
    pub kind: Kind,
}

impl Label {
    /// Makes a label. The name has at most 64 characters of UTF-16 and no character that a terminal does not show.
    pub fn new(name: &str, kind: Kind) -> Result<Self> {
        let units = name.encode_utf16().count();
        if units > NAME_UNITS {
            return Err(Error::Value(format!("a name of {units} characters, expected at most {NAME_UNITS}")));
        }
        if name.chars().any(is_hidden) {
            return Err(Error::Value("the name contains a control or formatting character".into()));
        }
        if let Kind::Beacon { value, exponent } = &kind {
            check_beacon(value, *exponent)?;
        }
        Ok(Label { name: name.as_bytes().to_vec(), kind })
    }

    /// Reads type and parameters of a contribution.
    pub fn parse(body: &mut Cursor, source: Source) -> Result<Self> {
        let number = body.u32()?;
        let length = body.u32()? as usize;
        let mut parameters = Cursor::new(body.take(length)?, source);
        let (mut name, mut value, mut exponent) = (Vec::new(), None, None);
        let mut last = 0;
        while parameters.remaining() > 0 {
            let id = parameters.take(1)?[0];
            source.ensure(id > last, || "parameters are not in order".into())?;
            let first = parameters.take(1)?[0];
            match id {
                NAME => name = parameters.take(first.into())?.to_vec(),
                EXPONENT => exponent = Some(first),
                VALUE => value = Some(parameters.take(first.into())?.to_vec()),
                _ => return Err(source.error(format!("parameter {id} is unknown"))),
            }
            last = id;
        }
        let kind = match (number, value, exponent) {
            (CONTRIBUTION, None, None) => Kind::Contribution,
            (BEACON, Some(value), Some(exponent)) => Kind::Beacon { value, exponent },
            (CONTRIBUTION, ..) => return Err(source.error("a contribution with a beacon's parameters")),
            (BEACON, ..) => return Err(source.error("a beacon without value or exponent")),
            _ => return Err(source.error(format!("a contribution of type {number}, expected 0 or 1"))),
        };
        Ok(Label { name, kind })
    }

    pub fn push(&self, out: &mut Vec<u8>) {
        let mut parameters = Vec::new();
        if !self.name.is_empty() {
            parameters.extend([NAME, self.name.len() as u8]);
            parameters.extend(&self.name);
        }
        let number = match &self.kind {
            Kind::Contribution => CONTRIBUTION,
            Kind::Beacon { value, exponent } => {
                parameters.extend([EXPONENT, *exponent, VALUE, value.len() as u8]);
                parameters.extend(value);
                BEACON
            }
        };
        out.extend(number.to_le_bytes());
        out.extend((parameters.len() as u32).to_le_bytes());
        out.extend(parameters);
    }

    /// Returns the name for people. Control and formatting characters, which could forge what a terminal shows, and
    /// bytes that are not UTF-8 are escaped.
    pub fn shown_name(&self) -> String {
        let mut out = String::new();
        for chunk in self.name.utf8_chunks() {
            for character in chunk.valid().chars() {
                if is_hidden(character) {
                    out.extend(character.escape_unicode());
                } else {
                    out.push(character);
                }
            }
            chunk.invalid().iter().for_each(|byte| out.push_str(&format!("\\x{byte:02x}")));
        }
        out
    }
}

/// Control characters, and those that break lines, change the direction of text or show nothing.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(number: u32, parameters: &[u8]) -> Result<Label> {
        let length = parameters.len() as u32;
        let bytes = [&number.to_le_bytes()[..], &length.to_le_bytes(), parameters].concat();
        Label::parse(&mut Cursor::new(&bytes, Source("file")), Source("file"))
    }

    #[test]
    fn labels_are_read_as_they_are_written() {
        let beacon = Kind::Beacon { value: vec![7; 255], exponent: 10 };
        for (name, kind) in [("", Kind::Contribution), ("Zoë 🦀", beacon), (&"\u{ffff}".repeat(64), Kind::Contribution)]
        {
            let label = Label::new(name, kind).expect("a label");
            let mut bytes = Vec::new();
            label.push(&mut bytes);
            let mut body = Cursor::new(&bytes, Source("file"));
            assert_eq!(Label::parse(&mut body, Source("file")).expect("a label"), label);
            assert_eq!(body.remaining(), 0);
            assert_eq!(label.shown_name(), name);
        }
    }

    #[test]
    fn malformed_labels_are_errors() {
        let beacon = [2, 10, 3, 1, 7];
        assert!(parse(1, &beacon).is_ok());
        for (number, parameters) in [
            (2, &[][..]),
            (0, &beacon),
            (0, &beacon[..2]),
            (1, &beacon[..2]),
            (1, &beacon[2..]),
            (1, &[]),
            (1, &[3, 1, 7, 2, 10]),
            (0, &[1, 1, 65, 1, 1, 65]),
            (0, &[1, 2, 65]),
            (0, &[1]),
            (0, &[4, 0]),
            (0, &[0, 0]),
        ] {
            assert!(matches!(parse(number, parameters), Err(Error::Format { .. })), "{number} {parameters:?}");
        }
    }

    #[test]
    fn names_that_deceive_are_refused_and_shown_escaped() {
        let deceiving =
            ["\x1b[2K", "a\nb", "\u{85}", "\u{202e}moc", "a\u{200b}", "\u{2028}", "\u{feff}", &"x".repeat(65)];
        for name in deceiving {
            assert!(matches!(Label::new(name, Kind::Contribution), Err(Error::Value(_))), "{name:?}");
        }
        for (stored, shown) in [
            (&b"\x1b[2K\xff"[..], r"\u{1b}[2K\xff"),
            ("a\u{202e}b\u{e0041}".as_bytes(), r"a\u{202e}b\u{e0041}"),
            (b"a\\b", r"a\b"),
        ] {
            let parameters = [&[1, stored.len() as u8][..], stored].concat();
            assert_eq!(parse(0, &parameters).expect("a label").shown_name(), shown);
        }
    }
}
