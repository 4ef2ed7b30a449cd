//! Long jobs work in stretches: a stretch that is over pushes the next one and ends well, so that no single run has to fit
//! the whole work into its time limit, and a retry repeats one stretch at most.

use std::time::Duration;

use job_queue::{JobError, Push, payload::IngestJob};

use super::JobsContext;

/// Pushes `next` under the id that follows `id`, so that a stretch that runs twice sends one successor. Returns that id.
///
/// # Errors
/// Retry, if Redis is away: the stretch is repeated then, and finds its work done.
pub(super) async fn send_on(
    context: &JobsContext,
    id: &str,
    next: &IngestJob,
    delay: Duration,
) -> Result<String, JobError> {
    let (root, number) = parts(id);
    let id = format!("{root}+{}", number + 1);
    let key = next.coalesce_key();
    context.queue.push(Push::id(&id).coalesce(&key).delay(delay), next).await.map_err(JobError::retry)?;
    Ok(id)
}

/// The id of the first stretch.
pub(super) fn root_of(id: &str) -> &str {
    parts(id).0
}

/// `backfill#7+3` is the fourth stretch of `backfill#7`.
fn parts(id: &str) -> (&str, u32) {
    let numbered = id.rsplit_once('+').and_then(|(root, number)| Some((root, number.parse().ok()?)));
    numbered.unwrap_or((id, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stretches_of_a_job_are_numbered_behind_its_id() {
        for (id, root, number) in [
            ("backfill#7", "backfill#7", 0),
            ("backfill#7+3", "backfill#7", 3),
            ("fundamentals@2024-01-09T21:00:00+08:00", "fundamentals@2024-01-09T21:00:00+08:00", 0),
            ("fundamentals@2024-01-09T21:00:00+08:00+12", "fundamentals@2024-01-09T21:00:00+08:00", 12),
        ] {
            assert_eq!(parts(id), (root, number));
        }
    }
}
