//! `check_generation`: runs every rule over days of the current generation, sends what it found to the writer, and tells
//! people.
//!
//! Killed anywhere it is run again and does the same: the parts that it sends have ids of their own, and who was told is
//! noted. Nothing is checked at start for that reason: what was not checked is due in the warehouse, and the ingest worker,
//! which keeps that list, asks again.

use std::{collections::BTreeMap, sync::Arc};

use chrono::NaiveDate;
use futures::StreamExt as _;
use job_queue::{JobContext, JobError};
use quality_rules::Origin;
use serde_json::{Value, json};

use super::JobsContext;
use crate::{
    alerts::{book::Checked, group::Groups},
    check::{Bounded, Judging, Parts, Recorder, Subject, scan::Scan},
    crash_point, measure,
};

/// Its name in the log of checks.
const NAME: &str = "check_generation";

/// A long check says how far it is at each of so many steps.
const STEPS: usize = 10;

pub(super) async fn run(
    context: &JobsContext,
    asked: Option<u64>,
    dates: Option<Vec<NaiveDate>>,
    job: &JobContext,
) -> Result<Value, JobError> {
    let generation = context.publications.at_least(asked).await?;
    // What the writer noted belongs into the same message; and a worker without a memory first learns what is known.
    context.publications.read_log(&context.desk, &generation).await?;
    let dates = dates.map(|mut dates| {
        dates.sort_unstable();
        dates.dedup();
        dates
    });
    if dates.as_ref().is_some_and(Vec::is_empty) {
        // A scope without days means nothing to the writer.
        return Ok(json!({"generation": generation.number(), "days": 0, "codes": 0, "findings": {}, "parts": 0}));
    }
    let rules = Judging::rules_of(Origin::Generation);
    let subject = Subject {
        check: NAME,
        generation: Some(generation.number()),
        commit_seq: generation.manifest().commit_seq,
        checked_at: context.desk.begin_check(&job.id, generation.number()).await,
        rules: rules.clone(),
        dates: dates.clone(),
    };
    let mut found = Gathered::new(context, Recorder::new(&context.records, &job.id, subject));
    let (opened, judging, days) = (generation.clone(), context.judging.clone(), dates.clone());
    let (scan, of_days) = tokio::task::spawn_blocking(move || {
        let scan = Scan::open(opened, judging, days)?;
        let findings = scan.whole_days()?;
        Ok::<_, JobError>((Arc::new(scan), findings))
    })
    .await??;
    let mut about_days = Bounded::default();
    about_days.add(of_days);
    found.take(about_days).await?;

    let ranges = scan.ranges();
    let total = ranges.len();
    let mut codes = 0;
    let mut ranges = std::pin::pin!(scan.found(ranges).enumerate());
    while let Some((done, range)) = ranges.next().await {
        let range = range?;
        codes += range.codes;
        found.take(range.findings).await?;
        measure::progress(done + 1, total);
        if dates.is_none() && (done + 1) * STEPS / total != done * STEPS / total {
            let (percent, count) = ((done + 1) * 100 / total, found.found.count());
            tracing::info!(job.id, percent, codes, "{percent} % checked: {codes} codes, {count} findings");
        }
    }
    let (groups, counts, parts) = found.finish(dates.is_none()).await?;
    context.crash_point(crash_point::CHECK_RECORDED);
    let report = json!({
        "generation": generation.number(),
        "days": dates.as_ref().map(Vec::len),
        "codes": codes,
        "findings": counts,
        "parts": parts,
    });
    let number = Some(generation.number());
    let checked = Checked { name: NAME, rules, dates, generation: number, groups, at: context.clock.now() };
    context.desk.check_ran(checked).await?;
    Ok(report)
}

/// Findings on their way: to the writer in parts, and as groups to those who are told.
struct Gathered<'a> {
    context: &'a JobsContext,
    recorder: Recorder<'a>,
    parts: Parts,
    sent: usize,
    found: Bounded,
}

impl<'a> Gathered<'a> {
    fn new(context: &'a JobsContext, recorder: Recorder<'a>) -> Self {
        Self { context, recorder, parts: Parts::default(), sent: 0, found: Bounded::default() }
    }

    async fn take(&mut self, findings: Bounded) -> Result<(), JobError> {
        for finding in self.found.append(findings) {
            if let Some(part) = self.parts.push(finding) {
                self.recorder.push(part).await?;
                self.sent += 1;
                self.context.crash_point(crash_point::PART_PUSHED);
            }
        }
        Ok(())
    }

    async fn finish(self, is_whole_history: bool) -> Result<(Groups, BTreeMap<&'static str, u64>, usize), JobError> {
        let Bounded { groups, counts, unlisted, .. } = self.found;
        let parts = self.parts.finish(unlisted.entries(is_whole_history));
        let sent = self.sent + parts.len();
        for part in parts {
            self.recorder.push(part).await?;
            self.context.crash_point(crash_point::PART_PUSHED);
        }
        Ok((groups, counts, sent))
    }
}
