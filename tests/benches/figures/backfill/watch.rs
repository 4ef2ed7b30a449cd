//! Watches a backfill from outside: the files that the worker writes, and `/proc`.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context as _;
use chrono::NaiveDate;
use tokio::time::Instant;
use warehouse::{BackfillPhase, BackfillProgress, Reader, ReaderOptions, manifest::Manifest};

use crate::{
    daemon::Daemon,
    machine::{Memory, ProcessorTime},
};

const LOOK_EVERY: Duration = Duration::from_millis(20);
const PATIENCE: Duration = Duration::from_secs(1_800);

/// What is looked at.
pub(super) struct Watch<'a> {
    /// The warehouse's folder.
    pub(super) root: PathBuf,
    pub(super) worker: &'a Daemon,
    /// The generation that is waited for ends with it.
    pub(super) last_day: NaiveDate,
}

/// Where a backfill is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    Planning,
    Fetching,
    Assembling,
    Publishing,
}

impl Phase {
    pub(super) const ALL: [Self; 4] = [Self::Planning, Self::Fetching, Self::Assembling, Self::Publishing];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Planning => "plan",
            Self::Fetching => "fetch",
            Self::Assembling => "assemble",
            Self::Publishing => "publish",
        }
    }
}

/// One look.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    /// Since the job was pushed.
    pub(super) at: Duration,
    pub(super) phase: Phase,
    /// How much of the phase is done, 0 to 1, where the worker says so.
    pub(super) done: Option<f64>,
    pub(super) memory: Memory,
    /// Of the worker, since it started.
    pub(super) worker: ProcessorTime,
    /// Of this process: the servers.
    pub(super) servers: ProcessorTime,
}

/// What was seen.
pub(super) struct Course {
    /// Ascending by time; the last one when it was readable.
    pub(super) looks: Vec<Look>,
    /// When a reader had the last bar.
    pub(super) readable: Duration,
    /// Length of all staged files.
    pub(super) staged_bytes: u64,
    pub(super) manifest: Manifest,
}

impl Watch<'_> {
    /// Looks until a reader has the last day.
    pub(super) async fn until_readable(&self, begun: Instant) -> anyhow::Result<Course> {
        let mut looks = vec![self.look(begun, Phase::Planning)?];
        let mut staged_bytes = 0;
        let mut ticks = tokio::time::interval(LOOK_EVERY);
        loop {
            ticks.tick().await;
            let before = looks[looks.len() - 1].phase;
            let look = self.look(begun, before)?;
            if before < Phase::Assembling && look.phase >= Phase::Assembling {
                staged_bytes = bytes_below(&self.root.join("backfill"))?;
            }
            looks.push(look);
            if let Some(manifest) = self.published()? {
                self.read()?;
                let last = Look { at: begun.elapsed(), ..self.look(begun, Phase::Publishing)? };
                looks.push(last);
                return Ok(Course { looks, readable: last.at, staged_bytes, manifest });
            }
            anyhow::ensure!(begun.elapsed() < PATIENCE, "the backfill takes too long:\n{}", self.worker.log_end());
        }
    }

    fn look(&self, begun: Instant, before: Phase) -> anyhow::Result<Look> {
        let progress = self.progress();
        let told = match progress.as_ref().map(|progress| progress.phase) {
            Some(BackfillPhase::Fetching) => Phase::Fetching,
            Some(BackfillPhase::Assembling) if self.is_assembled() => Phase::Publishing,
            Some(BackfillPhase::Assembling) => Phase::Assembling,
            Some(BackfillPhase::Done) => Phase::Publishing,
            Some(BackfillPhase::Failed) => {
                let why = progress.map(|progress| progress.message).unwrap_or_default();
                anyhow::bail!("the backfill failed: {why}\n{}", self.worker.log_end())
            }
            _ => Phase::Planning,
        };
        let phase = told.max(before);
        let done = progress.and_then(|progress| match phase {
            Phase::Fetching => Some(progress.codes_done as f64 / progress.codes_total.max(1) as f64),
            Phase::Assembling => {
                let taken: f64 = progress.message.split(' ').next()?.parse().ok()?;
                Some(taken / progress.rows.max(1) as f64)
            }
            _ => None,
        });
        let id = self.worker.id()?;
        Ok(Look {
            at: begun.elapsed(),
            phase,
            done,
            memory: Memory::of(id)?,
            worker: ProcessorTime::of(id)?,
            servers: ProcessorTime::of(std::process::id())?,
        })
    }

    fn progress(&self) -> Option<BackfillProgress> {
        serde_json::from_slice(&std::fs::read(self.root.join("backfill/progress.json")).ok()?).ok()
    }

    /// Whether the writer has noted that the next base stands.
    fn is_assembled(&self) -> bool {
        let Ok(runs) = std::fs::read_dir(self.root.join("backfill")) else { return false };
        runs.flatten().any(|run| run.path().join("assembled.json").exists())
    }

    fn published(&self) -> anyhow::Result<Option<Manifest>> {
        let published = self.root.join("published");
        let Ok(current) = std::fs::read_to_string(published.join("CURRENT")) else { return Ok(None) };
        let manifest = Manifest::read(&published.join(current.trim()))?;
        Ok(Some(manifest).filter(|manifest| manifest.last_trade_date == Some(self.last_day)))
    }

    /// A reader opens the generation and has a bar of the last day.
    fn read(&self) -> anyhow::Result<()> {
        let reader = Reader::open(self.root.join("published"), ReaderOptions::default())?;
        let generation = reader.current().context("nothing published")?;
        let mut bars = Vec::new();
        for code in generation.codes_with_bars() {
            generation.bars(&code, self.last_day, self.last_day, &mut bars)?;
            if !bars.is_empty() {
                return Ok(());
            }
        }
        anyhow::bail!("no code has a bar of {}", self.last_day)
    }
}

fn bytes_below(folder: &Path) -> anyhow::Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        bytes += if entry.file_type()?.is_dir() { bytes_below(&entry.path())? } else { entry.metadata()?.len() };
    }
    Ok(bytes)
}
