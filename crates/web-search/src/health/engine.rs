//! One engine: works, rests, is on trial.

use chrono::{DateTime, TimeDelta, Utc};

use super::{EngineState, EngineStatus, rest::rest_after};
use crate::measure;

/// A trial of which nothing was heard for so long is none.
const TRIAL: TimeDelta = TimeDelta::seconds(30);

#[derive(Debug)]
pub(super) struct Engine {
    name: String,
    state: State,
    /// One after the other, without an answer in between.
    failures: u32,
    last_answer: Option<DateTime<Utc>>,
    last_failure: Option<(DateTime<Utc>, String)>,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Works,
    Rests { since: DateTime<Utc>, until: DateTime<Utc> },
    OnTrial { since: DateTime<Utc> },
}

impl Engine {
    pub(super) fn new(name: &str) -> Self {
        measure::engine(name, true);
        Self { name: name.to_owned(), state: State::Works, failures: 0, last_answer: None, last_failure: None }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Whether to ask it now; whoever is told so when its rest is over tries it for all.
    pub(super) fn take(&mut self, now: DateTime<Utc>) -> bool {
        match self.state {
            State::Works => true,
            // A clock that was set back must not make a rest longer than it was meant to be.
            State::Rests { since, until } if since <= now && now < until => false,
            State::OnTrial { since } if since <= now && now - since < TRIAL => false,
            _ => {
                self.state = State::OnTrial { since: now };
                true
            }
        }
    }

    pub(super) fn why_it_rests(&self) -> String {
        let reason = self.last_failure.as_ref().map_or("", |(_, reason)| reason);
        format!("not asked after: {reason}")
    }

    pub(super) fn failed(&mut self, reason: &str, asked_at: DateTime<Utc>, now: DateTime<Utc>) {
        if self.is_news(asked_at) {
            self.failures = self.failures.saturating_add(1);
            let rest = rest_after(reason, self.failures);
            let rest_s = rest.num_seconds();
            tracing::warn!(search.engine = self.name, reason, rest_s, "an engine fails and rests");
            self.state = State::Rests { since: now, until: now + rest };
            measure::engine(&self.name, false);
        }
        self.last_failure = Some((now, reason.to_owned()));
    }

    pub(super) fn answered(&mut self, asked_at: DateTime<Utc>, now: DateTime<Utc>) {
        self.last_answer = Some(now);
        if self.is_news(asked_at) {
            self.failures = 0;
            self.works();
        }
    }

    /// It was asked, and there is neither a result of it nor a complaint. It has nothing, or has no second page.
    pub(super) fn said_nothing(&mut self) {
        if matches!(self.state, State::OnTrial { .. }) {
            self.works();
        }
    }

    /// Nothing is known of the trial: the next search is one.
    pub(super) fn release(&mut self, now: DateTime<Utc>) {
        if matches!(self.state, State::OnTrial { .. }) {
            self.state = State::Rests { since: now, until: now };
        }
    }

    pub(super) fn status(&self) -> EngineStatus {
        let state = match self.state {
            State::Works => EngineState::Works,
            State::Rests { until, .. } => EngineState::Rests { until },
            State::OnTrial { .. } => EngineState::OnTrial,
        };
        let (name, last_answer, last_failure) = (self.name.clone(), self.last_answer, self.last_failure.clone());
        EngineStatus { name, state, last_answer, last_failure }
    }

    /// Several searches that were under way when it failed tell of the same failure, and an answer to one of them is older
    /// than the failure.
    fn is_news(&self, asked_at: DateTime<Utc>) -> bool {
        !matches!(self.state, State::Rests { since, until } if asked_at < since && since < until)
    }

    fn works(&mut self) {
        if !matches!(self.state, State::Works) {
            tracing::info!(search.engine = self.name, "an engine is asked again");
        }
        self.state = State::Works;
        measure::engine(&self.name, true);
    }
}
