//! The one writer: a thread that owns [`warehouse::Writer`], applies commits in turn and publishes.
//!
//! Jobs run concurrently and hand their batches over; DuckDB is called from this thread alone. A publish follows as soon
//! as no further batch waits, or when the oldest unpublished commit is [`WriterTaskOptions::publish_within`] old: a
//! backlog of days costs one publish, a single day is published at once.

use std::{
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    thread::JoinHandle,
    time::Duration,
};

use anyhow::Context as _;
use daemon_kit::clock::Clock;
use tokio::{
    sync::{oneshot, watch},
    time::Instant,
};
use warehouse::{Batch, Committed, WarehouseError, Writer};

/// How the writer thread behaves.
#[derive(Debug, Clone, Copy)]
pub struct WriterTaskOptions {
    /// An unpublished commit is at most this old before a publish interrupts a run of commits.
    pub publish_within: Duration,
    /// Bookkeeping alone (runs, freshness) is published at most this often.
    pub bookkeeping_every: Duration,
    /// Pause before a failed publish or reopen is tried again.
    pub retry_pause: Duration,
}

impl Default for WriterTaskOptions {
    fn default() -> Self {
        Self {
            publish_within: Duration::from_secs(2),
            bookkeeping_every: Duration::from_secs(600),
            retry_pause: Duration::from_secs(5),
        }
    }
}

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
    sender: Sender<Message>,
    generation: watch::Receiver<Option<u64>>,
    trouble: watch::Receiver<Option<String>>,
}

type Work = Box<dyn FnOnce(&mut Writer) + Send>;
type StoredReply = oneshot::Sender<Result<Stored, WarehouseError>>;
type PublishedReply = oneshot::Sender<Result<u64, String>>;

enum Message {
    Work(Work),
    Commit(Box<Batch>, StoredReply),
    AwaitPublished(PublishedReply),
    Stop,
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

/// Starts the thread around an open writer. What an earlier process committed and did not publish is published first.
pub fn spawn(
    writer: Writer,
    options: WriterTaskOptions,
    clock: Clock,
) -> anyhow::Result<(WriterHandle, JoinHandle<()>)> {
    let (sender, receiver) = channel();
    let (announce, generation) = watch::channel(writer.published_generation());
    let (report, trouble) = watch::channel(None);
    let news = News { generation: announce, trouble: report };
    let thread = std::thread::Builder::new()
        .name("warehouse-writer".into())
        .spawn(move || WriterTask::new(writer, options, clock, news).run(&receiver))
        .context("start the writer thread")?;
    Ok((WriterHandle { sender, generation, trouble }, thread))
}

/// What the thread lets others know.
struct News {
    generation: watch::Sender<Option<u64>>,
    trouble: watch::Sender<Option<String>>,
}

struct WriterTask {
    writer: Writer,
    options: WriterTaskOptions,
    clock: Clock,
    news: News,
    waiting: Vec<(Committed, StoredReply)>,
    awaiting_published: Vec<PublishedReply>,
    /// When the oldest unpublished commit was made.
    unpublished_since: Option<Instant>,
    not_before: Option<Instant>,
    bookkeeping_published: Instant,
}

impl WriterTask {
    fn new(writer: Writer, options: WriterTaskOptions, clock: Clock, news: News) -> Self {
        let now = Instant::now();
        let unpublished_since = writer.has_unpublished().then_some(now);
        Self {
            writer,
            options,
            clock,
            news,
            waiting: Vec::new(),
            awaiting_published: Vec::new(),
            unpublished_since,
            not_before: None,
            bookkeeping_published: now,
        }
    }

    fn run(mut self, receiver: &Receiver<Message>) {
        loop {
            let message = match receiver.try_recv() {
                Ok(message) => Some(message),
                Err(_) => {
                    self.publish_if_due(true);
                    match receiver.recv_timeout(self.idle_wait()) {
                        Ok(message) => Some(message),
                        Err(RecvTimeoutError::Timeout) => None,
                        Err(RecvTimeoutError::Disconnected) => break,
                    }
                }
            };
            match message {
                Some(Message::Stop) => break,
                Some(message) => self.handle(message),
                None => {}
            }
            self.publish_if_due(false);
        }
        self.not_before = None;
        self.publish_if_due(true);
    }

    fn handle(&mut self, message: Message) {
        match message {
            Message::Work(work) => {
                work(&mut self.writer);
                if self.writer.has_unpublished() {
                    self.unpublished_since.get_or_insert_with(Instant::now);
                }
            }
            Message::Commit(batch, reply) => match self.writer.commit(*batch, self.clock.now()) {
                // One that says nothing new may repeat an earlier one that is not published yet.
                Ok(committed) if committed.changed || self.unpublished_since.is_some() => {
                    self.unpublished_since.get_or_insert_with(Instant::now);
                    self.waiting.push((committed, reply));
                }
                Ok(committed) => {
                    self.news.trouble.send_replace(None);
                    let published = self.current_generation();
                    let _ = reply.send(Ok(Stored { committed, published }));
                }
                Err(error) => {
                    self.recover(&error);
                    let _ = reply.send(Err(error));
                }
            },
            Message::AwaitPublished(reply) if self.unpublished_since.is_some() => self.awaiting_published.push(reply),
            Message::AwaitPublished(reply) => {
                let _ = reply.send(self.current_generation());
            }
            Message::Stop => {}
        }
    }

    fn current_generation(&self) -> Result<u64, String> {
        self.writer.published_generation().ok_or_else(|| "nothing published yet".to_owned())
    }

    /// After an error DuckDB may have declared its instance invalid (a full disk does that): open it again.
    fn recover(&mut self, error: &WarehouseError) {
        tracing::error!(error = %error, "commit failed and was rolled back");
        // A malformed batch is its job's trouble, not the writer's.
        if !matches!(error, WarehouseError::BadBatch(_)) {
            self.news.trouble.send_replace(Some(format!("commit failed: {error}")));
        }
        if let Err(reopen) = self.writer.reopen() {
            tracing::error!(error = %reopen, "reopening the tail failed; the next commit tries again");
        }
    }

    fn publish_if_due(&mut self, idle: bool) {
        let Some(since) = self.unpublished_since else {
            self.publish_bookkeeping(idle);
            return;
        };
        let held_back = self.not_before.is_some_and(|at| Instant::now() < at);
        if held_back || !(idle || since.elapsed() >= self.options.publish_within) {
            return;
        }
        let outcome = self.publish();
        for (committed, reply) in self.waiting.drain(..) {
            let _ = reply.send(Ok(Stored { committed, published: outcome.clone() }));
        }
        for reply in self.awaiting_published.drain(..) {
            let _ = reply.send(outcome.clone());
        }
    }

    fn publish_bookkeeping(&mut self, idle: bool) {
        let due = idle
            && self.bookkeeping_published.elapsed() >= self.options.bookkeeping_every
            && self.writer.has_unpublished_bookkeeping();
        if due && self.not_before.is_none_or(|at| Instant::now() >= at) {
            let _ = self.publish();
        }
    }

    fn publish(&mut self) -> Result<u64, String> {
        match self.writer.publish(self.clock.now()) {
            Ok(published) => {
                self.unpublished_since = None;
                self.not_before = None;
                self.bookkeeping_published = Instant::now();
                self.news.generation.send_replace(Some(published.generation));
                self.news.trouble.send_replace(None);
                metrics::gauge!("warehouse_generation").set(published.generation as f64);
                tracing::info!(
                    generation = published.generation,
                    logical_hash = %published.logical_hash,
                    tail_bytes = published.tail_bytes,
                    "published generation {}",
                    published.generation
                );
                Ok(published.generation)
            }
            Err(error) => {
                metrics::counter!("warehouse_publish_failures_total").increment(1);
                tracing::error!(error = %error, "publishing failed; the old generation stays current");
                self.news.trouble.send_replace(Some(format!("publishing failed: {error}")));
                self.not_before = Some(Instant::now() + self.options.retry_pause);
                if let Err(reopen) = self.writer.reopen() {
                    tracing::error!(error = %reopen, "reopening the tail failed");
                }
                Err(error.to_string())
            }
        }
    }

    fn idle_wait(&self) -> Duration {
        match self.not_before {
            Some(at) => at.saturating_duration_since(Instant::now()).max(Duration::from_millis(10)),
            None => self.options.bookkeeping_every.max(Duration::from_millis(10)),
        }
    }
}
