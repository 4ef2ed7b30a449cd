//! One message: what is said about one check to one target at one moment.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use quality_rules::{Origin, Severity};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{
    decide::{Told, Why},
    group::{EXAMPLES_MAX, Example, Group, GroupKey},
};

/// Days that a message lists, the latest.
const DAYS_MAX: usize = 31;

/// Whether a check's findings are open or gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    /// There are findings.
    Firing,
    /// There are none any more.
    Resolved,
}

/// A message; as JSON it is what the generic form sends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Message {
    /// The same however often this message is sent; different for every other one.
    pub(crate) id: String,
    /// Open or gone.
    pub(crate) status: Status,
    /// The rule's code.
    pub(crate) check: String,
    /// The worst finding; of a resolved message, the worst that was told.
    pub(crate) severity: Severity,
    /// Open findings; 0 when resolved.
    pub(crate) count: u64,
    /// The days that they are about, the latest 31, ascending; of a resolved message, those that were told.
    pub(crate) days: Vec<NaiveDate>,
    /// Why it is sent; not for a resolved message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) why: Option<Why>,
    /// A few findings, the latest news first.
    pub(crate) examples: Vec<Example>,
    /// The generation that was looked at last.
    pub(crate) generation: Option<u64>,
    /// In a sentence.
    pub(crate) message: String,
    /// Where the findings can be seen.
    pub(crate) hint: String,
    /// The section of the manual that says what to do; empty until it is sent, and in a test.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) runbook: String,
    /// When it was decided.
    pub(crate) at: DateTime<Utc>,
}

/// Where and when a message is made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Occasion<'a> {
    /// The target's name.
    pub(crate) target: &'a str,
    /// Counts the messages of this worker.
    pub(crate) number: u64,
    /// The generation that was looked at last.
    pub(crate) generation: Option<u64>,
    /// Now.
    pub(crate) now: DateTime<Utc>,
}

impl Message {
    /// That `check` has open findings. `groups` are those that the target hears, `news` the keys that give the reason.
    pub(crate) fn firing(
        occasion: Occasion<'_>,
        check: &str,
        (why, news): (Why, &[GroupKey]),
        groups: &BTreeMap<&GroupKey, &Group>,
        (at_least, told): (Severity, Option<&Told>),
    ) -> Self {
        let count: u64 = groups.values().map(|group| group.count(at_least)).sum();
        let severity = groups.values().map(|group| group.severity()).max().unwrap_or(Severity::Warning);
        let fresh: u64 = news.iter().filter_map(|key| groups.get(key)).map(|group| group.count(at_least)).sum();
        let errors: u64 = groups.values().map(|group| group.errors).sum();
        let what = findings(count, errors);
        let place = days_in_words(groups.keys().copied());
        let message = match (why, told) {
            (Why::Reminder, Some(told)) => format!("{check}: still {what}{place}, since {}", time(told.since)),
            (Why::New, Some(_)) if fresh < count => format!("{check}: {what}{place}, {fresh} of them new"),
            (Why::Grown, Some(told)) => format!("{check}: {what}{place}, up from {}", told.peak.min(count)),
            (Why::Worse, Some(_)) => format!("{check}: {what}{place}, worse than before"),
            _ => format!("{check}: {what}{place}"),
        };
        Self {
            id: id(occasion, check, Status::Firing),
            status: Status::Firing,
            check: check.to_owned(),
            severity,
            count,
            days: latest(groups.keys().filter_map(|key| key.day())),
            why: Some(why),
            examples: examples(groups, news, at_least),
            generation: occasion.generation,
            message,
            hint: hint(check),
            runbook: String::new(),
            at: occasion.now,
        }
    }

    /// That the findings of `check` that were `told` are gone.
    pub(crate) fn resolved(occasion: Occasion<'_>, check: &str, told: &Told) -> Self {
        let severity = told.groups.values().map(|mark| mark.severity).max().unwrap_or(Severity::Warning);
        let (peak, place) = (told.peak, days_in_words(told.groups.keys()));
        let noun = if peak == 1 { "finding" } else { "findings" };
        let since = time(told.since);
        Self {
            id: id(occasion, check, Status::Resolved),
            status: Status::Resolved,
            check: check.to_owned(),
            severity,
            count: 0,
            days: latest(told.groups.keys().filter_map(GroupKey::day)),
            why: None,
            examples: Vec::new(),
            generation: occasion.generation,
            message: format!("{check}: resolved, no finding is open any more ({peak} {noun}{place}, since {since})"),
            hint: hint(check),
            runbook: String::new(),
            at: occasion.now,
        }
    }

    /// What an operator sends to see whether a target works.
    pub(crate) fn test(occasion: Occasion<'_>) -> Self {
        Self {
            id: id(occasion, "test", Status::Resolved),
            status: Status::Resolved,
            check: "test".to_owned(),
            severity: Severity::Warning,
            count: 0,
            days: Vec::new(),
            why: None,
            examples: Vec::new(),
            generation: occasion.generation,
            message: "test: messages of quality-worker arrive here".to_owned(),
            hint: "nothing to do".to_owned(),
            runbook: String::new(),
            at: occasion.now,
        }
    }
}

impl Message {
    /// The same, naming its section of the manual at `base`: a heading per rule, by the rule's code.
    pub(crate) fn with_runbook(&self, base: &str) -> Self {
        let section = quality_rules::rule(&self.check).map(|rule| format!("{base}#{}", rule.code));
        Self { runbook: section.unwrap_or_default(), ..self.clone() }
    }
}

/// What identifies a message: a receiver that has seen it drops the second copy.
fn id(occasion: Occasion<'_>, check: &str, status: Status) -> String {
    let Occasion { target, number, now, .. } = occasion;
    let text = format!("{target}|{number}|{check}|{status:?}|{}", now.timestamp_micros());
    hex::encode(&Sha256::digest(text)[..12])
}

/// `1 open error`, `5 open warnings`, `5 open findings (2 errors)`.
fn findings(count: u64, errors: u64) -> String {
    let plural = |count| if count == 1 { "" } else { "s" };
    match errors {
        0 => format!("{count} open warning{}", plural(count)),
        errors if errors == count => format!("{count} open error{}", plural(count)),
        errors => format!("{count} open findings ({errors} error{})", plural(errors)),
    }
}

/// ` on 2024-01-05`; ` on 12 days from … to …`; where there is no day the subjects, if there are a few.
fn days_in_words<'a>(keys: impl Iterator<Item = &'a GroupKey>) -> String {
    const SUBJECTS_MAX: usize = 4;
    let mut days = Vec::new();
    let mut subjects = Vec::new();
    for key in keys {
        match key {
            GroupKey::Day(day) => days.push(*day),
            GroupKey::Subject(subject) if !subject.is_empty() => subjects.push(subject.as_str()),
            GroupKey::Subject(_) => {}
        }
    }
    match (&days[..], &subjects[..]) {
        ([], []) => String::new(),
        ([], subjects) if subjects.len() <= SUBJECTS_MAX => format!(" about {}", subjects.join(", ")),
        ([], subjects) => format!(" about {} data sets", subjects.len()),
        ([day], _) => format!(" on {day}"),
        ([first, .., last], _) => format!(" on {} days from {first} to {last}", days.len()),
    }
}

fn time(at: DateTime<Utc>) -> String {
    at.with_timezone(&chrono_tz::Asia::Shanghai).format("%Y-%m-%d %H:%M").to_string()
}

fn latest(days: impl Iterator<Item = NaiveDate>) -> Vec<NaiveDate> {
    let mut days: Vec<_> = days.collect();
    days.sort_unstable();
    days.split_off(days.len().saturating_sub(DAYS_MAX))
}

fn examples(groups: &BTreeMap<&GroupKey, &Group>, news: &[GroupKey], at_least: Severity) -> Vec<Example> {
    let news: BTreeSet<_> = news.iter().collect();
    let mut in_order: Vec<_> = groups.iter().collect();
    in_order.reverse();
    in_order.sort_by_key(|(key, _)| !news.contains(*key));
    let all = in_order.into_iter().flat_map(|(_, group)| &group.examples);
    all.filter(|example| example.severity >= at_least).take(EXAMPLES_MAX).cloned().collect()
}

/// Where the findings of `check` can be seen.
fn hint(check: &str) -> String {
    let logs = format!("GET /quality/logs?check={check}&open=true or twilight quality findings --open --check {check}");
    match quality_rules::rule(check).map(|rule| rule.origin) {
        Some(Origin::Machine) => "twilight status".to_owned(),
        Some(Origin::Clock) => "GET /quality/status or twilight quality status".to_owned(),
        Some(Origin::Gate) => format!("{logs}; refused rows: twilight quarantine list"),
        _ => logs,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn occasion(number: u64) -> Occasion<'static> {
        Occasion { target: "ops", number, generation: Some(7), now: DateTime::UNIX_EPOCH }
    }

    fn day(text: &str) -> GroupKey {
        GroupKey::Day(text.parse().unwrap())
    }

    fn group(errors: u64, warnings: u64, message: &str) -> Group {
        let example = Example { severity: Severity::Error, code: None, trade_date: None, message: message.to_owned() };
        Group { errors, warnings, examples: vec![example] }
    }

    #[test]
    fn a_message_counts_everything_and_shows_the_latest_news_first() {
        let (a, b, c) = (day("2024-01-02"), day("2024-01-03"), day("2024-01-04"));
        let (one, two, three) = (group(1, 2, "one"), group(2, 0, "two"), group(3, 1, "three"));
        let groups = BTreeMap::from([(&a, &one), (&b, &two), (&c, &three)]);
        let told =
            Told { since: DateTime::UNIX_EPOCH, last_at: DateTime::UNIX_EPOCH, peak: 5, groups: BTreeMap::new() };
        let news = [a.clone(), b.clone()];
        let hears = (Severity::Warning, Some(&told));
        let message = Message::firing(occasion(1), "price_limit", (Why::New, &news), &groups, hears);
        assert_eq!(
            message.message,
            "price_limit: 9 open findings (6 errors) on 3 days from 2024-01-02 to 2024-01-04, 5 of them new"
        );
        assert_eq!((message.count, message.severity, message.days.len()), (9, Severity::Error, 3));
        let shown: Vec<_> = message.examples.iter().map(|example| &*example.message).collect();
        assert_eq!(shown, ["two", "one", "three"]);
        let errors = Message::firing(occasion(1), "price_limit", (Why::New, &news), &groups, (Severity::Error, None));
        assert_eq!(errors.message, "price_limit: 6 open errors on 3 days from 2024-01-02 to 2024-01-04");
    }

    #[test]
    fn a_message_keeps_its_id_and_no_two_share_one() {
        let told =
            Told { since: DateTime::UNIX_EPOCH, last_at: DateTime::UNIX_EPOCH, peak: 5, groups: BTreeMap::new() };
        let make = |number| Message::resolved(occasion(number), "freshness", &told);
        assert_eq!(make(1), make(1));
        assert_ne!(make(1).id, make(2).id);
        assert_eq!(make(1).hint, "GET /quality/status or twilight quality status");
    }

    #[test]
    fn what_has_no_day_is_named_by_its_subject() {
        let (keys, none) = (GroupKey::of(None, "tushare/daily"), GroupKey::of(None, ""));
        assert_eq!(days_in_words([&keys].into_iter()), " about tushare/daily");
        assert_eq!(days_in_words([&none].into_iter()), "");
        let many: Vec<_> = (0..9).map(|nth| GroupKey::of(None, &format!("a/{nth}"))).collect();
        assert_eq!(days_in_words(many.iter()), " about 9 data sets");
    }

    #[test]
    fn every_alert_has_its_section_in_the_runbook() {
        let runbook = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/runbook.md"));
        for rule in quality_rules::RULES {
            let section = runbook.split(&format!("\n### {}\n", rule.code)).nth(1).unwrap_or_default();
            let section = section.split("\n### ").next().unwrap_or_default();
            assert!(section.contains("**Look at**") && section.contains("**Do:**"), "{}: {section}", rule.code);
        }
    }
}
