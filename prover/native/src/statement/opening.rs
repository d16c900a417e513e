//! The opening of an account as a list of field elements, as disclosures publish it.
//!
//! In order: owner, account, key.x, key.y, viewKey, nonce, cash, 8 amounts, 8 elements of the order table, and the
//! elements of the positions, five slots each. A circuit of N positions has `23 + ceil(N / 5)` elements.

use ark_bn254::Fr;

use super::account::{order_elements, positions_element, Account, OrderFill, Position, EMPTY, NO_ORDERS};
use super::checks::{check_bits, element, has_bits};
use super::constants::{
    ACCOUNT_BITS, AMOUNT_BITS, CASH_BITS, COLLATERALS, FILLED_BITS, ID_BITS, LOT_BITS, MAX_POSITIONS, NONCE_BITS,
    ORDER_PLACES, PLACES_PER_ELEMENT, POSITIONS_PER_ELEMENT, POSITION_BITS, SEQUENCE_BITS,
};
use super::fault::{require, Fault, Result};
use super::table::digits;

const HEAD: usize = 7;
const AMOUNTS: usize = HEAD + COLLATERALS;
const ORDERS: usize = AMOUNTS + ORDER_PLACES / PLACES_PER_ELEMENT;
const MOST: usize = MAX_POSITIONS.div_ceil(POSITIONS_PER_ELEMENT);

/// Returns the elements of an account's opening for a circuit of so many positions; secret until they are published.
pub fn opening_elements(account: &Account, positions: usize) -> Result<Vec<Fr>> {
    let fits = account.positions.len() <= positions;
    require(fits, "positions", format!("more than the circuit's {positions}"))?;
    let [x, y] = account.key;
    let mut elements = vec![account.owner, Fr::from(account.number), x, y, account.view_key, Fr::from(account.nonce)];
    elements.push(element(account.cash));
    elements.extend(account.amounts.map(Fr::from));
    elements.extend(order_elements(&account.orders));
    let slot = |i: usize| account.positions.get(i).copied().unwrap_or(EMPTY);
    elements.extend((0..positions.div_ceil(POSITIONS_PER_ELEMENT)).map(|part| {
        let slots: [Position; POSITIONS_PER_ELEMENT] = std::array::from_fn(|j| slot(part * POSITIONS_PER_ELEMENT + j));
        positions_element(&slots)
    }));
    Ok(elements)
}

/// Reads an account from the elements of its opening: the inverse of `opening_elements`. Its commitment is that of the
/// disclosure, if the list is its opening.
pub fn account_of(elements: &[Fr]) -> Result<Account> {
    let fits = (ORDERS + 1..=ORDERS + MOST).contains(&elements.len());
    require(fits, "elements", format!("expected {} to {}", ORDERS + 1, ORDERS + MOST))?;
    let orders = split(elements, AMOUNTS..ORDERS, PLACES_PER_ELEMENT, SEQUENCE_BITS + FILLED_BITS)?;
    let slots = split(elements, ORDERS..elements.len(), POSITIONS_PER_ELEMENT, POSITION_BITS)?;
    let mut positions =
        slots.into_iter().enumerate().map(|(i, digit)| position(i, digit)).collect::<Result<Vec<_>>>()?;
    while positions.last() == Some(&EMPTY) {
        positions.pop();
    }
    check_bits("number", &elements[1], ACCOUNT_BITS)?;
    check_bits("nonce", &elements[5], NONCE_BITS)?;
    let mut amounts = [0; COLLATERALS];
    for (i, (amount, value)) in amounts.iter_mut().zip(&elements[HEAD..AMOUNTS]).enumerate() {
        check_bits(&format!("amounts[{i}]"), value, AMOUNT_BITS)?;
        *amount = small(value) as u64;
    }
    let mut table = NO_ORDERS;
    for (place, (entry, digit)) in table.iter_mut().zip(orders).enumerate() {
        let filled = (digit >> SEQUENCE_BITS) as u32;
        let reason = format!("must be from 0 to 2^{LOT_BITS} - 1");
        require(filled < 1 << LOT_BITS, format!("orders[{place}].filled"), reason)?;
        *entry = OrderFill { sequence: (digit & ((1 << SEQUENCE_BITS) - 1)) as u64, filled };
    }
    let account = Account {
        owner: elements[0],
        number: small(&elements[1]) as u64,
        key: [elements[2], elements[3]],
        view_key: elements[4],
        nonce: small(&elements[5]) as u64,
        cash: cash(&elements[6])?,
        amounts,
        positions,
        orders: table,
    };
    account.check()?;
    Ok(account)
}

fn small(value: &Fr) -> u128 {
    digits(value, 1, 127)[0]
}

fn cash(value: &Fr) -> Result<i128> {
    let bits = CASH_BITS + 1;
    if has_bits(value, bits) {
        return Ok(small(value) as i128);
    }
    let reason = format!("must be from -2^{CASH_BITS} to 2^{CASH_BITS} - 1");
    require(has_bits(&-*value, bits), "cash", reason)?;
    Ok(-(small(&-*value) as i128))
}

/// Splits elements into their digits, as many of so many bits in each.
fn split(elements: &[Fr], range: std::ops::Range<usize>, count: usize, bits: u32) -> Result<Vec<u128>> {
    let mut all = Vec::with_capacity(count * range.len());
    for i in range {
        check_bits(&format!("elements[{i}]"), &elements[i], count as u32 * bits)?;
        all.extend(digits(&elements[i], count, bits));
    }
    Ok(all)
}

/// Returns the position of a digit, `id + 2^15 (lots + 2^31)`.
fn position(place: usize, digit: u128) -> Result<Position> {
    let instrument = (digit & ((1 << ID_BITS) - 1)) as u32;
    let lots = (digit >> ID_BITS) as i128 - (1 << LOT_BITS);
    Position::new(instrument, lots).map_err(|fault: Fault| fault.within(&format!("positions[{place}]")))
}
