//! `twilight quality status`: judged at the moment of asking, as the API and the alerts judge.

use chrono::{DateTime, TimeDelta, Utc};
use daemon_kit::{clock::Clock, config::Config};
use quality_rules::freshness::{FreshnessOptions, Judgement, judge};
use serde::Serialize;
use serde_json::json;
use warehouse::{Freshness, Generation, Reader, ReaderOptions, StatusFile};

use crate::{
    commands::age::age,
    table::{Output, count, instant, table},
};

/// One data set's facts and what they mean now.
struct Judged<'a> {
    facts: &'a Freshness,
    judgement: Judgement,
}

/// Findings that are open in the published generation.
#[derive(Serialize)]
struct Open {
    check: String,
    severity: String,
    count: u64,
}

pub(super) fn run(config: &Config, output: Output) -> anyhow::Result<()> {
    let worker = config.quality_worker()?;
    let options = FreshnessOptions { stale_after: worker.stale_after, expected_by: config.warehouse().expected_by };
    let reader = Reader::open(config.warehouse().published(), ReaderOptions::default())?;
    let (generation, status, now) = (reader.current(), reader.status(), Clock::system().now());
    let calendar = generation.as_deref().map(Generation::calendar);
    let judged = status.iter().flat_map(|status| &status.freshness).map(|facts| {
        let judgement = judge(&facts.into(), calendar, &options, now);
        Judged { facts, judgement }
    });
    let judged: Vec<_> = judged.collect();
    let open = generation.as_deref().map(open).transpose()?.unwrap_or_default();
    let quarantined = generation.as_deref().map(Generation::quarantined_count).transpose()?.unwrap_or_default();
    let shown = json!({
        "now": now,
        "reported_at": status.as_ref().map(|status| status.updated_at),
        "generation": generation.as_ref().map(|generation| generation.number()),
        "published_at": generation.as_ref().map(|generation| generation.published_at()),
        "sources": judged.iter().map(described).collect::<Vec<_>>(),
        "last_checks": status.as_ref().map(|status| &status.last_checks),
        "open": open,
        "quarantined": quarantined,
    });
    output.print(&shown, |_| {
        let sources = table(
            ["source", "data set", "last success (Shanghai)", "age", "last day", "due", "state", "last error"],
            judged.iter().map(row),
        );
        let facts = facts(generation.as_deref(), status.as_ref(), quarantined, now);
        let open = open.iter().map(|open| [open.check.clone(), open.severity.clone(), count(open.count)]);
        let open = table(["open findings of", "severity", "count"], open);
        format!("{sources}\n{}\n{open}", table(["what", "since"], facts))
    })
}

fn open(generation: &Generation) -> anyhow::Result<Vec<Open>> {
    let counts = generation.open_finding_counts()?;
    Ok(counts.into_iter().map(|(check, severity, count)| Open { check, severity, count }).collect())
}

fn described(judged: &Judged<'_>) -> serde_json::Value {
    let Judged { facts, judgement } = judged;
    json!({
        "source": facts.source,
        "dataset": facts.dataset,
        "last_success_at": facts.last_success_at,
        "age_seconds": judgement.age.map(|age| age.num_seconds()),
        "stale": judgement.stale,
        "last_trade_date": facts.last_trade_date,
        "expected_trade_date": judgement.expected_trade_date,
        "due_at": judgement.due_at,
        "late": judgement.late,
        "overdue": judgement.overdue,
        "last_error": facts.last_error,
        "last_error_at": facts.last_error_at,
    })
}

fn row(judged: &Judged<'_>) -> [String; 8] {
    let Judged { facts, judgement } = judged;
    let none = || "-".to_owned();
    let state = match judgement {
        Judgement { overdue: true, .. } => "overdue",
        Judgement { stale: true, .. } => "stale",
        _ => "fresh",
    };
    [
        facts.source.clone(),
        facts.dataset.clone(),
        instant(facts.last_success_at),
        judgement.age.map_or_else(none, age),
        facts.last_trade_date.map_or_else(none, |date| date.to_string()),
        judgement.expected_trade_date.map_or_else(none, |date| date.to_string()),
        state.to_owned(),
        facts.last_error.clone().unwrap_or_default(),
    ]
}

fn facts(
    generation: Option<&Generation>,
    status: Option<&StatusFile>,
    quarantined: u64,
    now: DateTime<Utc>,
) -> Vec<[String; 2]> {
    let since = |at: DateTime<Utc>| format!("{} ({} ago)", instant(Some(at)), age((now - at).max(TimeDelta::zero())));
    let never = || "never".to_owned();
    let published = generation.map_or_else(
        || ["published".to_owned(), never()],
        |generation| [format!("generation {} published", generation.number()), since(generation.published_at())],
    );
    let reported = ["ingest side reported".to_owned(), status.map_or_else(never, |status| since(status.updated_at))];
    let checks = status.into_iter().flat_map(|status| &status.last_checks);
    let mut facts = vec![published, reported];
    facts.extend(checks.map(|(name, at)| [name.clone(), since(*at)]));
    facts.push(["rows in quarantine".to_owned(), count(quarantined)]);
    facts
}
