//! `fetch_macro`: macroeconomic series, each function of the vendor in a transaction of its own.
//!
//! The vendor scrapes other people's sites, of which one or another is always disturbed. What works is stored; what does
//! not decides how the job ends.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use job_queue::{JobContext, JobError};
use market_model::MacroObservation;
use quality_rules::Severity;
use serde_json::{Value, json};
use source_aktools::{Client, SeriesSpec, series_named};
use warehouse::Batch;

use super::{JobsContext, commits::Commits, defects, outcome};
use crate::{
    answer::Answer,
    batch::BatchBuilder,
    crash_point,
    refusal::{Decision, Refusal},
    sources::Source,
};

pub(super) async fn run(
    context: &JobsContext,
    source: &str,
    series: Option<&str>,
    job: &JobContext,
    started_at: DateTime<Utc>,
) -> Result<Value, JobError> {
    let source = context.sources.require(source, &[Source::Aktools])?;
    let aktools = context.sources.aktools()?;
    let names = series.map_or_else(|| aktools.series.clone(), |one| vec![one.to_owned()]);
    let functions = by_function(&names)?;
    let (mut commits, mut failed) = (Commits::new(context), BTreeMap::new());
    for (function, specs) in &functions {
        match fetch(&aktools.client, function, specs).await {
            Ok(answer) => {
                let mut builder = BatchBuilder::new(source.name());
                let macros = builder.add(answer);
                context.crash_point(crash_point::AFTER_FETCH);
                commits.begin(builder.finish(Batch { macros, ..Batch::default() }))?;
            }
            Err(mut refusal) => {
                tracing::warn!(aktools.function = function, "{function} gives nothing: {refusal}");
                outcome::keep_responses(context, source.name(), &mut refusal).await.map_err(JobError::retry)?;
                let ends_it = refusal.is_vendor_wide;
                failed.insert(*function, refusal);
                if ends_it {
                    break;
                }
            }
        }
    }
    let mut sum = commits.finish().await?;
    defects::note(context, source.name(), std::mem::take(&mut sum.datasets), failed.values(), Severity::Error).await;
    if let Some(error) = ending(&failed, context.clock.now()) {
        return Err(error);
    }
    let args = json!({ "source": source.name(), "series": series });
    outcome::log_run(context, outcome::succeeded(context, job, "fetch_macro", args, started_at), &sum).await?;
    let mut report = sum.report();
    report["series"] = json!(names.len());
    Ok(report)
}

/// The series that are wanted, by the function that holds them.
fn by_function(names: &[String]) -> Result<BTreeMap<&'static str, Vec<&'static SeriesSpec>>, JobError> {
    let mut functions: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for name in names {
        let unknown = || JobError::fatal(format_args!("there is no series `{name}`"));
        let spec = series_named(name).ok_or_else(unknown)?;
        functions.entry(spec.function).or_default().push(spec);
    }
    Ok(functions)
}

/// The wanted series of one function, read from one answer.
async fn fetch(
    client: &Client,
    function: &str,
    wanted: &[&'static SeriesSpec],
) -> Result<Answer<MacroObservation>, Refusal> {
    if let [one] = wanted {
        return Ok(client.series(one).await?.into());
    }
    let mut answer: Answer<MacroObservation> = client.function(function).await?.into();
    answer.rows.retain(|row| wanted.iter().any(|spec| spec.name == row.value.series));
    Ok(answer)
}

/// How the job ends when some functions gave nothing: what may come by itself is waited for first.
fn ending(failed: &BTreeMap<&str, Refusal>, now: DateTime<Utc>) -> Option<JobError> {
    let passing = failed.values().find(|refusal| refusal.decision != Decision::Stop);
    let worst = passing.or(failed.values().next())?;
    Some(worst.clone().with_count(failed.len()).into_job_error(now))
}
