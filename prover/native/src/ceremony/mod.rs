//! Ceremonies in the formats of snarkjs, whose randomness and hashes ours equal byte for byte.

pub mod chacha;
pub mod check;
pub mod circuit_hash;
mod combinations;
pub mod contributions;
mod endomorphism;
pub mod initial;
pub mod keypair;
pub mod labels;
pub mod lagrange;
pub mod multiply;
pub mod phase1;
pub mod ptau;
mod sparse;
pub mod subgroup;
pub mod transcript;
