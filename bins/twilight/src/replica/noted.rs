//! What a replica remembers beside its transfers.

use std::path::Path;

use daemon_kit::clock::Clock;
use warehouse::layout::Layout;

use super::{lock::Lock, receiver::LOCK};

/// Notes that generation `number` was read in full just now, if this is a replica that serves it and nobody is changing it.
///
/// # Errors
/// When the note cannot be written.
pub(crate) fn note_verified(root: &Path, number: u64, clock: &Clock) -> anyhow::Result<()> {
    let layout = Layout::new(root);
    if warehouse::read_replica(&layout.published())?.is_none() {
        return Ok(());
    }
    // A transfer that is under way notes the same when it ends.
    let Ok(_lock) = Lock::take(&layout.replica().join(LOCK), "a verification that notes its result") else {
        return Ok(());
    };
    let Some(mut replica) = warehouse::read_replica(&layout.published())? else { return Ok(()) };
    if replica.generation == Some(number) {
        replica.verified_at = Some(clock.now());
        warehouse::write_replica(&layout.published(), &replica)?;
    }
    Ok(())
}
