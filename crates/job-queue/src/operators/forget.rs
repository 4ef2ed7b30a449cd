//! Giving up on a dead letter.

use crate::{JobState, Queue, QueueError, job_id, scripts};

impl<T> Queue<T> {
    /// Forgets one dead job with its payload. Its id may be pushed again afterwards.
    ///
    /// # Errors
    /// [`QueueError::NotFound`], [`QueueError::WrongState`] if it is not dead, [`QueueError::Unreachable`],
    /// [`QueueError::Refused`].
    pub async fn forget_dead(&self, id: &str) -> Result<(), QueueError> {
        let mut script = scripts::FORGET_DEAD.key(self.name());
        script.arg(job_id::root_of(id)).arg(id);
        let (verdict, _root): (String, String) = self.broker().eval(&script).await?;
        match verdict.as_str() {
            "forgotten" => Ok(()),
            "unknown" => Err(QueueError::NotFound(id.to_owned())),
            state => Err(QueueError::WrongState {
                id: id.to_owned(),
                state: JobState::from_redis(state),
                expected: JobState::Dead,
            }),
        }
    }
}
