//! `fetch_reference`: the trading calendar, the instruments, and the corporate actions of the next trading days.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use futures::future::try_join_all;
use job_queue::{JobContext, JobError};
use market_model::CorporateAction;
use serde_json::{Value, json};
use source_tushare::{Client, Fetched, TushareError};
use warehouse::Batch;

use super::{JobsContext, outcome};
use crate::batch::{BatchBuilder, listing, shanghai_date};

/// The Shanghai exchange's first trading day.
const FIRST_DAY: NaiveDate = NaiveDate::from_ymd_opt(1990, 12, 19).expect("a valid date");
/// How many trading days ahead corporate actions are asked for.
const DAYS_AHEAD: usize = 5;

pub(super) async fn run(
    context: &JobsContext,
    source: &str,
    job: &JobContext,
    started_at: DateTime<Utc>,
) -> Result<Value, JobError> {
    let batch = match fetch(context, source).await? {
        Ok(batch) => batch,
        Err(error) => return Err(outcome::refuse(context, source, error).await),
    };
    context.crash_point(crate::CrashPoint::AFTER_FETCH);
    let run = outcome::succeeded(context, job, "fetch_reference", json!({ "source": source }), started_at);
    let stored = outcome::commit(context, Batch { run: Some(run), ..batch }).await?;
    Ok(outcome::report(&stored))
}

/// Asks for everything; nothing is written.
async fn fetch(context: &JobsContext, source: &str) -> Result<Result<Batch, TushareError>, JobError> {
    let client = context.tushare(source)?;
    let today = shanghai_date(context.clock.now());
    let year_end = NaiveDate::from_ymd_opt(today.year(), 12, 31).unwrap_or(today);
    let fetched = async {
        let (calendar, instruments) =
            tokio::try_join!(client.trade_calendar(FIRST_DAY, year_end), client.stock_basic())?;
        let open = calendar.rows.iter().map(|row| row.value).filter(|day| day.is_open && day.date > today);
        let mut ahead: Vec<NaiveDate> = open.map(|day| day.date).collect();
        ahead.sort_unstable();
        let asked = ahead.iter().take(DAYS_AHEAD).map(|date| corporate_actions(&client, *date));
        let actions = try_join_all(asked).await?;
        Ok((calendar, instruments, actions))
    };
    Ok(fetched.await.map(|(calendar, instruments, actions)| {
        let mut builder = BatchBuilder::new(source);
        let calendar = builder.add(calendar);
        let instruments = builder.add(instruments).into_iter().map(listing).collect();
        let actions = actions.into_iter().flat_map(|fetched| builder.add(fetched)).collect();
        builder.finish(Batch { calendar, instruments, actions, ..Batch::default() })
    }))
}

/// The events that go ex on `date`; none for an account without permission for `dividend`, which works all the same.
pub(super) async fn corporate_actions(
    client: &Client,
    date: NaiveDate,
) -> Result<Fetched<CorporateAction>, TushareError> {
    match client.dividends_by_ex_date(date).await {
        Err(TushareError::NoPermission { api, message }) => {
            tracing::warn!(tushare.api = api.name(), message, "no permission: stored without corporate actions");
            Ok(Fetched::default())
        }
        actions => actions,
    }
}
