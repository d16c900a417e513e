//! A phase 1 of one's own: the powers of a number tau that nobody knows, in snarkjs's `.ptau` format.

pub mod accumulator;
mod blake2b;
pub mod contribute;
pub mod development;
mod group;
pub mod prepare;
pub mod records;
pub mod verify;
