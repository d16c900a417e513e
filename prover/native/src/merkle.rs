//! 8-ary Merkle trees with Poseidon. Only nodes above leaves are hashed; empty subtrees have one value per level.

use ark_bn254::Fr;
use ark_ff::AdditiveGroup;
use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::poseidon::hash;

/// The number of children of a node.
pub const ARITY: usize = 8;

/// Returns the levels of an 8-ary tree from the leaves, padded with zeros, to the root.
fn levels(leaves: &[Fr], depth: u32) -> Result<Vec<Vec<Fr>>> {
    // 8^10 leaves would be 32 GB.
    if !(1..=9).contains(&depth) || leaves.len() > ARITY.pow(depth) {
        return Err(Error::Value(format!("{} leaves do not fit a tree of depth {depth} (1..=9)", leaves.len())));
    }
    let mut empty = Fr::ZERO;
    let mut levels = vec![leaves.to_vec()];
    for _ in 0..depth {
        let below = levels.last().expect("the leaves");
        let next = below.par_chunks(ARITY).map(|children| hash(&padded(children, empty))).collect();
        levels.push(next);
        empty = hash(&[empty; ARITY]);
    }
    let root = levels.last_mut().expect("the root");
    if root.is_empty() {
        root.push(empty);
    }
    Ok(levels)
}

fn padded(children: &[Fr], empty: Fr) -> [Fr; ARITY] {
    let mut out = [empty; ARITY];
    out[..children.len()].copy_from_slice(children);
    out
}

/// Returns the root of the tree with 8^depth leaves; missing leaves are zero.
pub fn merkle8_root(leaves: &[Fr], depth: u32) -> Result<Fr> {
    Ok(levels(leaves, depth)?[depth as usize][0])
}

/// Returns the seven siblings on each level of the path from leaf `index`, starting at the leaves.
pub fn merkle8_path(leaves: &[Fr], depth: u32, index: usize) -> Result<Vec<Vec<Fr>>> {
    let levels = levels(leaves, depth)?;
    if index >= ARITY.pow(depth) {
        return Err(Error::Value(format!("no leaf {index} in a tree of depth {depth}")));
    }
    let mut empty = Fr::ZERO;
    let mut position = index;
    let mut path = Vec::new();
    for level in &levels[..depth as usize] {
        let start = position / ARITY * ARITY;
        let present = &level[start.min(level.len())..level.len().min(start + ARITY)];
        let mut siblings = padded(present, empty).to_vec();
        siblings.remove(position % ARITY);
        path.push(siblings);
        position /= ARITY;
        empty = hash(&[empty; ARITY]);
    }
    Ok(path)
}
