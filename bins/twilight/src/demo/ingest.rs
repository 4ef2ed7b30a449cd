//! Sends the jobs and watches them through the queue.

use std::time::Duration;

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};
use job_queue::{
    Broker, JobState, Push, Pushed, Queue,
    payload::{IngestJob, queue_name::INGEST},
};
use tokio::time::Instant;
use warehouse::BackfillPhase;

use super::{daemon::Daemon, damage::Damage, stage::Stage};

/// How the ingest went.
pub(crate) struct Ingested {
    pub(crate) jobs: u64,
    /// The histories from TDX: bars in the next base.
    pub(crate) history_rows: u64,
    pub(crate) history: Duration,
    /// The days from Tushare.
    pub(crate) days: Duration,
    /// Everything else.
    pub(crate) others: Duration,
}

const TICK: Duration = Duration::from_millis(100);
const STYLE: &str = "  {prefix:10} {bar:32} {pos:>5}/{len} {msg}  {elapsed}";

/// Who is listed, then the histories from TDX, then every day from Tushare, then what the other vendors have, and the last day
/// once more. A job in the dead letters fails the demo.
pub(crate) async fn run(stage: &Stage, damage: &Damage, worker: &Daemon) -> anyhow::Result<Ingested> {
    let queue: Queue<IngestJob> = Queue::new(&Broker::connect(&stage.redis.url())?, INGEST)?;
    let runner = Runner { queue, worker };
    let tushare = || "tushare".to_owned();
    runner.all("reference", &[IngestJob::FetchReference { source: tushare() }]).await?;

    let begun = Instant::now();
    let history_rows = runner.histories(stage).await?;
    let history = begun.elapsed();

    let days: Vec<IngestJob> =
        stage.days.iter().map(|day| IngestJob::FetchDailyMarket { source: tushare(), trade_date: *day }).collect();
    let begun = Instant::now();
    runner.all("days", &days).await?;
    let day_time = begun.elapsed();

    // The last day from TDX has one wrong close, and the one from Tushare, asked for again, one row that cannot be.
    let begun = Instant::now();
    damage.of_tdx(stage);
    runner.all("others", &others(stage)?).await?;
    damage.of_tushare(stage);
    let last = days.last().cloned();
    runner.all("again", last.as_slice()).await?;
    let jobs = runner.queue.stats().await?.done;
    Ok(Ingested { jobs, history_rows, history, days: day_time, others: begun.elapsed() })
}

/// The last day from TDX beside Tushare's, what is watched abroad, the economy, the last reports.
fn others(stage: &Stage) -> anyhow::Result<Vec<IngestJob>> {
    let last = *stage.days.last().context("no days")?;
    let period = stage.reported_quarter().context("no quarter")?;
    let day = |source: &str| IngestJob::FetchDailyMarket { source: source.to_owned(), trade_date: last };
    let reports = |source: &str| IngestJob::FetchFundamentals { source: source.to_owned(), period, codes: None };
    Ok(vec![
        day("tdx"),
        day("yahoo"),
        day("alpha_vantage"),
        IngestJob::FetchMacro { source: "aktools".to_owned(), series: None },
        reports("tushare"),
        reports("tdx"),
    ])
}

struct Runner<'a> {
    queue: Queue<IngestJob>,
    worker: &'a Daemon,
}

impl Runner<'_> {
    /// Pushes the jobs and waits until all are done.
    async fn all(&self, name: &'static str, jobs: &[IngestJob]) -> anyhow::Result<()> {
        let mut waiting = Vec::with_capacity(jobs.len());
        for (number, job) in jobs.iter().enumerate() {
            let id = job.id_on_request(&format!("demo-{name}-{number}"));
            let pushed = self.queue.push(Push::id(&id).coalesce(&job.coalesce_key()), job).await.context("enqueue")?;
            // The worker asks by itself for what it lacks.
            waiting.push(match pushed {
                Pushed::New { id } | Pushed::Duplicate { id, .. } | Pushed::Coalesced { with: id, .. } => id,
            });
        }
        let bar = bar(name, jobs.len() as u64, "jobs")?;
        while !waiting.is_empty() {
            let mut still = Vec::with_capacity(waiting.len());
            for id in waiting {
                match self.queue.show(&id).await?.summary.state {
                    JobState::Done => bar.inc(1),
                    _ => still.push(id),
                }
            }
            waiting = still;
            self.none_dead().await?;
            tokio::time::sleep(TICK).await;
        }
        bar.finish_and_clear();
        Ok(())
    }

    /// The histories before the days; how many bars they brought.
    async fn histories(&self, stage: &Stage) -> anyhow::Result<u64> {
        let Some((from, to)) = stage.history.first().zip(stage.history.last()) else { return Ok(0) };
        let job = IngestJob::BackfillHistory { source: "tdx".to_owned(), codes: None, from: *from, to: *to, part: 0 };
        let id = job.id_on_request("demo");
        self.queue.push(Push::id(&id).coalesce(&job.coalesce_key()), &job).await.context("enqueue")?;
        let bar = bar("histories", 0, "codes")?;
        let published = stage.published();
        loop {
            self.none_dead().await?;
            if let Some(progress) = warehouse::read_status(&published)?.and_then(|status| status.backfill) {
                bar.set_length(progress.codes_total);
                bar.set_position(progress.codes_done);
                bar.set_message(format!("codes, {}", progress.phase.as_str()));
                match progress.phase {
                    BackfillPhase::Done => {
                        bar.finish_and_clear();
                        return Ok(progress.rows);
                    }
                    BackfillPhase::Failed => anyhow::bail!("the backfill failed: {}", progress.message),
                    _ => {}
                }
            }
            tokio::time::sleep(TICK).await;
        }
    }

    async fn none_dead(&self) -> anyhow::Result<()> {
        if self.queue.stats().await?.dead == 0 {
            return Ok(());
        }
        let dead = self.queue.list(JobState::Dead, 0, 3).await?.jobs;
        let errors: Vec<String> =
            dead.into_iter().map(|job| format!("{}: {}", job.id, job.error.unwrap_or_default())).collect();
        anyhow::bail!("jobs failed:\n{}\nthe worker's log:\n{}", errors.join("\n"), self.worker.log_end());
    }
}

fn bar(name: &'static str, length: u64, unit: &'static str) -> anyhow::Result<ProgressBar> {
    let style = ProgressStyle::with_template(STYLE)?.progress_chars("━╸ ");
    Ok(ProgressBar::new(length).with_style(style).with_prefix(name).with_message(unit))
}
