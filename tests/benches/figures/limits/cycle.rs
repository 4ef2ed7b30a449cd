//! A day of the house, and what happens once a month, one after the other.

use std::time::Duration;

use anyhow::Context as _;
use chrono::NaiveDate;
use job_queue::{
    Broker, JobState, Push, Queue,
    payload::{
        IngestJob, QualityJob,
        queue_name::{INGEST, QUALITY},
    },
};
use serde::{Serialize, de::DeserializeOwned};
use tokio::time::Instant;

use super::house::House;
use crate::report::Table;

/// A compaction, or a check of everything, on a machine that does other things too.
const PATIENCE: Duration = Duration::from_secs(1_800);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// What the day was made of, with seconds.
pub(super) struct Cycle<'a> {
    house: &'a House,
    ingest: Queue<IngestJob>,
    quality: Queue<QualityJob>,
    table: Table,
    jobs: u64,
}

impl<'a> Cycle<'a> {
    /// Over the queues of the house.
    ///
    /// # Errors
    /// When its Redis does not answer.
    pub(super) fn new(house: &'a House) -> anyhow::Result<Self> {
        let broker = Broker::connect(&house.queue)?;
        Ok(Self {
            house,
            ingest: Queue::new(&broker, INGEST)?,
            quality: Queue::new(&broker, QUALITY)?,
            table: Table::new("The cycle, under load", ["what", "s"]),
            jobs: 0,
        })
    }

    /// Every day's work on `days`, of which the first has Tushare alone and the others all sources; then the month's: every
    /// rule over everything, a new base, and one more day on it.
    ///
    /// # Errors
    /// When a job fails.
    pub(super) async fn run(mut self, days: &[NaiveDate]) -> anyhow::Result<Table> {
        let [first, second, last] = days else { anyhow::bail!("three days make the cycle") };
        let reference = IngestJob::FetchReference { source: "tushare".to_owned() };
        self.ingested("calendar, instruments, corporate actions", vec![reference]).await?;
        self.ingested(&format!("{first}: Tushare"), vec![of("tushare", *first)]).await?;
        let economy = IngestJob::FetchMacro { source: "aktools".to_owned(), series: None };
        let all = ["tushare", "tdx", "yahoo", "alpha_vantage"].map(|source| of(source, *second));
        self.ingested(&format!("{second}: all five sources"), all.into_iter().chain([economy]).collect()).await?;
        let period = quarter_end_before(*first).context("no quarter ended before")?;
        let reports = IngestJob::FetchFundamentals { source: "tushare".to_owned(), period, codes: None };
        self.ingested(&format!("what companies reported about {period}"), vec![reports]).await?;
        self.checked("the checks that these asked for").await?;
        self.check_everything().await?;
        self.ingested("a new base from base and tail", vec![IngestJob::Compact]).await?;
        self.ingested(&format!("{last}: Tushare, on the new base"), vec![of("tushare", *last)]).await?;
        self.ingested("old features dropped", vec![IngestJob::ExpireFeatures]).await?;
        self.checked("the checks of that").await?;
        Ok(self.table)
    }

    async fn ingested(&mut self, what: &str, jobs: Vec<IngestJob>) -> anyhow::Result<()> {
        let begun = Instant::now();
        let mut ids = Vec::new();
        for job in &jobs {
            self.jobs += 1;
            let id = format!("{}#limits-{}", job.coalesce_key(), self.jobs);
            self.ingest.push(Push::id(&id), job).await?;
            ids.push(id);
        }
        for id in &ids {
            ends(&self.ingest, id, self.house, "ingest-worker").await?;
        }
        self.add(what, begun);
        Ok(())
    }

    async fn check_everything(&mut self) -> anyhow::Result<()> {
        let begun = Instant::now();
        let id = "check_generation#limits";
        self.quality.push(Push::id(id), &QualityJob::CheckGeneration { generation: None, dates: None }).await?;
        ends(&self.quality, id, self.house, "quality-worker").await?;
        self.add("every rule over the whole history", begun);
        Ok(())
    }

    /// Waits until nothing waits or runs in the queue of checks.
    async fn checked(&mut self, what: &str) -> anyhow::Result<()> {
        let begun = Instant::now();
        let empty = async {
            let mut looks = tokio::time::interval(LOOK_EVERY);
            loop {
                looks.tick().await;
                let stats = self.quality.stats().await?;
                if stats.waiting + stats.delayed + stats.running == 0 {
                    return anyhow::Ok(());
                }
            }
        };
        tokio::time::timeout(PATIENCE, empty).await.context("the checks never ended")??;
        self.add(what, begun);
        Ok(())
    }

    fn add(&mut self, what: &str, begun: Instant) {
        let seconds = begun.elapsed().as_secs_f64();
        println!("- {what}: {seconds:.1} s");
        self.table.row([what.to_owned(), format!("{seconds:.1}")]);
    }
}

/// Waits for a job's end; tries that fail for want of memory would show as one that never ends, or in the dead letters.
async fn ends<T: Serialize + DeserializeOwned + Send + Sync + Unpin + 'static>(
    queue: &Queue<T>,
    id: &str,
    house: &House,
    daemon: &str,
) -> anyhow::Result<()> {
    let ended = async {
        let mut looks = tokio::time::interval(LOOK_EVERY);
        loop {
            looks.tick().await;
            let job = queue.show(id).await?;
            match job.summary.state {
                JobState::Done => return anyhow::Ok(()),
                JobState::Dead | JobState::Retrying => {
                    anyhow::bail!("{id} failed: {:?}\n{}", job.summary.error, house.daemon(daemon)?.log_end())
                }
                _ => {}
            }
        }
    };
    tokio::time::timeout(PATIENCE, ended).await.with_context(|| format!("{id} never ended"))?
}

fn of(source: &str, trade_date: NaiveDate) -> IngestJob {
    IngestJob::FetchDailyMarket { source: source.to_owned(), trade_date }
}

fn quarter_end_before(day: NaiveDate) -> Option<NaiveDate> {
    use chrono::Datelike as _;
    let quarter = day.month0() / 3 * 3 + 1;
    NaiveDate::from_ymd_opt(day.year(), quarter, 1)?.pred_opt()
}
