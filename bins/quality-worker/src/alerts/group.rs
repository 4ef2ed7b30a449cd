//! Open findings, gathered by their cause: what a message tells, and what is remembered of what was told.

use std::{collections::BTreeMap, fmt};

use chrono::NaiveDate;
use quality_rules::Severity;
use serde::{Deserialize, Serialize};

/// Examples that are kept of a group, and that a message shows.
pub(crate) const EXAMPLES_MAX: usize = 5;

/// Of a check's groups, so many of the latest keep their examples.
const GROUPS_WITH_EXAMPLES: usize = 20;

/// What the findings of a group have in common beside the check: the day, or where there is none, what they are about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub(crate) enum GroupKey {
    /// A day.
    Day(NaiveDate),
    /// A data set such as `tushare/daily`; empty where nothing tells the findings apart.
    Subject(String),
}

impl GroupKey {
    /// The key of a finding.
    pub(crate) fn of(trade_date: Option<NaiveDate>, subject: &str) -> Self {
        trade_date.map_or_else(|| Self::Subject(subject.to_owned()), Self::Day)
    }

    /// The day, if it is one.
    pub(crate) fn day(&self) -> Option<NaiveDate> {
        match self {
            Self::Day(date) => Some(*date),
            Self::Subject(_) => None,
        }
    }
}

impl GroupKey {
    /// Whether a check of these days (of all, and of what has no day, for `None`) judges the group.
    pub(crate) fn is_judged_with(&self, dates: Option<&[NaiveDate]>) -> bool {
        dates.is_none_or(|dates| self.day().is_some_and(|day| dates.contains(&day)))
    }
}

impl From<String> for GroupKey {
    fn from(text: String) -> Self {
        text.parse().map_or(Self::Subject(text), Self::Day)
    }
}

impl From<GroupKey> for String {
    fn from(key: GroupKey) -> Self {
        key.to_string()
    }
}

impl fmt::Display for GroupKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(date) => date.fmt(f),
            Self::Subject(subject) => subject.fmt(f),
        }
    }
}

/// One finding, to show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Example {
    /// How bad it is.
    pub(crate) severity: Severity,
    /// The code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<String>,
    /// The day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) trade_date: Option<NaiveDate>,
    /// In words.
    pub(crate) message: String,
}

/// The open findings of one check and key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Group {
    /// Those that are warnings.
    pub(crate) warnings: u64,
    /// Those that are errors.
    pub(crate) errors: u64,
    /// A few of them, the worst first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) examples: Vec<Example>,
}

impl Group {
    /// Findings that are at least so bad.
    pub(crate) fn count(&self, at_least: Severity) -> u64 {
        match at_least {
            Severity::Error => self.errors,
            Severity::Warning | Severity::Info => self.errors + self.warnings,
        }
    }

    /// As bad as its worst finding.
    pub(crate) fn severity(&self) -> Severity {
        if self.errors > 0 { Severity::Error } else { Severity::Warning }
    }

    fn add(&mut self, example: Example) {
        match example.severity {
            Severity::Error => self.errors += 1,
            Severity::Warning => self.warnings += 1,
            // A fact, not a fault.
            Severity::Info => return,
        }
        self.keep(example);
    }

    fn merge(&mut self, other: &Self) {
        self.warnings += other.warnings;
        self.errors += other.errors;
        other.examples.iter().for_each(|example| self.keep(example.clone()));
    }

    fn keep(&mut self, example: Example) {
        let place = self.examples.partition_point(|kept| kept.severity >= example.severity);
        if place < EXAMPLES_MAX {
            self.examples.insert(place, example);
            self.examples.truncate(EXAMPLES_MAX);
        }
    }
}

/// Groups by check, then key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Groups(pub(crate) BTreeMap<String, BTreeMap<GroupKey, Group>>);

impl Groups {
    /// Counts a finding; information is none that anybody waits for.
    pub(crate) fn add(&mut self, check: &str, key: GroupKey, example: Example) {
        if example.severity > Severity::Info {
            self.0.entry(check.to_owned()).or_default().entry(key).or_default().add(example);
        }
    }

    /// Counts so many warnings and errors of which one entry of the log tells.
    pub(crate) fn add_unlisted(
        &mut self,
        check: &str,
        key: GroupKey,
        example: Example,
        (warnings, errors): (u64, u64),
    ) {
        if warnings + errors > 0 {
            let group = self.0.entry(check.to_owned()).or_default().entry(key).or_default();
            (group.warnings, group.errors) = (group.warnings + warnings, group.errors + errors);
            group.keep(example);
        }
    }

    /// These groups and `other`'s; those of the same check and key become one.
    pub(crate) fn merged_with(mut self, other: &Self) -> Self {
        for (check, groups) in &other.0 {
            let ours = self.0.entry(check.clone()).or_default();
            for (key, group) in groups {
                ours.entry(key.clone()).or_default().merge(group);
            }
        }
        self
    }

    /// The groups of these `checks` on these days (all, and those without a day, for `None`) become those of `found`.
    pub(crate) fn replace(&mut self, checks: &[&str], dates: Option<&[NaiveDate]>, found: Self) {
        for check in checks {
            let Some(groups) = self.0.get_mut(*check) else { continue };
            groups.retain(|key, _| !key.is_judged_with(dates));
        }
        for (check, groups) in found.0 {
            self.0.entry(check).or_default().extend(groups);
        }
        self.0.retain(|_, groups| !groups.is_empty());
    }

    /// Forgets the examples of all but the latest groups of a check, so that a bad history stays small.
    pub(crate) fn trim_examples(&mut self) {
        for groups in self.0.values_mut() {
            groups.values_mut().rev().skip(GROUPS_WITH_EXAMPLES).for_each(|group| group.examples = Vec::new());
        }
    }

    /// Open findings of every check by severity, for the metrics.
    pub(crate) fn counts(&self) -> BTreeMap<(String, Severity), u64> {
        let mut counts = BTreeMap::new();
        for (check, groups) in &self.0 {
            let total = |count: fn(&Group) -> u64| groups.values().map(count).sum();
            counts.insert((check.clone(), Severity::Warning), total(|group| group.warnings));
            counts.insert((check.clone(), Severity::Error), total(|group| group.errors));
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example(severity: Severity, message: &str) -> Example {
        Example { severity, code: None, trade_date: None, message: message.to_owned() }
    }

    fn groups(entries: &[(&str, &str)]) -> Groups {
        let mut groups = Groups::default();
        for (check, key) in entries {
            groups.add(check, GroupKey::from((*key).to_owned()), example(Severity::Warning, "w"));
        }
        groups
    }

    #[test]
    fn the_worst_findings_are_the_examples_and_facts_are_not_counted() {
        let mut groups = Groups::default();
        let key = GroupKey::of(None, "");
        for (severity, count) in [(Severity::Info, 3), (Severity::Warning, 9), (Severity::Error, 2)] {
            for nth in 0..count {
                groups.add("x", key.clone(), example(severity, &format!("{severity} {nth}")));
            }
        }
        let group = &groups.0["x"][&key];
        let shown: Vec<_> = group.examples.iter().map(|example| &*example.message).collect();
        assert_eq!(shown, ["error 0", "error 1", "warning 0", "warning 1", "warning 2"]);
        assert_eq!((group.warnings, group.errors, group.severity()), (9, 2, Severity::Error));
        assert_eq!([Severity::Error, Severity::Warning].map(|severity| group.count(severity)), [2, 11]);
    }

    #[test]
    fn a_check_of_some_days_leaves_the_others_alone() {
        let mut open = groups(&[("a", "2024-01-02"), ("a", "2024-01-03"), ("a", "x/y"), ("b", "2024-01-02")]);
        let day: NaiveDate = "2024-01-02".parse().unwrap();
        open.replace(&["a"], Some(&[day]), Groups::default());
        assert_eq!(open, groups(&[("a", "2024-01-03"), ("a", "x/y"), ("b", "2024-01-02")]));
        open.replace(&["a", "b"], None, groups(&[("a", "2024-01-05")]));
        assert_eq!(open, groups(&[("a", "2024-01-05")]));
    }

    #[test]
    fn groups_read_back_and_a_key_is_a_day_where_it_looks_like_one() {
        let open = groups(&[("a", "2024-01-02"), ("a", "tushare/daily"), ("a", "")]);
        let text = serde_json::to_string(&open).unwrap();
        assert!(text.contains(r#""2024-01-02":{"warnings":1"#), "{text}");
        assert_eq!(serde_json::from_str::<Groups>(&text).unwrap(), open);
        assert!(open.0["a"].keys().any(|key| key.day().is_some()));
    }

    #[test]
    fn a_long_history_keeps_the_examples_of_its_latest_days_only() {
        let first: NaiveDate = "2020-01-01".parse().unwrap();
        let days: Vec<_> = first.iter_days().take(100).map(|day| day.to_string()).collect();
        let entries: Vec<_> = days.iter().map(|day| ("a", day.as_str())).collect();
        let mut open = groups(&entries);
        open.trim_examples();
        let with = open.0["a"].values().filter(|group| !group.examples.is_empty()).count();
        assert_eq!((with, open.0["a"].len()), (GROUPS_WITH_EXAMPLES, 100));
        assert!(!open.0["a"].last_key_value().unwrap().1.examples.is_empty());
    }
}
