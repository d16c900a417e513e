//! Values of a document with their key paths, so that every error names its place. Numbers are decimal strings.
//!
//! Messages are those of `zkmargin.documents.fields`, without suggestions of similar names.

use ark_bn254::Fr;
use ark_ff::{BigInt, PrimeField};
use num_bigint::BigUint;

use super::decimal::Decimal;
use super::fault::{Fault, Result};
use super::strict_json::{joined, Value};
use crate::encoding::{decimal, to_decimal};
use crate::error::Source;

/// A value with its key path, such as `rows[3].lot`; empty for the whole document.
#[derive(Clone)]
pub struct Field<'v, 'a> {
    pub value: &'v Value<'a>,
    pub key: String,
}

/// The members of an object.
pub struct Members<'v, 'a> {
    of: Field<'v, 'a>,
}

impl<'v, 'a> Members<'v, 'a> {
    pub fn get(&self, name: &str) -> Option<Field<'v, 'a>> {
        let value = self.of.value.member(name)?;
        Some(Field { value, key: joined(&self.of.key, name) })
    }

    /// Returns a member that `Field::members` required.
    pub fn required(&self, name: &str) -> Result<Field<'v, 'a>> {
        self.get(name).ok_or_else(|| Fault::new(joined(&self.of.key, name), "missing"))
    }
}

impl<'v, 'a> Field<'v, 'a> {
    pub fn new(value: &'v Value<'a>) -> Self {
        Field { value, key: String::new() }
    }

    pub fn fault(&self, reason: impl Into<String>) -> Fault {
        Fault::new(self.key.clone(), reason)
    }

    pub fn require(&self, holds: bool, reason: &str) -> Result<()> {
        if holds {
            Ok(())
        } else {
            Err(self.fault(reason))
        }
    }

    /// Returns the members of an object, which must have the required members and no unknown ones.
    pub fn members(&self, required: &[&str], optional: &[&str]) -> Result<Members<'v, 'a>> {
        let Value::Object(members) = self.value else { return Err(self.fault("expected an object")) };
        for key in required {
            if self.value.member(key).is_none() {
                return Err(Fault::new(joined(&self.key, key), "missing"));
            }
        }
        for (key, _) in members {
            if !required.contains(&key.as_str()) && !optional.contains(&key.as_str()) {
                return Err(Fault::new(joined(&self.key, key.as_str()), "unknown key"));
            }
        }
        Ok(Members { of: self.clone() })
    }

    /// Returns the members of a document whose member `format` names its format.
    pub fn members_of(&self, format: &str, required: &[&str], optional: &[&str]) -> Result<Members<'v, 'a>> {
        if let Some(value) = self.value.member("format") {
            let stated = Field { value, key: joined(&self.key, "format") };
            match value {
                Value::Text(text) if text.as_str() == format => {}
                Value::Text(text) if is_format(text.as_str()) => {
                    return Err(stated.fault(format!("expected '{format}', got '{}'", text.as_str())));
                }
                _ => return Err(stated.fault(format!("expected '{format}'"))),
            }
        }
        self.members(required, optional)
    }

    /// Returns the items of a list.
    pub fn items(&self) -> Result<Vec<Field<'v, 'a>>> {
        let Value::List(items) = self.value else { return Err(self.fault("expected a list")) };
        let item = |(number, value)| Field { value, key: format!("{}[{number}]", self.key) };
        Ok(items.iter().enumerate().map(item).collect())
    }

    /// Returns the items of a list of a certain length.
    pub fn exactly(&self, count: usize) -> Result<Vec<Field<'v, 'a>>> {
        let items = self.items()?;
        if items.len() != count {
            return Err(self.fault(format!("expected {count} items, got {}", items.len())));
        }
        Ok(items)
    }

    pub fn text(&self) -> Result<&'v str> {
        self.text_of(|_| true, "text")
    }

    /// Returns a text that passes a check; the error says that `what` was expected.
    pub fn text_of(&self, check: impl Fn(&str) -> bool, what: &str) -> Result<&'v str> {
        match self.value {
            Value::Text(text) if check(text.as_str()) => Ok(text.as_str()),
            _ => Err(self.fault(format!("expected {what}"))),
        }
    }

    /// Returns a name of an instrument, an underlying or a currency.
    pub fn name(&self) -> Result<&'v str> {
        self.text_of(is_name, "a name")
    }

    fn integer_text(&self) -> Result<&'v str> {
        self.text_of(is_integer, "an integer as a decimal string")
    }

    /// Returns the integer of a canonical decimal string, from low to high.
    pub fn integer(&self, low: i128, high: i128) -> Result<i128> {
        let number = self.integer_text()?.parse::<i128>().ok().filter(|number| (low..=high).contains(number));
        number.ok_or_else(|| self.fault(format!("must be from {low} to {high}")))
    }

    /// Returns the integer of a canonical decimal string, from 0 to 2^bits - 1; at most 64 bits.
    pub fn unsigned(&self, bits: u32) -> Result<u64> {
        Ok(self.integer(0, (1 << bits) - 1)? as u64)
    }

    /// Returns a number of JSON, from 1 to `most`. Only requests have numbers that are no texts.
    pub fn count(&self, most: usize) -> Result<usize> {
        let number = match self.value {
            Value::Integer(digits) => digits.parse().ok().filter(|number| (1..=most).contains(number)),
            _ => None,
        };
        number.ok_or_else(|| self.fault(format!("expected an integer from 1 to {most}")))
    }

    pub fn flag(&self) -> Result<bool> {
        match self.value {
            Value::Bool(value) => Ok(*value),
            _ => Err(self.fault("expected true or false")),
        }
    }

    /// Returns the field element of a canonical decimal string.
    pub fn element(&self) -> Result<Fr> {
        self.element_of()
    }

    /// Returns the element of any field of 256-bit limbs, of a canonical decimal string.
    pub fn element_of<F: PrimeField<BigInt = BigInt<4>>>(&self) -> Result<F> {
        let text = self.integer_text()?;
        let largest = || to_decimal(-F::ONE);
        decimal(text, Source("")).map_err(|_| self.fault(format!("must be from 0 to {}", largest())))
    }

    /// Returns the Unix time of a text such as `2026-12-01T08:00:00Z`, to the second, from 1970 on.
    pub fn time(&self) -> Result<u64> {
        let text = self.text_of(is_time, "a time such as 2026-12-01T08:00:00Z")?;
        let number = |from: usize, to: usize| text[from..to].parse::<u64>().expect("digits");
        let (year, month, day) = (number(0, 4), number(5, 7), number(8, 10));
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let lengths = [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        let (before, others) = lengths.split_at(month as usize - 1);
        self.require(day <= others[0], "not a date of the calendar")?;
        let leap_days = |before: u64| before / 4 - before / 100 + before / 400;
        let years = 365 * (year - 1970) + leap_days(year - 1) - leap_days(1969);
        let days = years + before.iter().sum::<u64>() + day - 1;
        Ok(((days * 24 + number(11, 13)) * 60 + number(14, 16)) * 60 + number(17, 19))
    }

    /// Returns the field element of a canonical decimal string that is from 0 to 2^bits - 1, at most 253 bits.
    pub fn bits(&self, bits: u32) -> Result<Fr> {
        let text = self.integer_text()?;
        let found = decimal::<Fr>(text, Source("")).ok().filter(|value| super::checks::has_bits(value, bits));
        found.ok_or_else(|| self.fault(format!("must be from 0 to {}", (BigUint::from(1u32) << bits) - 1u32)))
    }

    /// Returns the number of a decimal string without exponent.
    pub fn decimal(&self) -> Result<Decimal> {
        let text = self.text_of(|_| true, "a number as a decimal string, such as \"0.25\"")?;
        Decimal::parse(text).ok_or_else(|| self.fault("expected a number as a decimal string, such as \"0.25\""))
    }
}

/// `zkmargin-[a-z-]{1,40}/[0-9]{1,3}`
fn is_format(text: &str) -> bool {
    let Some((name, number)) = text.strip_prefix("zkmargin-").and_then(|rest| rest.split_once('/')) else {
        return false;
    };
    (1..=40).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
        && (1..=3).contains(&number.len())
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// A time to the second from 1970 to 9999, with months up to 12, days up to 31 and clocks up to 23:59:59.
fn is_time(text: &str) -> bool {
    const LEAST: &[u8] = b"1970-01-01T00:00:00Z";
    let bytes = text.as_bytes();
    let shaped = |(byte, least): (&u8, &u8)| if least.is_ascii_digit() { byte.is_ascii_digit() } else { byte == least };
    let within = |from: usize, low: &[u8], high: &[u8]| (low..=high).contains(&&bytes[from..from + 2]);
    bytes.len() == LEAST.len()
        && bytes.iter().zip(LEAST).all(shaped)
        && bytes[..4] >= LEAST[..4]
        && within(5, b"01", b"12")
        && within(8, b"01", b"31")
        && within(11, b"00", b"23")
        && within(14, b"00", b"59")
        && within(17, b"00", b"59")
}

/// `0|-?[1-9][0-9]{0,77}`
fn is_integer(text: &str) -> bool {
    let size = text.strip_prefix('-').unwrap_or(text);
    text == "0"
        || ((1..=78).contains(&size.len()) && !size.starts_with('0') && size.bytes().all(|byte| byte.is_ascii_digit()))
}

/// `[A-Za-z0-9][A-Za-z0-9._-]{0,63}`
pub fn is_name(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    (1..=64).contains(&text.len()) && text.as_bytes()[0].is_ascii_alphanumeric() && text.bytes().all(inner)
}
