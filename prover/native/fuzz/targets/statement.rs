#![no_main]

use libfuzzer_sys::fuzz_target;
use zkmargin_native::statement::files::account::AccountFile;
use zkmargin_native::statement::files::order::OrderFile;
use zkmargin_native::statement::json;
use zkmargin_native::statement::strict_json::Value;

fuzz_target!(|text: &str| {
    let _ = json::margin_report(text);
    let _ = json::snapshot_root(text);
    let _ = AccountFile::read(text);
    let _ = OrderFile::read_signed(text);
    // What one reader accepts is JSON for another.
    if Value::parse(text, usize::MAX).is_ok() && !text.starts_with('\u{feff}') {
        serde_json::from_str::<serde_json::Value>(text).expect("JSON");
    }
});
