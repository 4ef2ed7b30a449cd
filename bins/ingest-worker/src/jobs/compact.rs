//! `compact`: the next base from base and tail, and a new tail.

use job_queue::JobError;
use serde_json::{Value, json};

use super::JobsContext;

pub(super) async fn run(context: &JobsContext) -> Result<Value, JobError> {
    let clock = context.clock.clone();
    let compacted = context
        .writer
        .with(move |writer| writer.compact(clock.now()))
        .await
        .map_err(JobError::retry)?
        .map_err(JobError::retry)?;
    let mut report = json!({ "base": compacted.base, "rows": compacted.rows });
    match context.writer.published().await.map_err(JobError::retry)? {
        Ok(generation) => report["generation"] = json!(generation),
        Err(reason) => report["unpublished"] = json!(reason),
    }
    Ok(report)
}
