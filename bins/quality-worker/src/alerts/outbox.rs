//! What waits to be sent to one target. Pure: it never sends and never looks at a clock.
//!
//! A message that a later one of the same check supersedes is not sent any more, so that the box never holds more than two
//! messages a check, however long the target is away. When findings come and go meanwhile:
//!
//! * the target cannot have heard of them: it hears neither that they came nor that they went;
//! * it may have heard (the connection broke, or this process died, before the answer came): it hears both, in order;
//! * it has heard: it hears that they are gone.
//!
//! Delivery is at least once. A copy has the same id as its original.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::message::{Message, Status};

/// The pause after the first failure; it doubles with each further one.
const PAUSE_MIN: TimeDelta = TimeDelta::seconds(5);
const PAUSE_MAX: TimeDelta = TimeDelta::minutes(15);
/// No target can ask for a longer pause; and a pause that ends later than this was noted by a clock that went wrong.
const PATIENCE_MAX: TimeDelta = TimeDelta::hours(1);
/// What [`Outbox::due`] bounds the number of messages in.
const MINUTE: TimeDelta = TimeDelta::minutes(1);

/// The box of one target.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Outbox {
    waiting: VecDeque<Message>,
    /// Checks of which the target believes, or may believe, that they have findings.
    heard: BTreeMap<String, Heard>,
    failures: u32,
    not_before: Option<DateTime<Utc>>,
    sent_at: VecDeque<DateTime<Utc>>,
}

/// Whether the target has heard of a check's findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Heard {
    /// It was tried, and no answer came.
    Perhaps,
    /// It said so.
    Surely,
}

/// How an attempt to send a message ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The target has it.
    Sent,
    /// The target does not have it.
    Refused {
        /// What it, or the network, said.
        reason: String,
        /// When it may be asked again, as far as it said so.
        retry_after: Option<Duration>,
    },
    /// Nobody knows.
    Unclear {
        /// What the network said.
        reason: String,
    },
}

/// An attempt that has begun.
#[derive(Debug, Clone)]
pub(crate) struct Attempt {
    /// What is sent.
    pub(crate) message: Message,
    heard_before: Option<Heard>,
}

impl Outbox {
    /// Puts a message into the box, in the place of what it supersedes.
    pub(crate) fn push(&mut self, message: Message) {
        let heard = self.heard.get(&message.check).copied();
        let keeps_firing = message.status == Status::Resolved && heard == Some(Heard::Perhaps);
        let is_superseded =
            |waiting: &Message| waiting.check == message.check && !(keeps_firing && waiting.status == Status::Firing);
        self.waiting.retain(|waiting| !is_superseded(waiting));
        if message.status == Status::Firing || heard.is_some() {
            self.waiting.push_back(message);
        }
    }

    /// Messages that wait.
    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// What waits, in order.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = &Message> {
        self.waiting.iter()
    }

    /// The message to send at `now`, no more than `per_minute` in one.
    pub(crate) fn due(&self, per_minute: Option<usize>, now: DateTime<Utc>) -> Option<&Message> {
        let is_early = |at: DateTime<Utc>| now < at && at - now <= PATIENCE_MAX;
        if self.not_before.is_some_and(is_early) {
            return None;
        }
        let recent = self.sent_at.iter().filter(|at| **at <= now && now - **at < MINUTE).count();
        self.waiting.front().filter(|_| per_minute.is_none_or(|most| recent < most))
    }

    /// An attempt to send the message with this id begins; `None` if it does not wait any more. To be noted durably before
    /// the first byte leaves, so that a process that dies in between still knows that the target may have it.
    pub(crate) fn begin(&mut self, id: &str, now: DateTime<Utc>) -> Option<Attempt> {
        let message = self.waiting.iter().find(|message| message.id == id)?.clone();
        self.sent_at.retain(|at| *at <= now && now - *at < MINUTE);
        self.sent_at.push_back(now);
        let heard_before = self.heard.get(&message.check).copied();
        if message.status == Status::Firing && heard_before.is_none() {
            self.heard.insert(message.check.clone(), Heard::Perhaps);
        }
        Some(Attempt { message, heard_before })
    }

    /// Notes how an attempt ended.
    pub(crate) fn end(&mut self, attempt: &Attempt, outcome: &Outcome, now: DateTime<Utc>) {
        let Attempt { message: Message { id, check, status, .. }, heard_before } = attempt;
        match outcome {
            Outcome::Sent => {
                (self.failures, self.not_before) = (0, None);
                self.waiting.retain(|message| message.id != *id);
                match status {
                    Status::Firing => self.heard.insert(check.clone(), Heard::Surely),
                    Status::Resolved => self.heard.remove(check),
                };
            }
            Outcome::Refused { retry_after, .. } => {
                if *status == Status::Firing && heard_before.is_none() {
                    self.unhear(check);
                }
                self.rest(id, check, *retry_after, now);
            }
            Outcome::Unclear { .. } => self.rest(id, check, None, now),
        }
    }

    /// The target has not heard of `check` after all: then it need not hear that it is over either.
    fn unhear(&mut self, check: &str) {
        self.heard.remove(check);
        let is_over = self.waiting.iter().any(|message| message.check == check && message.status == Status::Resolved);
        if is_over {
            self.waiting.retain(|message| message.check != check);
        }
    }

    /// Pauses, and lets the other checks go first next time: a message that the target cannot digest must not hold up the
    /// rest.
    fn rest(&mut self, id: &str, check: &str, asked: Option<Duration>, now: DateTime<Utc>) {
        self.failures = self.failures.saturating_add(1);
        let asked = asked.and_then(|pause| TimeDelta::from_std(pause).ok()).unwrap_or_default().min(PATIENCE_MAX);
        self.not_before = Some(now + pause(self.failures, id).max(asked));
        let (of_check, others) = self.waiting.drain(..).partition(|message| message.check == check);
        self.waiting = others;
        self.waiting.extend::<VecDeque<_>>(of_check);
    }
}

/// Five seconds, doubled with each failure up to fifteen minutes; up to a quarter more or less, by the message and the
/// failure, so that targets behind one broken door do not knock together.
fn pause(failures: u32, id: &str) -> TimeDelta {
    let doubled = PAUSE_MIN * 2_i32.pow(failures.saturating_sub(1).min(10));
    let jitter = Sha256::digest(format!("{id}|{failures}"))[0];
    doubled.min(PAUSE_MAX) * (192 + i32::from(jitter) / 2) / 256
}

#[cfg(test)]
mod tests;
