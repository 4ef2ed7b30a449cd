//! A named queue of jobs of one type, and how a job gets into it.

use std::{
    fmt,
    hash::{BuildHasher, RandomState},
    marker::PhantomData,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use serde::{Serialize, de::DeserializeOwned};

use crate::{Broker, JobState, QueueError, job_id, scripts};

/// A named queue whose payloads are `T` as JSON; cheap to clone. Use `Queue<serde_json::Value>` to look at a queue, or to push to
/// it, without knowing its type.
pub struct Queue<T> {
    broker: Broker,
    name: Arc<str>,
    payload: PhantomData<fn(T) -> T>,
}

/// Which job to push, and when it may run.
#[derive(Debug, Clone, Copy)]
pub struct Push<'a> {
    id: &'a str,
    coalesce_key: Option<&'a str>,
    delay: Duration,
}

impl<'a> Push<'a> {
    /// The business id: the same id is accepted once, until the finished job is purged. 1 to 200 printable ASCII characters.
    pub fn id(id: &'a str) -> Self {
        Self { id, coalesce_key: None, delay: Duration::ZERO }
    }

    /// Do not push while another job with the same key waits or runs (its retries included).
    #[must_use]
    pub fn coalesce(mut self, key: &'a str) -> Self {
        self.coalesce_key = Some(key);
        self
    }

    /// Not before this time has passed; millisecond resolution.
    #[must_use]
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }
}

/// What became of a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pushed {
    /// The job is in the queue.
    New {
        /// Its id.
        id: String,
    },
    /// This id was pushed before; nothing changed.
    Duplicate {
        /// The id.
        id: String,
        /// Where that job stands.
        state: JobState,
    },
    /// A twin with the same key waits or runs; nothing changed.
    Coalesced {
        /// The twin's id.
        with: String,
        /// Where the twin stands.
        state: JobState,
    },
}

impl<T> Queue<T> {
    /// A handle on the queue `name` (1 to 60 of `a-z`, `0-9`, `-`, `:`). Costs nothing; a queue exists once something was pushed.
    ///
    /// # Errors
    /// [`QueueError::InvalidName`].
    pub fn new(broker: &Broker, name: &str) -> Result<Self, QueueError> {
        job_id::check_queue(name)?;
        Ok(Self { broker: broker.clone(), name: Arc::from(name), payload: PhantomData })
    }

    /// The queue's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where the queue lives.
    pub fn broker(&self) -> &Broker {
        &self.broker
    }

    /// The same queue with payloads read as `U`.
    pub fn with_payload<U>(&self) -> Queue<U> {
        Queue { broker: self.broker.clone(), name: self.name.clone(), payload: PhantomData }
    }
}

impl<T: Serialize + DeserializeOwned> Queue<T> {
    /// Puts a job into the queue. Safe to repeat after an error: the id makes it idempotent.
    ///
    /// # Errors
    /// [`QueueError::Unreachable`], [`QueueError::InvalidName`], [`QueueError::Payload`], [`QueueError::Refused`].
    pub async fn push(&self, push: Push<'_>, job: &T) -> Result<Pushed, QueueError> {
        job_id::check_id(push.id)?;
        push.coalesce_key.map_or(Ok(()), job_id::check_key)?;
        let payload = serde_json::to_vec(job).map_err(QueueError::Payload)?;
        let mut script = scripts::PUSH.key(&*self.name);
        script
            .arg(job_id::root_of(push.id))
            .arg(payload)
            .arg(push.coalesce_key.unwrap_or_default())
            .arg(whole_ms(push.delay))
            .arg(nonce());
        let (verdict, root, state): (String, String, String) = self.broker.eval(&script).await?;
        let (id, state) = (job_id::id_of(&root).to_owned(), JobState::from_redis(&state));
        Ok(match verdict.as_str() {
            "new" => Pushed::New { id },
            "coalesced" => Pushed::Coalesced { with: id, state },
            _ => Pushed::Duplicate { id, state },
        })
    }
}

/// Milliseconds, rounded up, so that a delay of a few microseconds is still a delay.
pub(crate) fn whole_ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX >> 16)
}

/// A text that no other call in any process uses: tells a repeated push (its answer was lost) from a duplicate.
pub(crate) fn nonce() -> String {
    static PROCESS: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one(std::process::id()));
    static CALL: AtomicU64 = AtomicU64::new(0);
    format!("{:016x}.{}", *PROCESS, CALL.fetch_add(1, Ordering::Relaxed))
}

impl<T> Clone for Queue<T> {
    fn clone(&self) -> Self {
        self.with_payload()
    }
}

impl<T> fmt::Debug for Queue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue").field("name", &self.name).field("broker", &self.broker).finish()
    }
}
