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
    /// Everything about one trading day.
    FetchDailyMarket {
        /// The vendor.
        #[arg(long, default_value = "tushare")]
        source: String,
        /// The day, YYYY-MM-DD.
        #[arg(long)]
        date: NaiveDate,
    },
    /// The next base from base and tail.
    Compact,
    /// Drop stored features that are older than the retention.
    ExpireFeatures,
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
    let job = match args.job {
        Job::FetchReference { source } => IngestJob::FetchReference { source },
        Job::FetchDailyMarket { source, date } => IngestJob::FetchDailyMarket { source, trade_date: date },
        Job::Compact => IngestJob::Compact,
        Job::ExpireFeatures => IngestJob::ExpireFeatures,
    };
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
