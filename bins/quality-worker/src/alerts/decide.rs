//! Whether a check's open findings are news to a target. Pure: state, findings and the clock come in, a verdict goes out.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use quality_rules::Severity;
use serde::{Deserialize, Serialize};

use super::group::{Group, GroupKey};

/// What a target was told of one check that is still open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Told {
    /// When it was told first.
    pub(crate) since: DateTime<Utc>,
    /// When it was told last.
    pub(crate) last_at: DateTime<Utc>,
    /// The most findings that were told.
    pub(crate) peak: u64,
    /// The groups as they were told.
    pub(crate) groups: BTreeMap<GroupKey, Mark>,
}

/// How a group stood when it was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark {
    /// Its findings.
    pub(crate) count: u64,
    /// Its worst one.
    pub(crate) severity: Severity,
}

/// What a target wants to hear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wishes {
    /// Nothing milder.
    pub(crate) at_least: Severity,
    /// Errors that stay open are told again after this; `None` is never.
    pub(crate) repeat_after: Option<TimeDelta>,
}

/// Why a message is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Why {
    /// Nothing changed, but it is an error and it is still there.
    Reminder,
    /// A known group has twice the findings.
    Grown,
    /// A known group has errors now.
    Worse,
    /// There is a group that was not told.
    New,
}

/// What is to be said about a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing.
    Silence,
    /// That there are findings.
    Firing {
        /// The best reason to say so.
        why: Why,
        /// The groups that give the reason.
        news: Vec<GroupKey>,
    },
    /// That there are none any more.
    Resolved,
}

/// What the target hears of `open`, the groups of one check.
pub(crate) fn marks(open: &BTreeMap<GroupKey, Group>, wishes: Wishes) -> BTreeMap<GroupKey, Mark> {
    let mark = |group: &Group| Mark { count: group.count(wishes.at_least), severity: group.severity() };
    let heard = open.iter().map(|(key, group)| (key.clone(), mark(group)));
    heard.filter(|(_, mark)| mark.count > 0).collect()
}

/// What is to be said about a check of which `open` is heard, after what was `told`.
pub(crate) fn judge(
    told: Option<&Told>,
    open: &BTreeMap<GroupKey, Mark>,
    repeat_after: Option<TimeDelta>,
    now: DateTime<Utc>,
) -> Verdict {
    if open.is_empty() {
        return if told.is_some() { Verdict::Resolved } else { Verdict::Silence };
    }
    let reason = |(key, mark): (&GroupKey, &Mark)| Some((news(told?.groups.get(key), *mark)?, key.clone()));
    let reasons: Vec<(Why, GroupKey)> = match told {
        None => open.keys().map(|key| (Why::New, key.clone())).collect(),
        Some(_) => open.iter().filter_map(reason).collect(),
    };
    if let Some(why) = reasons.iter().map(|(why, _)| *why).max() {
        return Verdict::Firing { why, news: reasons.into_iter().map(|(_, key)| key).collect() };
    }
    let is_due = |told: &Told| repeat_after.is_some_and(|pause| now - told.last_at >= pause);
    let is_error = open.values().any(|mark| mark.severity == Severity::Error);
    if is_error && told.is_some_and(is_due) {
        return Verdict::Firing { why: Why::Reminder, news: Vec::new() };
    }
    Verdict::Silence
}

fn news(told: Option<&Mark>, now: Mark) -> Option<Why> {
    match told {
        None => Some(Why::New),
        Some(told) if now.severity > told.severity => Some(Why::Worse),
        Some(told) if now.count >= told.count.saturating_mul(2) => Some(Why::Grown),
        Some(_) => None,
    }
}

/// Notes that `verdict` about `open` was said at `now`.
pub(crate) fn note(
    told: Option<Told>,
    open: &BTreeMap<GroupKey, Mark>,
    verdict: &Verdict,
    now: DateTime<Utc>,
) -> Option<Told> {
    match (verdict, told) {
        (Verdict::Resolved, _) | (Verdict::Silence, None) => None,
        (Verdict::Silence, Some(mut told)) => {
            // A group that is gone is news when it comes back. One that shrank is remembered as large as it was told.
            told.groups.retain(|key, _| open.contains_key(key));
            Some(told)
        }
        (Verdict::Firing { .. }, told) => {
            let before = told.as_ref().map(|told| &told.groups);
            let highest = |key: &GroupKey, mark: Mark| match before.and_then(|groups| groups.get(key)) {
                Some(told) => Mark { count: mark.count.max(told.count), severity: mark.severity.max(told.severity) },
                None => mark,
            };
            let groups = open.iter().map(|(key, mark)| (key.clone(), highest(key, *mark))).collect();
            let total = open.values().map(|mark| mark.count).sum();
            let (since, peak) = told.as_ref().map_or((now, 0), |told| (told.since, told.peak));
            Some(Told { since, last_at: now, peak: peak.max(total), groups })
        }
    }
}

#[cfg(test)]
mod tests;
