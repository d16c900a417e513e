//! The margin report of an account: equity, requirement and their parts, as `zkmargin margin --json` shows them.
//!
//! Amounts are exact and in the quote currency.

use num_bigint::BigInt;

use super::params::write_text;
use super::snapshot::SnapshotFile;
use crate::statement::account::Account;
use crate::statement::constants::{BPS_UNIT, PICO_PER_MICRO};
use crate::statement::decimal::decimal_text;
use crate::statement::fault::Result;
use crate::statement::margin::{margin, LaneRisk};
use crate::statement::rounding::divide_up;

const MICRO: usize = 6;
const PICO: usize = 12;
/// The decimals of an amount times a number of 1/10000.
const TINY: usize = 16;

/// Returns the report as a JSON object; as secret as the account.
pub fn margin_report(account: &Account, snapshot: &SnapshotFile, requirement_bps: u32) -> Result<String> {
    let margin = margin(account, &snapshot.snapshot)?;
    let surplus = margin.surplus(requirement_bps)?;
    let missing = (-&surplus).max(BigInt::ZERO);
    let mark = margin.mark();
    let valued = (BigInt::from(account.cash) + mark) * PICO_PER_MICRO;
    let required = BigInt::from(requirement_bps) * margin.requirement * PICO_PER_MICRO;
    let needed = |price: u64| divide_up(&missing, &(BigInt::from(BPS_UNIT) * price));
    let totals = [
        ("maintenance", micro(margin.requirement)),
        ("required", decimal_text(&required, TINY)),
        ("cash", micro(account.cash)),
        ("mark", micro(mark)),
        ("collateral", decimal_text(&(&margin.equity - valued), PICO)),
        ("equity", decimal_text(&margin.equity, PICO)),
        ("cushion", decimal_text(&surplus, TINY)),
        ("cash_needed", decimal_text(&needed(PICO_PER_MICRO.into()), MICRO)),
    ];
    let healthy = surplus >= BigInt::ZERO;
    let mut out =
        format!("{{\"quote\":\"{}\",\"healthy\":{healthy},\"requirement_bps\":{requirement_bps}", snapshot.quote);
    for (name, text) in totals {
        out.push_str(&format!(",\"{name}\":\"{text}\""));
    }
    let assets = snapshot.collateral.iter().zip(&snapshot.snapshot.prices).filter(|(_, price)| **price > 0);
    let cures = assets.map(|(asset, price)| format!("\"{}\":\"{}\"", asset.name, decimal_text(&needed(*price), MICRO)));
    out.push_str(&format!(",\"collateral_needed\":{{{}}}", cures.collect::<Vec<_>>().join(",")));
    let lanes = margin.lanes.iter().map(|lane| underlying(lane, account, snapshot)).collect::<Vec<_>>();
    out.push_str(&format!(",\"underlyings\":[{}],\"scenarios\":{}}}", lanes.join(","), snapshot.scenarios_json));
    Ok(out)
}

fn underlying(lane: &LaneRisk, account: &Account, snapshot: &SnapshotFile) -> String {
    let (layout, totals) = (lane.layout, &lane.totals);
    let scenarios = &totals[..snapshot.scenarios];
    let positions = account.held().filter(|position| position.underlying() == lane.underlying).count();
    let (scan, floor) = (lane.scan(), lane.floor);
    let first = scenarios.iter().position(|total| -total == scan).filter(|_| scan > 0 && scan >= floor);
    let binding = first.map_or("null".to_owned(), |number| number.to_string());
    let mut out = String::from("{\"underlying\":");
    write_text(&mut out, &snapshot.underlyings[lane.underlying as usize]);
    let shown: Vec<String> = scenarios.iter().map(|total| format!("\"{}\"", micro(*total))).collect();
    let greek = |slot: Option<usize>| slot.map_or("null".to_owned(), |slot| format!("\"{}\"", micro(totals[slot])));
    out.push_str(&format!(
        ",\"positions\":{positions},\"binding_scenario\":{binding},\"scenarios\":[{}],\"mark\":\"{}\",\"delta\":{},\
         \"gamma\":{},\"vega\":{},\"scan\":\"{}\",\"floor\":\"{}\",\"add_on\":\"{}\",\"risk\":\"{}\"}}",
        shown.join(","),
        micro(lane.mark()),
        greek(Some(layout.delta())),
        greek(layout.gamma()),
        greek(layout.vega()),
        micro(scan),
        micro(floor),
        micro(lane.add_on),
        micro(lane.risk()),
    ));
    out
}

fn micro(number: i128) -> String {
    decimal_text(&BigInt::from(number), MICRO)
}
