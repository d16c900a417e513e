//! Exact decimals with at most 18 decimals, as files have them.

use num_bigint::BigInt;

/// The decimals of a number in a file.
const DECIMALS: usize = 18;
const MOST_DIGITS: usize = 30;

/// A number times 10^18.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Decimal(BigInt);

impl Decimal {
    pub const ZERO: Decimal = Decimal(BigInt::ZERO);

    /// Reads a decimal string without exponent, with at most 30 digits and 18 decimals; -0 is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let size = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = size.split_once('.').unwrap_or((size, "0"));
        let canonical = (1..=MOST_DIGITS).contains(&whole.len()) && (whole == "0" || !whole.starts_with('0'));
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if !canonical || !digits(whole) || !(1..=DECIMALS).contains(&fraction.len()) || !digits(fraction) {
            return None;
        }
        let padding = &"000000000000000000"[fraction.len()..];
        let scaled = [whole, fraction, padding].concat();
        // Most numbers in files are short.
        let number = match scaled.parse::<u128>() {
            Ok(number) => BigInt::from(number),
            Err(_) => scaled.parse().ok()?,
        };
        let negative = size.len() < text.len();
        (!negative || number != BigInt::ZERO).then(|| Decimal(if negative { -number } else { number }))
    }

    /// The number times 10^18.
    pub fn scaled(&self) -> &BigInt {
        &self.0
    }

    /// The number times 10^6; None if it has more than 6 decimals.
    pub fn micro(&self) -> Option<BigInt> {
        let unit = BigInt::from(10u64.pow(12));
        let micro = &self.0 / &unit;
        (&micro * unit == self.0).then_some(micro)
    }

    pub fn is_positive(&self) -> bool {
        self.0 > BigInt::ZERO
    }

    /// Returns the canonical text, without exponent and trailing zeros.
    pub fn text(&self) -> String {
        decimal_text(&self.0, DECIMALS)
    }

    /// Returns the difference to a number of millionths.
    pub fn less_micro(&self, micro: &BigInt) -> Self {
        Decimal(&self.0 - micro * 10u64.pow(12))
    }
}

/// Returns the canonical text of number / 10^decimals, without trailing zeros.
pub fn decimal_text(number: &BigInt, decimals: usize) -> String {
    let digits = format!("{:0>width$}", number.magnitude().to_string(), width = decimals + 1);
    let (whole, fraction) = digits.split_at(digits.len() - decimals);
    let sign = if *number < BigInt::ZERO { "-" } else { "" };
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{whole}{point}{fraction}")
}
