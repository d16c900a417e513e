//! The statement: snapshots, accounts, reports and circuit inputs, as JSON (`zkmargin_native::statement::json`).

use zeroize::Zeroizing;
use zkmargin_native::statement::fault::Fault;
use zkmargin_native::statement::json::Snapshot;

use crate::border::{answer, borrow, hand_over, reclaim, take_text};
use crate::failure::Failure;

fn answered(function: impl Fn(&str) -> Result<String, Fault>, place: *mut u8, length: usize) -> u64 {
    let call = |text: Zeroizing<String>| function(&text).map_err(Failure::from);
    answer(take_text(place, length).and_then(call))
}

/// Reads and hashes a snapshot file.
#[no_mangle]
pub extern "C" fn snapshot_open(place: *mut u8, length: usize) -> u64 {
    let open = |text: Zeroizing<String>| Snapshot::open(&text).map(hand_over).map_err(Failure::from);
    answer(take_text(place, length).and_then(open))
}

#[no_mangle]
pub extern "C" fn snapshot_release(snapshot: *mut Snapshot) {
    drop(reclaim(snapshot));
}

#[no_mangle]
pub extern "C" fn snapshot_summary(snapshot: *mut Snapshot) -> u64 {
    answer(Ok(borrow(snapshot).summary()))
}

#[no_mangle]
pub extern "C" fn snapshot_commitment(snapshot: *mut Snapshot, place: *mut u8, length: usize) -> u64 {
    answered(|request| borrow(snapshot).account_commitment(request), place, length)
}

#[no_mangle]
pub extern "C" fn snapshot_report(snapshot: *mut Snapshot, place: *mut u8, length: usize) -> u64 {
    answered(|request| borrow(snapshot).margin_report(request), place, length)
}

#[no_mangle]
pub extern "C" fn snapshot_inputs(snapshot: *mut Snapshot, place: *mut u8, length: usize) -> u64 {
    answered(|request| borrow(snapshot).circuit_inputs(request), place, length)
}
