//! `reload_prices`: reads the price table's file again.

use job_queue::JobError;
use serde_json::{Value, json};

use super::JobsContext;
use crate::prices::{Look, Reloaded};

pub(super) async fn run(context: &JobsContext) -> Result<Value, JobError> {
    let reloaded = context.prices.renew(&context.gateway, Look::Anyway, "gateway").await;
    if let Reloaded::Kept { problem } = &reloaded {
        // Trying again does not mend a file.
        return Err(JobError::fatal(format!("the prices in use stay: {problem}")));
    }
    let changed = matches!(reloaded, Reloaded::Changed(_));
    Ok(json!({"rows": context.prices.shown().rows.len(), "changed": changed}))
}
