//! Puts a job into its queue and, if wanted, waits for what comes of it.

use std::time::Duration;

use anyhow::Context as _;
use daemon_kit::config::Config;
use job_queue::{Broker, JobState, Push, Pushed, Queue};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::table::Output;

/// How often a job that is waited for is looked at.
const EVERY: Duration = Duration::from_millis(200);

#[derive(Serialize)]
struct Answer {
    job_id: String,
    /// `queued`, or where the job stands that this one joins.
    state: String,
    joined: bool,
}

/// A queue, and how the command answers.
pub(crate) struct Sender<T> {
    queue: Queue<T>,
    output: Output,
}

impl<T: Serialize + DeserializeOwned> Sender<T> {
    /// Connects to the queue `name`.
    pub(crate) fn open(config: &Config, name: &str, output: Output) -> anyhow::Result<Self> {
        let broker = Broker::connect(config.queue()?.url(name).expose())?;
        Ok(Self { queue: Queue::new(&broker, name)?, output })
    }

    /// Pushes the job, or joins a twin, and says which; the id of the job to wait for.
    pub(crate) async fn send(&self, push: Push<'_>, job: &T) -> anyhow::Result<String> {
        let answer = match self.queue.push(push, job).await.context("enqueue")? {
            Pushed::New { id } => Answer { job_id: id, state: "queued".to_owned(), joined: false },
            Pushed::Duplicate { id, state } => Answer { job_id: id, state: state.to_string(), joined: true },
            Pushed::Coalesced { with, state } => Answer { job_id: with, state: state.to_string(), joined: true },
        };
        self.output.print(&answer, |answer| match answer.joined {
            true => format!("joined {}, which is {}", answer.job_id, answer.state),
            false => format!("queued {}", answer.job_id),
        })?;
        Ok(answer.job_id)
    }

    /// Waits until the job is done and returns its result; fails if it ends in the dead letters.
    pub(crate) async fn result(&self, id: &str) -> anyhow::Result<Value> {
        loop {
            let job = self.queue.show(id).await?;
            match job.summary.state {
                JobState::Done => return Ok(job.result.unwrap_or_default()),
                JobState::Dead => anyhow::bail!("{id} failed: {}", job.summary.error.unwrap_or_default()),
                _ => tokio::time::sleep(EVERY).await,
            }
        }
    }

    /// As [`Sender::result`], and prints it.
    pub(crate) async fn wait(&self, id: &str) -> anyhow::Result<()> {
        let result = self.result(id).await?;
        self.output.print(&result, |result| format!("done: {result}"))
    }
}
