//! `backfill_history`: whole histories of many codes, in stretches that each fit a job.
//!
//! A stretch works until its time is over and sends itself on under the next number. What is on disk is what is done, so
//! stretches, restarts and repeated deliveries all begin where the last one ended.

use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use job_queue::{JobContext, JobError, payload::IngestJob};
use market_model::HistoryEstimate;
use serde_json::{Value, json};
use tokio::time::Instant;
use warehouse::BackfillPhase;

use super::{
    JobsContext, outcome, reference,
    send_on::{root_of, send_on},
};
use crate::{
    backfill::{self, Ended, Limits, Plan, RunFolder, Stretch, Tracker, Vendor, Wish},
    crash_point,
};

/// How long to wait for another run to end.
const WAIT_FOR_OTHER: Duration = Duration::from_secs(60);
/// How long to wait for a vendor that does not say when it will be back.
const WAIT_FOR_VENDOR: Duration = Duration::from_secs(60);
/// The work that is in the air at a stretch's end may take this long.
const PATIENCE: Duration = Duration::from_secs(60);

/// What was asked for.
#[derive(Debug, Clone)]
pub(super) struct Request {
    source: String,
    codes: Option<Vec<String>>,
    from: NaiveDate,
    to: NaiveDate,
    part: u32,
}

impl Request {
    pub(super) fn new(source: &str, codes: Option<&[String]>, from: NaiveDate, to: NaiveDate, part: u32) -> Self {
        Self { source: source.to_owned(), codes: codes.map(<[String]>::to_vec), from, to, part }
    }

    /// The payload of stretch `part`.
    fn job(&self, part: u32) -> IngestJob {
        let Self { source, codes, from, to, .. } = self.clone();
        IngestJob::BackfillHistory { source, codes, from, to, part }
    }
}

pub(super) async fn run(
    context: &JobsContext,
    request: Request,
    job: &JobContext,
    started_at: DateTime<Utc>,
) -> Result<Value, JobError> {
    let vendor = Vendor::of(&context.sources, &request.source)?;
    if request.from > request.to {
        let (from, to) = (request.from, request.to);
        return Err(JobError::fatal(format_args!("the range ends on {to}, before it begins on {from}")));
    }
    let Some(_alone) = context.backfills.begin().await else {
        let next = send_on(context, &job.id, &request.job(request.part + 1), WAIT_FOR_OTHER).await?;
        return Ok(json!({ "waits": "another backfill is running", "continued_as": next }));
    };
    let root = root_of(&job.id).to_owned();
    let folder = RunFolder::of(&context.backfills.runs, &request.job(0).coalesce_key());
    if folder.plan().is_none() && is_done(context, &root) {
        return Ok(json!({ "done": format!("{root} was finished before") }));
    }
    folder.mark_given_up(None)?;
    let tracker = Tracker::planning(&context.backfills, &context.board, &context.clock, &root, &request.source);
    let result = work(context, &vendor, &request, &folder, &tracker, job, started_at).await;
    if let Err(error) = &result
        && !job.shutdown.is_cancelled()
    {
        let (message, is_last) = match error {
            JobError::Retry { error, .. } => (error, job.attempt >= job.max_attempts),
            JobError::Fatal(error) => (error, true),
        };
        if is_last {
            tracker.failed(message.clone());
            if folder.plan().is_some() {
                folder.mark_given_up(Some(message))?;
            }
        } else {
            tracker.pauses(message.clone());
        }
    }
    result
}

/// Whether the run that `root` began was served already: a job may be delivered again after its end.
fn is_done(context: &JobsContext, root: &str) -> bool {
    let last = context.backfills.last_progress();
    last.is_some_and(|last| last.id == root && last.phase == BackfillPhase::Done)
}

async fn work(
    context: &JobsContext,
    vendor: &Vendor,
    request: &Request,
    folder: &RunFolder,
    tracker: &Tracker,
    job: &JobContext,
    started_at: DateTime<Utc>,
) -> Result<Value, JobError> {
    let begun = Instant::now();
    let plan = match folder.plan() {
        Some(plan) => plan,
        None => plan(context, vendor, request, folder, job, started_at).await?,
    };
    if let Some(report) = folder.assembled() {
        tracker.assembled(&plan, &report);
    } else {
        let there = {
            let (folder, plan) = (folder.clone(), plan.clone());
            tokio::task::spawn_blocking(move || folder.whole(&plan)).await.map_err(JobError::retry)?
        };
        tracker.fetching(&plan, there.values(), folder.given_up());
        let limits = Limits {
            until: begun + context.slice,
            patience: PATIENCE.min(context.slice / 2),
            concurrency: context.backfills.concurrency,
        };
        let on_staged = |staged| context.crash_point(&format!("{}{staged}", crash_point::BACKFILL_STAGED));
        let limits = (limits, &job.shutdown);
        let mut stretch = backfill::fetch(vendor, folder, &plan, &there, limits, tracker, on_staged).await?;
        for refusal in &mut stretch.refusals {
            outcome::keep_responses(context, &plan.source, refusal).await.map_err(JobError::retry)?;
        }
        let done = there.len() + stretch.staged;
        if let Some(report) = send_on_or_stop(context, request, job, stretch, done, &plan, tracker).await? {
            return Ok(report);
        }
        complete(context, folder, &plan)?;
        // The writer has the rest of this job's time, or a job of its own.
        if begun.elapsed() > context.slice / 2 {
            return go_on(context, request, job, &plan, done, tracker, Duration::ZERO).await;
        }
    }
    assemble(context, folder, plan, tracker, job, started_at).await
}

/// Makes the plan and writes it down.
async fn plan(
    context: &JobsContext,
    vendor: &Vendor,
    request: &Request,
    folder: &RunFolder,
    job: &JobContext,
    started_at: DateTime<Utc>,
) -> Result<Plan, JobError> {
    reference::ensure(context, job, started_at).await?;
    let (listings, calendar) =
        outcome::ask_writer(context, |writer| Ok((writer.instruments()?, writer.calendar()?))).await?;
    let now = context.clock.now();
    let wish = Wish {
        job_id: root_of(&job.id).to_owned(),
        source: request.source.clone(),
        from: request.from,
        to: request.to,
        named: request.codes.clone(),
    };
    let until = context.publication.last_closed_day(now);
    let plan = Plan::make(wish, &listings, &calendar, vendor.pace(), until, now).map_err(JobError::fatal)?;
    let (from, until) = (plan.from, plan.until);
    if plan.codes.is_empty() || until < from {
        return Err(JobError::fatal(format_args!("nothing to fetch: no share was listed from {from} to {until}")));
    }
    // Of days behind the calendar's end nobody knows; the plan ends with a day that has closed.
    if calendar.range().is_some_and(|(first, last)| first <= from && until <= last)
        && calendar.open_days(from, until).next().is_none()
    {
        return Err(JobError::fatal(format_args!("nothing to fetch: no trading day from {from} to {until}")));
    }
    folder.begin(&plan)?;
    let HistoryEstimate { requests, seconds, bars } = plan.estimate;
    tracing::info!(
        source = plan.source,
        codes = plan.codes.len(),
        requests,
        estimated_s = seconds,
        "backfill planned: {} codes, about {bars} bars, {requests} requests, {seconds} s",
        plan.codes.len()
    );
    Ok(plan)
}

/// The report of a stretch after which the run goes on later; `None` if everything is fetched.
async fn send_on_or_stop(
    context: &JobsContext,
    request: &Request,
    job: &JobContext,
    stretch: Stretch,
    done: usize,
    plan: &Plan,
    tracker: &Tracker,
) -> Result<Option<Value>, JobError> {
    let Stretch { ended, staged, .. } = stretch;
    match ended {
        Ended::Complete => Ok(None),
        Ended::Stopping => Err(JobError::retry("the worker is stopping; the next one goes on")),
        Ended::SliceOver => go_on(context, request, job, plan, done, tracker, Duration::ZERO).await.map(Some),
        Ended::Refused(refusal) => {
            // A stretch that brought something is no failed attempt: the next one comes when the vendor is ready again.
            let wait = refusal.lasts(context.clock.now()).unwrap_or(WAIT_FOR_VENDOR);
            if staged == 0 || wait == Duration::MAX {
                return Err(outcome::refuse(context, &plan.source, refusal).await);
            }
            tracing::warn!("the backfill waits for {}: {refusal}", plan.source);
            go_on(context, request, job, plan, done, tracker, wait + Duration::from_secs(1)).await.map(Some)
        }
    }
}

/// Sends the next stretch.
async fn go_on(
    context: &JobsContext,
    request: &Request,
    job: &JobContext,
    plan: &Plan,
    done: usize,
    tracker: &Tracker,
    wait: Duration,
) -> Result<Value, JobError> {
    let next = send_on(context, &job.id, &request.job(request.part + 1), wait).await?;
    tracker.pauses(format!("goes on as {next}"));
    Ok(json!({ "codes_done": done, "codes_total": plan.codes.len(), "continued_as": next }))
}

/// Whether enough codes are there to serve the run.
fn complete(context: &JobsContext, folder: &RunFolder, plan: &Plan) -> Result<(), JobError> {
    let given_up = folder.given_up();
    let there = plan.codes.len().saturating_sub(given_up);
    // A few named codes are a batch that completes no day: what came is worth keeping, and the report names the rest.
    if plan.is_small() && there > 0 {
        return Ok(());
    }
    if there as f64 * 100.0 >= context.backfills.coverage_percent * plan.codes.len() as f64 {
        return Ok(());
    }
    let some = folder.forgive_failures()?;
    let missing = some.iter().map(|(code, error)| format!("{code}: {error}")).collect::<Vec<_>>().join("; ");
    Err(JobError::retry(format_args!("{given_up} of {} codes could not be fetched: {missing}", plan.codes.len())))
}

async fn assemble(
    context: &JobsContext,
    folder: &RunFolder,
    plan: Plan,
    tracker: &Tracker,
    job: &JobContext,
    started_at: DateTime<Utc>,
) -> Result<Value, JobError> {
    context.crash_point(crash_point::BEFORE_ASSEMBLING);
    let failed = folder.some_failures();
    let args = json!({ "source": plan.source, "from": plan.from, "to": plan.to, "codes": plan.codes.len() });
    let mut report = match folder.assembled() {
        Some(report) => report,
        None => {
            tracker.assembling();
            let (folder, tracker, now) = (folder.clone(), tracker.clone(), context.clock.now());
            outcome::ask_writer(context, move |writer| {
                // A job that was given up while the writer still worked for it has left its result here.
                if let Some(report) = folder.assembled() {
                    return Ok(report);
                }
                let codes: Vec<_> = folder.whole(&plan).into_keys().collect();
                backfill::assemble(writer, &folder, &plan, &codes, now, &tracker)
            })
            .await?
        }
    };
    context.crash_point(crash_point::AFTER_ASSEMBLING);
    match context.writer.published().await.map_err(JobError::retry)? {
        Ok(generation) => report["generation"] = json!(generation),
        Err(reason) => return Err(JobError::retry(format_args!("the backfill is not published yet: {reason}"))),
    }
    folder.remove()?;
    report["failed"] = json!(failed);
    tracker.done(if failed.is_empty() { String::new() } else { format!("{} codes were given up", failed.len()) });
    let mut run = outcome::succeeded(context, job, "backfill_history", args, started_at);
    run.rows = report["bars"].as_u64().unwrap_or_default();
    outcome::ask_writer(context, move |writer| writer.record_run(&run)).await?;
    Ok(report)
}
