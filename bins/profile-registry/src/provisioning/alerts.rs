//! Telling people that an order or a pool needs them: in the log, and by a webhook where one is configured.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use daemon_kit::{config::Secret, http};
use serde_json::json;

/// What stays wrong is told again after this.
const AGAIN_AFTER: TimeDelta = TimeDelta::hours(24);
/// What could not be told is tried again after this.
const RETRY_AFTER: TimeDelta = TimeDelta::minutes(5);
/// Bound on one message.
const TIMEOUT: Duration = Duration::from_secs(10);
/// What is remembered as told; a flood of different ones forgets the oldest, and tells it again.
const REMEMBERED_MAX: usize = 1_000;

/// Tells people; a cheap handle. `Debug` does not show the address: it may hold a key.
#[derive(Clone, Debug)]
pub struct Alerts {
    url: Option<Secret>,
    client: Option<reqwest::Client>,
    /// When what may be told again.
    quiet_until: Arc<Mutex<HashMap<String, DateTime<Utc>>>>,
}

impl Alerts {
    /// To this address: `{"source": "profile-registry", "about", "text", "at"}` as a POST.
    ///
    /// # Errors
    /// When the machine's root certificates cannot be used.
    pub fn to(url: Secret) -> Result<Self, reqwest::Error> {
        let defaults = http::ClientOptions::default();
        let options = http::ClientOptions { request_timeout: TIMEOUT, follow_redirects: false, ..defaults };
        Ok(Self { url: Some(url), client: Some(http::client(&options)?), ..Self::log_only() })
    }

    /// In the log alone.
    pub fn log_only() -> Self {
        Self { url: None, client: None, quiet_until: Arc::default() }
    }

    /// Tells something about `about`, once a day at most. What cannot be sent stands in the log.
    pub async fn tell(&self, about: &str, text: &str, now: DateTime<Utc>) {
        if !self.is_due(about, now) {
            return;
        }
        tracing::error!(about, "somebody has to look: {text}");
        metrics::counter!("registry_alerts_total").increment(1);
        let (Some(url), Some(client)) = (&self.url, &self.client) else { return };
        let body = json!({"source": "profile-registry", "about": about, "text": text, "at": now});
        let problem = match client.post(url.expose()).json(&body).send().await {
            Ok(response) if response.status().is_success() => return,
            Ok(response) => format!("HTTP status {}", response.status()),
            Err(error) => error.without_url().to_string(),
        };
        tracing::error!(about, "the alert was not taken, and is sent again in a while: {problem}");
        self.quiet(about, now + RETRY_AFTER);
    }

    /// What `about` is about is well again: the next time it is news.
    pub fn is_well(&self, about: &str) {
        self.quiet_until.lock().unwrap_or_else(PoisonError::into_inner).remove(about);
    }

    fn is_due(&self, about: &str, now: DateTime<Utc>) -> bool {
        let mut quiet_until = self.quiet_until.lock().unwrap_or_else(PoisonError::into_inner);
        if quiet_until.get(about).is_some_and(|until| now < *until) {
            return false;
        }
        if quiet_until.len() >= REMEMBERED_MAX {
            quiet_until.retain(|_, until| now < *until);
            let oldest = quiet_until.iter().min_by_key(|(_, until)| **until).map(|(about, _)| about.clone());
            if let Some(oldest) = oldest.filter(|_| quiet_until.len() >= REMEMBERED_MAX) {
                quiet_until.remove(&oldest);
            }
        }
        quiet_until.insert(about.to_owned(), now + AGAIN_AFTER);
        true
    }

    fn quiet(&self, about: &str, until: DateTime<Utc>) {
        self.quiet_until.lock().unwrap_or_else(PoisonError::into_inner).insert(about.to_owned(), until);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_same_is_told_once_a_day_and_again_when_it_was_well_between() {
        let (alerts, now) = (Alerts::log_only(), DateTime::UNIX_EPOCH);
        assert!(alerts.is_due("pool:bots", now));
        assert!(!alerts.is_due("pool:bots", now + TimeDelta::hours(23)));
        assert!(alerts.is_due("gateway", now));
        assert!(alerts.is_due("pool:bots", now + TimeDelta::hours(24)));
        alerts.is_well("pool:bots");
        assert!(alerts.is_due("pool:bots", now + TimeDelta::hours(25)));
        for number in 0..3_000 {
            alerts.is_due(&number.to_string(), now);
        }
        assert!(alerts.quiet_until.lock().unwrap().len() <= REMEMBERED_MAX);
    }

    #[test]
    fn the_address_is_not_shown() {
        let alerts = Alerts::to(Secret::new("https://h/hook?key=693a91f6")).unwrap();
        assert!(!format!("{alerts:?}").contains("693a"));
    }
}
