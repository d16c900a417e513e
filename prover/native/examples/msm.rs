//! Times the crate's multi-scalar multiplication and arkworks' in turn, on the same points and scalars.
//!
//! `cargo run --release --no-default-features --example msm [PAIRS]` prints, for each group, kind of scalars and size,
//! a JSON object on a line: the CPU seconds of all threads, of each run. `RAYON_NUM_THREADS` sets the threads.

use ark_bn254::{g1, g2, Fr};
use ark_ec::short_weierstrass::{Affine, Projective, SWCurveConfig};
use ark_ec::{CurveGroup, PrimeGroup, VariableBaseMSM};
use ark_ff::{BigInt, PrimeField};

use zkmargin_native::msm::{Bases, Coordinate};
use zkmargin_native::secret::random_scalar;

fn main() {
    let pairs = std::env::args().nth(1).map_or(5, |text| text.parse().expect("usage: msm [PAIRS]"));
    for power in 12..=16 {
        for (kind, bits) in [("random", 0), ("bits", 3)] {
            let scalars: Vec<_> = (0..1 << power).map(|index| scalar(index, bits).into_bigint()).collect();
            compare::<g1::Config>("G1", kind, &scalars, pairs);
            compare::<g2::Config>("G2", kind, &scalars, pairs);
        }
    }
}

/// Returns a random scalar, or a random bit for the first `bits` of every four indices: witnesses are full of bits.
fn scalar(index: usize, bits: usize) -> Fr {
    let random = random_scalar().expect("randomness");
    if index % 4 < bits {
        Fr::from(random.into_bigint().0[0] & 1)
    } else {
        random
    }
}

fn compare<C>(group: &str, kind: &str, scalars: &[BigInt<4>], pairs: usize)
where
    C: SWCurveConfig<ScalarField = Fr, BaseField: Coordinate>,
    Projective<C>: VariableBaseMSM<MulBase = Affine<C>, ScalarField = Fr>,
{
    let points = points::<C>(scalars.len());
    let bases = Bases::new(&points);
    let (mut native, mut arkworks) = (Vec::new(), Vec::new());
    for _ in 0..pairs {
        let (own, seconds) = timed(|| bases.msm(scalars));
        native.push(seconds);
        let (other, seconds) = timed(|| Projective::<C>::msm_bigint(&points, scalars));
        arkworks.push(seconds);
        assert_eq!(own, other);
    }
    let size = scalars.len();
    println!(
        r#"{{"group": "{group}", "scalars": "{kind}", "size": {size}, "native": {native:?}, "arkworks": {arkworks:?}}}"#
    );
}

/// Returns different multiples of the generator.
fn points<C: SWCurveConfig<ScalarField = Fr, BaseField: Coordinate>>(count: usize) -> Vec<Affine<C>> {
    let step = Projective::<C>::generator() * random_scalar().expect("randomness");
    let multiples: Vec<_> = std::iter::successors(Some(step), |point| Some(*point + step)).take(count).collect();
    Projective::normalize_batch(&multiples)
}

fn timed<T>(run: impl FnOnce() -> T) -> (T, f64) {
    let start = cpu_seconds();
    let result = run();
    (result, cpu_seconds() - start)
}

/// Returns the CPU time of the process, which other processes disturb less than the time on the wall.
fn cpu_seconds() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a live timespec, and the clock exists on every POSIX system.
    let code = unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    assert_eq!(code, 0, "no clock of the process's CPU time");
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}
