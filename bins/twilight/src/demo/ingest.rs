//! Sends the jobs and watches them through the queue.

use std::time::Duration;

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};
use job_queue::{
    Broker, JobState, Push, Queue,
    payload::{IngestJob, queue_name::INGEST},
};
use tokio::time::Instant;

use super::{daemon::Daemon, stage::Stage};

/// How the ingest went.
pub(crate) struct Ingested {
    pub(crate) jobs: u64,
    pub(crate) elapsed: Duration,
}

/// Pushes the reference data and every day, and waits until all are done. A job in the dead letters fails the demo.
pub(crate) async fn run(stage: &Stage, worker: &Daemon) -> anyhow::Result<Ingested> {
    let queue: Queue<IngestJob> = Queue::new(&Broker::connect(&stage.redis.url())?, INGEST)?;
    let source = "tushare".to_owned();
    let begun = Instant::now();
    let mut jobs = vec![IngestJob::FetchReference { source: source.clone() }];
    jobs.extend(stage.days.iter().map(|day| IngestJob::FetchDailyMarket { source: source.clone(), trade_date: *day }));
    for job in &jobs {
        queue.push(Push::id(&job.id_on_request("demo")).coalesce(&job.coalesce_key()), job).await.context("enqueue")?;
    }
    let total = jobs.len() as u64;
    let bar = ProgressBar::new(total).with_style(
        ProgressStyle::with_template("  ingest   {bar:32} {pos:>3}/{len} jobs  {elapsed}  {msg}")?
            .progress_chars("━╸ "),
    );
    loop {
        let stats = queue.stats().await?;
        bar.set_position(stats.done);
        if stats.dead > 0 {
            let dead = queue.list(JobState::Dead, 0, 3).await?.jobs;
            let errors: Vec<String> =
                dead.into_iter().map(|job| format!("{}: {}", job.id, job.error.unwrap_or_default())).collect();
            anyhow::bail!("jobs failed:\n{}\nthe worker's log:\n{}", errors.join("\n"), worker.log_end());
        }
        if stats.done >= total {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    bar.finish_and_clear();
    Ok(Ingested { jobs: total, elapsed: begun.elapsed() })
}
