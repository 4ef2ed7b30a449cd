//! What a delivery writes into the job's record.

use std::{sync::Arc, time::Duration};

use crate::{Broker, QueueError, queue::whole_ms, scripts};

/// Whether a delivered task may run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Run it; this is attempt number so and so of what was pushed with that nonce.
    Run { attempt: u32, push: String },
    /// Another living process is running it.
    Busy,
    /// It is over, or a retry has taken its place: acknowledge and forget.
    Over,
    /// It is dead already.
    Dead(String),
    /// It took its process down once too often.
    Crashed { crashes: String, push: String },
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    Done(String),
    Retry {
        error: String,
        delay: Duration,
    },
    Dead(String),
    /// Cut short by a shutdown: run it again, this attempt does not count.
    Released,
}

impl Outcome {
    /// The value of the metric label `outcome`.
    pub(super) fn label(&self) -> &'static str {
        match self {
            Self::Done(_) => "done",
            Self::Retry { .. } => "retried",
            Self::Dead(_) => "dead",
            Self::Released => "released",
        }
    }
}

#[derive(Debug, Clone)]
pub(super) struct Ledger {
    pub(super) broker: Broker,
    pub(super) queue: Arc<str>,
    /// This process, for telling a crash from a second delivery.
    pub(super) runner: Arc<str>,
    pub(super) silence: Duration,
    pub(super) max_crashes: u32,
}

impl Ledger {
    pub(super) async fn begin(&self, task: &str) -> Result<Verdict, QueueError> {
        let mut script = scripts::BEGIN.key(&*self.queue);
        script.arg(task).arg(&*self.runner).arg(whole_ms(self.silence)).arg(self.max_crashes);
        let (verdict, text, attempt, push): (String, String, u32, String) = self.broker.eval(&script).await?;
        Ok(match verdict.as_str() {
            "run" => Verdict::Run { attempt, push },
            "busy" => Verdict::Busy,
            "settled-dead" => Verdict::Dead(text),
            "crashed" => Verdict::Crashed { crashes: text, push },
            _ => Verdict::Over,
        })
    }

    /// Records how an attempt of what was pushed with that nonce ended; trying again is safe. False: the record is gone, or somebody
    /// else has settled it.
    pub(super) async fn settle(
        &self,
        task: &str,
        push: &str,
        outcome: &Outcome,
        patience: Duration,
    ) -> Result<bool, QueueError> {
        let (name, text, delay) = match outcome {
            Outcome::Done(result) => {
                ("done", shorten(result, 64 * 1024, "\"the result is too long to keep\""), Duration::ZERO)
            }
            Outcome::Retry { error, delay } => ("retry", shorten(error, 4_000, ""), *delay),
            Outcome::Dead(error) => ("dead", shorten(error, 4_000, ""), Duration::ZERO),
            Outcome::Released => ("release", "", Duration::ZERO),
        };
        let mut script = scripts::SETTLE.key(&*self.queue);
        script.arg(task).arg(&*self.runner).arg(name).arg(text).arg(whole_ms(delay)).arg(push);
        let settled: String = self.broker.eval_within(patience, &script).await?;
        Ok(settled == "settled")
    }

    /// Makes up to `limit` due jobs ready; answers how many there were.
    pub(super) async fn promote(&self, limit: usize) -> Result<usize, QueueError> {
        let mut script = scripts::PROMOTE.key(&*self.queue);
        script.arg(limit);
        self.broker.eval(&script).await
    }

    /// Hands back the tasks of a worker of this process that is dead for certain.
    pub(super) async fn reclaim(&self, worker: &str) -> Result<usize, QueueError> {
        const HOPELESS: u32 = 25;
        let mut script = scripts::RECLAIM.key(&*self.queue);
        script.arg(worker).arg(HOPELESS);
        self.broker.eval(&script).await
    }

    /// A sign of life of this process; answers which run of the server took it, which changes when the server is started again.
    pub(super) async fn beat(&self) -> Result<String, QueueError> {
        let mut script = scripts::BEAT.key(&*self.queue);
        script.arg(&*self.runner);
        self.broker.eval(&script).await
    }

    /// Says that this process works no longer, so that nobody waits for its silence.
    pub(super) async fn sign_off(&self) -> Result<(), QueueError> {
        self.broker.query(redis::cmd("ZREM").arg(format!("{}:runners", self.queue)).arg(&*self.runner)).await
    }
}

/// The text itself, or its beginning, or `instead` where a cut text would be worthless.
fn shorten<'a>(text: &'a str, limit: usize, instead: &'a str) -> &'a str {
    if text.len() <= limit {
        text
    } else if instead.is_empty() {
        &text[..text.floor_char_boundary(limit)]
    } else {
        instead
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_between_characters_or_replaced() {
        assert_eq!(shorten("short", 10, ""), "short");
        assert_eq!(shorten("日线日线", 7, ""), "日线");
        assert_eq!(shorten("[1,2,3]", 3, "null"), "null");
    }
}
