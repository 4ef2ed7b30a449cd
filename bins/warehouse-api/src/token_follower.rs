//! The gateway's access tokens, as this server knows them.

use std::sync::Arc;

use access_tokens::{Directory, Follower, LastKnownGood, StoreError, TokenStore};
use chrono::TimeDelta;
use daemon_kit::{
    clock::Clock,
    config::{QueueConfig, WarehouseApiConfig},
};
use job_queue::payload::queue_name;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// A revocation may have been missed by then, which is worth knowing.
const NOTEWORTHY: TimeDelta = TimeDelta::seconds(60);

/// Fills `directory` from the file of the last known tokens, and keeps it as the gateway has it.
///
/// # Errors
/// A Redis URL that cannot be used.
pub(crate) fn follow(
    directory: Arc<Directory>,
    api: &WarehouseApiConfig,
    queue: &QueueConfig,
    clock: &Clock,
    shutdown: CancellationToken,
) -> Result<JoinHandle<()>, StoreError> {
    let store = TokenStore::new(queue.url(queue_name::GATEWAY).expose())?;
    let (file, clock) = (LastKnownGood::at(&api.token_cache), clock.clone());
    let follower = Follower::new(directory, store, file, Arc::new(move || clock.now()));
    Ok(tokio::spawn(follower.run(shutdown)))
}

/// What `/readyz` says about tokens whose age is worth knowing.
pub(crate) fn note(directory: &Arc<Directory>, clock: &Clock) -> impl Fn() -> Option<String> + Send + Sync + use<> {
    let (directory, clock) = (directory.clone(), clock.clone());
    move || {
        let age = directory.age(clock.now()).filter(|age| *age > NOTEWORTHY)?;
        Some(format!("the gateway confirmed them {} s ago; later revocations are not known here", age.num_seconds()))
    }
}
