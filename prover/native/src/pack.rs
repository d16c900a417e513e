//! Parts of a proving key, for a prover that reads one at a time and never holds the key twice (docs/formats/circuit-pack.md).
//!
//! Coefficients are columns of few distinct values, which compress to a hundredth of what they take in a `.zkey`.

use ark_bn254::Fr;
use ark_ec::short_weierstrass::Affine;
use ark_ff::PrimeField;

use crate::binfile::Sections;
use crate::encoding::{limbs, push_montgomery, read_point, FileCurve, FIELD_BYTES};
use crate::error::{Result, Source};
use crate::msm::Bases;
use crate::prove::{Points, Prover};
use crate::rows::{Columns, Rows};
use crate::verify::VerifyingKey;
use crate::zkey::{section, Header};

/// The maximum size of a part in bytes.
pub const PART_BYTES: usize = 1 << 20;

/// A `.zkey` with the sections 1 to 3 only.
const HEADER: &str = "header";
const VALUES: &str = "values";
const LENGTHS: &str = "lengths";
const SIGNALS: &str = "signals";
const NUMBERS: &str = "numbers";

/// The sections of points, in the order of a pack.
const POINTS: [(&str, u32); 5] =
    [("b2", section::B2), ("a", section::A), ("b1", section::B1), ("c", section::C), ("h", section::H)];

/// A part's kind and content.
pub type Part = (&'static str, Vec<u8>);

/// Returns the parts of a key, the header first.
pub fn parts(sections: &Sections) -> Result<Vec<Part>> {
    let header = Header::parse(sections)?;
    // Refuses a key for which proofs can be forged.
    header.verifying_key(&header.parse_ic(sections)?, sections.source)?;
    header.check_sizes(sections)?;
    let mut out = vec![(HEADER, header_part(sections)?)];
    let columns = Rows::read(sections, &header)?.columns();
    for values in columns.values.chunks(PART_BYTES / FIELD_BYTES) {
        let mut part = Vec::with_capacity(values.len() * FIELD_BYTES);
        values.iter().for_each(|value| push_montgomery(&mut part, value));
        out.push((VALUES, part));
    }
    for (kind, words) in [(LENGTHS, &columns.lengths), (SIGNALS, &columns.signals), (NUMBERS, &columns.numbers)] {
        out.extend(words.chunks(PART_BYTES / 4).map(|words| (kind, planes(words))));
    }
    for (kind, id) in POINTS {
        out.extend(sections.bytes(id)?.chunks(PART_BYTES).map(|part| (kind, part.to_vec())));
    }
    Ok(out)
}

fn header_part(sections: &Sections) -> Result<Vec<u8>> {
    const IDS: [u32; 3] = [section::PROTOCOL, section::HEADER, section::IC];
    let mut out = [b"zkey".as_slice(), &1u32.to_le_bytes(), &(IDS.len() as u32).to_le_bytes()].concat();
    for id in IDS {
        let bytes = sections.bytes(id)?;
        out.extend_from_slice(&id.to_le_bytes());
        out.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
        out.extend_from_slice(&bytes);
    }
    Ok(out)
}

/// Returns the lowest bytes of all words, then the second bytes, and so on, which compress better.
fn planes(words: &[u32]) -> Vec<u8> {
    (0..4).flat_map(|byte| words.iter().map(move |word| (word >> (8 * byte)) as u8)).collect()
}

fn push_words(out: &mut Vec<u32>, bytes: &[u8], source: Source) -> Result<()> {
    source.ensure(bytes.len().is_multiple_of(4), || format!("{} bytes are no words of four", bytes.len()))?;
    let count = bytes.len() / 4;
    out.extend((0..count).map(|i| u32::from_le_bytes([0, 1, 2, 3].map(|byte| bytes[byte * count + i]))));
    Ok(())
}

/// A prover to be: the parts so far.
pub struct Loader {
    header: Header,
    verifying_key: VerifyingKey,
    columns: Columns,
    /// From the first part with points on, when all coefficients are there.
    loaded: Option<(Rows, Points)>,
}

impl Loader {
    /// Starts with the part `header`.
    pub fn new(part: &[u8], source: Source) -> Result<Self> {
        let sections = Sections::parse(part, b"zkey", 1, source)?;
        let header = Header::parse(&sections)?;
        let verifying_key = header.verifying_key(&header.parse_ic(&sections)?, source)?;
        Ok(Loader { header, verifying_key, columns: Columns::default(), loaded: None })
    }

    /// Takes a part; they come in their order.
    pub fn push(&mut self, kind: &str, bytes: &[u8], source: Source) -> Result<()> {
        if [VALUES, LENGTHS, SIGNALS, NUMBERS].contains(&kind) {
            source.ensure(self.loaded.is_none(), || "coefficients after points".into())?;
        }
        match kind {
            VALUES => push_values(&mut self.columns.values, bytes, source),
            LENGTHS => push_words(&mut self.columns.lengths, bytes, source),
            SIGNALS => push_words(&mut self.columns.signals, bytes, source),
            NUMBERS => push_words(&mut self.columns.numbers, bytes, source),
            "b2" => push_points(&mut self.points(source)?.b2, bytes, source),
            "a" => push_points(&mut self.points(source)?.a, bytes, source),
            "b1" => push_points(&mut self.points(source)?.b1, bytes, source),
            "c" => push_points(&mut self.points(source)?.c, bytes, source),
            "h" => push_points(&mut self.points(source)?.h, bytes, source),
            _ => Err(source.error("a part of an unknown kind")),
        }
    }

    /// Checks that nothing is missing, and returns the prover.
    pub fn finish(mut self, source: Source) -> Result<Prover> {
        self.points(source)?;
        let Loader { header, verifying_key, loaded, .. } = self;
        let (rows, points) = loaded.expect("by the line above");
        let n = header.n_variables;
        let counts = [
            ("b2", points.b2.count(), n),
            ("a", points.a.count(), n),
            ("b1", points.b1.count(), n),
            ("c", points.c.count(), header.n_private()),
            ("h", points.h.count(), header.domain_size),
        ];
        for (kind, found, expected) in counts {
            source.ensure(found == expected, || format!("{found} points of {kind}, expected {expected}"))?;
        }
        Prover::assemble(header, verifying_key, rows, points, source)
    }

    /// Joins the coefficients, and reserves the room for all points, once.
    fn points(&mut self, source: Source) -> Result<&mut Points> {
        if self.loaded.is_none() {
            let rows = Rows::from_columns(std::mem::take(&mut self.columns), &self.header, source)?;
            let n = self.header.n_variables;
            let points = Points {
                b2: Bases::with_capacity(n),
                a: Bases::with_capacity(n),
                b1: Bases::with_capacity(n),
                c: Bases::with_capacity(self.header.n_private()),
                h: Bases::with_capacity(self.header.domain_size),
            };
            self.loaded = Some((rows, points));
        }
        Ok(&mut self.loaded.as_mut().expect("by the lines above").1)
    }
}

fn push_values(out: &mut Vec<Fr>, bytes: &[u8], source: Source) -> Result<()> {
    for bytes in records(bytes, FIELD_BYTES, source)? {
        let raw = limbs(bytes);
        source.ensure(raw < Fr::MODULUS, || "a coefficient is not below r".into())?;
        out.push(Fr::new_unchecked(raw));
    }
    Ok(())
}

fn push_points<C: FileCurve>(out: &mut Bases<C>, bytes: &[u8], source: Source) -> Result<()> {
    for bytes in records(bytes, C::POINT_BYTES, source)? {
        let point: Affine<C> = read_point(bytes).map_err(|reason| source.error(reason))?;
        out.push(&point);
    }
    Ok(())
}

fn records<'a>(bytes: &'a [u8], size: usize, source: Source) -> Result<impl Iterator<Item = &'a [u8]>> {
    source.ensure(bytes.len().is_multiple_of(size), || format!("{} bytes are no records of {size}", bytes.len()))?;
    Ok(bytes.chunks_exact(size))
}
