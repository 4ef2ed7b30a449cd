//! Everything that the alerts remember. Pure: findings and the clock come in, messages wait in the outboxes afterwards.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::{
    decide::{self, Told, Verdict, Wishes},
    group::{GroupKey, Groups},
    message::{Message, Occasion},
    outbox::Outbox,
};

/// What is open, what every target was told, and what waits to be sent. Kept in the state file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Book {
    /// Findings of the checks of this worker.
    checked: Groups,
    /// Which of them were taken over from the log and not judged by this worker since: they follow the log. When they were
    /// taken over, what ended them may have been checked and not yet published.
    taken_over: BTreeMap<String, BTreeSet<GroupKey>>,
    /// Open findings that the writer raised, as of `read_generation`.
    written: Groups,
    /// The generation whose log was read last.
    read_generation: Option<u64>,
    /// The generation that was judged or read last.
    generation: Option<u64>,
    /// Messages decided so far.
    messages: u64,
    /// The check that was begun last, until it ran.
    begun: Option<Begun>,
    /// When each check last ran.
    last_checks: BTreeMap<String, DateTime<Utc>>,
    /// Every target by name.
    targets: BTreeMap<String, TargetBook>,
}

/// A check that was begun. The findings of one that is repeated, because this process died or Redis was away, are those of
/// one moment: to the writer, parts of a later moment would be a newer check, and parts of the first one not count any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Begun {
    job_id: String,
    generation: u64,
    at: DateTime<Utc>,
}

/// What one target was told, and what waits for it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct TargetBook {
    told: BTreeMap<String, Told>,
    outbox: Outbox,
}

/// What a check judged, and what it found.
#[derive(Debug, Clone)]
pub(crate) struct Checked {
    /// `check_generation` or `check_freshness`.
    pub(crate) name: &'static str,
    /// The rules that were run.
    pub(crate) rules: Vec<&'static str>,
    /// The days; `None` for all.
    pub(crate) dates: Option<Vec<NaiveDate>>,
    /// The generation that was read.
    pub(crate) generation: Option<u64>,
    /// What was found.
    pub(crate) groups: Groups,
    /// When.
    pub(crate) at: DateTime<Utc>,
}

/// The open findings of a generation's log.
#[derive(Debug, Clone, Default)]
pub(crate) struct OpenLog {
    /// The generation.
    pub(crate) generation: u64,
    /// Those that the writer raised.
    pub(crate) written: Groups,
    /// Those that a check raised.
    pub(crate) checked: Groups,
}

impl Book {
    /// Whether the log of `generation` is still to be read, and then whether with what checks raised.
    pub(crate) fn wants_log_of(&self, generation: u64) -> Option<bool> {
        let all = self.read_generation.is_none() || !self.taken_over.is_empty();
        (self.read_generation != Some(generation)).then_some(all)
    }

    /// What is open: by the checks and by the writer.
    pub(crate) fn open(&self) -> Groups {
        self.checked.clone().merged_with(&self.written)
    }

    /// When each check last ran.
    pub(crate) fn last_checks(&self) -> &BTreeMap<String, DateTime<Utc>> {
        &self.last_checks
    }

    /// The job begins, or begins anew, to check `generation` at `now`; when it did so first.
    pub(crate) fn begin_check(&mut self, job_id: &str, generation: u64, now: DateTime<Utc>) -> DateTime<Utc> {
        let known = self.begun.take().filter(|begun| begun.job_id == job_id && begun.generation == generation);
        let begun = known.unwrap_or_else(|| Begun { job_id: job_id.to_owned(), generation, at: now });
        self.begun.insert(begun).at
    }

    /// A check ran: its days' groups become what it found.
    pub(crate) fn check_ran(&mut self, checked: Checked) {
        let Checked { name, rules, dates, generation, groups, at } = checked;
        for rule in &rules {
            let Some(keys) = self.taken_over.get_mut(*rule) else { continue };
            keys.retain(|key| !key.is_judged_with(dates.as_deref()));
        }
        self.taken_over.retain(|_, keys| !keys.is_empty());
        self.checked.replace(&rules, dates.as_deref(), groups);
        self.last_checks.insert(name.to_owned(), at);
        self.generation = generation.or(self.generation);
        self.begun =
            self.begun.take().filter(|begun| name != "check_generation" || Some(begun.generation) != generation);
    }

    /// The log of a generation was read. A book that knows nothing yet takes over what checks have recorded before it.
    pub(crate) fn log_read(&mut self, log: OpenLog) {
        if self.read_generation.is_none() {
            let ran = |check: &str| match quality_rules::rule(check).map(|rule| rule.origin) {
                Some(quality_rules::Origin::Clock) => self.last_checks.contains_key("check_freshness"),
                _ => self.last_checks.contains_key("check_generation"),
            };
            let unknown: Vec<_> = log.checked.0.into_iter().filter(|(check, _)| !ran(check)).collect();
            self.taken_over =
                unknown.iter().map(|(check, groups)| (check.clone(), groups.keys().cloned().collect())).collect();
            self.checked.0.extend(unknown);
        } else {
            self.follow(&log.checked);
        }
        self.written = log.written;
        self.read_generation = Some(log.generation);
        self.generation = Some(log.generation);
    }

    /// What was taken over becomes what the log says of it now.
    fn follow(&mut self, log: &Groups) {
        for (check, keys) in &mut self.taken_over {
            let ours = self.checked.0.entry(check.clone()).or_default();
            keys.retain(|key| match log.0.get(check).and_then(|groups| groups.get(key)) {
                Some(group) => {
                    ours.insert(key.clone(), group.clone());
                    true
                }
                None => {
                    ours.remove(key);
                    false
                }
            });
        }
        self.taken_over.retain(|_, keys| !keys.is_empty());
        self.checked.0.retain(|_, groups| !groups.is_empty());
    }

    /// Forgets targets that are not configured any more, and groups of rules that are not there any more.
    pub(crate) fn keep_to(&mut self, targets: &BTreeSet<&str>) {
        self.targets.retain(|name, _| targets.contains(name.as_str()));
        self.checked.0.retain(|check, _| quality_rules::rule(check).is_some());
        self.taken_over.retain(|check, _| quality_rules::rule(check).is_some());
    }

    /// Decides what `target` is told now, and puts it into its outbox. Returns how many messages that were.
    pub(crate) fn evaluate(&mut self, target: &str, wishes: Wishes, now: DateTime<Utc>) -> usize {
        let open = self.open();
        let book = self.targets.entry(target.to_owned()).or_default();
        let checks: BTreeSet<String> = open.0.keys().chain(book.told.keys()).cloned().collect();
        let none = BTreeMap::new();
        let before = self.messages;
        for check in checks {
            let groups = open.0.get(&check).unwrap_or(&none);
            let marks = decide::marks(groups, wishes);
            let told = book.told.remove(&check);
            let verdict = decide::judge(told.as_ref(), &marks, wishes.repeat_after, now);
            let occasion = Occasion { target, number: self.messages, generation: self.generation, now };
            let message = match (&verdict, &told) {
                (Verdict::Firing { why, news }, told) => {
                    let heard = groups.iter().filter(|(key, _)| marks.contains_key(key)).collect();
                    let hears = (wishes.at_least, told.as_ref());
                    Some(Message::firing(occasion, &check, (*why, news), &heard, hears))
                }
                (Verdict::Resolved, Some(told)) => Some(Message::resolved(occasion, &check, told)),
                _ => None,
            };
            if let Some(message) = message {
                self.messages += 1;
                book.outbox.push(message);
            }
            if let Some(told) = decide::note(told, &marks, &verdict, now) {
                book.told.insert(check, told);
            }
        }
        usize::try_from(self.messages - before).unwrap_or(usize::MAX)
    }

    /// Bounds what is kept, once everybody was told.
    pub(crate) fn trim(&mut self) {
        self.checked.trim_examples();
        self.written.trim_examples();
    }

    /// The outbox of `target`.
    pub(crate) fn outbox(&mut self, target: &str) -> &mut Outbox {
        &mut self.targets.entry(target.to_owned()).or_default().outbox
    }

    /// An occasion to send something that the findings do not give.
    pub(crate) fn occasion<'a>(&self, target: &'a str, now: DateTime<Utc>) -> Occasion<'a> {
        Occasion { target, number: self.messages, generation: self.generation, now }
    }
}

#[cfg(test)]
mod tests;
