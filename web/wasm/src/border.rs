//! The border to JavaScript, the only unsafe code.
//!
//! The page asks for a buffer, fills it, and passes its place and length, which hands it over. An answer is the place of a
//! buffer, times 2^32, plus its length; the page copies it and releases it. Its first byte says whether the rest is the
//! result or an error. Every buffer is wiped when it is released.

use std::panic::{set_hook, PanicHookInfo};
use std::slice;

use zeroize::{Zeroize, Zeroizing};

use crate::failure::Failure;

const RESULT: u8 = 0;
const FAILURE: u8 = 1;

#[link(wasm_import_module = "host")]
extern "C" {
    /// Fills a buffer with random bytes of the page's operating system.
    fn random(place: *mut u8, length: usize);
    /// Takes the message of a panic, after which the instance is of no use any more.
    fn panicked(place: *const u8, length: usize);
}

/// Prepares an instance; the page calls it once, before all others.
#[no_mangle]
pub extern "C" fn start() {
    set_hook(Box::new(|panic: &PanicHookInfo| {
        // Only the place: a message may contain values.
        let place = panic.location().map_or_else(String::new, |at| format!("{}:{}", at.file(), at.line()));
        unsafe { panicked(place.as_ptr(), place.len()) }
    }));
}

#[no_mangle]
pub extern "C" fn allocate(length: usize) -> *mut u8 {
    Box::into_raw(vec![0u8; length].into_boxed_slice()).cast()
}

#[no_mangle]
pub extern "C" fn release(place: *mut u8, length: usize) {
    drop(take(place, length));
}

/// Takes a buffer of `allocate` over.
pub fn take(place: *mut u8, length: usize) -> Zeroizing<Vec<u8>> {
    let buffer = unsafe { Box::from_raw(slice::from_raw_parts_mut(place, length)) };
    Zeroizing::new(buffer.into_vec())
}

/// Takes a buffer with text over; the page encodes it, so that it is UTF-8.
pub fn take_text(place: *mut u8, length: usize) -> Result<Zeroizing<String>, Failure> {
    let mut bytes = take(place, length);
    String::from_utf8(std::mem::take(&mut *bytes)).map(Zeroizing::new).map_err(|error| {
        error.into_bytes().zeroize();
        Failure::input("the text is not UTF-8")
    })
}

/// Gives the page an answer.
pub fn answer<T: AsRef<[u8]> + Zeroize>(result: Result<T, Failure>) -> u64 {
    match result {
        Ok(mut value) => {
            let place = give(RESULT, value.as_ref());
            value.zeroize();
            place
        }
        Err(failure) => give(FAILURE, failure.json().as_bytes()),
    }
}

fn give(kind: u8, bytes: &[u8]) -> u64 {
    // The exact size: a buffer that grows would leave copies behind.
    let mut buffer = Vec::with_capacity(1 + bytes.len());
    buffer.push(kind);
    buffer.extend_from_slice(bytes);
    let length = buffer.len() as u64;
    let place = Box::into_raw(buffer.into_boxed_slice()).cast::<u8>() as usize as u64;
    place << 32 | length
}

/// Hands an object to the page, which passes its place until it releases it.
pub fn hand_over<T>(object: T) -> String {
    (Box::into_raw(Box::new(object)) as usize).to_string()
}

/// Borrows an object of `hand_over`.
pub fn borrow<'a, T>(place: *mut T) -> &'a mut T {
    unsafe { &mut *place }
}

/// Takes an object of `hand_over` back.
pub fn reclaim<T>(place: *mut T) -> T {
    unsafe { *Box::from_raw(place) }
}

/// The source of the crate getrandom.
#[no_mangle]
extern "Rust" fn __getrandom_v03_custom(place: *mut u8, length: usize) -> Result<(), getrandom::Error> {
    unsafe { random(place, length) }
    Ok(())
}
