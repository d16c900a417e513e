//! The statement: accounts, snapshots, margin, circuit inputs and signed orders, in integers (docs/statement.md,
//! docs/decisions/0022).
//!
//! It follows `prover/zkmargin/spec` module by module, which is the readable authority; `files` follows the packages
//! `account`, `snapshot` and `orders`, which turn files into these integers. It knows neither Python nor wasm; both call
//! `json`. Sums that bounds do not keep in range are computed in integers that grow, or are checked; none wraps.

pub mod account;
pub mod checks;
pub mod claim;
pub mod constants;
pub mod decimal;
pub mod digest;
pub mod disclosure;
pub mod document;
pub mod fault;
pub mod files;
pub mod health;
pub mod json;
pub mod lanes;
pub mod layout;
pub mod limits;
pub mod margin;
pub mod opening;
pub mod orders;
pub mod rounding;
pub mod signals;
pub mod snapshot;
pub mod strict_json;
pub mod table;
pub mod tree;
pub mod valuation;
pub mod witness;
