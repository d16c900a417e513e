//! The files of a small circuit with wires one, product (output), x and y, where x * y = product.

// Each test file uses a part.
#![allow(dead_code)]

use std::ops::Range;

use ark_bn254::Fr;
use ark_ff::{BigInt, PrimeField};

type Integer = BigInt<4>;

fn element(value: Integer) -> Vec<u8> {
    value.0.iter().flat_map(|limb| limb.to_le_bytes()).collect()
}

fn words(values: &[u32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn file(magic: &[u8; 4], version: u32, sections: &[(u32, Vec<u8>)]) -> Vec<u8> {
    let mut out = [magic.as_slice(), &words(&[version, sections.len() as u32])].concat();
    for (id, bytes) in sections {
        out.extend(words(&[*id]));
        out.extend((bytes.len() as u64).to_le_bytes());
        out.extend(bytes);
    }
    out
}

fn field() -> Vec<u8> {
    [words(&[32]), element(Fr::MODULUS)].concat()
}

pub fn r1cs() -> Vec<u8> {
    let header = [field(), words(&[4, 1, 0, 2]), 4u64.to_le_bytes().to_vec(), words(&[1])].concat();
    let side = |wire: u32| [words(&[1, wire]), element(Integer::from(1u64))].concat();
    let labels = (0..4u64).flat_map(|label| label.to_le_bytes()).collect();
    file(b"r1cs", 1, &[(1, header), (2, [side(2), side(3), side(1)].concat()), (3, labels)])
}

/// The terms of a linear combination: wire and coefficient.
pub type Terms<'a> = &'a [(u32, Fr)];

/// Returns constraints over wires one, an output, a public input, and private ones.
pub fn r1cs_of(constraints: &[[Terms; 3]], wires: u32) -> Vec<u8> {
    let counts = [words(&[wires, 1, 1, 0]), u64::from(wires).to_le_bytes().to_vec()].concat();
    let header = [field(), counts, words(&[constraints.len() as u32])].concat();
    let side = |terms: &Terms| -> Vec<u8> {
        let term = |(wire, value): &(u32, Fr)| [words(&[*wire]), element(value.into_bigint())].concat();
        [words(&[terms.len() as u32]), terms.iter().flat_map(term).collect()].concat()
    };
    let body = constraints.iter().flatten().flat_map(side).collect();
    let labels = (0..u64::from(wires)).flat_map(|label| label.to_le_bytes()).collect();
    file(b"r1cs", 1, &[(1, header), (2, body), (3, labels)])
}

pub fn wtns(x: u64, y: u64, product: u64) -> Vec<u8> {
    wtns_of(&[1, product, x, y].map(Integer::from))
}

pub fn wtns_of(values: &[Integer]) -> Vec<u8> {
    let header = [field(), words(&[values.len() as u32])].concat();
    file(b"wtns", 2, &[(1, header), (2, values.iter().copied().flat_map(element).collect())])
}

/// Returns the place of a section's content.
pub fn section(bytes: &[u8], id: u32) -> Range<usize> {
    let mut position = 12;
    loop {
        let found = u32::from_le_bytes(bytes[position..position + 4].try_into().expect("four bytes"));
        let length = u64::from_le_bytes(bytes[position + 4..position + 12].try_into().expect("eight bytes")) as usize;
        position += 12;
        if found == id {
            return position..position + length;
        }
        position += length;
    }
}
