//! `fetch_reference`: what changes slowly and everything else leans on.
//!
//! * Tushare: the trading calendar, the instruments, what each was called and when, and the corporate actions of the next
//!   trading days.
//! * TDX: the corporate actions of a part of the codes, a different part every day, and the main indices.

mod tdx;
mod tushare;

use chrono::{DateTime, Utc};
use job_queue::{JobContext, JobError};
use serde_json::{Value, json};
use warehouse::Batch;

use super::{JobsContext, outcome, reference};
use crate::{crash_point, refusal::Trouble, sources::Source};

pub(super) use tushare::corporate_actions;

pub(super) async fn run(
    context: &JobsContext,
    source: &str,
    job: &JobContext,
    started_at: DateTime<Utc>,
) -> Result<Value, JobError> {
    match context.sources.require(source, &[Source::Tushare, Source::Tdx])? {
        Source::Tdx => {
            reference::ensure(context, job, started_at).await?;
            let fetched = tdx::fetch(context).await;
            store(context, Source::Tdx, fetched, job, started_at).await
        }
        _ => run_tushare(context, job, started_at).await,
    }
}

/// Tushare's part alone: other jobs begin with it where there is no reference data yet.
pub(super) async fn run_tushare(
    context: &JobsContext,
    job: &JobContext,
    started_at: DateTime<Utc>,
) -> Result<Value, JobError> {
    let fetched = tushare::fetch(context).await;
    store(context, Source::Tushare, fetched, job, started_at).await
}

async fn store(
    context: &JobsContext,
    source: Source,
    fetched: Result<Batch, Trouble>,
    job: &JobContext,
    started_at: DateTime<Utc>,
) -> Result<Value, JobError> {
    let batch = match fetched {
        Ok(batch) => batch,
        Err(Trouble::Failed(error)) => return Err(error),
        Err(Trouble::Refused(refusal)) => return Err(outcome::refuse(context, source.name(), refusal).await),
    };
    context.crash_point(crash_point::AFTER_FETCH);
    let run = outcome::succeeded(context, job, "fetch_reference", json!({ "source": source.name() }), started_at);
    let stored = outcome::commit(context, Batch { run: Some(run), ..batch }, &[]).await?;
    Ok(outcome::report(&stored))
}
