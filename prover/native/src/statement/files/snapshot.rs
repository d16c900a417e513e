//! The snapshot file: rows, listings, collateral and model, and the checks that they belong together and hash to the root.
//!
//! The model is not interpreted, since no float is here: it counts by its hash, its number of scenarios and its initial
//! margin. A model that another reader would refuse passes if `paramsHash` and root are those of the file.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use ark_bn254::Fr;
use num_bigint::BigInt;

use super::collateral::{read_collateral, require_canonical, CollateralAsset};
use super::params::{parameters_hash, write_canonical};
use crate::encoding::to_decimal;
use crate::statement::constants::{
    BPS_BITS, COLLATERALS, INSTRUMENTS, PRICE_BITS, TIMESTAMP_BITS, UNDERLYINGS, VALUE_BITS,
};
use crate::statement::decimal::Decimal;
use crate::statement::document::Field;
use crate::statement::fault::{require, Fault, Result};
use crate::statement::layout::{Layout, LAYOUTS};
use crate::statement::snapshot::Snapshot;
use crate::statement::strict_json::Value;
use crate::statement::table::{Row, Table};

/// The largest size of a file.
pub const MAX_BYTES: usize = 64 << 20;

const FORMAT: &str = "zkmargin-snapshot/2";
const MEMBERS: [&str; 12] = [
    "format",
    "root",
    "tableRoot",
    "paramsHash",
    "timestamp",
    "quote",
    "layout",
    "model",
    "collateral",
    "underlyings",
    "rows",
    "exclusions",
];
const LARGEST: i128 = (1 << VALUE_BITS) - 1;
/// The upper bound of times, in Unix seconds.
const MAX_TIME: i128 = 1 << 40;

/// The instrument of a row.
pub struct Listing {
    /// 4096 underlying + index.
    pub id: u32,
    pub name: String,
    /// Units of the underlying in one lot.
    pub lot: Decimal,
    /// The accumulated funding of a perpetual, quote currency per unit.
    funding: Decimal,
    /// The time since when the instrument is settled; None if it is live.
    pub settled: Option<u64>,
}

impl Listing {
    /// Returns a quantity, in units of the underlying, in lots.
    pub fn lots(&self, quantity: &Decimal, key: &str) -> Result<i128> {
        let lots = quantity.scaled() / self.lot.scaled();
        let whole = &lots * self.lot.scaled() == *quantity.scaled();
        require(whole, key, "not a multiple of the instrument's lot")?;
        // A number that has no 128 bits is out of range too.
        Ok(i128::try_from(&lots).unwrap_or(i128::MAX))
    }
}

/// An instrument or asset without a row or price, with the reason.
struct Exclusion {
    name: String,
    reason: String,
}

/// A snapshot file that is checked and hashed.
pub struct SnapshotFile {
    pub snapshot: Snapshot,
    pub root: Fr,
    pub quote: String,
    pub underlyings: Vec<String>,
    pub collateral: Vec<CollateralAsset>,
    /// The initial margin in 1/10000 of the maintenance margin.
    pub initial_bps: u32,
    /// The number of scenarios of the model, and their canonical JSON.
    pub scenarios: usize,
    pub scenarios_json: String,
    pub model_name: String,
    listings: Vec<Listing>,
    by_name: HashMap<String, usize>,
    exclusions: Vec<Exclusion>,
}

/// Values of the file that follow from its parts.
struct Claims {
    haircut_prices: Vec<u64>,
    params_hash: Fr,
    table_root: Fr,
    root: Fr,
}

impl SnapshotFile {
    /// Reads the text of a snapshot file and hashes its rows again.
    pub fn read(text: &str) -> Result<Self> {
        Self::from_json(&Field::new(&Value::parse(text, MAX_BYTES)?))
    }

    fn from_json(field: &Field) -> Result<Self> {
        let members = field.members_of(FORMAT, &MEMBERS, &["estimates"])?;
        let layout = read_layout(&members.required("layout")?)?;
        let rows = members.required("rows")?.items()?;
        let rows = rows.iter().map(|item| read_row(item, layout)).collect::<Result<Vec<_>>>()?;
        let underlyings = members.required("underlyings")?.items()?;
        let underlyings =
            underlyings.iter().map(|item| item.members(&["name", "price"], &[])).collect::<Result<Vec<_>>>()?;
        let assets = members.required("collateral")?;
        let items = assets.items()?;
        let items = items.iter().map(|item| item.members(&["definition", "haircutPrice"], &["price"]));
        let items = items.collect::<Result<Vec<_>>>()?;
        let definitions = items.iter().map(|item| item.required("definition")).collect::<Result<Vec<_>>>()?;
        let collateral = read_collateral(&assets, &definitions)?;
        definitions.iter().try_for_each(require_canonical)?;
        let prices = items.iter().map(|item| item.get("price").map(|one| read_price(&one)).transpose());
        let prices = prices.collect::<Result<Vec<_>>>()?;
        let haircut_prices = items.iter().map(|item| item.required("haircutPrice")?.unsigned(PRICE_BITS));
        let haircut_prices = haircut_prices.collect::<Result<Vec<_>>>()?;
        let model = Model::read(&members.required("model")?)?;
        let timestamp = members.required("timestamp")?.integer(1, (1 << TIMESTAMP_BITS) - 1)? as u64;
        let quote = members.required("quote")?.name()?.to_owned();
        let names = underlyings.iter().map(|one| Ok(one.required("name")?.name()?.to_owned()));
        let names = names.collect::<Result<Vec<_>>>()?;
        underlyings.iter().try_for_each(|one| read_price(&one.required("price")?).map(|_| ()))?;
        let exclusions = members.required("exclusions")?.items()?;
        let exclusions = exclusions.iter().map(Exclusion::read).collect::<Result<Vec<_>>>()?;
        members.get("estimates").map_or(Ok(()), |one| one.items()?.iter().try_for_each(check_estimate))?;
        let [params_hash, table_root, root] =
            ["paramsHash", "tableRoot", "root"].map(|key| members.required(key).and_then(|one| one.element()));
        let claims = Claims { haircut_prices, params_hash: params_hash?, table_root: table_root?, root: root? };

        check_underlyings(&names)?;
        let fits = model.scenarios.len() <= layout.scenarios;
        let (count, most) = (model.scenarios.len(), layout.scenarios);
        let reason = format!("{count}, more than the {most} of the layout {}", layout.name);
        require(fits, "model.scenarios", reason)?;
        check_rows(&rows, timestamp, count, names.len())?;
        let haircut_prices = haircut_prices_of(&collateral, &prices)?;
        let definitions: Vec<&Value> = definitions.iter().map(|one| one.value).collect();
        let (listings, rows): (Vec<Listing>, Vec<Row>) = rows.into_iter().unzip();
        let params_hash = parameters_hash(layout.name, &quote, model.value, &definitions, &names, &listings);
        let rows: BTreeMap<u32, Row> = listings.iter().map(|one| one.id).zip(rows).collect();
        let mut placed = [0; COLLATERALS];
        placed[..haircut_prices.len()].copy_from_slice(&haircut_prices);
        let snapshot = Snapshot { table: Table::new(rows, layout)?, prices: placed, params_hash, timestamp };
        let mut scenarios_json = String::new();
        write_canonical(&mut scenarios_json, model.scenarios_value);
        let file = SnapshotFile {
            root: snapshot.root(),
            snapshot,
            quote,
            underlyings: names,
            collateral,
            initial_bps: model.initial_bps,
            scenarios: count,
            scenarios_json,
            model_name: model.name.to_owned(),
            by_name: listings.iter().enumerate().map(|(place, one)| (one.name.clone(), place)).collect(),
            listings,
            exclusions,
        };
        file.check_claims(&claims, &haircut_prices)?;
        Ok(file)
    }

    /// Refuses claims that do not follow from the parts; the most specific one is checked first.
    fn check_claims(&self, claims: &Claims, haircut_prices: &[u64]) -> Result<()> {
        for (number, (theirs, ours)) in claims.haircut_prices.iter().zip(haircut_prices).enumerate() {
            let key = format!("collateral[{number}].haircutPrice");
            require(theirs == ours, key, "must be the price less its haircut, rounded down")?;
        }
        let snapshot = &self.snapshot;
        let same = claims.params_hash == snapshot.params_hash;
        require(same, "paramsHash", "must be the hash of model, collateral and listings")?;
        require(claims.table_root == snapshot.table.tree().root(), "tableRoot", "the rows do not hash to it")?;
        require(claims.root == self.root, "root", "the snapshot does not hash to it")
    }

    pub fn listing(&self, name: &str) -> Option<&Listing> {
        self.by_name.get(name).map(|place| &self.listings[*place])
    }

    /// Returns the place of an asset in an account's amounts.
    pub fn place_of(&self, asset: &str) -> Option<usize> {
        self.collateral.iter().position(|one| one.name == asset)
    }

    /// Returns why the snapshot has no row of an instrument, and the way forward of its holder, without its name.
    pub fn missing(&self, name: &str) -> String {
        match self.exclusions.iter().find(|one| one.name == name) {
            None => "the snapshot has no such instrument: check its name, or use a snapshot of venue data that list it"
                .into(),
            Some(one) => format!("the snapshot excludes this instrument: {}: {}", one.reason, way_forward(&one.reason)),
        }
    }

    /// Returns the facts about the snapshot as a JSON object.
    pub fn summary(&self) -> String {
        let snapshot = &self.snapshot;
        let [root, table_root, params_hash] =
            [self.root, snapshot.table.tree().root(), snapshot.params_hash].map(to_decimal);
        format!(
            "{{\"root\":\"{root}\",\"tableRoot\":\"{table_root}\",\"paramsHash\":\"{params_hash}\",\"timestamp\":\"{}\",\
             \"quote\":\"{}\",\"layout\":\"{}\",\"model\":\"{}\",\"initialBps\":\"{}\",\"rows\":{}}}",
            snapshot.timestamp,
            self.quote,
            snapshot.table.layout().name,
            self.model_name,
            self.initial_bps,
            snapshot.table.len(),
        )
    }
}

/// The part of a model that the statement needs.
struct Model<'v, 'a> {
    value: &'v Value<'a>,
    name: &'v str,
    initial_bps: u32,
    scenarios: &'v [Value<'a>],
    scenarios_value: &'v Value<'a>,
}

impl<'v, 'a> Model<'v, 'a> {
    fn read(field: &Field<'v, 'a>) -> Result<Self> {
        let required = ["name", "look_ahead_days", "initial_bps", "scenarios", "default"];
        let members = field.members(&required, &["underlyings"])?;
        let scenarios = members.required("scenarios")?;
        Ok(Model {
            value: field.value,
            name: members.required("name")?.text_of(is_model_name, "a name in lower case")?,
            initial_bps: members.required("initial_bps")?.integer(1, (1 << BPS_BITS) - 1)? as u32,
            scenarios: match scenarios.value {
                Value::List(items) => items,
                _ => return Err(scenarios.fault("expected a list")),
            },
            scenarios_value: scenarios.value,
        })
    }
}

impl Exclusion {
    fn read(field: &Field) -> Result<Self> {
        let members = field.members(&["name", "reason"], &["underlying", "index", "expiry"])?;
        let read = Exclusion { name: shown(&members.required("name")?)?, reason: shown(&members.required("reason")?)? };
        members.get("underlying").map_or(Ok(()), |one| shown(&one).map(|_| ()))?;
        members.get("index").map_or(Ok(()), |one| one.integer(0, i128::from(INSTRUMENTS) - 1).map(|_| ()))?;
        members.get("expiry").map_or(Ok(()), |one| one.integer(1, MAX_TIME - 1).map(|_| ()))?;
        Ok(read)
    }
}

/// Checks an item of `estimates`.
fn check_estimate(field: &Field) -> Result<()> {
    let members = field.members(&["name", "reason"], &["size", "volatilities"])?;
    shown(&members.required("name")?)?;
    shown(&members.required("reason")?)?;
    members.get("size").map_or(Ok(()), |one| one.decimal().map(|_| ()))?;
    let Some(volatilities) = members.get("volatilities") else { return Ok(()) };
    let ends = volatilities.exactly(2)?;
    let ends = ends.iter().map(|item| {
        let number = item.decimal()?;
        item.require(number >= Decimal::ZERO, "must not be negative")?;
        Ok(number)
    });
    let ends = ends.collect::<Result<Vec<_>>>()?;
    volatilities.require(ends[1] >= ends[0], "the highest must not be below the lowest")
}

fn shown(field: &Field) -> Result<String> {
    let printable =
        |text: &str| (1..=200).contains(&text.len()) && text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    field.text_of(printable, "text of 1 to 200 printable ASCII characters").map(str::to_owned)
}

/// `[a-z][a-z0-9_]{0,31}`
fn is_model_name(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    (1..=32).contains(&text.len()) && text.as_bytes()[0].is_ascii_lowercase() && text.bytes().all(inner)
}

/// Reads the name of a layout.
pub fn read_layout(field: &Field) -> Result<Layout> {
    let named =
        LAYOUTS.into_iter().find(|layout| matches!(field.value, Value::Text(text) if text.as_str() == layout.name));
    named.ok_or_else(|| field.fault(format!("expected one of {}", LAYOUTS.map(|layout| layout.name).join(", "))))
}

fn read_row(field: &Field, layout: Layout) -> Result<(Listing, Row)> {
    let members = field.members(&["id", "name", "lot", "slots", "shortFloor", "addOn"], &["funding", "settled"])?;
    let lot = members.required("lot")?;
    let size = lot.decimal()?;
    lot.require(size.is_positive(), "must be positive")?;
    let listing = Listing {
        id: members.required("id")?.integer(0, i128::from(UNDERLYINGS * INSTRUMENTS) - 1)? as u32,
        name: members.required("name")?.name()?.to_owned(),
        lot: size,
        funding: members.get("funding").map_or(Ok(Decimal::ZERO), |one| one.decimal())?,
        settled: members.get("settled").map(|one| one.integer(1, MAX_TIME - 1)).transpose()?.map(|time| time as u64),
    };
    let slots = members.required("slots")?.exactly(layout.slots())?;
    let slots = slots.iter().map(|item| Ok(item.integer(-LARGEST, LARGEST)? as i64)).collect::<Result<Vec<_>>>()?;
    let short_floor = members.required("shortFloor")?.integer(0, LARGEST)? as u64;
    let add_on = members.required("addOn")?.integer(0, LARGEST)? as u64;
    Ok((listing, Row::new(slots, short_floor, add_on)?))
}

fn read_price(field: &Field) -> Result<Decimal> {
    let price = field.decimal()?;
    field.require(price.is_positive(), "must be positive")?;
    Ok(price)
}

fn check_underlyings(names: &[String]) -> Result<()> {
    let few = names.len() <= UNDERLYINGS as usize;
    require(few, "underlyings", format!("more than {UNDERLYINGS} underlyings"))?;
    let distinct: BTreeSet<&String> = names.iter().collect();
    require(distinct.len() == names.len(), "underlyings", "duplicate name")
}

fn check_rows(rows: &[(Listing, Row)], timestamp: u64, scenarios: usize, underlyings: usize) -> Result<()> {
    let ascend = rows.windows(2).all(|pair| pair[0].0.id < pair[1].0.id);
    require(ascend, "rows", "ids must ascend")?;
    let names: BTreeSet<&str> = rows.iter().map(|(listing, _)| listing.name.as_str()).collect();
    require(names.len() == rows.len(), "rows", "duplicate name")?;
    rows.iter().try_for_each(|(listing, row)| check_listing(listing, row, timestamp))?;
    // A scenario that no report shows could set the requirement otherwise.
    let beyond = |row: &Row| row.slots()[scenarios..row.layout().scenarios].iter().any(|value| *value != 0);
    let reason = "a value in the slot of a scenario that the model does not have";
    require(!rows.iter().any(|(_, row)| beyond(row)), "rows", reason)?;
    let known = rows.last().is_none_or(|(last, _)| (last.id as usize) < INSTRUMENTS as usize * underlyings);
    require(known, "rows", "id of an underlying that does not exist")
}

/// Refuses a listing that contradicts its row: a row is settled if it has no risk, and a perpetual's delta is its mark
/// and its funding, each rounded.
fn check_listing(listing: &Listing, row: &Row, timestamp: u64) -> Result<()> {
    let key = format!("rows: {}: settled", listing.name);
    match listing.settled {
        None => require(row.has_risk(), key, "missing: a row without risk needs the time since when it is settled")?,
        Some(since) => {
            let reason = "must be left out, or the row must have nothing but a mark";
            require(!row.has_risk(), key.as_str(), reason)?;
            require(since <= timestamp, key, "must not be after the time of the snapshot")?;
        }
    }
    if listing.funding == Decimal::ZERO {
        return Ok(());
    }
    let layout = row.layout();
    let accrued = row.slots()[layout.delta()] - row.slots()[layout.mark()];
    // Funding and lot are times 10^18, so their product times 10^6 is times 10^36 / 10^6.
    let unit = BigInt::from(10u128.pow(30));
    let distance = BigInt::from(accrued) * &unit - listing.funding.scaled() * listing.lot.scaled();
    let near = *distance.magnitude() <= *unit.magnitude();
    let reason = "must be the delta less the mark, per unit of the underlying";
    require(near, format!("rows: {}: funding", listing.name), reason)
}

fn haircut_prices_of(collateral: &[CollateralAsset], prices: &[Option<Decimal>]) -> Result<Vec<u64>> {
    let price = |(number, (asset, price)): (usize, (&CollateralAsset, &Option<Decimal>))| {
        let reason = format!("must be below 2^{PRICE_BITS} / 10^6 after the haircut");
        let large = |_| Fault::new(format!("collateral[{number}].price"), reason);
        u64::try_from(&asset.haircut_price(price.as_ref())).map_err(large)
    };
    collateral.iter().zip(prices).enumerate().map(price).collect()
}

/// Returns what the holder of an excluded instrument can do, by the reason of its exclusion.
fn way_forward(reason: &str) -> &'static str {
    const LATER: &str = "use venue data of another moment; otherwise close the position";
    let (flaw, no_estimate) = reason.split_once("; ").map_or((reason, ""), |(flaw, rest)| (flaw, rest));
    if flaw.starts_with("older than ") || flaw.starts_with("newer than ") {
        return LATER;
    }
    match flaw {
        "expired" => {
            "once the publisher settles it (zkmargin data expire), its row has a final mark and the position becomes cash"
        }
        "no mark" | "no volatility gives its mark" if !no_estimate.is_empty() => {
            "ask the venue for a mark, as the smile gives no estimate; otherwise close the position"
        }
        "no mark" | "no volatility gives its mark" => {
            "ask the venue for a mark, or let the publisher estimate an option (zkmargin data import --fill-from-smile); \
             otherwise close the position"
        }
        "not in the files, but listed before" => {
            "let the publisher import all of the venue's answers; otherwise close the position"
        }
        "no forward" | "bid above ask" => LATER,
        _ => "let the publisher correct the venue data; otherwise close the position",
    }
}
