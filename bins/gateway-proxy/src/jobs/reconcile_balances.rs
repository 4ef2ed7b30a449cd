//! `reconcile_balances`: the accounts' balances beside our own books.

use job_queue::JobError;
use serde_json::{Value, json};

use super::JobsContext;

pub(super) async fn run(context: &JobsContext) -> Result<Value, JobError> {
    let reconciled = context.reconciler.run().await?;
    Ok(json!(reconciled))
}
