//! Which engines work, learned from what SearXNG says of them.

mod engine;
mod rest;

use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use engine::Engine;

use crate::{Engines, SearchOptions};

/// The engines that this front chooses from. Others, which a caller names, are none of its business.
#[derive(Debug)]
pub(crate) struct EngineHealth {
    engines: Mutex<Vec<Engine>>,
}

/// How an engine fares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineStatus {
    /// SearXNG's name.
    pub name: String,
    /// Whether it is asked.
    pub state: EngineState,
    /// When it last had a result.
    pub last_answer: Option<DateTime<Utc>>,
    /// When it last failed, and SearXNG's reason.
    pub last_failure: Option<(DateTime<Utc>, String)>,
}

/// Whether an engine is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EngineState {
    /// It is.
    Works,
    /// Not before this time. Then one search tries it.
    Rests {
        /// This time.
        until: DateTime<Utc>,
    },
    /// One search tries it.
    OnTrial,
}

/// The engines of a group at the moment of asking.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Chosen {
    /// Those to ask.
    pub(crate) engines: Vec<String>,
    /// Those that rest, with the reason.
    pub(crate) resting: Vec<(String, String)>,
}

impl EngineHealth {
    pub(crate) fn new(options: &SearchOptions) -> Self {
        let mut engines: Vec<Engine> = Vec::new();
        for name in options.engines_chinese.iter().chain(&options.engines_global) {
            if !engines.iter().any(|engine| engine.name() == name) {
                engines.push(Engine::new(name));
            }
        }
        Self { engines: Mutex::new(engines) }
    }

    /// The engines of a group that work, and those whose rest is over and whom nobody else is trying.
    pub(crate) fn choose(&self, group: &[String], now: DateTime<Utc>) -> Chosen {
        let mut chosen = Chosen::default();
        for engine in self.lock().iter_mut().filter(|engine| group.iter().any(|name| name == engine.name())) {
            if engine.take(now) {
                chosen.engines.push(engine.name().to_owned());
            } else {
                chosen.resting.push((engine.name().to_owned(), engine.why_it_rests()));
            }
        }
        // In the order of the settings.
        let place = |name: &str| group.iter().position(|other| other == name);
        chosen.engines.sort_by_key(|name| place(name));
        chosen
    }

    /// Takes note of an answer to a search that asked at `asked_at`; `named` are the engines that it asked for.
    pub(crate) fn learn(&self, named: &[String], engines: &Engines, asked_at: DateTime<Utc>, now: DateTime<Utc>) {
        for engine in self.lock().iter_mut() {
            let failed = engines.failed.iter().find(|(name, _)| name == engine.name());
            if let Some((_, reason)) = failed {
                engine.failed(reason, asked_at, now);
            } else if engines.answered.iter().any(|name| name == engine.name()) {
                engine.answered(asked_at, now);
            } else if named.iter().any(|name| name == engine.name()) {
                engine.said_nothing();
            }
        }
    }

    /// Nothing was heard of the engines that a search asked for.
    pub(crate) fn release(&self, named: &[String], now: DateTime<Utc>) {
        for engine in self.lock().iter_mut().filter(|engine| named.iter().any(|name| name == engine.name())) {
            engine.release(now);
        }
    }

    pub(crate) fn status(&self) -> Vec<EngineStatus> {
        self.lock().iter().map(Engine::status).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Engine>> {
        self.engines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
