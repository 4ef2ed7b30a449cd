//! Reading stored responses again: a backfill keeps the raw frames and decodes them when it builds the warehouse.

use chrono::NaiveDate;
use market_model::{Code, CorporateAction, DailyBar};

use crate::{
    RejectedRow, Row, TdxError,
    endpoints::{DATASET_XDXR, dataset_of},
    normalize::{Window, corporate_actions, daily, layout_of, xdxr_records},
    question::Spelled,
    wire::{WireError, decode_bars, decode_xdxr, open_frame},
};

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
    let spelled = Spelled::of(code)?;
    let records = open(0, frame, decode_xdxr)?;
    let (records, _) = xdxr_records(DATASET_XDXR, &spelled, &records);
    let (rows, _) = corporate_actions(DATASET_XDXR, &records);
    Ok(rows.into_iter().map(|row| row.value).collect())
}

fn open<T>(page: usize, frame: &[u8], read: impl Fn(&[u8]) -> Result<T, WireError>) -> Result<T, TdxError> {
    open_frame(frame).and_then(|(_, body)| read(&body)).map_err(|reason| TdxError::StoredFrame { page, reason })
}
