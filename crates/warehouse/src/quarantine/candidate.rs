//! A quarantined row as it was read.

use serde::de::DeserializeOwned;

use super::ReleasedRow;
use crate::writer::datasets::Dataset;

impl ReleasedRow {
    /// The row that [`super::QuarantinedRow::candidate`] holds, by the table it was meant for; `None` for a table without a
    /// gate, and for a text that is no such row: a number that is not finite has no JSON.
    pub fn from_candidate(dataset: &str, candidate: &str) -> Option<Self> {
        fn read<T: Dataset + DeserializeOwned>(dataset: &str, text: &str) -> Option<T> {
            (dataset == T::TABLE).then(|| serde_json::from_str(text).ok()).flatten()
        }
        read(dataset, candidate)
            .map(Self::Daily)
            .or_else(|| read(dataset, candidate).map(Self::Basic))
            .or_else(|| read(dataset, candidate).map(Self::Limit))
            .or_else(|| read(dataset, candidate).map(Self::Suspension))
            .or_else(|| read(dataset, candidate).map(Self::Action))
            .or_else(|| read(dataset, candidate).map(Self::Fundamental))
            .or_else(|| read(dataset, candidate).map(Self::Macro))
            .or_else(|| read(dataset, candidate).map(Self::Name))
    }
}
