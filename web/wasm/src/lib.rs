//! The native core as WebAssembly, for one thread. Bytes and JSON text cross the border, and places of objects.

#[allow(dead_code)] // Objects follow.
mod border;
mod failure;

/// Returns the version of this crate.
#[no_mangle]
pub extern "C" fn version() -> u64 {
    border::answer(Ok(env!("CARGO_PKG_VERSION").to_owned()))
}
