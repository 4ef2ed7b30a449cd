//! `twilight enqueue`: puts a job into the queue `ingest`, or joins a twin that waits or runs.

use std::time::Duration;

use anyhow::Context as _;
use chrono::NaiveDate;
use clap::Subcommand;
use daemon_kit::{config::Config, request_id::RequestId};
use job_queue::{
    Broker, JobState, Push, Pushed, Queue,
    payload::{IngestJob, queue_name::INGEST},
};
use market_model::Code;
use serde::Serialize;

use crate::table::Output;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    job: Job,
    /// Wait until the job is done, and fail if it ends in the dead letters.
    #[arg(long, global = true)]
    wait: bool,
}

#[derive(Subcommand)]
enum Job {
    /// Calendar, instruments and the corporate actions of the coming days.
    FetchReference {
        /// The vendor.
        #[arg(long, default_value = "tushare")]
        source: String,
    },
    /// Everything about one trading day; of yahoo and alpha_vantage, what is watched abroad up to that day.
    FetchDailyMarket {
        /// The vendor: tushare, tdx, yahoo or alpha_vantage.
        #[arg(long, default_value = "tushare")]
        source: String,
        /// The day, YYYY-MM-DD.
        #[arg(long)]
        date: NaiveDate,
    },
    /// What companies reported about a quarter.
    FetchFundamentals {
        /// The vendor: tushare or tdx.
        #[arg(long, default_value = "tushare")]
        source: String,
        /// The quarter's last day, YYYY-MM-DD.
        #[arg(long)]
        period: NaiveDate,
        /// Of these companies only, separated by commas.
        #[arg(long, value_delimiter = ',')]
        codes: Vec<Code>,
    },
    /// Macroeconomic series.
    FetchMacro {
        /// The vendor.
        #[arg(long, default_value = "aktools")]
        source: String,
        /// One series; all that are configured without it.
        #[arg(long)]
        series: Option<String>,
    },
    /// Whole histories, resumed where they stopped; see `twilight backfill`.
    BackfillHistory(Backfill),
    /// The next base from base and tail.
    Compact,
    /// Drop stored features that are older than the retention.
    ExpireFeatures,
}

/// What a backfill is about.
#[derive(clap::Args)]
pub(crate) struct Backfill {
    /// The vendor: tdx or tushare.
    #[arg(long, default_value = "tdx")]
    pub(crate) source: String,
    /// First day, YYYY-MM-DD.
    #[arg(long)]
    pub(crate) from: NaiveDate,
    /// Last day, YYYY-MM-DD.
    #[arg(long)]
    pub(crate) to: NaiveDate,
    /// These codes only, separated by commas; every listed one without it.
    #[arg(long, value_delimiter = ',')]
    pub(crate) codes: Vec<Code>,
}

impl Backfill {
    /// Refuses days in the wrong order.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        let Self { from, to, .. } = self;
        anyhow::ensure!(from <= to, "--from {from} is after --to {to}");
        Ok(())
    }
}

#[derive(Serialize)]
struct Answer {
    job_id: String,
    /// `queued`, or where the job stands that this one joins.
    state: String,
    joined: bool,
}

pub(crate) async fn run(args: Args, config: &Config, output: Output) -> anyhow::Result<()> {
    let queue: Queue<IngestJob> = Queue::new(&Broker::connect(config.queue()?.url(INGEST).expose())?, INGEST)?;
    let job = payload(args.job)?;
    let request = RequestId::generate();
    let id = job.id_on_request(request.as_str());
    let pushed = queue.push(Push::id(&id).coalesce(&job.coalesce_key()), &job).await.context("enqueue")?;
    let answer = match pushed {
        Pushed::New { id } => Answer { job_id: id, state: "queued".to_owned(), joined: false },
        Pushed::Duplicate { id, state } => Answer { job_id: id, state: state.to_string(), joined: true },
        Pushed::Coalesced { with, state } => Answer { job_id: with, state: state.to_string(), joined: true },
    };
    output.print(&answer, |answer| match answer.joined {
        true => format!("joined {}, which is {}", answer.job_id, answer.state),
        false => format!("queued {}", answer.job_id),
    })?;
    if args.wait { wait(&queue, &answer.job_id, output).await } else { Ok(()) }
}

/// The job that the command line names.
fn payload(job: Job) -> anyhow::Result<IngestJob> {
    Ok(match job {
        Job::FetchReference { source } => IngestJob::FetchReference { source },
        Job::FetchDailyMarket { source, date } => IngestJob::FetchDailyMarket { source, trade_date: date },
        Job::FetchFundamentals { source, period, codes } => {
            IngestJob::FetchFundamentals { source, period, codes: named(&codes) }
        }
        Job::FetchMacro { source, series } => IngestJob::FetchMacro { source, series },
        Job::BackfillHistory(backfill) => {
            backfill.check()?;
            let Backfill { source, from, to, codes } = backfill;
            IngestJob::BackfillHistory { source, codes: named(&codes), from, to, part: 0 }
        }
        Job::Compact => IngestJob::Compact,
        Job::ExpireFeatures => IngestJob::ExpireFeatures,
    })
}

fn named(codes: &[Code]) -> Option<Vec<String>> {
    (!codes.is_empty()).then(|| codes.iter().map(ToString::to_string).collect())
}

async fn wait(queue: &Queue<IngestJob>, id: &str, output: Output) -> anyhow::Result<()> {
    loop {
        let job = queue.show(id).await?;
        match job.summary.state {
            JobState::Done => {
                let result = job.result.unwrap_or_default();
                return output.print(&result, |result| format!("done: {result}"));
            }
            JobState::Dead => anyhow::bail!("{id} failed: {}", job.summary.error.unwrap_or_default()),
            _ => tokio::time::sleep(Duration::from_millis(200)).await,
        }
    }
}
