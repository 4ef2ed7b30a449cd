//! `expire_features`: drops stored features older than the retention; they are computed on demand from then on.

use job_queue::JobError;
use serde_json::{Value, json};

use super::JobsContext;
use crate::batch::shanghai_date;

pub(super) async fn run(context: &JobsContext) -> Result<Value, JobError> {
    let today = shanghai_date(context.clock.now());
    let removed = context
        .writer
        .with(move |writer| writer.expire_features(today))
        .await
        .map_err(JobError::retry)?
        .map_err(JobError::retry)?;
    Ok(json!({ "removed_rows": removed }))
}
