//! Rounding of exact numbers to the integers of a snapshot: against every holder.

use num_bigint::BigInt;

/// An exact number that is not negative: numerator and positive denominator.
#[derive(Clone)]
pub struct Fraction {
    pub numerator: BigInt,
    pub denominator: BigInt,
}

/// Returns a price of which a share counts, rounded down.
pub fn haircut_price_down(price: &BigInt, counts: &Fraction) -> BigInt {
    price * &counts.numerator / &counts.denominator
}

/// Returns the least integer that is not below a quotient; the divisor is positive.
pub fn divide_up(number: &BigInt, divisor: &BigInt) -> BigInt {
    let quotient = number / divisor;
    if *number > BigInt::ZERO && &quotient * divisor != *number {
        quotient + 1
    } else {
        quotient
    }
}
