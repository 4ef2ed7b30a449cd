//! `discard_quarantine`: closes quarantined rows without using them.

use job_queue::{JobContext, JobError, payload::Decision};
use serde_json::Value;

use super::{
    JobsContext,
    warehouse_write::{DISCARDED, decision, ids, report, write},
};

pub(super) async fn run(context: &JobsContext, decided: &Decision, about: &JobContext) -> Result<Value, JobError> {
    let (ids, decision, now) = (ids(decided)?, decision(decided, about), context.clock.now());
    let outcome = write(context, move |writer| writer.discard_quarantine(&ids, &decision, now)).await?;
    report(context, DISCARDED, &outcome).await
}
