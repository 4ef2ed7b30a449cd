//! Looking at queues that may be away.

use std::{sync::Arc, time::Duration};

use futures::future::join_all;
use job_queue::{QueueError, Stats};

use crate::app::App;

/// A queue, as it was seen.
pub(super) struct Seen {
    pub(super) name: String,
    /// Host and port of its Redis.
    pub(super) address: String,
    pub(super) answer: Answer<Stats>,
}

impl Seen {
    /// Whether it may still answer.
    pub(super) fn is_silent(&self) -> bool {
        matches!(self.answer, Answer::Silent)
    }
}

/// What came of asking Redis.
pub(super) enum Answer<T> {
    /// It answered.
    There(T),
    /// It has not answered yet; it may.
    Silent,
    /// It did not answer, or refused, and why.
    Away(String),
}

impl<T> Answer<T> {
    /// What is wrong; empty where nothing is.
    pub(super) fn why(&self) -> &str {
        match self {
            Self::There(_) => "",
            Self::Silent => "no answer in time",
            Self::Away(why) => why,
        }
    }

    /// Waits for `asked` no longer than `patience`.
    pub(super) async fn within(patience: Duration, asked: impl Future<Output = Result<T, QueueError>>) -> Self {
        match tokio::time::timeout(patience, asked).await {
            Ok(Ok(answer)) => Self::There(answer),
            Ok(Err(error)) => Self::Away(error.to_string()),
            Err(_) => Self::Silent,
        }
    }
}

/// Every queue at once, each for `patience` at most: one Redis that is away does not hide the others.
pub(super) async fn at_all(app: &Arc<App>, patience: Duration) -> Vec<Seen> {
    let looks = app.jobs.every().iter().map(|queue| async move {
        Seen {
            name: queue.name().to_owned(),
            address: queue.broker().address().to_owned(),
            answer: Answer::within(patience, queue.stats()).await,
        }
    });
    join_all(looks).await
}
