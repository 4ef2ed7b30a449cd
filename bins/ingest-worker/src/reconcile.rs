//! Finds what the warehouse lacks and asks for it: Redis may forget its jobs, the warehouse knows which days it has.
//!
//! * A day that the preferred vendor has not brought is asked of it, again and again, for its rows are the ones wanted.
//! * A day that it still has not brought some time after its turn is asked of the next vendor too.
//! * A backfill that is not finished and that no job works on is taken up again.

mod again;
mod backfills;
mod days;

use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use daemon_kit::clock::Clock;
use job_queue::{CronExpression, JobState, Push, Pushed, Queue, QueueError, payload::IngestJob};

pub(crate) use self::{again::Again, days::Late};
use crate::{
    PublicationTime, WriterHandle,
    backfill::Backfills,
    fallback::{self, SourceOrder},
    sources::Source,
    status::StatusBoard,
};

/// What must be in the warehouse, and where to ask for it.
pub(crate) struct Reconcile {
    pub(crate) writer: WriterHandle,
    pub(crate) queue: Queue<IngestJob>,
    pub(crate) order: SourceOrder,
    /// Whether reference data can be asked for.
    pub(crate) has_reference_source: bool,
    /// Trading days from here on must be there; without it only days after the first one the warehouse holds.
    pub(crate) keep_from: Option<NaiveDate>,
    /// When a day's bars are final.
    pub(crate) publication: PublicationTime,
    /// The schedule of the preferred vendor's daily fetch: a day is not missing before its turn has come.
    pub(crate) daily_ticks: Option<CronExpression>,
    /// How long after its turn a day is asked of the next vendor.
    pub(crate) fallback_after: Duration,
    pub(crate) backfills: Backfills,
    pub(crate) board: StatusBoard,
    pub(crate) clock: Clock,
    pub(crate) again: Again,
    pub(crate) late: Late,
}

impl Reconcile {
    /// Looks now and then every `every`, for ever. An unreachable Redis is waited for.
    pub(crate) async fn keep_looking(mut self, every: Duration) {
        loop {
            let looked = self.look(self.clock.now()).await;
            match looked {
                Ok(0) => self.again.looked(),
                Ok(pushed) => {
                    self.again.looked();
                    tracing::info!(pushed, "asked for {pushed} missing pieces of the warehouse");
                }
                Err(error) => tracing::warn!(error = %error, "could not ask for what is missing; trying again"),
            }
            tokio::time::sleep(every).await;
        }
    }

    /// Pushes a job for each missing piece; returns how many were new in the queue.
    async fn look(&mut self, now: DateTime<Utc>) -> anyhow::Result<usize> {
        let mut pushed = self.take_up_backfills(now).await?;
        let Some(preferred) = self.order.preferred() else { return Ok(pushed) };
        let until = self.last_due_day(now);
        let lacking = self.lacking(until).await?;
        if !lacking.has_reference && self.has_reference_source {
            let job = IngestJob::FetchReference { source: Source::Tushare.name().to_owned() };
            pushed += self.ask(&format!("missing:fetch_reference@{until}"), &job, now).await?;
        }
        for date in &lacking.missing {
            pushed += self.ask_for_day(preferred, *date, now).await?;
        }
        for date in &lacking.withheld {
            // The job that brought a part of it tries again by itself; this is for when it has given up.
            if self.again.is_due(&format!("withheld {date}"), now) {
                pushed += self.ask_for_day(preferred, *date, now).await?;
            }
        }
        self.late.see(lacking.wanted(), now);
        for (stand_in, date) in lacking.stand_ins(&self.order, |date, place| self.is_late(date, place, now)) {
            let job = IngestJob::FetchDailyMarket { source: stand_in.name().to_owned(), trade_date: date };
            pushed += self.ask(&fallback::stand_in_id(stand_in, date), &job, now).await?;
        }
        Ok(pushed)
    }

    /// The newest day that should be there: its bars are final, and the schedule's turn for it has come. The vendor
    /// completes a day until 17:00, so that asking at the first possible minute would only bring half of it.
    fn last_due_day(&self, now: DateTime<Utc>) -> NaiveDate {
        let closed = self.publication.last_closed_day(now);
        let tick = self.daily_ticks.as_ref().and_then(|ticks| ticks.latest(now));
        tick.map_or(closed, |tick| closed.min(tick.date_naive()))
    }

    /// Whether `date` is so late that the vendor at `place` of the order is asked for it. Time counts from the day's turn,
    /// and not before somebody was there to ask the vendors before it.
    fn is_late(&self, date: NaiveDate, place: usize, now: DateTime<Utc>) -> bool {
        let turn = days::turn_of(self.daily_ticks.as_ref(), self.publication, date);
        let since = self.late.since(date).map_or(turn, |seen| seen.max(turn));
        let places = u32::try_from(place).unwrap_or(u32::MAX);
        chrono::TimeDelta::from_std(self.fallback_after.saturating_mul(places)).is_ok_and(|late| now >= since + late)
    }

    async fn ask_for_day(&mut self, source: Source, date: NaiveDate, now: DateTime<Utc>) -> anyhow::Result<usize> {
        let job = IngestJob::FetchDailyMarket { source: source.name().to_owned(), trade_date: date };
        Ok(self.ask(&day_id(source, date), &job, now).await?)
    }

    /// One id per piece. A job that is done although the piece is missing (a restored backup) is asked for again once an
    /// hour; one that rests in the dead letters is sent again after a while that grows: what only a person can mend may
    /// have been mended.
    async fn ask(&mut self, id: &str, job: &IngestJob, now: DateTime<Utc>) -> Result<usize, QueueError> {
        let key = job.coalesce_key();
        let mut pushed = self.queue.push(Push::id(id).coalesce(&key), job).await?;
        if let Pushed::Duplicate { state, .. } = &pushed {
            match state {
                JobState::Done => {
                    let again = format!("{id}#{}", now.format("%Y%m%dT%H"));
                    pushed = self.queue.push(Push::id(&again).coalesce(&key), job).await?;
                }
                JobState::Dead if self.again.is_due(id, now) => {
                    return match self.queue.retry_dead(id).await {
                        Ok(()) => Ok(1),
                        // Somebody else was faster.
                        Err(QueueError::NotFound(_) | QueueError::WrongState { .. }) => Ok(0),
                        Err(error) => Err(error),
                    };
                }
                _ => {}
            }
        }
        Ok(usize::from(matches!(pushed, Pushed::New { .. })))
    }
}

fn day_id(source: Source, date: NaiveDate) -> String {
    match source {
        Source::Tushare => format!("missing:fetch_daily_market@{date}"),
        _ => format!("missing:fetch_daily_market@{source}@{date}"),
    }
}
