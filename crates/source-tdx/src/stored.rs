//! Reading stored responses again: a backfill keeps the raw frames and decodes them when it builds the warehouse, and a
//! record that was refused when it came is normalized by today's rules.

use chrono::{DateTime, NaiveDate, Utc};
use market_model::{Code, CorporateAction, DailyBar, FundamentalClaim, last_final_day, vendor_code};
use serde::Deserialize;

use crate::{
    Category, RejectedRow, Row, TdxError,
    endpoints::{DATASET_FINANCE, DATASET_XDXR, actions_of, claims_of, dataset_of, snapshot_of},
    normalize::{Window, daily, layout_of},
    question::Spelled,
    wire::{WireError, decode_bars, decode_finance, decode_xdxr, open_frame},
};

/// What one stored response holds, by its dataset.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Stored {
    /// `bars`, `index_bars`.
    Bars(StoredRows<DailyBar>),
    /// `xdxr`.
    Actions(StoredRows<CorporateAction>),
    /// `finance`.
    Claims(StoredRows<FundamentalClaim>),
}

/// The rows of one stored response, and the records that could not be used.
#[derive(Debug, Clone)]
pub struct StoredRows<T> {
    /// The rows, each with its record; all on page 0.
    pub rows: Vec<Row<T>>,
    /// Records that could not be used.
    pub rejected: Vec<RejectedRow>,
}

/// Reads one stored response: its dataset, request and body as in [`RawPage`](crate::RawPage). Bars that were not final
/// at `fetched_at` are left out, as they were then.
///
/// # Errors
/// [`TdxError::StoredFrame`] for a damaged frame, [`TdxError::BadRequest`] for a request that is none or a dataset that is
/// not stored as rows, [`TdxError::UnitMismatch`] (without pages).
pub fn decode(dataset: &str, request: &str, frame: &[u8], fetched_at: DateTime<Utc>) -> Result<Stored, TdxError> {
    let bad = |message: String| TdxError::BadRequest { message: format!("the stored request: {message}") };
    let asked: Asked = serde_json::from_str(request).map_err(|error| bad(error.to_string()))?;
    let code = vendor_code::tdx::parse(asked.market, asked.code.as_bytes()).map_err(|error| bad(error.to_string()))?;
    if dataset == DATASET_XDXR {
        let (rows, rejected) = actions(&code, frame)?;
        return Ok(Stored::Actions(StoredRows { rows, rejected }));
    }
    if dataset == DATASET_FINANCE {
        let record = open(0, frame, decode_finance)?;
        let claims = claims_of(snapshot_of(&Spelled::of(&code)?, record.as_ref()));
        return Ok(Stored::Claims(StoredRows { rows: claims.rows, rejected: claims.rejected }));
    }
    if dataset == dataset_of(&code) && asked.category == Some(Category::Day.number()) {
        let history = decode_daily_history(&code, &[frame], last_final_day(code.exchange(), fetched_at))?;
        return Ok(Stored::Bars(StoredRows { rows: history.rows, rejected: history.rejected }));
    }
    Err(bad(format!("{dataset} of category {:?} holds no rows of the warehouse", asked.category)))
}

/// What was asked for.
#[derive(Deserialize)]
struct Asked {
    market: u8,
    code: String,
    category: Option<u16>,
}

/// What stored pages of daily bars hold.
#[derive(Debug, Clone, Default)]
pub struct StoredHistory {
    /// The bars, ascending, each with its page and record.
    pub rows: Vec<Row<DailyBar>>,
    /// Records that could not be used.
    pub rejected: Vec<RejectedRow>,
    /// Bars whose mean price lies outside the day's range.
    pub suspect_rows: usize,
    /// What was put right.
    pub notes: Vec<String>,
}

/// Where a bar stood: index of the page, index of the record in it.
pub type Place = (u32, u32);

/// Reads the stored pages of one code's daily bars (`bars` or `index_bars`, category 9), in the order in which they were
/// asked for, newest first. Gives the bars ascending and, side by side with them, the page and record each came from. The
/// same rules as [`crate::Client::daily_bars`]: `last_final_day` is the one of the day of the fetch.
///
/// # Errors
/// [`TdxError::StoredFrame`] for a damaged frame, [`TdxError::UnitMismatch`] (without pages) as in the client.
pub fn decode_daily_bars(
    code: &Code,
    frames: &[impl AsRef<[u8]>],
    last_final_day: NaiveDate,
) -> Result<(Vec<DailyBar>, Vec<Place>), TdxError> {
    let history = decode_daily_history(code, frames, last_final_day)?;
    let place = |row: &Row<DailyBar>| (u32::try_from(row.page).unwrap_or(u32::MAX), row.row);
    let places = history.rows.iter().map(place).collect();
    Ok((history.rows.into_iter().map(|row| row.value).collect(), places))
}

/// The same with everything that is known of the pages: refused records, corrections, suspects.
///
/// # Errors
/// As [`decode_daily_bars`].
pub fn decode_daily_history(
    code: &Code,
    frames: &[impl AsRef<[u8]>],
    last_final_day: NaiveDate,
) -> Result<StoredHistory, TdxError> {
    let layout = layout_of(code);
    let read = |(page, frame): (usize, &_)| open(page, AsRef::as_ref(frame), |body| decode_bars(body, layout));
    let pages = frames.iter().enumerate().map(read).collect::<Result<Vec<_>, _>>()?;
    let window = Window { from: NaiveDate::MIN, to: NaiveDate::MAX, last_final_day };
    let mismatch = |fault| crate::endpoints::unit_mismatch(code, fault, Vec::new());
    let rows = daily(dataset_of(code), code, &pages, window).map_err(mismatch)?;
    Ok(StoredHistory { rows: rows.rows, rejected: rows.rejected, suspect_rows: rows.suspect_rows, notes: rows.notes })
}

/// Reads the stored response of a code's capital history (`xdxr`) into corporate actions, as
/// [`crate::Client::corporate_actions`] does. Records that cannot be used are left out.
///
/// # Errors
/// [`TdxError::StoredFrame`] for a damaged frame, [`TdxError::UnknownCode`] for a code that TDX does not have.
pub fn decode_corporate_actions(code: &Code, frame: &[u8]) -> Result<Vec<CorporateAction>, TdxError> {
    Ok(actions(code, frame)?.0.into_iter().map(|row| row.value).collect())
}

/// The corporate actions of a frame, and the records that are none.
fn actions(code: &Code, frame: &[u8]) -> Result<(Vec<Row<CorporateAction>>, Vec<RejectedRow>), TdxError> {
    let records = open(0, frame, decode_xdxr)?;
    Ok(actions_of(&Spelled::of(code)?, &records))
}

fn open<T>(page: usize, frame: &[u8], read: impl Fn(&[u8]) -> Result<T, WireError>) -> Result<T, TdxError> {
    open_frame(frame).and_then(|(_, body)| read(&body)).map_err(|reason| TdxError::StoredFrame { page, reason })
}
