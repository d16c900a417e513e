//! The order file: an order in units of the underlying and quote currency, perhaps signed (docs/formats/order.md).

use ark_bn254::Fr;
use num_bigint::BigInt;

use super::account::read_key;
use super::params::write_text;
use super::snapshot::{Listing, SnapshotFile};
use crate::babyjub::{Coordinates, Scalar};
use crate::eddsa::{self, Signature};
use crate::encoding::to_decimal;
use crate::statement::constants::{ACCOUNT_BITS, OWNER_BITS, SEQUENCE_BITS};
use crate::statement::decimal::Decimal;
use crate::statement::document::{is_name, Field, Members};
use crate::statement::fault::{require, Fault, Result};
use crate::statement::orders::{Holder, Order, Side};
use crate::statement::strict_json::Value;

/// The largest size of a file.
const MAX_BYTES: usize = 1 << 20;

const FORMAT: &str = "zkmargin-order/1";
const TERMS: [&str; 11] = [
    "format",
    "domain",
    "owner",
    "account",
    "instrument",
    "side",
    "quantity",
    "limit",
    "feeRate",
    "sequence",
    "expiry",
];

/// The terms of an order file, and the account that signs. Private to holder and venue, so it has no `Debug`.
pub struct OrderFile {
    holder: Holder,
    instrument: String,
    side: Side,
    quantity: Decimal,
    limit: Decimal,
    fee_rate: Decimal,
    sequence: u64,
    expiry: u64,
    /// The expiry as the file has it; a time has one text.
    expiry_text: String,
}

impl OrderFile {
    /// Reads the text of an order that is not signed: an order file without its `signature`.
    pub fn read_terms(text: &str) -> Result<Self> {
        let value = Value::parse(text, MAX_BYTES)?;
        Ok(Self::from_members(&Field::new(&value).members_of(FORMAT, &TERMS, &[])?)?.0)
    }

    /// Reads the text of an order file. The signature is not checked.
    pub fn read_signed(text: &str) -> Result<(Self, Signature)> {
        let value = Value::parse(text, MAX_BYTES)?;
        let members = Field::new(&value).members_of(FORMAT, &[&TERMS[..], &["signature"]].concat(), &[])?;
        let (terms, signature) = Self::from_members(&members)?;
        Ok((terms, signature.ok_or_else(|| Fault::new("signature", "missing"))?))
    }

    /// Reads the members in the order in which Python does, so that both name the same one of two wrong values.
    fn from_members(members: &Members) -> Result<(Self, Option<Signature>)> {
        let side_field = members.required("side")?;
        let side = match side_field.text()? {
            "buy" => Side::Buy,
            "sell" => Side::Sell,
            _ => return Err(side_field.fault("expected \"buy\" or \"sell\"")),
        };
        let quantity_field = members.required("quantity")?;
        let quantity = quantity_field.decimal()?;
        quantity_field.require(quantity.is_positive(), "must be positive")?;
        let instrument = members.required("instrument")?.text_of(is_name, "an instrument's name")?.to_owned();
        let fee_field = members.required("feeRate")?;
        let fee_rate = fee_field.decimal()?;
        fee_field.require(fee_rate >= Decimal::ZERO, "must not be negative")?;
        let sequence = members.required("sequence")?.unsigned(SEQUENCE_BITS)?;
        let expiry_field = members.required("expiry")?;
        let (expiry, expiry_text) = (expiry_field.time()?, expiry_field.text()?.to_owned());
        let limit = members.required("limit")?.decimal()?;
        let signature = members.get("signature").map(|field| read_signature(&field)).transpose()?;
        let holder = Holder {
            domain: members.required("domain")?.element()?,
            owner: members.required("owner")?.bits(OWNER_BITS)?,
            account: members.required("account")?.unsigned(ACCOUNT_BITS)?,
        };
        let terms = OrderFile { holder, instrument, side, quantity, limit, fee_rate, sequence, expiry, expiry_text };
        Ok((terms, signature))
    }

    /// Returns the order in lots and in micro-quote per lot.
    fn terms(&self, snapshot: &SnapshotFile) -> Result<Order> {
        let listing = snapshot.listing(&self.instrument);
        let listing = listing.ok_or_else(|| Fault::new("instrument", snapshot.missing(&self.instrument)))?;
        Ok(Order {
            instrument: listing.id,
            side: self.side,
            most_lots: listing.lots(&self.quantity, "quantity")?,
            limit: micro_per_lot(&self.limit, listing, "limit")?,
            sequence: self.sequence,
            expiry: self.expiry,
            fee_rate: micro_per_lot(&self.fee_rate, listing, "feeRate")?,
        })
    }

    /// Returns what the holder signs.
    pub fn message(&self, snapshot: &SnapshotFile) -> Result<Fr> {
        let message = self.terms(snapshot)?.message(&self.holder);
        message.map_err(|fault| if fault.key == "mostLots" { Fault::new("quantity", fault.reason) } else { fault })
    }

    /// Returns the message, if the signature is the key's.
    pub fn verify(&self, key: &Coordinates, signature: &Signature, snapshot: &SnapshotFile) -> Result<Fr> {
        let message = self.message(snapshot)?;
        if !eddsa::verify(key, message, signature) {
            return Err(Fault::statement("order: the signature is not the trading key's"));
        }
        Ok(message)
    }

    /// Returns the text of the order file.
    pub fn signed_text(&self, signature: &Signature) -> String {
        let Holder { domain, owner, account } = self.holder;
        let side = match self.side {
            Side::Buy => "buy",
            Side::Sell => "sell",
        };
        let texts = [
            FORMAT.to_owned(),
            to_decimal(domain),
            to_decimal(owner),
            account.to_string(),
            self.instrument.clone(),
            side.to_owned(),
            self.quantity.text(),
            self.limit.text(),
            self.fee_rate.text(),
            self.sequence.to_string(),
            self.expiry_text.clone(),
        ];
        let mut out = String::from("{");
        for (name, text) in TERMS.iter().zip(&texts) {
            out.push_str(&format!("\"{name}\":"));
            write_text(&mut out, text);
            out.push(',');
        }
        let [x, y] = signature.r8.map(to_decimal);
        let s = to_decimal(signature.s);
        out.push_str(&format!("\"signature\":{{\"r8\":{{\"x\":\"{x}\",\"y\":\"{y}\"}},\"s\":\"{s}\"}}}}"));
        out
    }
}

/// Returns a price per unit of the underlying in micro-quote per lot.
fn micro_per_lot(price: &Decimal, listing: &Listing, key: &str) -> Result<i128> {
    // Price and lot are times 10^18, so their product times 10^6 is times 10^36 / 10^6.
    let unit = BigInt::from(10u128.pow(30));
    let product = price.scaled() * listing.lot.scaled();
    let micro = &product / &unit;
    require(&micro * unit == product, key, "not a whole number of micro-quote per lot")?;
    // A number that has no 128 bits is out of range too.
    Ok(i128::try_from(&micro).unwrap_or(i128::MAX))
}

fn read_signature(field: &Field) -> Result<Signature> {
    let members = field.members(&["r8", "s"], &[])?;
    Ok(Signature { r8: read_key(&members.required("r8")?)?, s: members.required("s")?.element_of::<Scalar>()? })
}
