//! One job in full.

use std::collections::HashMap;

use crate::{JobDetail, Queue, QueueError, job_id, scripts};

impl<T> Queue<T> {
    /// Payload, state, attempts, error, result and times of one job.
    ///
    /// # Errors
    /// [`QueueError::NotFound`], [`QueueError::Unreachable`], [`QueueError::Refused`].
    pub async fn show(&self, id: &str) -> Result<JobDetail, QueueError> {
        type Found = (String, HashMap<String, String>, Option<Vec<u8>>);
        let mut script = scripts::SHOW.key(self.name());
        script.arg(job_id::root_of(id)).arg(id);
        let found: redis::Value = self.broker().eval(&script).await?;
        if matches!(&found, redis::Value::Array(parts) if parts.is_empty()) {
            return Err(QueueError::NotFound(id.to_owned()));
        }
        let (root, fields, payload): Found =
            redis::from_redis_value(found).map_err(|error| QueueError::Refused(error.to_string()))?;
        Ok(JobDetail::from_record(&root, &fields, payload.as_deref()))
    }
}
