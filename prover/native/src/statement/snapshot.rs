//! The snapshot: the risk data that a proof refers to, and its root. Step 2 of the statement, second part.

use ark_bn254::Fr;

use super::constants::COLLATERALS;
use super::table::Table;
use crate::poseidon::hash;

/// The risk table and collateral prices of one moment.
pub struct Snapshot {
    pub table: Table,
    /// Haircut prices in micro-quote per whole asset; 0 for unused places.
    pub prices: [u64; COLLATERALS],
    /// The hash of the margin model's parameters.
    pub params_hash: Fr,
    /// Unix time in seconds.
    pub timestamp: u64,
}

impl Snapshot {
    /// Commits to the snapshot: `Poseidon(tableRoot, Poseidon(prices), paramsHash, timestamp)`.
    pub fn root(&self) -> Fr {
        let prices = hash(&self.prices.map(Fr::from));
        hash(&[self.table.tree().root(), prices, self.params_hash, Fr::from(self.timestamp)])
    }
}
