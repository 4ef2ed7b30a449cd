//! Sending dead letters again.

use crate::{JobState, Queue, QueueError, job_id, scripts};

impl<T> Queue<T> {
    /// Sends one dead job again, at once and with a fresh budget of attempts.
    ///
    /// # Errors
    /// [`QueueError::NotFound`], [`QueueError::WrongState`] if it is not dead, [`QueueError::Refused`] if its payload is lost,
    /// [`QueueError::Unreachable`].
    pub async fn retry_dead(&self, id: &str) -> Result<(), QueueError> {
        let mut script = scripts::RETRY_DEAD.key(self.name());
        script.arg(job_id::root_of(id)).arg(id);
        let (verdict, _root): (String, String) = self.broker().eval(&script).await?;
        match verdict.as_str() {
            "retried" => Ok(()),
            "unknown" => Err(QueueError::NotFound(id.to_owned())),
            "payload-lost" => Err(QueueError::Refused(format!("the payload of job {id:?} is lost"))),
            state => Err(QueueError::WrongState {
                id: id.to_owned(),
                state: JobState::from_redis(state),
                expected: JobState::Dead,
            }),
        }
    }

    /// Sends every dead job again and answers with their ids. Jobs that cannot be sent (payload lost) stay dead.
    ///
    /// # Errors
    /// [`QueueError::Unreachable`], [`QueueError::Refused`]; those already sent stay sent.
    pub async fn retry_all_dead(&self) -> Result<Vec<String>, QueueError> {
        let mut dead = Vec::new();
        let mut from = Some(0);
        while let Some(position) = from {
            let page = self.list(JobState::Dead, position, 500).await?;
            dead.extend(page.jobs.into_iter().map(|job| job.id));
            from = page.next;
        }
        let mut sent = Vec::with_capacity(dead.len());
        for id in dead {
            match self.retry_dead(&id).await {
                Ok(()) => sent.push(id),
                Err(QueueError::NotFound(_) | QueueError::WrongState { .. }) => {}
                Err(QueueError::Refused(reason)) => tracing::warn!(job.id = id, "dead job not sent again: {reason}"),
                Err(error) => return Err(error),
            }
        }
        Ok(sent)
    }
}
