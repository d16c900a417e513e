//! Points and scalars as decimal strings, one a line, in snarkjs's order: of a point each coordinate's parts, then the
//! third coordinate, with as many.

use ark_bn254::{Fr, G1Affine, G2Affine};
use zkmargin_native::encoding::{decimal, g1_from_rows, g1_rows, g2_from_rows, g2_rows, to_decimal, Rows};
use zkmargin_native::error::{Result, Source};
use zkmargin_native::verify::{Proof, VerifyingKey};

const KEY: &str = "verification key";

/// Lines that are read from the first to the last.
pub struct Numbers<'a>(Vec<&'a str>);

impl<'a> Numbers<'a> {
    pub fn new(text: &'a str) -> Self {
        let mut lines: Vec<&str> = if text.is_empty() { Vec::new() } else { text.split('\n').collect() };
        lines.reverse();
        Numbers(lines)
    }

    fn rows(&mut self, width: usize, source: Source) -> Result<Rows> {
        let mut next = || self.0.pop().map(str::to_owned).ok_or_else(|| source.error("too few numbers"));
        (0..3).map(|_| (0..width).map(|_| next()).collect()).collect()
    }

    fn g1(&mut self, source: Source) -> Result<G1Affine> {
        g1_from_rows(&self.rows(1, source)?, source)
    }

    fn g2(&mut self, source: Source) -> Result<G2Affine> {
        g2_from_rows(&self.rows(2, source)?, source)
    }

    pub fn scalars(&self, source: Source) -> Result<Vec<Fr>> {
        self.0.iter().rev().map(|line| decimal(line, source)).collect()
    }

    /// Reads alpha, beta, gamma, delta, and the points of IC.
    pub fn key(mut self) -> Result<VerifyingKey> {
        let named = |name: &str| format!("{KEY}: {name}");
        let alpha = self.g1(Source(&named("vk_alpha_1")))?;
        let beta = self.g2(Source(&named("vk_beta_2")))?;
        let gamma = self.g2(Source(&named("vk_gamma_2")))?;
        let delta = self.g2(Source(&named("vk_delta_2")))?;
        let mut ic = Vec::new();
        while !self.0.is_empty() {
            ic.push(self.g1(Source(&named(&format!("IC[{}]", ic.len()))))?);
        }
        VerifyingKey::new(alpha, beta, gamma, delta, ic, Source(KEY))
    }

    /// Reads A, B and C, each canonical, on its curve and in its subgroup.
    pub fn proof(mut self) -> Result<Proof> {
        let source = Source("proof");
        Ok(Proof { a: self.g1(source)?, b: self.g2(source)?, c: self.g1(source)? })
    }
}

pub fn proof_lines(proof: &Proof, public: &[Fr]) -> String {
    let rows = [g1_rows(&proof.a), g2_rows(&proof.b), g1_rows(&proof.c)].concat();
    joined(rows.into_iter().flatten().chain(public.iter().map(|signal| to_decimal(*signal))))
}

/// Returns the lines of `Numbers::key`, after the twelve of e(alpha, beta).
pub fn key_lines(key: &VerifyingKey) -> String {
    let target = key.alpha_beta.0;
    let parts = [target.c0, target.c1].into_iter().flat_map(|six| [six.c0, six.c1, six.c2]);
    let target = parts.flat_map(|pair| [to_decimal(pair.c0), to_decimal(pair.c1)]);
    let points = [g1_rows(&key.alpha_1), g2_rows(&key.beta_2), g2_rows(&key.gamma_2), g2_rows(&key.delta_2)];
    let rows = points.into_iter().chain(key.ic.iter().map(g1_rows)).flatten();
    joined(target.chain(rows.flatten()))
}

fn joined(lines: impl Iterator<Item = String>) -> String {
    lines.collect::<Vec<_>>().join("\n")
}
