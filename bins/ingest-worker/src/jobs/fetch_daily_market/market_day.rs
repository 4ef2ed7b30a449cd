//! Everything a vendor says about one mainland trading day, in one transaction.

use chrono::{DateTime, NaiveDate, Utc};
use job_queue::{JobContext, JobError};
use serde_json::{Value, json};
use warehouse::Batch;

use super::{
    super::{JobsContext, outcome, reference},
    tdx, tushare,
};
use crate::{
    crash_point, fallback,
    refusal::{Refusal, Trouble},
    sources::Source,
};

/// A day as fetched.
pub(super) struct MarketDay {
    pub(super) batch: Batch,
    /// What the vendor will have later, so that the day is stored and asked for again.
    pub(super) lacks: Option<&'static str>,
    /// The answers about single codes that could not be used.
    pub(super) refused: Vec<Refusal>,
}

pub(super) async fn run(
    context: &JobsContext,
    source: Source,
    trade_date: NaiveDate,
    job: &JobContext,
    started_at: DateTime<Utc>,
) -> Result<Value, JobError> {
    if !reference::is_trading_day(context, trade_date, job, started_at).await? {
        return Ok(json!({ "skipped": format!("{trade_date} is not a trading day") }));
    }
    let (now, available_at) = (context.clock.now(), context.publication.of(trade_date));
    if now < available_at {
        return Err(Refusal::not_before(available_at).into_job_error(now));
    }
    let fetched = match source {
        Source::Tdx => tdx::fetch(context, trade_date).await,
        _ => tushare::fetch(context, trade_date).await,
    };
    let MarketDay { batch, lacks, refused } = match fetched {
        Ok(day) => day,
        Err(Trouble::Failed(error)) => return Err(error),
        Err(Trouble::Refused(refusal)) => {
            if refusal.lasts(context.clock.now()).is_some_and(|wait| wait > context.fallback_after) {
                stand_in(context, source, trade_date).await;
            }
            return Err(outcome::refuse(context, source.name(), refusal).await);
        }
    };
    context.crash_point(crash_point::AFTER_FETCH);
    let args = json!({ "source": source.name(), "trade_date": trade_date });
    let run = outcome::succeeded(context, job, "fetch_daily_market", args, started_at);
    let stored = outcome::commit(context, Batch { run: Some(run), ..batch }, &refused).await?;
    context.partial_days.forget(trade_date);
    if let Some(day) = stored.committed.withheld.iter().find(|day| day.trade_date == trade_date) {
        if day.expected > 0 {
            stand_in(context, source, trade_date).await;
        }
        let (present, expected, reason) = (day.present, day.expected, &day.reason);
        let withheld = format_args!("{trade_date} is withheld: {present} of {expected} expected codes ({reason})");
        return Err(JobError::retry_after(withheld, context.incomplete_retry));
    }
    if let Some(lacks) = lacks {
        let late = format_args!("{trade_date} has its bars, but {lacks} is still empty");
        return Err(JobError::retry_after(late, context.incomplete_retry));
    }
    let mut report = outcome::report(&stored);
    if !refused.is_empty() {
        report["refused_codes"] = json!(refused.len());
    }
    Ok(report)
}

/// Sends the next vendor, unless its day is there. What goes wrong here is mended by the next look at what is missing.
async fn stand_in(context: &JobsContext, source: Source, trade_date: NaiveDate) {
    let Some(stand_in) = context.order.after(source) else { return };
    let is_missing = move |writer: &mut warehouse::Writer| {
        let missing = writer.missing_partitions(stand_in.name(), trade_date, trade_date)?;
        Ok(missing.contains(&trade_date))
    };
    match outcome::ask_writer(context, is_missing).await {
        Ok(false) => {}
        Ok(true) => {
            if let Err(error) = fallback::ask_stand_in(&context.queue, stand_in, trade_date).await {
                tracing::warn!(error = %error, "{stand_in} could not be asked to stand in for {trade_date}");
            }
        }
        Err(error) => tracing::warn!("{stand_in} could not be asked to stand in for {trade_date}: {error:?}"),
    }
}
