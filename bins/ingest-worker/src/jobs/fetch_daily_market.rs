//! `fetch_daily_market`: a trading day of the mainland's whole market, or the watched codes abroad up to a day.

mod global;
mod market_day;
mod tdx;
mod tushare;

use chrono::{DateTime, NaiveDate, Utc};
use job_queue::{JobContext, JobError};
use serde_json::Value;

use super::JobsContext;
use crate::{batch::shanghai_date, sources::Source};

/// The vendors of daily bars.
const ABLE: [Source; 4] = [Source::Tushare, Source::Tdx, Source::Yahoo, Source::AlphaVantage];

pub(super) async fn run(
    context: &JobsContext,
    source: &str,
    trade_date: NaiveDate,
    job: &JobContext,
    started_at: DateTime<Utc>,
) -> Result<Value, JobError> {
    let source = context.sources.require(source, &ABLE)?;
    let today = shanghai_date(context.clock.now());
    if trade_date > today {
        return Err(JobError::fatal(format_args!("trade_date {trade_date} lies in the future (today is {today})")));
    }
    match source {
        Source::Yahoo | Source::AlphaVantage => global::run(context, source, trade_date, job, started_at).await,
        _ => market_day::run(context, source, trade_date, job, started_at).await,
    }
}
