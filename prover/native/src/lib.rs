//! Native Groth16 on BN254 with snarkjs's file formats, Poseidon, and EdDSA on BabyJubJub. Only `statement` knows about margin.

mod affine;
pub mod babyjub;
pub mod batch;
pub mod binfile;
pub mod blake512;
pub mod ceremony;
pub mod eddsa;
pub mod encoding;
pub mod error;
pub mod fingerprint;
#[cfg(target_arch = "x86_64")]
mod ifma;
pub mod merkle;
pub mod msm;
pub mod pack;
pub mod poseidon;
pub mod prove;
mod quotient;
pub mod r1cs;
mod rows;
pub mod secret;
pub mod setup;
pub mod shared;
pub mod statement;
pub mod verify;
pub mod wtns;
pub mod zkey;

#[cfg(feature = "python")]
mod python;
