//! `instrument`: what is listed. One row per code; of several sources the best by priority counts.

use duckdb::{Row, arrow::array::ArrayRef};
use market_model::{Board, Code, Instrument, InstrumentKind, ListStatus};

use super::{Dataset, Identity, json};
use crate::{
    Listing, WarehouseError,
    arrow_rows::{optional_dates, optional_texts, texts},
};

/// The text of a paused listing in `instrument.list_status`.
pub(crate) const PAUSED: &str = "paused";

/// Every list status with its text.
const STATUSES: [(ListStatus, &str); 4] = [
    (ListStatus::Listed, "listed"),
    (ListStatus::Delisted, "delisted"),
    (ListStatus::Paused, PAUSED),
    (ListStatus::Approved, "approved"),
];

fn status_text(status: ListStatus) -> &'static str {
    STATUSES.iter().find(|(other, _)| *other == status).map_or("", |(_, text)| text)
}

/// The columns that [`read_instrument`] reads.
pub(crate) const INSTRUMENT_COLUMNS: &str = "code, kind, board, name, listed, delisted, renamed_from";

/// An instrument from a row that begins with [`INSTRUMENT_COLUMNS`].
pub(crate) fn read_instrument(row: &Row<'_>) -> Result<Instrument, WarehouseError> {
    let code = |text: String| text.parse::<Code>().map_err(|_| malformed("code", &text));
    let kind: String = row.get(1)?;
    let board: Option<String> = row.get(2)?;
    Ok(Instrument {
        code: code(row.get(0)?)?,
        kind: InstrumentKind::parse(&kind).ok_or_else(|| malformed("kind", &kind))?,
        board: board.map(|text| Board::parse(&text).ok_or_else(|| malformed("board", &text))).transpose()?,
        name: row.get(3)?,
        listed: row.get(4)?,
        delisted: row.get(5)?,
        renamed_from: row.get::<_, Option<String>>(6)?.map(code).transpose()?,
    })
}

/// An instrument and its status, from a row of [`INSTRUMENT_COLUMNS`] and `list_status`.
pub(crate) fn read_listing(row: &Row<'_>) -> Result<Listing, WarehouseError> {
    let text: String = row.get(7)?;
    let status = STATUSES.iter().find(|(_, other)| *other == text).map(|(status, _)| *status);
    Ok(Listing { instrument: read_instrument(row)?, status: status.ok_or_else(|| malformed("status", &text))? })
}

fn malformed(what: &str, text: &str) -> WarehouseError {
    WarehouseError::Other(format!("instrument has the {what} `{text}`"))
}

impl Dataset for Listing {
    const TABLE: &'static str = "instrument";
    type Key = Code;

    fn key(&self) -> Self::Key {
        self.instrument.code
    }

    fn identity(&self) -> Identity {
        Identity { code: self.instrument.code.as_str().to_owned(), day: None, detail: None }
    }

    fn candidate(&self) -> Option<String> {
        json(self, [])
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
