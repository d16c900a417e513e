//! The account file: an account in quote currency and units of assets and underlyings (docs/formats/account.md).
//!
//! Errors give the place of a position or an asset in the file, never its name or size.

use ark_bn254::Fr;
use ark_ff::Zero;
use num_bigint::BigInt;
use zeroize::{Zeroize, Zeroizing};

use super::snapshot::SnapshotFile;
use crate::statement::account::{Account, OrderFill, Position, EMPTY, NO_ORDERS};
use crate::statement::checks::has_bits;
use crate::statement::constants::{
    ACCOUNT_BITS, AMOUNT_BITS, COLLATERALS, LOT_BITS, MAX_POSITIONS, NONCE_BITS, ORDER_PLACES, OWNER_BITS,
    SEQUENCE_BITS, VIEW_KEY_BITS,
};
use crate::statement::decimal::Decimal;
use crate::statement::document::{Field, Members};
use crate::statement::fault::{require, Fault, Result};
use crate::statement::rounding::divide_up;
use crate::statement::strict_json::Value;

/// The largest size of a file.
pub const MAX_BYTES: usize = 1 << 20;

const FORMAT: &str = "zkmargin-account/2";
const OLD_FORMAT: &str = "zkmargin-account/1";
const MEMBERS: [&str; 7] = ["format", "owner", "viewKey", "nonce", "cash", "collateral", "positions"];
const OPTIONAL: [&str; 3] = ["account", "tradingKey", "orders"];
const LEAST_VIEW_KEY_BITS: u32 = 129;

/// A name and an amount or a quantity.
struct Holding {
    name: Zeroizing<String>,
    size: Decimal,
}

/// An account file. It has no `Debug`; key and names are wiped when it is dropped.
pub struct AccountFile {
    owner: Fr,
    number: u64,
    key: [Fr; 2],
    view_key: Zeroizing<Fr>,
    nonce: u64,
    cash: Decimal,
    collateral: Vec<Holding>,
    positions: Vec<Holding>,
    /// The slot of each position, ascending.
    slots: Vec<usize>,
    orders: [OrderFill; ORDER_PLACES],
}

/// The positions of a file, and the cash that those with an entry price took, in micro-quote.
struct Positions {
    held: Vec<Holding>,
    slots: Vec<usize>,
    paid: BigInt,
}

impl AccountFile {
    /// Reads the text of an account file; entry prices are taken from the cash.
    pub fn read(text: &str) -> Result<Self> {
        Self::from_json(&Field::new(&Value::parse(text, MAX_BYTES)?))
    }

    fn from_json(field: &Field) -> Result<Self> {
        if let Some(Value::Text(format)) = field.value.member("format") {
            let reason = "format 1 is no longer read: run zkmargin account upgrade";
            require(format.as_str() != OLD_FORMAT, "format", reason)?;
        }
        let found = field.members_of(FORMAT, &MEMBERS, &OPTIONAL)?;
        let positions = read_positions(&found.required("positions")?)?;
        let account = AccountFile {
            owner: found.required("owner")?.element()?,
            number: found.get("account").map_or(Ok(0), |one| one.unsigned(ACCOUNT_BITS))?,
            key: found.get("tradingKey").map_or(Ok([Fr::zero(); 2]), |one| read_key(&one))?,
            view_key: Zeroizing::new(found.required("viewKey")?.bits(VIEW_KEY_BITS)?),
            nonce: found.required("nonce")?.unsigned(NONCE_BITS)?,
            cash: found.required("cash")?.decimal()?.less_micro(&positions.paid),
            collateral: read_amounts(&found.required("collateral")?)?,
            positions: positions.held,
            slots: positions.slots,
            orders: found.get("orders").map_or(Ok(NO_ORDERS), |one| read_orders(&one))?,
        };
        account.check()?;
        Ok(account)
    }

    fn check(&self) -> Result<()> {
        require(has_bits(&self.owner, OWNER_BITS), "owner", "expected an address, a number below 2^160")?;
        let long = !has_bits(&self.view_key, LEAST_VIEW_KEY_BITS - 1);
        require(long, "viewKey", "too short to hide the account; expected 248 random bits")?;
        require(self.collateral.len() <= COLLATERALS, "collateral", format!("more than {COLLATERALS}"))?;
        for (place, one) in self.collateral.iter().enumerate() {
            let reason = "expected a finite Decimal, 0 or more";
            require(one.size >= Decimal::ZERO, format!("collateral[{place}].amount"), reason)?;
        }
        require(self.positions.len() <= MAX_POSITIONS, "positions", format!("more than {MAX_POSITIONS}"))?;
        for (place, one) in self.positions.iter().enumerate() {
            let reason = "must not be 0; omit the position";
            require(one.size != Decimal::ZERO, format!("positions[{place}].quantity"), reason)?;
        }
        let mut next = 0;
        for (place, slot) in self.slots.iter().enumerate() {
            let key = format!("positions[{place}].slot");
            require(*slot < MAX_POSITIONS, key.as_str(), format!("must be below {MAX_POSITIONS}"))?;
            require(*slot >= next, key, "must ascend")?;
            next = slot + 1;
        }
        Ok(())
    }

    /// Returns the account in the integers of the statement, each position in its slot.
    pub fn opening(&self, snapshot: &SnapshotFile) -> Result<Account> {
        let amounts = self.amounts(snapshot)?;
        let mut positions = vec![EMPTY; self.slots.last().map_or(0, |last| last + 1)];
        for (place, (one, slot)) in self.positions.iter().zip(&self.slots).enumerate() {
            positions[*slot] = position(one, snapshot, &format!("positions[{place}]"))?;
        }
        let cash = self.cash.micro().ok_or_else(|| Fault::new("cash", "more than 6 decimals"))?;
        let account = Account {
            owner: self.owner,
            number: self.number,
            key: self.key,
            view_key: *self.view_key,
            nonce: self.nonce,
            // A number that has no 128 bits is out of range too.
            cash: i128::try_from(&cash).unwrap_or(i128::MAX),
            amounts,
            positions,
            orders: self.orders,
        };
        account.check()?;
        Ok(account)
    }

    fn amounts(&self, snapshot: &SnapshotFile) -> Result<[u64; COLLATERALS]> {
        let mut amounts = [0; COLLATERALS];
        for (number, one) in self.collateral.iter().enumerate() {
            let key = format!("collateral[{number}]");
            let place = snapshot.place_of(&one.name);
            let unknown = || Fault::new(format!("{key}.asset"), "the snapshot has no such collateral asset");
            let place = place.ok_or_else(unknown)?;
            let key = format!("{key}.amount");
            let micro = one.size.micro().ok_or_else(|| Fault::new(key.as_str(), "more than 6 decimals"))?;
            require(micro.bits() <= AMOUNT_BITS.into(), key.as_str(), "too large")?;
            amounts[place] = u64::try_from(&micro).map_err(|_| Fault::new(key, "too large"))?;
        }
        Ok(amounts)
    }

    /// Refuses an account that holds more of an asset than the asset's limit, which a proof would count for too much.
    pub fn check_limits(&self, snapshot: &SnapshotFile) -> Result<()> {
        for (number, one) in self.collateral.iter().enumerate() {
            let limit = snapshot.place_of(&one.name).and_then(|place| snapshot.collateral[place].limit.as_ref());
            let within = limit.is_none_or(|limit| one.size <= *limit);
            let reason = "more than the snapshot's limit for this asset";
            require(within, format!("collateral[{number}].amount"), reason)?;
        }
        Ok(())
    }
}

impl Drop for AccountFile {
    fn drop(&mut self) {
        (self.number, self.nonce) = (0, 0);
        self.owner.zeroize();
        self.key.zeroize();
        self.orders.zeroize();
        self.slots.zeroize();
    }
}

/// Returns the position of a holding: its lots.
fn position(one: &Holding, snapshot: &SnapshotFile, key: &str) -> Result<Position> {
    let Some(listing) = snapshot.listing(&one.name) else {
        // The message does not name the instrument, which is secret.
        return Err(Fault::new(format!("{key}.instrument"), snapshot.missing(&one.name)));
    };
    let key = format!("{key}.quantity");
    let lots = listing.lots(&one.size, &key)?;
    Position::new(listing.id, lots).map_err(|fault| Fault::new(key, fault.reason))
}

fn read_amounts(field: &Field) -> Result<Vec<Holding>> {
    let mut found: Vec<Holding> = Vec::new();
    for item in field.items()? {
        let members = item.members(&["asset", "amount"], &[])?;
        let size = members.required("amount")?.decimal()?;
        found.push(Holding { name: new_name(&members, "asset", &found)?, size });
    }
    Ok(found)
}

/// Reads the positions; without a slot, a position is in the slot after the previous position's.
fn read_positions(field: &Field) -> Result<Positions> {
    let mut found = Positions { held: Vec::new(), slots: Vec::new(), paid: BigInt::ZERO };
    for item in field.items()? {
        let members = item.members(&["instrument", "quantity"], &["slot", "entryPrice"])?;
        let size = members.required("quantity")?.decimal()?;
        let name = new_name(&members, "instrument", &found.held)?;
        let following = found.slots.last().map_or(0, |last| last + 1);
        let slot = members.get("slot").map(|one| one.integer(0, MAX_POSITIONS as i128 - 1)).transpose()?;
        found.slots.push(slot.map_or(following, |slot| slot as usize));
        if let Some(entry) = members.get("entryPrice") {
            let price = entry.decimal()?;
            entry.require(price >= Decimal::ZERO, "must be 0 or more")?;
            found.paid += size.scaled() * price.scaled();
        }
        found.held.push(Holding { name, size });
    }
    // Quantities and prices are times 10^18; the price paid is rounded up to whole micro-quote.
    found.paid = divide_up(&found.paid, &BigInt::from(10u128.pow(30)));
    Ok(found)
}

fn new_name(members: &Members, key: &str, others: &[Holding]) -> Result<Zeroizing<String>> {
    let field = members.required(key)?;
    let name = field.text()?;
    field.require(others.iter().all(|one| one.name.as_str() != name), "duplicate name")?;
    Ok(Zeroizing::new(name.to_owned()))
}

/// Reads the coordinates of a point of BabyJubJub, which need not be on the curve.
pub fn read_key(field: &Field) -> Result<[Fr; 2]> {
    let members = field.members(&["x", "y"], &[])?;
    Ok([members.required("x")?.element()?, members.required("y")?.element()?])
}

/// Reads the entries of the order table that are not 0, each into its place.
fn read_orders(field: &Field) -> Result<[OrderFill; ORDER_PLACES]> {
    let mut table = NO_ORDERS;
    for item in field.items()? {
        let members = item.members(&["sequence", "filled"], &[])?;
        let sequence = members.required("sequence")?.unsigned(SEQUENCE_BITS)?;
        let entry = OrderFill { sequence, filled: members.required("filled")?.unsigned(LOT_BITS)? as u32 };
        item.require(entry != OrderFill::default(), "must not be 0; omit the entry")?;
        let place = (sequence % ORDER_PLACES as u64) as usize;
        let reason = format!("duplicate place; a place is the sequence mod {ORDER_PLACES}");
        members.required("sequence")?.require(table[place] == OrderFill::default(), &reason)?;
        table[place] = entry;
    }
    Ok(table)
}
