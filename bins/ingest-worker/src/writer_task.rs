//! The one writer: a thread that owns [`warehouse::Writer`], applies commits in turn and publishes.
//!
//! Jobs run concurrently and hand their batches over; DuckDB is called from this thread alone. A publish follows as soon
//! as no further batch waits, or when the oldest unpublished commit is [`WriterTaskOptions::publish_within`] old: a
//! backlog of days costs one publish, a single day is published at once.

mod handle;

use std::{
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread::JoinHandle,
    time::Duration,
};

use anyhow::Context as _;
use daemon_kit::clock::Clock;
use tokio::{sync::watch, time::Instant};
use warehouse::{Committed, WarehouseError, Writer};

use self::handle::{Message, PublishedReply, StoredReply, Worked};
pub use self::handle::{Stored, WriterGone, WriterHandle};

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
        if self.unpublished_since.is_some() {
            self.publish_if_due(true);
        } else if self.writer.has_unpublished_bookkeeping() {
            // The next process cannot tell that it is not published.
            let _ = self.publish();
        }
    }

    fn handle(&mut self, message: Message) {
        match message {
            Message::Work(work) => {
                match work(&mut self.writer) {
                    Worked::Failed { error, is_malformed } => self.recover("writing", &error, is_malformed),
                    Worked::Wrote if self.unpublished_since.is_none() => {
                        self.news.trouble.send_replace(None);
                    }
                    Worked::Wrote | Worked::Read => {}
                }
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
                    self.recover("commit", &error.to_string(), matches!(error, WarehouseError::BadBatch(_)));
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

    /// After an error DuckDB may have declared its instance invalid (a full disk does that): open it again. What is
    /// malformed is its sender's trouble, not the writer's.
    fn recover(&mut self, what: &str, error: &str, is_malformed: bool) {
        tracing::error!(error, "{what} failed and was rolled back");
        if !is_malformed {
            self.news.trouble.send_replace(Some(format!("{what} failed: {error}")));
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
            None if self.writer.has_unpublished_bookkeeping() => {
                let age = self.bookkeeping_published.elapsed();
                self.options.bookkeeping_every.saturating_sub(age).max(Duration::from_millis(10))
            }
            None => self.options.bookkeeping_every.max(Duration::from_millis(10)),
        }
    }
}
