//! Collateral assets and their haircuts, as a snapshot defines them (docs/collateral.md).

use num_bigint::BigInt;

use crate::statement::constants::COLLATERALS;
use crate::statement::decimal::Decimal;
use crate::statement::document::{is_name, Field};
use crate::statement::fault::{Fault, Result};
use crate::statement::rounding::{haircut_price_down, Fraction};

pub struct CollateralAsset {
    pub name: String,
    haircut: Decimal,
    peg: Option<Decimal>,
    peg_loss: Decimal,
    tiers: Vec<Tier>,
    /// The largest amount that the haircut covers, in whole assets.
    pub limit: Option<Decimal>,
}

/// A tier of a haircut schedule; it begins at the end of the previous one.
struct Tier {
    up_to: Decimal,
    haircut: Decimal,
}

/// 10^18, by which decimals are scaled.
fn one() -> BigInt {
    BigInt::from(10u64.pow(18))
}

impl CollateralAsset {
    /// Returns the value of a whole asset after the haircut in micro-quote, rounded down; 0 without a price.
    pub fn haircut_price(&self, price: Option<&Decimal>) -> BigInt {
        price.map_or(BigInt::ZERO, |price| {
            let Fraction { numerator, denominator } = self.counts();
            // The price is times 10^18, and micro-quote are times 10^6.
            let counts = Fraction { numerator, denominator: denominator * 10u64.pow(12) };
            haircut_price_down(price.scaled(), &counts)
        })
    }

    /// Returns what counts after the haircut of the whole limit under the schedule, and after the peg loss.
    fn counts(&self) -> Fraction {
        let kept = one() - self.peg_loss.scaled();
        match &self.limit {
            Some(limit) if !self.tiers.is_empty() => {
                Fraction { numerator: self.counted(limit) * kept, denominator: limit.scaled() * one() * one() }
            }
            _ => Fraction { numerator: (one() - self.haircut.scaled()) * kept, denominator: one() * one() },
        }
    }

    /// Returns the value of an amount under the schedule, as a multiple of the price of a whole asset, times 10^36.
    fn counted(&self, amount: &Decimal) -> BigInt {
        let mut begin = &Decimal::ZERO;
        let mut total = BigInt::ZERO;
        for tier in &self.tiers {
            let inside = amount.min(&tier.up_to).scaled() - begin.scaled();
            total += inside.max(BigInt::ZERO) * (one() - tier.haircut.scaled());
            begin = &tier.up_to;
        }
        total
    }

    fn read(field: &Field) -> Result<Self> {
        let members = field.members(&["asset"], &["haircut", "tiers", "limit", "peg", "peg_loss"])?;
        let [haircut, tiers, limit, peg, peg_loss] =
            ["haircut", "tiers", "limit", "peg", "peg_loss"].map(|name| members.get(name));
        field.require(haircut.is_none() != tiers.is_none(), "expected either haircut or tiers")?;
        field.require(peg.is_none() == peg_loss.is_none(), "peg and peg_loss must be given together")?;
        let name = members.required("asset")?.text_of(is_name, "the name of an asset")?.to_owned();
        let tiers = tiers.map_or(Ok(Vec::new()), |one| read_tiers(&one))?;
        let haircut = haircut.map(|one| one.decimal()).transpose()?;
        let limit = limit.map(|one| one.decimal()).transpose()?.or_else(|| tiers.last().map(|one| one.up_to.clone()));
        let peg = peg.map(|one| one.decimal()).transpose()?;
        let peg_loss = peg_loss.map_or(Ok(Decimal::ZERO), |one| one.decimal())?;
        let haircut = haircut.or_else(|| tiers.first().map(|one| one.haircut.clone())).unwrap_or(Decimal::ZERO);
        let asset = CollateralAsset { name, haircut, peg, peg_loss, tiers, limit };
        asset.check().map_err(|fault| fault.within(&field.key))?;
        Ok(asset)
    }

    fn check(&self) -> Result<()> {
        let is_share = |one: &Decimal| (BigInt::ZERO..=self::one()).contains(one.scaled());
        let flaw = |key: String, reason: &str| Err(Fault::new(key, reason));
        for (number, tier) in self.tiers.iter().enumerate() {
            if !is_share(&tier.haircut) {
                return flaw(format!("tiers[{number}].haircut"), "must be from 0 to 1");
            }
            if !tier.up_to.is_positive() {
                return flaw(format!("tiers[{number}].up_to"), "must be positive");
            }
        }
        for (number, pair) in self.tiers.windows(2).enumerate() {
            if pair[1].up_to <= pair[0].up_to {
                return flaw(format!("tiers[{}].up_to", number + 1), "must be above the previous tier");
            }
            if pair[1].haircut < pair[0].haircut {
                return flaw(format!("tiers[{}].haircut", number + 1), "must not be below the previous tier");
            }
        }
        if !is_share(&self.haircut) {
            return flaw("haircut".into(), "must be from 0 to 1");
        }
        if self.limit.as_ref().is_some_and(|limit| !limit.is_positive()) {
            return flaw("limit".into(), "must be positive");
        }
        if self.tiers.last().is_some_and(|last| self.limit.as_ref().is_none_or(|limit| *limit > last.up_to)) {
            return flaw("limit".into(), "must be within the last tier");
        }
        if self.peg.as_ref().is_some_and(|peg| !peg.is_positive()) {
            return flaw("peg".into(), "must be positive");
        }
        if !is_share(&self.peg_loss) {
            return flaw("peg_loss".into(), "must be from 0 to 1");
        }
        Ok(())
    }
}

fn read_tiers(field: &Field) -> Result<Vec<Tier>> {
    let members =
        field.items()?.iter().map(|item| item.members(&["up_to", "haircut"], &[])).collect::<Result<Vec<_>>>()?;
    field.require(!members.is_empty(), "expected at least one tier")?;
    let tier = |one: crate::statement::document::Members| {
        Ok(Tier { up_to: one.required("up_to")?.decimal()?, haircut: one.required("haircut")?.decimal()? })
    };
    members.into_iter().map(tier).collect()
}

/// Reads the definitions of the assets of a snapshot.
pub fn read_collateral(field: &Field, definitions: &[Field]) -> Result<Vec<CollateralAsset>> {
    let assets = definitions.iter().map(CollateralAsset::read).collect::<Result<Vec<_>>>()?;
    field.require(assets.len() <= COLLATERALS, &format!("more than {COLLATERALS} assets"))?;
    let twice = |(number, one): (usize, &CollateralAsset)| assets[..number].iter().any(|other| other.name == one.name);
    field.require(!assets.iter().enumerate().any(twice), "duplicate asset")?;
    Ok(assets)
}

/// Refuses a definition in another form than a snapshot has, because `paramsHash` is the hash of that form.
pub fn require_canonical(field: &Field) -> Result<()> {
    let members = field.members(&["asset"], &["haircut", "tiers", "limit", "peg", "peg_loss"])?;
    require_canonical_numbers(field, &["haircut", "limit", "peg", "peg_loss"], &["tiers"])?;
    if members.get("tiers").is_some() {
        members.required("limit")?;
    }
    Ok(())
}

/// Checks numbers in the order of the file.
fn require_canonical_numbers(field: &Field, numbers: &[&str], lists: &[&str]) -> Result<()> {
    use crate::statement::strict_json::{joined, Value};
    let Value::Object(members) = field.value else { return Ok(()) };
    for (name, value) in members {
        let member = Field { value, key: joined(&field.key, name.as_str()) };
        if numbers.contains(&name.as_str()) {
            let canonical = member.decimal()?.text();
            let reason = format!("not in canonical form, expected '{canonical}'");
            member.require(member.text()? == canonical, &reason)?;
        } else if lists.contains(&name.as_str()) {
            member.items()?.iter().try_for_each(|item| require_canonical_numbers(item, &["up_to", "haircut"], &[]))?;
        }
    }
    Ok(())
}
