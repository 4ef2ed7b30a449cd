//! Finds what the warehouse lacks and asks for it: Redis may forget its jobs, the warehouse knows which days it has.

use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use daemon_kit::clock::Clock;
use job_queue::{CronExpression, JobState, Push, Pushed, Queue, QueueError, payload::IngestJob};

use crate::{PublicationTime, WriterHandle};

/// Days that may be missing without `keep_from`: the last ones before today.
const LOOK_BACK_DAYS: u64 = 14;

/// What must be in the warehouse, and where to ask for it.
#[derive(Clone)]
pub(crate) struct Reconcile {
    pub(crate) writer: WriterHandle,
    pub(crate) queue: Queue<IngestJob>,
    pub(crate) source: String,
    /// Trading days from here on must be there; without it only days after the first one the warehouse holds.
    pub(crate) keep_from: Option<NaiveDate>,
    /// When a day's bars are final.
    pub(crate) publication: PublicationTime,
    /// The schedule of the daily fetch: a day is not missing before its turn has come.
    pub(crate) daily_ticks: Option<CronExpression>,
    pub(crate) clock: Clock,
}

impl Reconcile {
    /// Looks now and then every `every`, for ever. An unreachable Redis is waited for.
    pub(crate) async fn keep_looking(self, every: Duration) {
        loop {
            match self.look(self.clock.now()).await {
                Ok(0) => {}
                Ok(pushed) => tracing::info!(pushed, "asked for {pushed} missing pieces of the warehouse"),
                Err(error) => tracing::warn!(error = %error, "could not ask for what is missing; trying again"),
            }
            tokio::time::sleep(every).await;
        }
    }

    /// Pushes a job for each missing piece; returns how many were new in the queue.
    pub(crate) async fn look(&self, now: DateTime<Utc>) -> anyhow::Result<usize> {
        let until = self.last_due_day(now);
        let (keep_from, source) = (self.keep_from, self.source.clone());
        let (has_reference, missing) = self
            .writer
            .with(move |writer| {
                let first = match keep_from {
                    Some(day) => Some(day),
                    None => {
                        let floor = until.checked_sub_days(chrono::Days::new(LOOK_BACK_DAYS)).unwrap_or(until);
                        let partitions = writer.status()?.partitions;
                        let first =
                            partitions.iter().filter(|known| known.source == source).map(|known| known.first).min();
                        first.map(|first| first.max(floor))
                    }
                };
                let missing = first.map(|from| writer.missing_partitions(&source, from, until)).transpose()?;
                Ok::<_, warehouse::WarehouseError>((writer.has_reference()?, missing.unwrap_or_default()))
            })
            .await??;
        let mut pushed = 0;
        if !has_reference {
            let job = IngestJob::FetchReference { source: self.source.clone() };
            pushed += self.ask(&format!("missing:fetch_reference@{until}"), &job, now).await?;
        }
        for date in missing {
            let job = IngestJob::FetchDailyMarket { source: self.source.clone(), trade_date: date };
            pushed += self.ask(&format!("missing:fetch_daily_market@{date}"), &job, now).await?;
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

    /// One id per piece: a job that rests in the dead letters is not pushed again and again. One that is done although
    /// the piece is missing (a restored backup) is asked for again, once an hour at most.
    async fn ask(&self, id: &str, job: &IngestJob, now: DateTime<Utc>) -> Result<usize, QueueError> {
        let key = job.coalesce_key();
        let mut pushed = self.queue.push(Push::id(id).coalesce(&key), job).await?;
        if matches!(pushed, Pushed::Duplicate { state: JobState::Done, .. }) {
            let again = format!("{id}#{}", now.format("%Y%m%dT%H"));
            pushed = self.queue.push(Push::id(&again).coalesce(&key), job).await?;
        }
        Ok(usize::from(matches!(pushed, Pushed::New { .. })))
    }
}
