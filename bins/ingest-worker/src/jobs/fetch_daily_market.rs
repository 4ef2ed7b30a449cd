//! `fetch_daily_market`: everything a vendor says about one trading day, in one transaction.

use chrono::{DateTime, NaiveDate, Utc};
use job_queue::{JobContext, JobError};
use market_model::CorporateAction;
use serde_json::{Value, json};
use source_tushare::{Api, Client, Fetched, TushareError, WholeDay};
use warehouse::{Batch, Partition};

use super::{JobsContext, fetch_reference, outcome};
use crate::batch::{BatchBuilder, shanghai_date};

pub(super) async fn run(
    context: &JobsContext,
    source: &str,
    trade_date: NaiveDate,
    job: &JobContext,
    started_at: DateTime<Utc>,
) -> Result<Value, JobError> {
    let client = context.tushare(source)?;
    let today = shanghai_date(context.clock.now());
    if trade_date > today {
        return Err(JobError::fatal(format_args!("trade_date {trade_date} lies in the future (today is {today})")));
    }
    if !is_trading_day(context, source, trade_date, job, started_at).await? {
        return Ok(json!({ "skipped": format!("{trade_date} is not a trading day") }));
    }
    let available_at = context.publication.of(trade_date);
    if context.clock.now() < available_at {
        return Err(outcome::decide(TushareError::NotPublishedYet { available_at }, context.clock.now()));
    }
    let (day, actions) = match fetch(&client, trade_date).await {
        Ok(fetched) => fetched,
        Err(error) => return Err(outcome::refuse(context, source, error).await),
    };
    let lacks_basics = !day.daily.is_empty() && day.basics.is_empty() && !day.not_permitted.contains(&Api::DailyBasic);
    context.crash_point(crate::CrashPoint::AFTER_FETCH);
    let batch = whole_day(source, day, actions);
    let args = json!({ "source": source, "trade_date": trade_date });
    let run = outcome::succeeded(context, job, "fetch_daily_market", args, started_at);
    let stored = outcome::commit(context, Batch { run: Some(run), ..batch }).await?;
    if let Some(day) = stored.committed.withheld.iter().find(|day| day.trade_date == trade_date) {
        let (present, expected, reason) = (day.present, day.expected, &day.reason);
        let withheld = format_args!("{trade_date} is withheld: {present} of {expected} expected codes ({reason})");
        return Err(JobError::retry_after(withheld, context.incomplete_retry));
    }
    if lacks_basics {
        let late = format_args!("{trade_date} has its bars, but daily_basic is still empty");
        return Err(JobError::retry_after(late, context.incomplete_retry));
    }
    Ok(outcome::report(&stored))
}

/// The day and the events that go ex on it.
async fn fetch(client: &Client, trade_date: NaiveDate) -> Result<(WholeDay, Fetched<CorporateAction>), TushareError> {
    let (day, actions) =
        tokio::join!(client.whole_day(trade_date), fetch_reference::corporate_actions(client, trade_date));
    Ok((day?, actions?))
}

/// The batch of one day: five data sets that claim to be complete, and the events that go ex on it.
fn whole_day(source: &str, day: WholeDay, actions: Fetched<CorporateAction>) -> Batch {
    let permitted = |api: Api| !day.not_permitted.contains(&api);
    let datasets = [
        ("daily", permitted(Api::Daily)),
        ("daily_basic", permitted(Api::DailyBasic)),
        ("price_limit", permitted(Api::StkLimit)),
        ("suspension", permitted(Api::SuspendD)),
    ];
    let complete = datasets.iter().filter(|(_, permitted)| *permitted);
    let partitions = complete
        .map(|(dataset, _)| Partition { dataset, source: source.to_owned(), trade_date: day.trade_date })
        .collect();
    let mut builder = BatchBuilder::new(source);
    let place = builder.place(day.pages, day.rejected);
    let batch = Batch {
        daily: place.rows(day.daily),
        basics: place.rows(day.basics),
        suspensions: place.rows(day.suspensions),
        limits: place.rows(day.limits),
        partitions,
        ..Batch::default()
    };
    let actions = builder.add(actions);
    builder.finish(Batch { actions, ..batch })
}

/// Whether the vendor's calendar says the day trades. A warehouse without reference data fetches it first, so that a
/// day may be asked for before any stands. Where the vendor has the calendar but no instruments yet, the day is fetched
/// all the same: it is withheld, and released once they come.
async fn is_trading_day(
    context: &JobsContext,
    source: &str,
    trade_date: NaiveDate,
    job: &JobContext,
    started_at: DateTime<Utc>,
) -> Result<bool, JobError> {
    for attempt in 0..2 {
        let known = context.writer.with(move |writer| {
            Ok::<_, warehouse::WarehouseError>((writer.calendar()?.is_open(trade_date), writer.has_reference()?))
        });
        match known.await.map_err(JobError::retry)?.map_err(JobError::retry)? {
            (Some(open), has_reference) if has_reference || attempt > 0 => return Ok(open),
            _ if attempt == 0 => {
                fetch_reference::run(context, source, job, started_at).await?;
            }
            _ => {}
        }
    }
    Err(JobError::fatal(format_args!("the calendar of {source} does not reach {trade_date}")))
}
