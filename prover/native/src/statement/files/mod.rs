//! Account and snapshot files (docs/formats), and what they are in the integers of the statement.

pub mod account;
pub mod collateral;
pub mod limits;
pub mod order;
pub mod params;
pub mod report;
pub mod requirement;
pub mod snapshot;
