//! `probe_channel`: asks a channel for a sign of life.

use job_queue::JobError;
use serde_json::{Value, json};

use super::JobsContext;
use crate::health;

pub(super) async fn run(context: &JobsContext, channel: &str) -> Result<Value, JobError> {
    let table = context.gateway.channels.load_full();
    let known = table.named(channel).ok_or_else(|| {
        // It may have been removed since; nobody asks again.
        JobError::fatal(format!("there is no channel {channel:?} that could be asked"))
    })?;
    let probe = health::probe(&context.gateway, known).await;
    let ms = u64::try_from(probe.latency.as_millis()).unwrap_or(u64::MAX);
    Ok(json!({"channel": channel, "outcome": health::name(&probe.result), "ms": ms}))
}
