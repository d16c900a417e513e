//! Orders at the border: keys, messages, signatures. Secrets are bytes, never members of a request.

use super::{answer, Function, Snapshot};
use crate::eddsa::{self, SECRET_BYTES};
use crate::encoding::to_decimal;
use crate::statement::document::Members;
use crate::statement::fault::{Fault, Result};
use crate::statement::files::account::read_key;
use crate::statement::files::order::OrderFile;
use crate::statement::files::snapshot::SnapshotFile;

const ORDER: &str = "order";
const MESSAGE: Function = Function { required: &[ORDER], optional: &[], call: message };
const VERIFY: Function = Function { required: &[ORDER, "key"], optional: &[], call: verify };

impl Snapshot {
    /// See the function of this name; the request has no `snapshot`.
    pub fn order_message(&self, request: &str) -> Result<String> {
        MESSAGE.answer(request, Some(&self.0))
    }

    /// See the function of this name; the request has no `snapshot`.
    pub fn sign_order(&self, request: &str, secret: &[u8]) -> Result<String> {
        sign(request, Some(&self.0), secret)
    }

    /// See the function of this name; the request has no `snapshot`.
    pub fn verify_order(&self, request: &str) -> Result<String> {
        VERIFY.answer(request, Some(&self.0))
    }
}

/// Takes the 32 bytes of a secret, which the caller wipes; returns `x` and `y` of its key.
pub fn public_key(secret: &[u8]) -> Result<String> {
    let [x, y] = eddsa::public_key(secret_bytes(secret)?).map(to_decimal);
    Ok(format!("{{\"x\":\"{x}\",\"y\":\"{y}\"}}"))
}

/// Takes `snapshot` and `order`, without its signature; returns the `message` that the holder signs.
pub fn order_message(request: &str) -> Result<String> {
    MESSAGE.answer(request, None)
}

/// Takes `snapshot` and `order`, without its signature, and the 32 bytes of the trading key's secret, which the caller
/// wipes; returns the object of the order file.
pub fn sign_order(request: &str, secret: &[u8]) -> Result<String> {
    sign(request, None, secret)
}

/// Takes `snapshot`, `order` and `key`; returns the signed `message`. If the signature is not the key's, the error has the
/// kind `Statement`.
pub fn verify_order(request: &str) -> Result<String> {
    VERIFY.answer(request, None)
}

fn message(snapshot: &SnapshotFile, members: &Members) -> Result<String> {
    let message = OrderFile::read_terms(members.required(ORDER)?.text()?).and_then(|terms| terms.message(snapshot));
    Ok(format!("{{\"message\":\"{}\"}}", to_decimal(message.map_err(of_order)?)))
}

fn verify(snapshot: &SnapshotFile, members: &Members) -> Result<String> {
    let key = read_key(&members.required("key")?)?;
    let read = OrderFile::read_signed(members.required(ORDER)?.text()?);
    let message = read.and_then(|(terms, signature)| terms.verify(&key, &signature, snapshot));
    Ok(format!("{{\"message\":\"{}\"}}", to_decimal(message.map_err(of_order)?)))
}

fn sign(request: &str, open: Option<&SnapshotFile>, secret: &[u8]) -> Result<String> {
    let secret = secret_bytes(secret)?;
    answer(request, open, &[ORDER], &[], |snapshot, members| {
        let terms = OrderFile::read_terms(members.required(ORDER)?.text()?).map_err(of_order)?;
        let message = terms.message(snapshot).map_err(of_order)?;
        Ok(terms.signed_text(&eddsa::sign(secret, message)))
    })
}

fn of_order(fault: Fault) -> Fault {
    fault.from_source(ORDER)
}

fn secret_bytes(secret: &[u8]) -> Result<&[u8; SECRET_BYTES]> {
    secret.try_into().map_err(|_| Fault::new("", format!("expected {SECRET_BYTES} bytes")).from_source("secret"))
}
