//! The native core as WebAssembly, for one thread. Bytes and text cross the border, and places of objects.

mod border;
mod failure;
mod groth16;
mod numbers;
mod statement;

use zkmargin_native::encoding::to_decimal;
use zkmargin_native::error::Source;
use zkmargin_native::poseidon;

use crate::border::{answer, take_text};
use crate::numbers::Numbers;

/// Returns the version of this crate.
#[no_mangle]
pub extern "C" fn version() -> u64 {
    answer(Ok(env!("CARGO_PKG_VERSION").to_owned()))
}

/// Returns the Poseidon hash of 1 to 16 numbers, one a line.
#[no_mangle]
pub extern "C" fn poseidon_hash(place: *mut u8, length: usize) -> u64 {
    answer(take_text(place, length).and_then(|text| {
        let inputs = Numbers::new(&text).scalars(Source("Poseidon's inputs"))?;
        Ok(to_decimal(poseidon::poseidon(&inputs)?))
    }))
}
