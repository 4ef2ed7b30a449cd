//! What other jobs need before they can begin: the calendar and the list of instruments.
//!
//! Both come from Tushare. Once they are there, every other vendor's jobs work while Tushare is away: the calendar reaches
//! to the end of the year.

use chrono::{DateTime, NaiveDate, Utc};
use job_queue::{JobContext, JobError};

use super::{JobsContext, fetch_reference, outcome};
use crate::sources::Source;

/// Whether the mainland's calendar says the day trades. A warehouse without reference data fetches it first, so that a
/// day may be asked for before any stands. Where the vendor has the calendar but no instruments yet, the day is fetched
/// all the same: it is withheld, and released once they come.
pub(super) async fn is_trading_day(
    context: &JobsContext,
    trade_date: NaiveDate,
    job: &JobContext,
    started_at: DateTime<Utc>,
) -> Result<bool, JobError> {
    for attempt in 0..2 {
        let known = outcome::ask_writer(context, move |writer| {
            Ok((writer.calendar()?.is_open(trade_date), writer.has_reference()?))
        });
        match known.await? {
            (Some(open), has_reference) if has_reference || attempt > 0 => return Ok(open),
            _ if attempt == 0 => fetch(context, job, started_at).await?,
            _ => {}
        }
    }
    Err(JobError::fatal(format_args!("the calendar of {} does not reach {trade_date}", Source::Tushare)))
}

/// Fetches the reference data if there is none.
pub(super) async fn ensure(context: &JobsContext, job: &JobContext, started_at: DateTime<Utc>) -> Result<(), JobError> {
    if outcome::ask_writer(context, |writer| writer.has_reference()).await? {
        return Ok(());
    }
    fetch(context, job, started_at).await
}

async fn fetch(context: &JobsContext, job: &JobContext, started_at: DateTime<Utc>) -> Result<(), JobError> {
    if !context.sources.has(Source::Tushare) {
        return Err(JobError::fatal(
            "there is no calendar and no list of instruments yet: they come from tushare, which is switched off; see \
             [ingest-worker.tushare]",
        ));
    }
    fetch_reference::run_tushare(context, job, started_at).await.map(|_| ())
}
