//! Verification of many proofs, under one key or several, by one equation.

use std::collections::HashMap;

use ark_bn254::{Bn254, Fr, G1Affine, G1Projective, G2Affine};
use ark_ec::pairing::{MillerLoopOutput, Pairing, PairingOutput};
use ark_ec::CurveGroup;
use ark_ff::{AdditiveGroup, PrimeField};
use rayon::prelude::*;

use crate::ceremony::multiply::multiply_each;
use crate::ceremony::subgroup::each_inside;
use crate::error::{Error, Result};
use crate::msm::Bases;
use crate::secret::random_weights;
use crate::verify::{has_zero, Proof, VerifyingKey};

/// The number of points that one task pairs, and the least number that one task multiplies.
const CHUNK: usize = 64;

/// The least number of points whose sum is faster as a whole than point by point.
const MANY: usize = 32;

/// A proof with its key and public signals.
pub struct Claim<'a> {
    pub key: &'a VerifyingKey,
    pub public: Vec<Fr>,
    pub proof: Proof,
}

/// Returns whether all proofs of a batch are valid, by one equation: the product of theirs, each to a random power.
///
/// Each equation says that an element of the pairing's group, which has the prime order r, is one. If any is not, at
/// most one value of its power makes the product one, so that a batch with an invalid proof passes with a probability
/// of at most 2^-128. The powers are fresh randomness of the operating system, which nobody knows when the proofs are
/// made; a hash would have to cover every key, signal and point, and could be tried out. Pairings with the same point
/// of a key (beta, gamma or delta) are merged. Which proof is invalid, the equation does not say.
///
/// Points B need only be on their curve: whether they are in the subgroup is checked here, for many at once.
pub fn verify_batch(claims: &[Claim]) -> Result<bool> {
    if claims.is_empty() {
        return Err(Error::Value("a batch has at least one proof".into()));
    }
    if claims.iter().any(|claim| claim.public.len() != claim.key.n_public() || has_zero(&claim.proof)) {
        return Ok(false);
    }
    let b: Vec<G2Affine> = claims.iter().map(|claim| claim.proof.b).collect();
    if !each_inside(&b)? {
        return Ok(false);
    }
    let powers = random_weights(claims.len())?;
    let (a, merged) = rayon::join(|| multiplied(claims, &powers), || merged(claims, &powers));
    let (points, totals): (Vec<_>, Vec<_>) = merged.into_iter().unzip();
    let g1: Vec<G1Affine> = a.into_iter().chain(G1Projective::normalize_batch(&totals)).collect();
    let g2: Vec<G2Affine> = b.into_iter().chain(points).collect();
    // arkworks prepares all points of G2 in one thread if it is given all of them.
    let loops = g1.par_chunks(CHUNK).zip(g2.par_chunks(CHUNK)).map(|(a, b)| Bn254::multi_miller_loop(a, b).0);
    let product = MillerLoopOutput(loops.product());
    Ok(Bn254::final_exponentiation(product) == Some(PairingOutput::ZERO))
}

/// Returns A of each proof times its power.
fn multiplied(claims: &[Claim], powers: &[Fr]) -> Vec<G1Affine> {
    let a: Vec<G1Affine> = claims.iter().map(|claim| claim.proof.a).collect();
    // The points of a task share inversions.
    let size = a.len().div_ceil(rayon::current_num_threads()).max(CHUNK);
    let products: Vec<_> = a.par_chunks(size).zip(powers.par_chunks(size)).map(|(a, k)| multiply_each(a, k)).collect();
    products.concat()
}

/// Returns the keys' points beta, gamma and delta, each distinct one once, with the point of G1 it is paired with.
fn merged(claims: &[Claim], powers: &[Fr]) -> Vec<(G2Affine, G1Projective)> {
    let sums: Vec<_> =
        by_key(claims).into_par_iter().map(|(key, places)| key_sums(key, &places, claims, powers)).collect();
    let mut merged: Vec<(G2Affine, G1Projective)> = Vec::new();
    for (point, sum) in sums.into_iter().flatten() {
        match merged.iter_mut().find(|(known, _)| *known == point) {
            Some((_, total)) => *total -= sum,
            None => merged.push((point, -sum)),
        }
    }
    merged
}

/// Returns the keys, and the places of their proofs.
fn by_key<'a>(claims: &[Claim<'a>]) -> Vec<(&'a VerifyingKey, Vec<usize>)> {
    let (mut found, mut groups) = (HashMap::new(), Vec::<(&VerifyingKey, Vec<usize>)>::new());
    for (place, Claim { key, .. }) in claims.iter().enumerate() {
        let group = *found.entry(std::ptr::from_ref(*key)).or_insert_with(|| {
            groups.push((key, Vec::new()));
            groups.len() - 1
        });
        groups[group].1.push(place);
    }
    groups
}

/// Returns beta, gamma and delta of a key, and what the equations of its proofs pair them with.
fn key_sums(key: &VerifyingKey, places: &[usize], claims: &[Claim], powers: &[Fr]) -> [(G2Affine, G1Projective); 3] {
    // Of the points of IC: the sum of all powers, then the sums of each signal times its proof's power.
    let mut scalars = vec![Fr::ZERO; key.ic.len()];
    for &place in places {
        scalars[0] += powers[place];
        for (sum, signal) in scalars[1..].iter_mut().zip(&claims[place].public) {
            *sum += powers[place] * signal;
        }
    }
    let c: Vec<G1Affine> = places.iter().map(|&place| claims[place].proof.c).collect();
    let own: Vec<Fr> = places.iter().map(|&place| powers[place]).collect();
    let (inputs, c) = rayon::join(|| sum(&key.ic, &scalars), || sum(&c, &own));
    [(key.beta_2, key.alpha_1 * scalars[0]), (key.gamma_2, inputs), (key.delta_2, c)]
}

fn sum(points: &[G1Affine], scalars: &[Fr]) -> G1Projective {
    if points.len() < MANY {
        return points.iter().zip(scalars).map(|(point, scalar)| *point * scalar).sum();
    }
    Bases::new(points).msm(&scalars.iter().map(|scalar| scalar.into_bigint()).collect::<Vec<_>>())
}
