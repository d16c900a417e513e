//! Sparse 8-ary Poseidon trees: over the risk table, 5 levels, and over the entries of a quote sheet, 4 levels.
//!
//! A node is the hash of its eight children in order. An absent leaf is 0. Level 0 holds the leaves, the last level the
//! root. In the risk table's tree the position of a leaf is its instrument's id, and level 4 holds the underlyings.

use std::collections::BTreeMap;

use ark_bn254::Fr;
use ark_ff::AdditiveGroup;
use rayon::prelude::*;

use super::constants::ARITY;
use super::fault::{require, Result};
use crate::poseidon::hash;

pub struct Tree {
    /// The nodes above at least one leaf, by level and position.
    levels: Vec<BTreeMap<u32, Fr>>,
    /// The node above no leaf, by level.
    empty: Vec<Fr>,
}

impl Tree {
    /// Hashes leaves up to the root; empty subtrees are hashed once.
    pub fn new(leaves: BTreeMap<u32, Fr>, levels: usize) -> Result<Self> {
        let fits = leaves.keys().next_back().is_none_or(|last| u64::from(*last) < 1 << (3 * levels));
        require(fits, "position", format!("must be from 0 to 8^{levels} - 1"))?;
        let mut tree = Tree { levels: vec![leaves], empty: vec![Fr::ZERO] };
        for level in 1..=levels {
            let mut positions: Vec<u32> = tree.levels[level - 1].keys().map(|position| position / 8).collect();
            positions.dedup();
            let node = |position: &u32| (*position, hash(&tree.children(level, *position)));
            let nodes: Vec<(u32, Fr)> = positions.par_iter().map(node).collect();
            tree.levels.push(nodes.into_iter().collect());
            tree.empty.push(hash(&[tree.empty[level - 1]; ARITY]));
        }
        Ok(tree)
    }

    pub fn root(&self) -> Fr {
        self.node(self.levels.len() - 1, 0)
    }

    /// Returns the node at a position, counted from 0, on a level.
    pub fn node(&self, level: usize, position: u32) -> Fr {
        self.levels[level].get(&position).copied().unwrap_or(self.empty[level])
    }

    /// Returns the eight children of a node on a level above 0.
    pub fn children(&self, level: usize, position: u32) -> [Fr; ARITY] {
        std::array::from_fn(|i| self.node(level - 1, 8 * position + i as u32))
    }

    /// Returns the eight children on each level above a leaf, the level of the leaves first.
    pub fn path(&self, position: u32) -> Vec<[Fr; ARITY]> {
        (1..self.levels.len()).map(|level| self.children(level, position >> (3 * level))).collect()
    }
}

/// Returns the node that a path leads to; None if it is no path of the leaf at the position.
///
/// The position chooses the child on each level, so a path for one position is invalid for another.
pub fn climb(leaf: Fr, position: u32, children: &[[Fr; ARITY]]) -> Option<Fr> {
    let (mut node, mut place) = (leaf, position);
    for siblings in children {
        if siblings[place as usize % ARITY] != node {
            return None;
        }
        (node, place) = (hash(siblings), place / 8);
    }
    (place == 0).then_some(node)
}
