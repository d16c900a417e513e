//! Strict JSON, which refuses documents that readers could interpret differently (decision 8).
//!
//! Verdicts and messages are those of `zkmargin.documents.strict_json`, with one exception: a text with half of a
//! surrogate pair, which no text in Rust can hold, is refused here.

use std::borrow::Cow;
use std::collections::HashSet;

use zeroize::Zeroize;

use super::fault::{Fault, Result};

const MAX_DEPTH: usize = 100;
/// No field element has more digits.
const MAX_DIGITS: usize = 100;
/// Keys in error messages are cut after so many characters.
pub const SHOWN: usize = 80;

/// A value of a document. Texts without escapes are parts of the document; the others are wiped when they are dropped.
#[derive(Clone, PartialEq, Eq)]
pub enum Value<'a> {
    Null,
    Bool(bool),
    /// The digits of an integer.
    Integer(&'a str),
    Text(Text<'a>),
    List(Vec<Value<'a>>),
    Object(Vec<(Text<'a>, Value<'a>)>),
    /// Stands for a value that is refused, until its place is known: the reason, and the end of its key path.
    Flaw(&'static str, String),
}

#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Text<'a>(Cow<'a, str>);

impl Text<'_> {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Drop for Text<'_> {
    fn drop(&mut self) {
        if let Cow::Owned(text) = &mut self.0 {
            text.zeroize();
        }
    }
}

impl<'a> Value<'a> {
    /// Parses a document of at most so many bytes.
    pub fn parse(document: &'a str, max_bytes: usize) -> Result<Self> {
        if document.len() > max_bytes {
            return Err(Fault::new("", format!("larger than {max_bytes} bytes")));
        }
        // Editors of Windows begin a file with a byte order mark.
        let text = document.strip_prefix('\u{feff}').unwrap_or(document);
        if is_nested_too_deeply(text) {
            return Err(Fault::new("", "nested too deeply"));
        }
        let mut parser = Parser { text, at: 0, flawed: false };
        let value = parser.document().map_err(|flaw| flaw.fault(text))?;
        match parser.flawed.then(|| first_flaw(&value, "")).flatten() {
            Some(fault) => Err(fault),
            None => Ok(value),
        }
    }

    pub fn member(&self, name: &str) -> Option<&Value<'a>> {
        let Value::Object(members) = self else { return None };
        members.iter().find(|(key, _)| key.as_str() == name).map(|(_, value)| value)
    }
}

/// Returns whether brackets outside of strings are nested too deeply, before anything is parsed.
fn is_nested_too_deeply(text: &str) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0usize, false, false);
    for byte in text.bytes() {
        if in_string {
            (in_string, escaped) = (escaped || byte != b'"', !escaped && byte == b'\\');
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return true;
        }
    }
    false
}

/// Returns the first flaw in the order of the document, with its key path.
fn first_flaw(value: &Value, key: &str) -> Option<Fault> {
    match value {
        Value::Flaw(reason, end) => Some(Fault::new(format!("{key}.{end}").trim_matches('.'), *reason)),
        Value::List(items) => {
            items.iter().enumerate().find_map(|(number, item)| first_flaw(item, &format!("{key}[{number}]")))
        }
        Value::Object(members) => {
            members.iter().find_map(|(name, member)| first_flaw(member, &joined(key, name.as_str())))
        }
        _ => None,
    }
}

/// Returns the key path of a member; a long name is cut.
pub fn joined(key: &str, name: &str) -> String {
    let shown = shortened(name);
    if key.is_empty() {
        shown
    } else {
        format!("{key}.{shown}")
    }
}

fn shortened(name: &str) -> String {
    name.chars().take(SHOWN).collect()
}

/// A document that is not JSON: what is wrong, and the byte where.
struct NotJson(&'static str, usize);

impl NotJson {
    fn fault(&self, text: &str) -> Fault {
        let before = &text[..self.1];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        Fault::new("", format!("not JSON: {} at line {line}, column {column}", self.0))
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    flawed: bool,
}

type Parsed<T> = std::result::Result<T, NotJson>;

impl<'a> Parser<'a> {
    fn document(&mut self) -> Parsed<Value<'a>> {
        if self.text.starts_with('\u{feff}') {
            return Err(NotJson("Unexpected UTF-8 BOM (decode using utf-8-sig)", 0));
        }
        self.skip_space();
        let value = self.value()?;
        self.skip_space();
        if self.at < self.text.len() {
            return Err(NotJson("Extra data", self.at));
        }
        Ok(value)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn flaw(&mut self, reason: &'static str, key: &str) -> Value<'a> {
        self.flawed = true;
        Value::Flaw(reason, shortened(key))
    }

    /// Takes a byte, after white space and before it.
    fn separator(&mut self, byte: u8, reason: &'static str) -> Parsed<()> {
        self.skip_space();
        if self.peek() != Some(byte) {
            return Err(NotJson(reason, self.at));
        }
        self.at += 1;
        self.skip_space();
        Ok(())
    }

    fn value(&mut self) -> Parsed<Value<'a>> {
        match self.peek() {
            Some(b'"') => Ok(Value::Text(self.string()?)),
            Some(b'{') => self.object(),
            Some(b'[') => self.list(),
            _ => {
                const WORDS: [(&str, Value); 3] =
                    [("null", Value::Null), ("true", Value::Bool(true)), ("false", Value::Bool(false))];
                let rest = &self.text[self.at..];
                if let Some((word, value)) = WORDS.iter().find(|(word, _)| rest.starts_with(word)) {
                    self.at += word.len();
                    return Ok(value.clone());
                }
                if let Some(word) = ["NaN", "Infinity", "-Infinity"].iter().find(|word| rest.starts_with(**word)) {
                    self.at += word.len();
                    return Ok(self.flaw("numbers must be finite", ""));
                }
                self.number()
            }
        }
    }

    fn digits(&self, from: usize) -> usize {
        self.text.as_bytes()[from..].iter().take_while(|byte| byte.is_ascii_digit()).count()
    }

    fn number(&mut self) -> Parsed<Value<'a>> {
        let (start, bytes) = (self.at, self.text.as_bytes());
        let first = start + usize::from(self.peek() == Some(b'-'));
        let whole = if bytes.get(first) == Some(&b'0') { 1 } else { self.digits(first) };
        if whole == 0 {
            return Err(NotJson("Expecting value", start));
        }
        let mut end = first + whole;
        let fraction = if bytes.get(end) == Some(&b'.') { self.digits(end + 1) } else { 0 };
        end += if fraction > 0 { fraction + 1 } else { 0 };
        let mut exponent = 0;
        if matches!(bytes.get(end), Some(b'e' | b'E')) {
            let signed = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
            exponent = self.digits((end + 1 + signed).min(bytes.len()));
            end += if exponent > 0 { 1 + signed + exponent } else { 0 };
        }
        self.at = end;
        if fraction > 0 || exponent > 0 {
            return Ok(self.flaw("numbers must be integers; write others as strings", ""));
        }
        if end - start > MAX_DIGITS {
            return Ok(self.flaw("integers must have at most 100 digits", ""));
        }
        Ok(Value::Integer(&self.text[start..end]))
    }

    fn list(&mut self) -> Parsed<Value<'a>> {
        self.at += 1;
        self.skip_space();
        let mut items = Vec::new();
        if self.peek() != Some(b']') {
            loop {
                items.push(self.value()?);
                self.skip_space();
                if self.peek() == Some(b']') {
                    break;
                }
                self.separator(b',', "Expecting ',' delimiter")?;
            }
        }
        self.at += 1;
        Ok(Value::List(items))
    }

    fn object(&mut self) -> Parsed<Value<'a>> {
        self.at += 1;
        self.skip_space();
        let mut members: Vec<(Text, Value)> = Vec::new();
        if self.peek() != Some(b'}') {
            loop {
                if self.peek() != Some(b'"') {
                    return Err(NotJson("Expecting property name enclosed in double quotes", self.at));
                }
                let key = self.string()?;
                self.separator(b':', "Expecting ':' delimiter")?;
                members.push((key, self.value()?));
                self.skip_space();
                if self.peek() == Some(b'}') {
                    break;
                }
                self.separator(b',', "Expecting ',' delimiter")?;
            }
        }
        self.at += 1;
        match duplicate(&members) {
            Some(key) => Ok(self.flaw("duplicate key", &key)),
            None => Ok(Value::Object(members)),
        }
    }

    fn string(&mut self) -> Parsed<Text<'a>> {
        let start = self.at;
        let unterminated = || NotJson("Unterminated string starting at", start);
        let (bytes, mut from, mut owned) = (self.text.as_bytes(), start + 1, None::<String>);
        loop {
            let plain = bytes[from..].iter().take_while(|byte| **byte >= b' ' && !matches!(byte, b'"' | b'\\')).count();
            let part = &self.text[from..from + plain];
            let end = from + plain;
            match bytes.get(end) {
                None => return Err(wiped(owned, unterminated())),
                Some(b'"') => {
                    self.at = end + 1;
                    return Ok(Text(match owned {
                        None => Cow::Borrowed(part),
                        Some(text) => Cow::Owned(text + part),
                    }));
                }
                Some(b'\\') => {
                    // As long as the rest of the document at most, so that it never moves and leaves a copy.
                    let text = owned.get_or_insert_with(|| String::with_capacity(closing(bytes, end) - start));
                    text.push_str(part);
                    match self.escape(end, start) {
                        Ok((character, next)) => {
                            text.push(character);
                            from = next;
                        }
                        Err(error) => return Err(wiped(owned, error)),
                    }
                }
                Some(_) => return Err(wiped(owned, NotJson("Invalid control character at", end))),
            }
        }
    }

    /// Returns the character of an escape at a place, and the place after it.
    fn escape(&self, at: usize, start: usize) -> Parsed<(char, usize)> {
        let bytes = self.text.as_bytes();
        let simple = match bytes.get(at + 1) {
            None => return Err(NotJson("Unterminated string starting at", start)),
            Some(b'u') => return self.code_unit(at),
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(_) => return Err(NotJson("Invalid \\escape", at)),
        };
        Ok((simple, at + 2))
    }

    fn code_unit(&self, at: usize) -> Parsed<(char, usize)> {
        let invalid = NotJson("Invalid \\uXXXX escape", at + 1);
        let Some(first) = self.hexadecimal(at + 2) else { return Err(invalid) };
        if let Some(character) = char::from_u32(first) {
            return Ok((character, at + 6));
        }
        let second = self.text.get(at + 6..at + 8).filter(|text| *text == "\\u").and_then(|_| self.hexadecimal(at + 8));
        let pair = second.filter(|low| (0xdc00..0xe000).contains(low) && first < 0xdc00);
        let joined = pair.and_then(|low| char::from_u32(0x10000 + ((first - 0xd800) << 10) + (low - 0xdc00)));
        joined.map(|character| (character, at + 12)).ok_or(NotJson("Half of a surrogate pair", at + 1))
    }

    fn hexadecimal(&self, at: usize) -> Option<u32> {
        let digits = self.text.get(at..at + 4).filter(|text| text.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
        u32::from_str_radix(digits, 16).ok()
    }
}

fn wiped(text: Option<String>, error: NotJson) -> NotJson {
    text.into_iter().for_each(|mut text| text.zeroize());
    error
}

/// Returns the place of the quote that ends a string, from a place in it on; the end of the document if there is none.
fn closing(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() && bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at.min(bytes.len())
}

/// Returns the first key that an object has twice.
fn duplicate(members: &[(Text, Value)]) -> Option<String> {
    let mut seen = HashSet::new();
    let again: HashSet<&str> = members.iter().map(|(key, _)| key.as_str()).filter(|key| !seen.insert(*key)).collect();
    members.iter().map(|(key, _)| key.as_str()).find(|key| again.contains(key)).map(str::to_owned)
}
