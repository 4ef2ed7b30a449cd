//! `instrument`: what is listed. One row per code; of several sources the best by priority counts.

use duckdb::arrow::array::ArrayRef;
use market_model::{Code, ListStatus};

use super::Dataset;
use crate::{
    Listing,
    arrow_rows::{optional_dates, optional_texts, texts},
};

/// The text of a paused listing in `instrument.list_status`.
pub(crate) const PAUSED: &str = "paused";

fn status_text(status: ListStatus) -> &'static str {
    match status {
        ListStatus::Listed => "listed",
        ListStatus::Delisted => "delisted",
        ListStatus::Paused => PAUSED,
        ListStatus::Approved => "approved",
    }
}

impl Dataset for Listing {
    const TABLE: &'static str = "instrument";
    type Key = Code;

    fn key(&self) -> Self::Key {
        self.instrument.code
    }

    fn not_finite(&self) -> Option<&'static str> {
        None
    }

    fn columns(rows: &[&Self]) -> Vec<ArrayRef> {
        let all = || rows.iter().map(|row| &row.instrument);
        vec![
            texts(all().map(|row| row.code.as_str())),
            texts(all().map(|row| row.kind.as_str())),
            texts(all().map(|row| row.code.exchange().name())),
            optional_texts(all().map(|row| row.board.map(|board| board.as_str()))),
            texts(all().map(|row| &row.name)),
            texts(rows.iter().map(|row| status_text(row.status))),
            optional_dates(all().map(|row| row.listed)),
            optional_dates(all().map(|row| row.delisted)),
            optional_texts(all().map(|row| row.renamed_from.as_ref().map(Code::as_str))),
        ]
    }
}
