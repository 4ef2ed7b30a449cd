//! The job queues.

use std::time::Duration;

use daemon_kit::config::{QueueConfig, StatusConfig};
use futures::future::join_all;
use job_queue::{Broker, Queue, payload::queue_name};
use serde::Serialize;
use serde_json::Value;

use super::health::Problems;

/// A job that waits for longer should not.
const PATIENCE_S: u64 = 3_600;

/// One queue.
#[derive(Debug, Serialize)]
pub(super) struct QueueState {
    pub(super) name: &'static str,
    /// Host and port of its Redis, without a password.
    pub(super) redis: String,
    #[serde(flatten)]
    pub(super) counts: Option<Counts>,
    /// Why it could not be asked.
    pub(super) error: Option<String>,
}

/// How full it is.
#[derive(Debug, Serialize)]
pub(super) struct Counts {
    pub(super) waiting: u64,
    pub(super) delayed: u64,
    pub(super) running: u64,
    pub(super) done: u64,
    /// In the dead letters.
    pub(super) dead: u64,
    /// Workers that gave a sign of life.
    pub(super) workers: u64,
    /// Seconds that the oldest waiting job waits.
    pub(super) oldest_waiting_s: u64,
}

/// Asks all of them at once, but those that are left out. An error instead of the configuration is shown for each.
pub(super) async fn ask(config: Result<QueueConfig, String>, status: &StatusConfig) -> Vec<QueueState> {
    let wanted = queue_name::ALL.into_iter().filter(|name| !status.skip_queues.iter().any(|skipped| skipped == name));
    let asked = wanted.map(|name| {
        let config = &config;
        async move {
            match config {
                Ok(config) => ask_one(name, config.url(name).expose(), status.timeout).await,
                Err(error) => QueueState { name, redis: "?".to_owned(), counts: None, error: Some(error.clone()) },
            }
        }
    });
    join_all(asked).await
}

async fn ask_one(name: &'static str, url: &str, timeout: Duration) -> QueueState {
    let broker = match Broker::connect(url) {
        Ok(broker) => broker,
        Err(error) => return QueueState { name, redis: "?".to_owned(), counts: None, error: Some(error.to_string()) },
    };
    let redis = broker.address().to_owned();
    let stats = async {
        let queue: Queue<Value> = Queue::new(&broker, name)?;
        queue.stats().await
    };
    let (counts, error) = match tokio::time::timeout(timeout, stats).await {
        Ok(Ok(stats)) => {
            let oldest_waiting_s = stats.oldest_waiting.unwrap_or_default().as_secs();
            let counts = Counts {
                waiting: stats.waiting,
                delayed: stats.delayed,
                running: stats.running,
                done: stats.done,
                dead: stats.dead,
                workers: stats.workers,
                oldest_waiting_s,
            };
            (Some(counts), None)
        }
        Ok(Err(error)) => (None, Some(error.to_string())),
        Err(_) => (None, Some(format!("no answer within {timeout:?}"))),
    };
    QueueState { name, redis, counts, error }
}

/// What is wrong with them.
pub(super) fn judge(queues: &[QueueState], problems: &mut Problems) {
    for queue in queues {
        let about = format!("queue {}", queue.name);
        let Some(counts) = &queue.counts else {
            let error = queue.error.as_deref().unwrap_or("cannot be asked");
            problems.down("redis", about, format!("Redis at {}: {error}", queue.redis));
            continue;
        };
        if counts.dead > 0 {
            let text = format!("{} dead letters: twilight jobs list --queue {}", counts.dead, queue.name);
            problems.look("dead-letters", about.clone(), text);
        }
        if counts.waiting > 0 && counts.workers == 0 {
            problems.look("queues", about, format!("{} jobs wait and nobody works on them", counts.waiting));
        } else if counts.oldest_waiting_s > PATIENCE_S {
            problems.look("queues", about, format!("a job waits for {} minutes", counts.oldest_waiting_s / 60));
        }
    }
}
