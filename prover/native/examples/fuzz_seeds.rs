//! Writes a valid file of each format to a folder, as seeds for the fuzzer.

#[path = "../tests/tiny/mod.rs"]
mod tiny;

use std::path::Path;

use zkmargin_native::error::Source;
use zkmargin_native::setup::setup;

fn main() {
    let folder = std::env::args().nth(1).expect("usage: fuzz_seeds FOLDER");
    let folder = Path::new(&folder);
    for (name, bytes) in [("msm", vec![2, 4, 2, 4, 3, 5]), ("r1cs", tiny::r1cs()), ("wtns", tiny::wtns(3, 5, 15))] {
        std::fs::create_dir_all(folder.join(name)).expect("a folder");
        std::fs::write(folder.join(name).join("seed"), bytes).expect("a file");
    }
    std::fs::create_dir_all(folder.join("zkey")).expect("a folder");
    let key = folder.join("zkey").join("seed");
    setup(&tiny::r1cs(), &key, Source("tiny"), &mut |_, _, _| Ok(())).expect("a key");
}
