//! Redis job queues on apalis, with guard rails.
//!
//! The only crate that knows apalis: everybody else sees [`Queue`] (push, look, retry, purge), [`Workers`] (run handlers) and
//! [`Scheduler`] (cron with catch-up). Delivery is **at least once**: every handler must be idempotent.
//!
//! What the guard rails add to apalis-redis 1.0.0:
//!
//! * immediate jobs never pass through apalis' `scheduled` set, and delayed ones wait in a set of our own, so that no number of
//!   due jobs can poison the queue; what a stock producer puts there is taken out in slices;
//! * a worker that dies of a Redis error is restarted under a new name and its jobs are handed back at once; a handler that is
//!   still running in this process is joined, not started a second time;
//! * attempts, back-off, time-outs, panics, undecodable payloads and jobs that kill their process are all counted and end in the
//!   dead letters, where an operator can look at them and send them again;
//! * every job has one record (`{queue}:job:{task}`) with its state, attempts, error, result and times.
//!
//! An operator without our tools can still enqueue; the prefix `j:` and the three fields are obligatory:
//!
//! ```text
//! MULTI
//! HSET ingest:data j:by-hand-1 '{"version":1,"job":"compact"}'
//! HSET ingest:meta:j:by-hand-1 attempts 0 max_attempts 25 status Pending
//! RPUSH ingest:active j:by-hand-1
//! EXEC
//! ```
//!
//! It refuses to be a second store of truth: `FLUSHALL` costs time, not data, because each daemon re-enqueues what is missing.
//!
//! ```no_run
//! # async fn demo() -> Result<(), job_queue::QueueError> {
//! use job_queue::{Broker, JobContext, JobError, Push, Queue, WorkerOptions, Workers};
//!
//! let broker = Broker::connect("redis://127.0.0.1:6379/")?;
//! let mails: Queue<String> = Queue::new(&broker, "mails")?;
//! mails.push(Push::id("welcome-42"), &"hello".to_owned()).await?;
//!
//! let mut workers = Workers::new();
//! workers.mount(&mails, WorkerOptions::default(), |mail: String, context: JobContext| async move {
//!     println!("{} attempt {}: {mail}", context.id, context.attempt);
//!     Ok::<_, JobError>(())
//! });
//! workers.run(std::future::pending()).await;
//! # Ok(()) }
//! ```

mod backoff;
mod broker;
mod error;
mod handler;
mod job_id;
mod operators;
pub mod payload;
pub mod private_redis;
mod queue;
mod record;
mod schedule;
mod scripts;
mod worker;

pub use backoff::Backoff;
pub use broker::{Broker, BrokerOptions};
pub use error::QueueError;
pub use handler::{JobContext, JobError};
pub use operators::{Page, Purge, Purged, Stats};
pub use queue::{Push, Pushed, Queue};
pub use record::{JobDetail, JobState, JobSummary};
pub use schedule::{Clock, CronExpression, Fired, ScheduleError, Scheduler};
pub use worker::{Health, WorkerOptions, Workers, WorkersOptions};
