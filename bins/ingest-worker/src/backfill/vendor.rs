//! The vendors that have whole histories: what one code costs, how it is fetched, how what was kept is read again.

use std::sync::Arc;

use chrono::NaiveDate;
use job_queue::JobError;
use market_model::{Code, CorporateAction, DailyBar, HistoryPace, InstrumentKind, last_final_day};
use source_tushare::TushareError;
use warehouse::{RawResponse, Sourced, StagedCode};

use super::staged::{RejectedRow, Rows, Staged};
use crate::{
    answer::Answer,
    batch::{BatchBuilder, join_factors},
    refusal::Refusal,
    sources::{Source, Sources, Tdx},
};

/// The vendor of a run.
pub(crate) enum Vendor {
    /// TDX: pages of 800 bars, and the capital history.
    Tdx(Arc<Tdx>),
    /// Tushare: bars, factors, dividends; a call each.
    Tushare { client: Arc<source_tushare::Client>, per_second: f64 },
}

impl Vendor {
    /// The vendors that can be asked.
    const ABLE: [Source; 2] = [Source::Tdx, Source::Tushare];

    /// The vendor of that name.
    ///
    /// # Errors
    /// Fatal, if it cannot be asked or is switched off.
    pub(crate) fn of(sources: &Sources, name: &str) -> Result<Self, JobError> {
        match sources.require(name, &Self::ABLE)? {
            Source::Tdx => Ok(Self::Tdx(sources.tdx()?)),
            _ => Ok(Self::Tushare { client: sources.tushare()?, per_second: sources.tushare_histories_per_second }),
        }
    }

    /// How fast it gives how much, for the estimate.
    pub(crate) fn pace(&self) -> HistoryPace {
        match self {
            Self::Tdx(tdx) => HistoryPace::tdx(tdx.requests_per_second),
            Self::Tushare { per_second, .. } => HistoryPace::tushare(*per_second),
        }
    }

    /// Fetches everything about one code.
    pub(super) async fn fetch(&self, code: Code, from: NaiveDate, until: NaiveDate) -> Result<Staged, Refusal> {
        match self {
            Self::Tdx(tdx) => fetch_tdx(&tdx.client, code, from, until).await,
            Self::Tushare { client, .. } => fetch_tushare(client, code, from, until).await,
        }
    }
}

/// Indices and bonds are never adjusted.
fn has_actions(code: &Code) -> bool {
    !matches!(InstrumentKind::of_code(code), Some(InstrumentKind::Index | InstrumentKind::Bond))
}

/// The bars stay in their frames; of the events, which are few, the rows are kept too.
async fn fetch_tdx(
    client: &source_tdx::Client,
    code: Code,
    from: NaiveDate,
    until: NaiveDate,
) -> Result<Staged, Refusal> {
    // "Nothing there" that no second server confirms is an error like any other: believed, it would leave out a history for
    // good, or an event that every factor after it needs.
    let bars: Answer<DailyBar> = client.daily_bars(&code, from, until).await?.into();
    let actions: Answer<CorporateAction> = match has_actions(&code) {
        true => client.corporate_actions(&code).await?.into(),
        false => Answer::default(),
    };
    let count = bars.rows.len() as u64;
    let mut builder = BatchBuilder::new(Source::Tdx.name());
    builder.place(bars.responses, bars.rejected);
    let actions = builder.add(actions);
    Ok(staged(code, count, builder, Rows { actions: places(actions), ..Rows::default() }))
}

async fn fetch_tushare(
    client: &source_tushare::Client,
    code: Code,
    from: NaiveDate,
    until: NaiveDate,
) -> Result<Staged, Refusal> {
    let mut builder = BatchBuilder::new(Source::Tushare.name());
    let rows = if has_actions(&code) {
        let (bars, factors, actions) = tokio::try_join!(
            client.daily_history(code, from, until),
            optional(client.adj_factor_history(code, from, until)),
            optional(client.dividends_by_code(code)),
        )?;
        let mut bars = builder.add(bars);
        let factors = builder.add(factors);
        join_factors(&mut bars, factors);
        let actions = builder.add(actions);
        Rows { bars: ascending(bars), actions: places(actions), rejected: Vec::new() }
    } else {
        let bars = builder.add(client.index_daily(code, from, until).await?);
        Rows { bars: ascending(bars), ..Rows::default() }
    };
    let count = rows.bars.len() as u64;
    Ok(staged(code, count, builder, rows))
}

/// An account without permission for an extra gets the history without it.
async fn optional<T>(
    answer: impl Future<Output = Result<source_tushare::Fetched<T>, TushareError>>,
) -> Result<source_tushare::Fetched<T>, TushareError> {
    match answer.await {
        Err(TushareError::NoPermission { .. }) => Ok(source_tushare::Fetched::default()),
        answer => answer,
    }
}

fn staged(code: Code, bars: u64, builder: BatchBuilder, rows: Rows) -> Staged {
    let (responses, rejected) = builder.into_parts();
    let rejected = rejected.into_iter().map(RejectedRow::from).collect();
    Staged { code, bars, requests: responses.len() as u64, responses, rows: Rows { rejected, ..rows } }
}

/// Tushare sends the newest first.
fn ascending(mut bars: Vec<Sourced<DailyBar>>) -> Vec<(DailyBar, usize, u32)> {
    bars.sort_by_key(|bar| bar.value.trade_date);
    places(bars)
}

fn places<T>(rows: Vec<Sourced<T>>) -> Vec<(T, usize, u32)> {
    rows.into_iter().map(|row| (row.value, row.response, row.row)).collect()
}

/// What was kept of a code, in the writer's terms: bars from `from` to `until`, ascending.
///
/// # Errors
/// A frame that cannot be read, in words.
pub(super) fn decode(staged: Staged, from: NaiveDate, until: NaiveDate) -> Result<StagedCode, String> {
    let Staged { code, responses, rows, .. } = staged;
    let mut decoded = StagedCode::new(code);
    let bars = if responses.iter().any(is_frame_of_bars) { decode_frames(&code, &responses)? } else { rows.bars };
    let wanted = bars.into_iter().filter(|(bar, ..)| (from..=until).contains(&bar.trade_date));
    (decoded.bars, decoded.places) = wanted.map(|(bar, response, row)| (bar, (response, row))).unzip();
    decoded.from = Some(from);
    decoded.actions = rows.actions;
    decoded.rejected = rows.rejected.into_iter().map(Into::into).collect();
    decoded.responses = responses;
    Ok(decoded)
}

fn is_frame_of_bars(response: &RawResponse) -> bool {
    response.source == Source::Tdx.name() && matches!(&*response.dataset, "bars" | "index_bars")
}

fn decode_frames(code: &Code, responses: &[RawResponse]) -> Result<Vec<(DailyBar, usize, u32)>, String> {
    let (mut frames, mut numbers, mut fetched_at) = (Vec::new(), Vec::new(), None);
    for (number, response) in responses.iter().enumerate().filter(|(_, response)| is_frame_of_bars(response)) {
        frames.push(&response.body[..]);
        numbers.push(number);
        fetched_at.get_or_insert(response.fetched_at);
    }
    let Some(fetched_at) = fetched_at else { return Ok(Vec::new()) };
    let newest = last_final_day(code.exchange(), fetched_at);
    let (bars, places) =
        source_tdx::decode_daily_bars(code, &frames, newest).map_err(|error| format!("{code}: {error}"))?;
    let place = |(bar, (page, row)): (DailyBar, (u32, u32))| {
        let number = usize::try_from(page).ok().and_then(|page| numbers.get(page)).copied().unwrap_or_default();
        (bar, number, row)
    };
    Ok(bars.into_iter().zip(places).map(place).collect())
}
