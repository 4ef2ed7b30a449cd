//! `twilight jobs`: what waits, runs, is done and is dead, in any queue.

use anyhow::Context as _;
use clap::Subcommand;
use daemon_kit::config::Config;
use job_queue::{
    Broker, JobState, Purge, Queue,
    payload::queue_name::{self, INGEST},
};
use serde_json::Value;

use crate::table::{Output, count, instant, table};

/// Every queue; a name with a typing error must not look like an empty queue.

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Jobs in one state; dead ones unless told otherwise.
    List {
        /// The queue.
        #[arg(long, default_value = INGEST, value_parser = queue_name::ALL)]
        queue: String,
        /// waiting, delayed, retrying, running, done or dead.
        #[arg(long, default_value = "dead")]
        state: JobState,
        /// How many.
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// Everything about one job.
    Show {
        /// The queue.
        #[arg(long, default_value = INGEST, value_parser = queue_name::ALL)]
        queue: String,
        /// The job's id.
        id: String,
    },
    /// Send a dead job again, or all of them.
    Retry {
        /// The queue.
        #[arg(long, default_value = INGEST, value_parser = queue_name::ALL)]
        queue: String,
        /// The job's id.
        #[arg(required_unless_present = "all")]
        id: Option<String>,
        /// Every dead job.
        #[arg(long, conflicts_with = "id")]
        all: bool,
    },
    /// How full the queue is.
    Stats {
        /// The queue.
        #[arg(long, default_value = INGEST, value_parser = queue_name::ALL)]
        queue: String,
    },
    /// Forget jobs that were done more than a week ago.
    Purge {
        /// The queue.
        #[arg(long, default_value = INGEST, value_parser = queue_name::ALL)]
        queue: String,
    },
}

pub(crate) async fn run(command: Command, config: &Config, output: Output) -> anyhow::Result<()> {
    match command {
        Command::List { queue, state, limit } => {
            let page = open(config, &queue)?.list(state, 0, limit).await?;
            output.print(&page, |page| {
                let rows = page.jobs.iter().map(|job| {
                    let error = job.error.clone().unwrap_or_default();
                    [job.id.clone(), job.state.to_string(), job.attempts.to_string(), instant(job.pushed_at), error]
                });
                table(["id", "state", "attempts", "pushed (Shanghai)", "error"], rows)
            })
        }
        Command::Show { queue, id } => {
            let job = open(config, &queue)?.show(&id).await?;
            output.print(&job, |job| serde_json::to_string_pretty(job).unwrap_or_default())
        }
        Command::Retry { queue, id: Some(id), .. } => {
            open(config, &queue)?.retry_dead(&id).await?;
            output.print(&vec![id], |ids| format!("sent again: {}", ids.join(", ")))
        }
        Command::Retry { queue, .. } => {
            let sent = open(config, &queue)?.retry_all_dead().await?;
            output.print(&sent, |sent| format!("sent {} dead jobs again", sent.len()))
        }
        Command::Stats { queue } => {
            let stats = open(config, &queue)?.stats().await?;
            output.print(&stats, |stats| {
                let numbers = [
                    ("waiting", stats.waiting),
                    ("delayed", stats.delayed),
                    ("running", stats.running),
                    ("done", stats.done),
                    ("dead", stats.dead),
                    ("workers", stats.workers),
                    ("oldest waiting, s", stats.oldest_waiting.unwrap_or_default().as_secs()),
                ];
                table(["jobs", "count"], numbers.map(|(name, number)| [name.to_owned(), count(number)]))
            })
        }
        Command::Purge { queue } => {
            let purged = open(config, &queue)?.purge(Purge::default()).await?;
            let purged = serde_json::json!({ "done": purged.done, "dead": purged.dead, "workers": purged.workers });
            output.print(&purged, ToString::to_string)
        }
    }
}

fn open(config: &Config, queue: &str) -> anyhow::Result<Queue<Value>> {
    let broker = Broker::connect(config.queue()?.url(queue).expose()).context("connect to Redis")?;
    Ok(Queue::new(&broker, queue)?)
}
