//! Works the queue.

use std::time::Duration;

use job_queue::{
    Broker, Queue, QueueError, WorkerOptions, Workers,
    payload::{RegistryJob, queue_name::PROVISION},
};
use tokio_util::sync::CancellationToken;

use super::{provision_profile, suspend_lapsed};
use crate::provisioning::Provisioner;

/// Bound on one try of a job: every request that it makes has a shorter one.
const TIMEOUT: Duration = Duration::from_secs(300);

/// The worker, until `shutdown`. No order waits for it, whatever Redis does.
///
/// # Errors
/// When the queue's name cannot be used.
pub(crate) fn work(
    broker: &Broker,
    provisioner: Provisioner,
    shutdown: CancellationToken,
) -> Result<impl Future<Output = ()> + Send + 'static, QueueError> {
    let jobs: Queue<RegistryJob> = Queue::new(broker, PROVISION)?;
    let mut workers = Workers::new();
    let options = WorkerOptions { timeout: TIMEOUT, ..WorkerOptions::default() };
    workers.mount(&jobs, options, move |job, _about| {
        let provisioner = provisioner.clone();
        async move {
            match job {
                RegistryJob::ProvisionProfile { order } => provision_profile::run(&provisioner, &order).await,
                RegistryJob::SuspendLapsed {} => suspend_lapsed::run(&provisioner).await,
            }
        }
    });
    Ok(async move { workers.run(shutdown.cancelled_owned()).await })
}
