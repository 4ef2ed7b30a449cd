//! What is published: the generation, how fresh it is, how old a replica is.

use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use daemon_kit::config::{Config, ReplicaConfig, Seen};
use quality_rules::freshness::{FreshnessOptions, judge as judge_freshness};
use serde::Serialize;
use warehouse::{Generation, Reader, ReaderOptions, ReplicaFile, StatusFile, read_replica};

use super::health::Problems;

/// A folder of published generations.
#[derive(Debug, Default, Serialize)]
pub(super) struct Published {
    pub(super) folder: PathBuf,
    /// `None` before the first.
    pub(super) generation: Option<u64>,
    pub(super) published_at: Option<DateTime<Utc>>,
    pub(super) last_trade_date: Option<chrono::NaiveDate>,
    pub(super) sources: Vec<Source>,
    /// The ingest side's last word.
    pub(super) reported_at: Option<DateTime<Utc>>,
    pub(super) running_jobs: usize,
    pub(super) withheld_days: usize,
    pub(super) open_errors: u64,
    pub(super) open_warnings: u64,
    /// Only of a copy.
    pub(super) replica: Option<Replica>,
    /// What cannot be read.
    pub(super) errors: Vec<String>,
}

/// One data set of one source.
#[derive(Debug, Serialize)]
pub(super) struct Source {
    pub(super) source: String,
    pub(super) dataset: String,
    pub(super) last_success_at: Option<DateTime<Utc>>,
    pub(super) last_trade_date: Option<chrono::NaiveDate>,
    pub(super) stale: bool,
    pub(super) overdue: bool,
    pub(super) last_error: Option<String>,
}

/// How old a copy is.
#[derive(Debug, Serialize)]
pub(super) struct Replica {
    pub(super) age_s: Option<i64>,
    pub(super) verified_at: Option<DateTime<Utc>>,
    pub(super) from: String,
    pub(super) is_too_old: bool,
    /// The last drill: when, and whether it passed.
    pub(super) drill: Option<(DateTime<Utc>, bool)>,
}

/// Reads every folder that exists, and the first one also where it does not. May block on a file system that is far away.
pub(super) fn read(config: &Config, now: DateTime<Utc>) -> Vec<Published> {
    let seen = &config.status().seen;
    let options = FreshnessOptions { stale_after: seen.stale_after, expected_by: config.warehouse().expected_by };
    folders(seen).iter().map(|folder| read_one(folder, &options, config.replica(), now)).collect()
}

/// Of a replica's host the writer's folder is not there, of a primary it is the only one.
fn folders(seen: &Seen) -> Vec<PathBuf> {
    let there: Vec<_> = seen.published.iter().filter(|folder| folder.is_dir()).cloned().collect();
    if there.is_empty() { seen.published.first().cloned().into_iter().collect() } else { there }
}

fn read_one(folder: &Path, options: &FreshnessOptions, replica: &ReplicaConfig, now: DateTime<Utc>) -> Published {
    let mut published = Published { folder: folder.to_owned(), ..Published::default() };
    match read_replica(folder) {
        Ok(file) => published.replica = file.map(|file| of_replica(&file, replica, now)),
        Err(error) => published.errors.push(error.to_string()),
    }
    let reader = match Reader::open(folder, ReaderOptions::default()) {
        Ok(reader) => reader,
        Err(error) => {
            published.errors.push(error.to_string());
            return published;
        }
    };
    let generation = reader.current();
    if let Some(generation) = &generation {
        published.generation = Some(generation.number());
        published.published_at = Some(generation.published_at());
        published.last_trade_date = generation.manifest().last_trade_date;
    }
    if let Some(status) = reader.status() {
        add_status(&mut published, &status, generation.as_deref(), options, now);
    }
    published
}

fn add_status(
    published: &mut Published,
    status: &StatusFile,
    generation: Option<&Generation>,
    options: &FreshnessOptions,
    now: DateTime<Utc>,
) {
    let calendar = generation.map(Generation::calendar);
    let sources = status.freshness.iter().map(|facts| {
        let judged = judge_freshness(&facts.into(), calendar, options, now);
        Source {
            source: facts.source.clone(),
            dataset: facts.dataset.clone(),
            last_success_at: facts.last_success_at,
            last_trade_date: facts.last_trade_date,
            stale: judged.stale,
            overdue: judged.overdue,
            last_error: facts.last_error.clone(),
        }
    });
    published.sources = sources.collect();
    published.reported_at = Some(status.updated_at);
    published.running_jobs = status.running_jobs.len();
    published.withheld_days = status.withheld.len();
    let open = |severity: &str| status.open_findings.get(severity).copied().unwrap_or_default();
    (published.open_errors, published.open_warnings) = (open("error"), open("warning"));
}

fn of_replica(file: &ReplicaFile, config: &ReplicaConfig, now: DateTime<Utc>) -> Replica {
    let age = file.age_seconds(now);
    let bounds = [config.alert_after, config.unready_after];
    let bound = bounds.into_iter().flatten().min();
    let is_older = |bound: TimeDelta| age.is_none_or(|age| age > bound.num_seconds());
    Replica {
        age_s: age,
        verified_at: file.verified_at,
        from: file.from.clone(),
        is_too_old: bound.is_some_and(is_older),
        drill: file.last_drill.as_ref().map(|drill| (drill.at, drill.passed)),
    }
}

/// What is wrong with it.
pub(super) fn judge(folders: &[Published], problems: &mut Problems) {
    for published in folders {
        let about = "data";
        for error in &published.errors {
            problems.look("generation", about, error.clone());
        }
        if published.generation.is_none() && published.errors.is_empty() {
            let text = format!("nothing is published yet in {}", published.folder.display());
            problems.look("generation", about, text);
        }
        for source in published.sources.iter().filter(|source| source.overdue) {
            let error = source.last_error.as_deref().map(|error| format!(": {error}")).unwrap_or_default();
            problems.look("freshness", format!("{}/{}", source.source, source.dataset), format!("is overdue{error}"));
        }
        if published.withheld_days > 0 {
            problems.look("incomplete_day", about, format!("{} days are withheld", published.withheld_days));
        }
        if published.open_errors > 0 {
            let text = format!("{} open errors: twilight quality findings --open", published.open_errors);
            problems.look("findings", about, text);
        }
        let Some(replica) = &published.replica else { continue };
        if replica.is_too_old {
            problems.look("replica_age", "replica", "is older than it may be: does the primary still push?");
        }
        if replica.drill.is_some_and(|(_, passed)| !passed) {
            problems.look("replica_age", "replica", "the last drill failed: twilight replica status");
        }
    }
}
