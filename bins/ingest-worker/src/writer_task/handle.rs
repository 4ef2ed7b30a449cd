//! How others reach the writer thread.

use std::sync::mpsc::Sender;

use tokio::sync::{oneshot, watch};
use warehouse::{Batch, Committed, WarehouseError, Writer};

/// What became of a batch: durable, and visible to readers or not yet.
#[derive(Debug, Clone)]
pub struct Stored {
    /// The transaction's outcome.
    pub committed: Committed,
    /// The generation that readers see it in, or why it is not published yet (it will be: the writer keeps trying).
    pub published: Result<u64, String>,
}

/// Sends work to the writer thread. Cheap to clone.
#[derive(Clone)]
pub struct WriterHandle {
    pub(super) sender: Sender<Message>,
    pub(super) generation: watch::Receiver<Option<u64>>,
    pub(super) trouble: watch::Receiver<Option<String>>,
}

pub(super) type Work = Box<dyn FnOnce(&mut Writer) -> Worked + Send>;
pub(super) type StoredReply = oneshot::Sender<Result<Stored, WarehouseError>>;
pub(super) type PublishedReply = oneshot::Sender<Result<u64, String>>;

pub(super) enum Message {
    Work(Work),
    Commit(Box<Batch>, StoredReply),
    AwaitPublished(PublishedReply),
    Stop,
}

/// What became of some work.
pub(super) enum Worked {
    /// Nothing was written.
    Read,
    /// Something was written, or there was nothing to write.
    Wrote,
    /// Writing failed.
    Failed {
        /// Why.
        error: String,
        /// Whether that is the sender's fault.
        is_malformed: bool,
    },
}

/// The writer thread is gone: it panicked or was stopped.
#[derive(Debug, thiserror::Error)]
#[error("the writer thread has stopped")]
pub struct WriterGone;

impl WriterHandle {
    /// Commits `batch` in one transaction and waits until readers can see it (or publishing failed).
    pub async fn commit(&self, batch: Batch) -> anyhow::Result<Stored> {
        self.submit(batch)?.await
    }

    /// Hands `batch` over to be committed; the answer comes once readers can see it. The batch is committed whether or not
    /// anybody waits for the answer.
    pub fn submit(
        &self,
        batch: Batch,
    ) -> Result<impl Future<Output = anyhow::Result<Stored>> + Send + 'static, WriterGone> {
        let (reply, answer) = oneshot::channel();
        self.sender.send(Message::Commit(Box::new(batch), reply)).map_err(|_| WriterGone)?;
        Ok(async { Ok(answer.await.map_err(|_| WriterGone)??) })
    }

    /// Runs `work` on the writer thread and returns its result.
    pub async fn with<R: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Writer) -> R + Send + 'static,
    ) -> Result<R, WriterGone> {
        let (reply, answer) = oneshot::channel();
        let boxed: Work = Box::new(move |writer| {
            // A caller that no longer waits does not need the answer.
            let _ = reply.send(work(writer));
            Worked::Read
        });
        self.sender.send(Message::Work(boxed)).map_err(|_| WriterGone)?;
        answer.await.map_err(|_| WriterGone)
    }

    /// Runs `work`, which writes, on the writer thread. After an error the tail is opened again, as after a commit that
    /// failed.
    pub async fn write<R: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Writer) -> Result<R, WarehouseError> + Send + 'static,
    ) -> Result<Result<R, WarehouseError>, WriterGone> {
        let (reply, answer) = oneshot::channel();
        let boxed: Work = Box::new(move |writer| {
            let done = work(writer);
            let worked = match &done {
                Ok(_) => Worked::Wrote,
                Err(error) => Worked::Failed {
                    error: error.to_string(),
                    is_malformed: matches!(error, WarehouseError::BadBatch(_)),
                },
            };
            let _ = reply.send(done);
            worked
        });
        self.sender.send(Message::Work(boxed)).map_err(|_| WriterGone)?;
        answer.await.map_err(|_| WriterGone)
    }

    /// Waits until everything committed so far is published; the generation, or why it is not published yet.
    pub async fn published(&self) -> Result<Result<u64, String>, WriterGone> {
        let (reply, answer) = oneshot::channel();
        self.sender.send(Message::AwaitPublished(reply)).map_err(|_| WriterGone)?;
        answer.await.map_err(|_| WriterGone)
    }

    /// The current generation, and news of each publish.
    pub fn generation(&self) -> watch::Receiver<Option<u64>> {
        self.generation.clone()
    }

    /// Why the last commit or publish failed; `None` once everything is published again.
    pub fn trouble(&self) -> Option<String> {
        self.trouble.borrow().clone()
    }

    /// Asks the thread to publish what is unpublished and end.
    pub fn stop(&self) {
        let _ = self.sender.send(Message::Stop);
    }
}
