#![no_main]

use libfuzzer_sys::fuzz_target;
use zkmargin_native::error::Source;
use zkmargin_native::wtns;

fuzz_target!(|bytes: &[u8]| {
    let _ = wtns::parse(bytes, Source("fuzz"));
});
