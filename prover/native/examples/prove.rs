//! Times proofs with a proving key and a witness of a file each.
//!
//! `cargo run --release --no-default-features --example prove KEY.zkey WITNESS.wtns [RUNS]` prints a JSON object: the
//! CPU seconds of all threads and the seconds of wall-clock time of each run. Each proof is made and verified.
//! `RAYON_NUM_THREADS` sets the threads.

use std::path::Path;
use std::time::Instant;

use zkmargin_native::binfile::{open_file, read_file};
use zkmargin_native::error::Source;
use zkmargin_native::prove::Prover;
use zkmargin_native::wtns;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [key, witness, runs @ ..] = &arguments[..] else { panic!("usage: prove KEY.zkey WITNESS.wtns [RUNS]") };
    let runs = runs.first().map_or(5, |text| text.parse().expect("a number of runs"));
    let (key, name) = open_file(Path::new(key)).expect("a key");
    let prover = Prover::parse(&key, Source(&name)).expect("a proving key");
    let (bytes, name) = read_file(Path::new(witness)).expect("a witness");
    let witness = wtns::parse(&bytes, Source(&name)).expect("a witness");
    let (mut cpu, mut wall) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        let (start, since) = (cpu_seconds(), Instant::now());
        prover.prove(&witness).expect("a proof that verifies");
        cpu.push(cpu_seconds() - start);
        wall.push(since.elapsed().as_secs_f64());
    }
    let ifma = zkmargin_native::msm::uses_ifma();
    println!(r#"{{"ifma": {ifma}, "cpu": {cpu:.3?}, "wall": {wall:.3?}}}"#);
}

/// Returns the CPU time of the process, which other processes disturb less than the time on the wall.
fn cpu_seconds() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a live timespec, and the clock exists on every POSIX system.
    let code = unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    assert_eq!(code, 0, "no clock of the process's CPU time");
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}
