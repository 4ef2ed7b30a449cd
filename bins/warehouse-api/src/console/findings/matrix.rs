//! Counts of findings: rules down, the newest days across.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use maud::{Markup, html};
use operator_console::{Language, ui::empty};
use quality_rules::Severity;
use warehouse::FindingDay;

use super::filter::Asked;
use crate::console::{rules, words::count};

/// So many days have a column of their own.
const DAYS: usize = 12;

/// What is counted.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Matrix {
    /// The newest days with findings, ascending.
    days: Vec<NaiveDate>,
    /// The rules, the worst first.
    rules: Vec<Rule>,
}

/// The findings of one rule.
#[derive(Debug, PartialEq, Eq)]
struct Rule {
    check: String,
    worst: Severity,
    all: u64,
    /// About no day.
    undated: u64,
    /// About the days that have a column, by day.
    of_day: BTreeMap<NaiveDate, u64>,
}

impl Matrix {
    /// Counts what `asked` wants by state and severity; its other fields choose from the list only.
    pub(super) fn of(counted: &[FindingDay], asked: &Asked) -> Self {
        let number = |day: &FindingDay| if asked.filter.open_only { day.open } else { day.all };
        let wanted = || counted.iter().filter(|day| asked.wants(day.severity) && number(day) > 0);
        let mut days: Vec<NaiveDate> =
            wanted().filter_map(|day| day.date).collect::<BTreeSet<_>>().into_iter().collect();
        days.drain(..days.len().saturating_sub(DAYS));
        let mut rules: BTreeMap<&str, Rule> = BTreeMap::new();
        for day in wanted() {
            let rule = rules.entry(&day.check).or_insert_with(|| Rule {
                check: day.check.clone(),
                worst: day.severity,
                all: 0,
                undated: 0,
                of_day: BTreeMap::new(),
            });
            rule.worst = rule.worst.max(day.severity);
            rule.all += number(day);
            match day.date {
                Some(date) if days.binary_search(&date).is_ok() => *rule.of_day.entry(date).or_default() += number(day),
                Some(_) => {}
                None => rule.undated += number(day),
            }
        }
        let mut rules: Vec<Rule> = rules.into_values().collect();
        rules.sort_by(|a, b| b.worst.cmp(&a.worst).then(b.all.cmp(&a.all)).then_with(|| a.check.cmp(&b.check)));
        Self { days, rules }
    }

    /// The matrix as a table whose numbers lead to their lists.
    pub(super) fn render(&self, language: Language, asked: &Asked) -> Markup {
        if self.rules.is_empty() {
            let open = language.say("Nothing is open: no check complains.", "没有未处理的问题。");
            return empty(if asked.filter.open_only {
                open
            } else {
                language.say("The log is empty.", "日志为空。")
            });
        }
        let caption =
            language.say("Number of findings by rule and by the day they are about", "按规则与所涉日期统计的问题数");
        html! {
            div.matrix-wrap tabindex="0" role="region" aria-label=(caption) {
                table.matrix {
                    caption.visually-hidden { (caption) }
                    thead {
                        tr {
                            th scope="col" { (language.say("Rule", "规则")) }
                            th scope="col" { (language.say("Severity", "级别")) }
                            th scope="col" { (language.say("All days", "合计")) }
                            @for day in &self.days { th scope="col" title=(day) { (day.format("%m-%d")) } }
                            th scope="col" { (language.say("No day", "无日期")) }
                        }
                    }
                    tbody { @for rule in &self.rules { (self.row(language, asked, rule)) } }
                }
            }
            @if self.has_older() {
                p.hint { (language.say("Older days are in the column of all days.", "更早的日期计入合计列。")) }
            }
        }
    }

    fn row(&self, language: Language, asked: &Asked, rule: &Rule) -> Markup {
        let number = |number: u64, day: Option<NaiveDate>| {
            html! { @if number > 0 { a href=(asked.link_to(&rule.check, day)) { (count(number)) } } }
        };
        html! {
            tr {
                th scope="row" title=(rules::title(language, &rule.check)) {
                    (rule.check)
                    span.hint { (rules::title(language, &rule.check)) }
                }
                td { (rules::severity(language, rule.worst)) }
                td { (number(rule.all, None)) }
                @for day in &self.days {
                    td { (number(rule.of_day.get(day).copied().unwrap_or_default(), Some(*day))) }
                }
                // No filter asks for what is about no day.
                td { @if rule.undated > 0 { (count(rule.undated)) } }
            }
        }
    }

    fn has_older(&self) -> bool {
        self.rules.iter().any(|rule| rule.undated + rule.of_day.values().sum::<u64>() < rule.all)
    }
}

#[cfg(test)]
mod tests;
