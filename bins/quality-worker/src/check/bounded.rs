//! What a check found, within bounds. Pure.
//!
//! A vendor that changes its unit makes every row of a history wrong, millions at once. All of them are counted and told, and
//! so many are written down one by one as somebody may look at; one entry of the log stands for the rest. Which ones are
//! listed depends on the findings and their order alone, and not on how the codes were divided among threads.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use market_model::Code;
use quality_rules::{Finding, Severity};
use serde_json::{Value, json};

use super::{example, group_key};
use crate::alerts::group::Groups;

/// Findings of a rule that are listed: more than a day has codes.
pub(crate) const OF_A_RULE: usize = 10_000;
/// Those of them that are about one code, so that one bad history does not hide the others. It also keeps the parts small
/// in which they are sent, for no part ends within a code.
pub(crate) const OF_A_CODE: usize = 500;
/// The subject of an entry that stands for those not listed, and what its details call their number.
const UNLISTED: &str = "unlisted";

/// What was found about some codes.
#[derive(Debug, Default)]
pub(crate) struct Bounded {
    /// The first ones, as far as the bounds go.
    pub(crate) listed: Vec<Finding>,
    /// All of them by rule.
    pub(crate) counts: BTreeMap<&'static str, u64>,
    /// All warnings and errors, as people are told of them.
    pub(crate) groups: Groups,
    /// Those that are not listed.
    pub(crate) unlisted: Unlisted,
    bound: Bound,
}

impl Bounded {
    /// Adds what was found about the next code, or about several.
    pub(crate) fn add(&mut self, findings: impl IntoIterator<Item = Finding>) {
        for finding in findings {
            *self.counts.entry(finding.check).or_default() += 1;
            self.groups.add(finding.check, group_key(&finding), example(&finding));
            if self.bound.admits(&finding) {
                self.listed.push(finding);
            } else {
                self.unlisted.add(&finding);
            }
        }
    }

    /// Adds what was found about the codes that follow, within the same bounds; returns what is listed of it.
    pub(crate) fn append(&mut self, next: Self) -> Vec<Finding> {
        for (check, count) in next.counts {
            *self.counts.entry(check).or_default() += count;
        }
        self.groups = std::mem::take(&mut self.groups).merged_with(&next.groups);
        // The examples of the latest days are all that is shown; those of a whole bad history would fill the memory.
        self.groups.trim_examples();
        self.unlisted.append(next.unlisted);
        let (listed, unlisted): (Vec<_>, Vec<_>) =
            next.listed.into_iter().partition(|finding| self.bound.admits(finding));
        unlisted.iter().for_each(|finding| self.unlisted.add(finding));
        listed
    }

    /// All findings.
    pub(crate) fn count(&self) -> u64 {
        self.counts.values().sum()
    }
}

/// How much of the bounds is used.
#[derive(Debug, Default)]
struct Bound {
    of_rules: BTreeMap<&'static str, usize>,
    code: Option<Code>,
    /// What was admitted of `code`, by rule.
    of_code: BTreeMap<&'static str, usize>,
}

impl Bound {
    /// Whether the finding, which is the next in order, is listed.
    fn admits(&mut self, finding: &Finding) -> bool {
        if self.code != finding.code {
            self.code = finding.code;
            self.of_code.clear();
        }
        let of_rule = self.of_rules.entry(finding.check).or_default();
        let of_code = self.of_code.entry(finding.check).or_default();
        let admits = *of_rule < OF_A_RULE && (finding.code.is_none() || *of_code < OF_A_CODE);
        *of_rule += usize::from(admits);
        *of_code += usize::from(admits);
        admits
    }
}

/// Findings that are not listed, counted by rule and day.
#[derive(Debug, Default)]
pub(crate) struct Unlisted(BTreeMap<&'static str, BTreeMap<Option<NaiveDate>, BTreeMap<Severity, u64>>>);

impl Unlisted {
    fn add(&mut self, finding: &Finding) {
        let of_day = self.0.entry(finding.check).or_default().entry(finding.trade_date).or_default();
        *of_day.entry(finding.severity).or_default() += 1;
    }

    fn append(&mut self, other: Self) {
        for (check, days) in other.0 {
            for (day, counts) in days {
                let of_day = self.0.entry(check).or_default().entry(day).or_default();
                counts.into_iter().for_each(|(severity, count)| *of_day.entry(severity).or_default() += count);
            }
        }
    }

    /// The entries that stand for them: one a rule where the whole history was judged, and else one a rule and day, for a
    /// later check of other days must leave it alone.
    pub(crate) fn entries(self, is_whole_history: bool) -> Vec<Finding> {
        let mut entries = Vec::new();
        for (check, days) in self.0 {
            let Some(rule) = quality_rules::rule(check) else { continue };
            if is_whole_history {
                entries.push(entry(rule, &days.into_iter().collect::<Vec<_>>()));
                continue;
            }
            entries.extend(days.into_iter().map(|(day, counts)| {
                let entry = entry(rule, &[(day, counts)]);
                Finding { trade_date: day, ..entry }
            }));
        }
        entries
    }
}

/// For how many warnings and errors an entry of the log stands; `None` for one that is a finding itself.
pub(super) fn unlisted(details: &Value) -> Option<(u64, u64)> {
    let count = |name: &str| details.get(name).and_then(Value::as_u64);
    count(UNLISTED)?;
    Some((count("warnings")?, count("errors")?))
}

fn entry(rule: &'static quality_rules::RuleInfo, days: &[(Option<NaiveDate>, BTreeMap<Severity, u64>)]) -> Finding {
    let of = |severity| days.iter().filter_map(|(_, counts)| counts.get(&severity)).sum::<u64>();
    let [infos, warnings, errors] = [Severity::Info, Severity::Warning, Severity::Error].map(of);
    let worst = days.iter().flat_map(|(_, counts)| counts.keys()).max();
    let count = infos + warnings + errors;
    let dates: BTreeSet<_> = days.iter().filter_map(|(day, _)| *day).collect();
    let place = match (dates.first(), dates.last()) {
        (Some(first), Some(last)) if first != last => format!(" on {} days from {first} to {last}", dates.len()),
        (Some(only), _) => format!(" on {only}"),
        (None, _) => String::new(),
    };
    let (noun, verb) = if count == 1 { ("finding", "is") } else { ("findings", "are") };
    let details = json!({
        UNLISTED: count, "infos": infos, "warnings": warnings, "errors": errors,
        "from": dates.first(), "to": dates.last(),
    });
    Finding::new(rule, format!("{count} more {noun}{place} {verb} not listed one by one"), details)
        .about(UNLISTED)
        .as_bad_as(worst.copied().unwrap_or(rule.severity))
}

#[cfg(test)]
mod tests;
