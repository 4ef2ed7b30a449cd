//! Telling people that an order or a pool needs them: in the log, and by a webhook where one is configured.
//!
//! What has to be told is in the books before it is told, and stays there until it was taken: neither a restart nor a
//! webhook that does not answer for days loses it. So it may be told twice, and never not at all.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use daemon_kit::{clock::Clock, config::Secret, http};
use serde_json::json;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::outbox::{self, Told, Waiting};
use crate::{Books, BooksError};

/// What stays wrong is told again after this.
const AGAIN_AFTER: TimeDelta = TimeDelta::hours(24);
/// The first wait after a webhook did not take something; it doubles up to the longest one.
const PAUSE_MIN: TimeDelta = TimeDelta::seconds(30);
const PAUSE_MAX: TimeDelta = TimeDelta::hours(1);
/// How often it looks without being asked to.
const LOOK_EVERY: Duration = Duration::from_secs(10);
/// What an alert can be about, without what follows the colon; each has its section `registry-<kind>` in the manual.
pub const ALERT_KINDS: [&str; 11] =
    ["gateway", "hosts", "jobs", "low", "order", "payment", "pool", "profile", "refund", "repository", "wechat"];
/// Bound on one message.
const TIMEOUT: Duration = Duration::from_secs(10);
/// A pass ends with the first message that is not taken: the others would wait as long.
const PASS: u32 = 50;

/// Tells people; a cheap handle. `Debug` does not show the address: it may hold a key.
#[derive(Clone, Debug)]
pub struct Alerts {
    books: Books,
    url: Option<Secret>,
    runbook: Arc<str>,
    client: Option<reqwest::Client>,
    wake: Arc<Notify>,
    /// How many wait, as it was last counted.
    waiting: Arc<AtomicU32>,
}

impl Alerts {
    /// To this address: `{"source": "profile-registry", "about", "text", "runbook", "at", "over_at"}` as a POST.
    ///
    /// # Errors
    /// When the machine's root certificates cannot be used.
    pub fn to(books: Books, url: Secret) -> Result<Self, reqwest::Error> {
        let defaults = http::ClientOptions::default();
        let options = http::ClientOptions { request_timeout: TIMEOUT, follow_redirects: false, ..defaults };
        Ok(Self { url: Some(url), client: Some(http::client(&options)?), ..Self::log_only(books) })
    }

    /// In the log alone.
    pub fn log_only(books: Books) -> Self {
        let runbook = Arc::from("docs/runbook.md");
        Self { books, url: None, runbook, client: None, wake: Arc::default(), waiting: Arc::default() }
    }

    /// The same, naming the manual at `base`.
    #[must_use]
    pub fn with_runbook(self, base: &str) -> Self {
        Self { runbook: base.into(), ..self }
    }

    /// Tells something about `about`, once a day at most. On return it is in the log and in the books; the webhook has its
    /// own time.
    pub async fn tell(&self, about: &str, text: &str, now: DateTime<Utc>) {
        match self.note(about, text, now).await {
            Ok(false) => {}
            Ok(true) => {
                tracing::error!(about, runbook = self.section(about), "somebody has to look: {text}");
                metrics::counter!("registry_alerts_total").increment(1);
                self.wake.notify_one();
            }
            Err(error) => {
                tracing::error!(about, runbook = self.section(about), "somebody has to look: {text}");
                tracing::error!(about, "the alert cannot be kept, and is lost if it is not taken now: {error}");
                let waiting = Waiting { about: about.to_owned(), text: text.to_owned(), at: now, over_at: None };
                if let Err(problem) = self.send(&waiting).await {
                    tracing::error!(about, "the alert was not taken: {problem}");
                }
            }
        }
    }

    /// What `about` is about is well again: the next time it is news.
    pub async fn is_well(&self, about: &str, now: DateTime<Utc>) {
        let key = about.to_owned();
        let known = self.books.read(move |connection| outbox::is_known(connection, &key)).await;
        let key = about.to_owned();
        let ended = match known {
            Ok(false) => return,
            Ok(true) => self.books.write(move |tx| outbox::is_well(tx, &key, now)).await,
            Err(error) => Err(error),
        };
        if let Err(error) = ended {
            tracing::error!(about, "note that it is well again: {error}");
        }
    }

    /// What whoever reads `/readyz` should know of alerts.
    pub(crate) fn waiting(&self) -> Option<String> {
        let waiting = self.waiting.load(Ordering::Relaxed);
        (waiting > 0).then(|| format!("{waiting} alerts were not taken yet by profile-registry.alert_url"))
    }

    /// What people were told within the last day and is not known to be well again.
    ///
    /// # Errors
    /// When the books cannot be used.
    pub(crate) async fn told(&self, now: DateTime<Utc>) -> Result<Vec<Told>, BooksError> {
        self.books.read(move |connection| outbox::told(connection, now)).await
    }

    /// Sends what waits and is due; how much of it was taken.
    ///
    /// # Errors
    /// When the books cannot be used.
    pub async fn deliver(&self, now: DateTime<Utc>) -> Result<usize, BooksError> {
        let mut taken = 0;
        if self.url.is_some() {
            let due = self.books.read(move |connection| outbox::due(connection, now, PASS)).await?;
            for (alert, attempts) in due {
                let sent = self.send(&alert).await;
                let is_taken = sent.is_ok();
                if let Err(problem) = sent {
                    tracing::error!(about = alert.about, "an alert was not taken, and is sent again: {problem}");
                    metrics::counter!("registry_alerts_not_taken_total").increment(1);
                }
                let retry_at = now + pause(attempts);
                let note = move |tx: &rusqlite::Transaction<'_>| outbox::sent(tx, &alert, is_taken, retry_at);
                self.books.write(note).await?;
                if !is_taken {
                    break;
                }
                taken += 1;
            }
        }
        let waiting = self.books.read(outbox::waiting).await?;
        self.waiting.store(waiting, Ordering::Relaxed);
        metrics::gauge!("registry_alerts_waiting").set(f64::from(waiting));
        Ok(taken)
    }

    /// Delivers until `shutdown`.
    pub async fn keep(self, clock: Clock, shutdown: CancellationToken) {
        let mut looks = tokio::time::interval(LOOK_EVERY);
        looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = self.wake.notified() => {}
                _ = looks.tick() => {}
            }
            // What is being sent when the process ends is sent again by the next one.
            let delivered = shutdown.run_until_cancelled(self.deliver(clock.now())).await;
            if let Some(Err(error)) = delivered {
                tracing::error!(error = %error, "deliver alerts: {error}");
            }
        }
    }

    /// The section of the manual that says what to do.
    fn section(&self, about: &str) -> String {
        let kind = about.split_once(':').map_or(about, |(kind, _)| kind);
        debug_assert!(ALERT_KINDS.contains(&kind), "{kind} has no section in the manual");
        format!("{}#registry-{kind}", self.runbook)
    }

    /// Whether it is news; then it is noted.
    async fn note(&self, about: &str, text: &str, now: DateTime<Utc>) -> Result<bool, BooksError> {
        let key = about.to_owned();
        if self.books.read(move |connection| outbox::is_quiet(connection, &key, now)).await? {
            return Ok(false);
        }
        let waiting = Waiting { about: about.to_owned(), text: text.to_owned(), at: now, over_at: None };
        let is_pending = self.url.is_some();
        self.books.write(move |tx| outbox::put(tx, &waiting, now + AGAIN_AFTER, is_pending)).await
    }

    async fn send(&self, alert: &Waiting) -> Result<(), String> {
        let (Some(url), Some(client)) = (&self.url, &self.client) else { return Ok(()) };
        let Waiting { about, text, at, over_at } = alert;
        let runbook = self.section(about);
        let body = json!({"source": "profile-registry", "about": about, "text": text, "runbook": runbook, "at": at,
                          "over_at": over_at});
        match client.post(url.expose()).json(&body).send().await {
            Ok(response) if response.status().is_success() => Ok(()),
            Ok(response) => Err(format!("HTTP status {}", response.status())),
            Err(error) => Err(http::reason(error)),
        }
    }
}

fn pause(attempts: u32) -> TimeDelta {
    let factor = 1_i32.checked_shl(attempts.min(16)).unwrap_or(i32::MAX);
    PAUSE_MIN.checked_mul(factor).unwrap_or(PAUSE_MAX).min(PAUSE_MAX)
}

#[cfg(test)]
mod tests;
