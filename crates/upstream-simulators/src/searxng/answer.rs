//! What a search finds, engine by engine.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{
    engine::SearxngEngine,
    fault::{EngineFailure, SearxngFault},
    faults::SearxngFaults,
    form::Form,
    merge::merged,
    options::SearxngOptions,
    page::{SearxngPage, found_by},
    suspension::Suspensions,
};

/// What the engines say.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub(super) asked: Vec<&'static str>,
    pub(super) unresponsive: Vec<(&'static str, String)>,
    /// How long the slowest one takes.
    pub(super) delay: Duration,
    found: Vec<(&'static SearxngEngine, Vec<SearxngPage>)>,
}

/// Asks the engines of a search.
pub(super) fn ask(
    form: &Form,
    options: &SearxngOptions,
    faults: &SearxngFaults,
    suspensions: &Suspensions,
    now: DateTime<Utc>,
) -> Answer {
    let (mut answer, q) = (Answer::default(), form.query());
    let chosen = form.chosen(&options.enabled);
    let patience = patience(&chosen, form, options);
    for engine in chosen {
        if let Some(reason) = suspensions.reason(engine.name, now) {
            answer.unresponsive.push((engine.name, format!("Suspended: {reason}")));
            continue;
        }
        answer.asked.push(engine.name);
        let failures = faults.take_of(engine.name, &form.q);
        let is_soft_blocked = failures.contains(&EngineFailure::SoftBlock);
        let slowest = failures.iter().map(|failure| if let EngineFailure::Slow(ms) = failure { *ms } else { 0 }).max();
        let takes = Duration::from_millis(slowest.unwrap_or(0));
        answer.delay = answer.delay.max(takes.min(patience));
        let failed = failures.iter().find(|failure| failure.reason().is_some());
        if let Some(failure) = failed {
            suspensions.enter(engine.name, *failure, now);
            answer.unresponsive.push((engine.name, failure.reason().unwrap_or_default().to_owned()));
        } else if takes > patience {
            answer.unresponsive.push((engine.name, "timeout".to_owned()));
        } else if !is_soft_blocked {
            let pages = found_by(engine, &q, form.pageno, form.time_range.as_deref());
            answer.found.push((engine, pages));
        }
    }
    answer.unresponsive.sort();
    answer
}

/// How long SearXNG waits: as long as its most patient engine, at most as its settings and the caller say.
fn patience(chosen: &[&SearxngEngine], form: &Form, options: &SearxngOptions) -> Duration {
    let most = chosen.iter().map(|engine| engine.timeout_ms).max().unwrap_or(0);
    let wanted = match (options.max_request_timeout_ms, form.timeout_limit) {
        (None, None) => most,
        (None, Some(limit)) => most.min(limit),
        (Some(bound), None) => most.min(bound),
        (Some(bound), Some(limit)) => bound.min(limit),
    };
    Duration::from_millis(wanted)
}

impl Answer {
    /// The body, and how many results it has.
    pub(super) fn body(self, query: &str, faults: &[SearxngFault]) -> (Value, usize) {
        let nothing = faults.contains(&SearxngFault::Nothing);
        let results = if nothing { Vec::new() } else { merged(self.found) };
        let mut list: Vec<Value> = results.iter().map(super::merge::Merged::to_json).collect();
        let count = list.len();
        for fault in faults {
            if let (SearxngFault::Huge(bytes), Some(first)) = (fault, list.first_mut()) {
                first["content"] = "x".repeat(*bytes).into();
            }
        }
        let unresponsive: Vec<_> = self.unresponsive.iter().map(|(engine, reason)| json!([engine, reason])).collect();
        let mut body = json!({
            "query": query,
            "results": list,
            "answers": [],
            "corrections": [],
            "infoboxes": [],
            "suggestions": [format!("{query} 2026"), format!("{query} PDF")],
            "unresponsive_engines": unresponsive,
        });
        for fault in faults {
            match fault {
                SearxngFault::NoResultsField => {
                    body.as_object_mut().and_then(|body| body.remove("results"));
                }
                SearxngFault::ResultsNotAList => body["results"] = "none".into(),
                SearxngFault::NumberOfResults => body["number_of_results"] = 0.into(),
                SearxngFault::NotAnObject => body = json!([body]),
                _ => {}
            }
        }
        (body, count)
    }
}
