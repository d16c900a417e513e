//! Writes a valid file of each format to a folder, as seeds for the fuzzer.

#[path = "../tests/tiny/mod.rs"]
mod tiny;

use std::path::Path;

use zkmargin_native::error::Source;
use zkmargin_native::setup::setup;

const ACCOUNT: &str = r#"{"format": "zkmargin-account/2", "owner": "7", "account": "12", "tradingKey": {"x": "3", "y": "4"},
 "viewKey": "340282366920938463463374607431768211456", "nonce": "1", "cash": "-2.5",
 "collateral": [{"asset": "ETH", "amount": "1.5"}],
 "positions": [{"instrument": "ETH-C", "quantity": "-0.5", "slot": "3", "entryPrice": "0.25"}],
 "orders": [{"sequence": "25", "filled": "7"}]}"#;

fn main() {
    let folder = std::env::args().nth(1).expect("usage: fuzz_seeds FOLDER");
    let folder = Path::new(&folder);
    let seeds = [
        ("msm", vec![2, 4, 2, 4, 3, 5]),
        ("r1cs", tiny::r1cs()),
        ("statement", ACCOUNT.into()),
        ("wtns", tiny::wtns(3, 5, 15)),
    ];
    for (name, bytes) in seeds {
        std::fs::create_dir_all(folder.join(name)).expect("a folder");
        std::fs::write(folder.join(name).join("seed"), bytes).expect("a file");
    }
    std::fs::create_dir_all(folder.join("zkey")).expect("a folder");
    let key = folder.join("zkey").join("seed");
    setup(&tiny::r1cs(), &key, Source("tiny"), &mut |_, _, _| Ok(())).expect("a key");
}
