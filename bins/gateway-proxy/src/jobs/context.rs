//! What jobs use, and which file does which job.

use std::sync::Arc;

use job_queue::{JobError, payload::GatewayJob};
use serde_json::Value;

use super::{probe_channel, reconcile_balances, reload_prices};
use crate::{gateway::Gateway, prices::PriceBook, reconcile::Reconciler};

/// What jobs use.
#[derive(Clone)]
pub(crate) struct JobsContext {
    pub(crate) gateway: Arc<Gateway>,
    pub(crate) prices: Arc<PriceBook>,
    pub(crate) reconciler: Arc<Reconciler>,
}

impl JobsContext {
    /// Does a job. Each may be done twice.
    pub(super) async fn handle(&self, job: GatewayJob) -> Result<Value, JobError> {
        match job {
            GatewayJob::ProbeChannel { channel } => probe_channel::run(self, &channel).await,
            GatewayJob::ReloadPrices {} => reload_prices::run(self).await,
            GatewayJob::ReconcileBalances {} => reconcile_balances::run(self).await,
        }
    }
}
