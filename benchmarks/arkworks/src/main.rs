//! Proves by ark-groth16, with snarkjs's key and witness, as often as it is asked to: `arkworks ZKEY WTNS`.
//!
//! It prints a line of JSON when it is ready, and for each line on its standard input makes a proof and prints it with
//! the CPU seconds of all threads and the seconds on the clock that it took.

mod reduction;

use std::error::Error;
use std::io::{stdin, BufRead};
use std::time::Instant;

use ark_bn254::{Bn254, Fr};
use ark_groth16::{Groth16, Proof, ProvingKey, VerifyingKey};
use ark_relations::utils::matrix::Matrix;
use zkmargin_native::binfile::Sections;
use zkmargin_native::encoding::{g1_rows, g2_rows};
use zkmargin_native::error::Source;
use zkmargin_native::secret::random_scalar;
use zkmargin_native::{wtns, zkey};

use reduction::CircomReduction;

fn main() -> Result<(), Box<dyn Error>> {
    let [zkey, wtns] = std::env::args().skip(1).collect::<Vec<_>>().try_into().map_err(|_| "arkworks ZKEY WTNS")?;
    let bytes = std::fs::read(&zkey)?;
    let key = zkey::ProvingKey::parse_any(&Sections::parse(&bytes, b"zkey", 1, Source(&zkey))?)?;
    let witness = wtns::parse(&std::fs::read(&wtns)?, Source(&wtns))?;
    let matrices = matrices(&key);
    let inputs = key.header.n_public + 1;
    let key = proving_key(key);
    drop(bytes);
    println!("{{}}");
    for line in stdin().lock().lines() {
        line?;
        let (start, cpu) = (Instant::now(), cpu_seconds());
        let (r, s) = (random_scalar()?, random_scalar()?);
        let proof = Groth16::<Bn254, CircomReduction>::create_proof_with_reduction_and_matrices(
            &key,
            r,
            s,
            &matrices,
            inputs,
            matrices[0].len(),
            &witness,
        )?;
        let (cpu, wall) = (cpu_seconds() - cpu, start.elapsed().as_secs_f64());
        println!(r#"{{"cpu": {cpu}, "wall": {wall}, "proof": {}}}"#, json(&proof));
    }
    Ok(())
}

/// Returns the a and b matrices by rows, with those of the public signals that snarkjs appends to a.
fn matrices(key: &zkey::ProvingKey) -> [Matrix<Fr>; 2] {
    let rows = key.coefficients.iter().map(|entry| entry.row as usize + 1).max().unwrap_or(0);
    let mut matrices = [vec![Vec::new(); rows], vec![Vec::new(); rows]];
    for entry in &key.coefficients {
        matrices[usize::from(entry.in_b)][entry.row as usize].push((entry.value, entry.signal as usize));
    }
    matrices
}

fn proving_key(key: zkey::ProvingKey) -> ProvingKey<Bn254> {
    let header = key.header;
    let vk = VerifyingKey {
        alpha_g1: header.alpha_1,
        beta_g2: header.beta_2,
        gamma_g2: header.gamma_2,
        delta_g2: header.delta_2,
        gamma_abc_g1: key.ic,
    };
    ProvingKey {
        vk,
        beta_g1: header.beta_1,
        delta_g1: header.delta_1,
        a_query: key.a,
        b_g1_query: key.b1,
        b_g2_query: key.b2,
        h_query: key.h,
        l_query: key.c,
    }
}

fn json(proof: &Proof<Bn254>) -> String {
    let (a, b, c) = (g1_rows(&proof.a).concat(), g2_rows(&proof.b), g1_rows(&proof.c).concat());
    format!(r#"{{"protocol": "groth16", "curve": "bn128", "pi_a": {a:?}, "pi_b": {b:?}, "pi_c": {c:?}}}"#)
}

/// Returns the CPU time of all threads of the process.
fn cpu_seconds() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a live timespec, and the clock exists on every POSIX system.
    let code = unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    assert_eq!(code, 0, "no clock of the process's CPU time");
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}
