//! What changes about channels: told to the log, the audit and the metrics, and what rests is kept across restarts.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use gateway_ledger::{AuditEntry, Parked};
use route_policy::{Change, Event, Subject, Verdict};
use serde_json::json;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::{gateway::Gateway, relay::AttemptEnd};

/// Pause after the books would not take the list.
const AGAIN_AFTER: Duration = Duration::from_secs(5);

/// What rests, as the books know it.
#[derive(Debug, Default)]
pub(crate) struct Resting {
    list: Mutex<BTreeMap<Subject, Parked>>,
    changed: Notify,
}

impl Gateway {
    /// Tells everybody who has to know. `reason` is the upstream's word where there is one, without secrets.
    pub(crate) fn note(&self, events: Vec<Event>, reason: &str) {
        for event in events {
            let (subject, change) = (&event.subject, event.change);
            metrics::counter!("gateway_channel_events_total", "change" => change.name()).increment(1);
            let told = describe(change);
            if change.is_alarming() {
                tracing::warn!(change = change.name(), reason, "{subject} {told}: {reason}");
            } else {
                tracing::info!(change = change.name(), reason, "{subject} {told}");
            }
            let at = self.time.clock().now();
            self.resting.follow(&event, reason, at);
            if matches!(change, Change::Parked { .. } | Change::Recovered | Change::BreakerOpened { .. }) {
                self.audit_event(&event, reason, at);
            }
        }
    }

    /// Lets rest what rested when the last process ended.
    pub(crate) fn restore_parked(&self, parked: Vec<Parked>) {
        for entry in parked {
            let Some((subject, verdict)) = subject_of(&entry) else {
                tracing::warn!("{} {} rested, which this version does not understand", entry.scope, entry.subject);
                continue;
            };
            tracing::info!("{subject} still rests since {}: {}", entry.since, entry.reason);
            self.desk.act(|router, at| router.park(&subject, verdict, at));
            self.resting.lock().insert(subject, entry);
        }
        // The books may know of more than is left.
        self.resting.changed.notify_one();
    }

    /// Ends every rest of a channel, and of an account that is its own: an operator says that it is in order, or it has
    /// another key, or is no more.
    pub(crate) fn unpark(&self, channel: &str, account: Option<&str>) {
        let mut subjects = self.resting.forget(channel, account);
        subjects.insert(Subject::Channel(channel.into()));
        let events = self.desk.act(|router, _| subjects.iter().flat_map(|subject| router.unpark(subject)).collect());
        self.note(events, "by an operator");
    }

    fn audit_event(&self, event: &Event, reason: &str, at: DateTime<Utc>) {
        let entry = AuditEntry {
            at,
            actor: "gateway".to_owned(),
            action: Cow::Borrowed(match event.change {
                Change::Parked { .. } => "channel.parked",
                Change::Recovered => "channel.recovered",
                _ => "channel.breaker_opened",
            }),
            subject: event.subject.to_string(),
            before: None,
            after: Some(json!({"change": describe(event.change), "reason": reason})),
        };
        let ledger = self.ledger.clone();
        self.tasks.spawn(async move {
            if let Err(error) = ledger.audit(entry).await {
                tracing::warn!(error = %error, "an entry of the audit log was not written: {error}");
            }
        });
    }
}

impl Resting {
    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<Subject, Parked>> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn follow(&self, event: &Event, reason: &str, at: DateTime<Utc>) {
        match event.change {
            Change::Parked { why, .. } => {
                let parked = entry_of(&event.subject, why, reason, at);
                // It rests on after a failed trial: since when, and why at first, stays.
                self.lock().entry(event.subject.clone()).or_insert(parked);
            }
            Change::Recovered => {
                self.lock().remove(&event.subject);
            }
            _ => return,
        }
        self.changed.notify_one();
    }

    /// Forgets what rests of a channel and of an account, and says what that was.
    fn forget(&self, of_channel: &str, of_account: Option<&str>) -> BTreeSet<Subject> {
        let mut list = self.lock();
        let of_it = list.keys().filter(|subject| match subject {
            Subject::Channel(channel) | Subject::ChannelModel { channel, .. } => &**channel == of_channel,
            Subject::Account(account) | Subject::AccountModel { account, .. } => Some(&**account) == of_account,
        });
        let forgotten: BTreeSet<Subject> = of_it.cloned().collect();
        list.retain(|subject, _| !forgotten.contains(subject));
        drop(list);
        self.changed.notify_one();
        forgotten
    }

    /// What rests now.
    pub(crate) fn now(&self) -> Vec<Parked> {
        self.lock().values().cloned().collect()
    }
}

/// Writes the list down whenever it changed, until `shutdown`, and then once more: what changed last came with it.
pub(crate) async fn keep_resting(gateway: Arc<Gateway>, shutdown: CancellationToken) {
    while shutdown.run_until_cancelled(gateway.resting.changed.notified()).await.is_some() {
        while let Err(error) = gateway.ledger.set_parked(gateway.resting.now()).await {
            tracing::warn!(error = %error, "what rests was not written down: {error}");
            if shutdown.run_until_cancelled(tokio::time::sleep(AGAIN_AFTER)).await.is_none() {
                break;
            }
        }
    }
    if let Err(error) = gateway.ledger.set_parked(gateway.resting.now()).await {
        tracing::warn!(error = %error, "what rests was not written down at the end: {error}");
    }
}

fn entry_of(subject: &Subject, why: Verdict, reason: &str, since: DateTime<Utc>) -> Parked {
    let (scope, subject, model) = match subject {
        Subject::Channel(channel) => ("channel", channel, None),
        Subject::Account(account) => ("account", account, None),
        Subject::ChannelModel { channel, model } => ("channel_model", channel, Some(model)),
        Subject::AccountModel { account, model } => ("account_model", account, Some(model)),
    };
    Parked {
        scope: scope.to_owned(),
        subject: subject.to_string(),
        model: model.map(ToString::to_string),
        verdict: AttemptEnd::Refused(why).name().to_owned(),
        reason: reason.to_owned(),
        since,
    }
}

fn subject_of(entry: &Parked) -> Option<(Subject, Verdict)> {
    let name: Arc<str> = entry.subject.as_str().into();
    let model = || entry.model.as_deref().map(Arc::from);
    let subject = match entry.scope.as_str() {
        "channel" => Subject::Channel(name),
        "account" => Subject::Account(name),
        "channel_model" => Subject::ChannelModel { channel: name, model: model()? },
        "account_model" => Subject::AccountModel { account: name, model: model()? },
        _ => return None,
    };
    let verdict = AttemptEnd::ALL.into_iter().find_map(|end| match end {
        AttemptEnd::Refused(verdict) if end.name() == entry.verdict => Some(verdict),
        _ => None,
    })?;
    Some((subject, verdict))
}

fn describe(change: Change) -> String {
    let seconds = |span: Duration| span.as_secs();
    match change {
        Change::Parked { why, again_in } => {
            format!("rests ({}), tried again in {} s", AttemptEnd::Refused(why).name(), seconds(again_in))
        }
        Change::OnTrial => "answers again, one request may try it".to_owned(),
        Change::Recovered => "is back".to_owned(),
        Change::BreakerOpened { failures, outcomes, again_in } => {
            format!("failed {failures} of {outcomes} times in a minute, left alone for {} s", seconds(again_in))
        }
        Change::BreakerClosed => "works again".to_owned(),
        Change::Paused { meter, again_in } => {
            let meter = AttemptEnd::Refused(Verdict::Wait(meter)).name();
            format!("is at its upstream's limit ({meter}), left alone for {} ms", again_in.as_millis())
        }
        Change::CoolingDown { again_in } => format!("is overloaded, left alone for {} ms", again_in.as_millis()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rests_reads_back_as_it_was_written() {
        let name = |text: &str| -> Arc<str> { text.into() };
        let subjects = [
            Subject::Channel(name("a")),
            Subject::Account(name("b")),
            Subject::ChannelModel { channel: name("a"), model: name("m") },
            Subject::AccountModel { account: name("b"), model: name("m") },
        ];
        for subject in subjects {
            let entry = entry_of(&subject, Verdict::KeyDead, "Invalid token", DateTime::UNIX_EPOCH);
            assert_eq!(subject_of(&entry), Some((subject, Verdict::KeyDead)));
        }
    }

    #[test]
    fn it_rests_since_its_first_failure_until_it_is_back() {
        let resting = Resting::default();
        let event = |change| Event { subject: Subject::Channel("a".into()), change };
        let parked = Change::Parked { why: Verdict::KeyDead, again_in: Duration::from_secs(1800) };
        resting.follow(&event(parked), "first", DateTime::UNIX_EPOCH);
        resting.follow(&event(Change::OnTrial), "", DateTime::UNIX_EPOCH);
        resting.follow(&event(parked), "second", DateTime::UNIX_EPOCH);
        assert_eq!(resting.now().iter().map(|entry| entry.reason.as_str()).collect::<Vec<_>>(), ["first"]);
        resting.follow(&event(Change::Recovered), "", DateTime::UNIX_EPOCH);
        assert!(resting.now().is_empty());
    }
}
