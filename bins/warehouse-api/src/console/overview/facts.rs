//! What is known when somebody looks.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use daemon_kit::{disk::Disk, problem::Problem};
use quality_rules::freshness::{FreshnessOptions, Judgement, Rhythm, judge};
use warehouse::{Freshness, Generation, ReplicaFile, SourceDay, StatusFile};

use crate::{
    app::App,
    console::{
        day_grid::{self, DayGrid},
        pages::{CALENDAR_DAYS, SourceDays},
    },
    failure,
    finding_counts::FindingCounts,
    shanghai,
};

/// The state of the data as of a moment.
pub(in crate::console) struct Facts {
    pub(super) now: DateTime<Utc>,
    /// The last report of the ingest side.
    pub(super) status: Option<StatusFile>,
    pub(super) generation: Option<Arc<Generation>>,
    /// What is open in it.
    pub(super) counts: Option<Arc<FindingCounts>>,
    /// Why the newest generation is not the one being served.
    pub(super) refusal: Option<String>,
    /// What the served copy says of itself, where it is one.
    pub(super) copy: Option<ReplicaFile>,
    /// The file system of the published folder, where it can be asked.
    pub(super) disk: Option<Disk>,
    options: FreshnessOptions,
}

impl Facts {
    /// Looks now.
    pub(in crate::console) async fn now(app: &Arc<App>, now: DateTime<Utc>) -> Result<Self, Problem> {
        let generation = app.reader.current();
        let looking = app.clone();
        let look = move || (looking.reader.status(), Disk::of(looking.replica.folder()).ok());
        let (status, disk) = tokio::task::spawn_blocking(look).await.map_err(|panic| failure::panicked(&panic))?;
        Ok(Self {
            now,
            status,
            counts: generation.as_ref().and_then(|generation| app.publications.counts(generation)),
            generation,
            refusal: app.publications.refusal(),
            copy: app.replica.replica(),
            disk,
            options: app.freshness.clone(),
        })
    }

    /// Every data set of every source, judged.
    pub(super) fn datasets(&self) -> Vec<(&Freshness, Judgement)> {
        let calendar = self.generation.as_deref().map(Generation::calendar);
        let facts = self.status.as_ref().map_or(&[][..], |status| &status.freshness);
        facts.iter().map(|facts| (facts, judge(&facts.into(), calendar, &self.options, self.now))).collect()
    }

    /// Those that somebody waits for: how many there are, and how many of them are overdue.
    pub(super) fn on_time(&self) -> (usize, usize) {
        let waited = self.datasets().into_iter().filter(|(_, judged)| judged.rhythm != Rhythm::OnRequest);
        waited.fold((0, 0), |(all, overdue), (_, judged)| (all + 1, overdue + usize::from(judged.overdue)))
    }

    /// The newest trading days up to today beside the sources.
    pub(super) fn grid(&self, generation: &Generation, source_days: &SourceDays) -> DayGrid {
        let calendar = generation.calendar();
        let today = shanghai::date(self.now);
        let first = calendar.range().map_or(today, |(first, _)| first);
        let mut days: Vec<_> = calendar.open_days(first, today).rev().take(CALENDAR_DAYS).collect();
        days.reverse();
        self.grid_over(generation, &days, &source_days.days, &source_days.spans)
    }

    /// Some trading days beside the sources.
    pub(in crate::console) fn grid_over(
        &self,
        generation: &Generation,
        days: &[NaiveDate],
        source_days: &[SourceDay],
        spans: &[(String, NaiveDate, NaiveDate)],
    ) -> DayGrid {
        day_grid::grid(&day_grid::Known {
            days,
            source_days,
            spans,
            freshness: self.status.as_ref().map_or(&[], |status| &status.freshness),
            calendar: generation.calendar(),
            published_at: generation.published_at(),
            options: &self.options,
            now: self.now,
        })
    }
}
