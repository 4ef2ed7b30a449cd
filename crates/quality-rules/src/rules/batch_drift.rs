//! A day's columns or its number of rows are not the usual ones.
//!
//! Vendors change without saying so: a column disappears, a market is left out, a page is cut short, a day comes twice under
//! other codes. Each row of such a day may be perfect, so no rule about rows sees it; the day beside its neighbours does.
//!
//! * **Rows.** What is usual is the median of the last 20 trading days on which the source had the data set. A day is far from
//!   it beyond the greatest of 5 % of the median, six times the days' own spread (the median of their distances from the
//!   median, scaled by 1.4826 to a standard deviation), and ten rows. New listings move the count by less than 3 % in 20 days
//!   even in the busiest years, so growth is silent; a steady count makes the rule sharp, an erratic one makes it deaf. Medians,
//!   because one broken day among the twenty must not move what is usual. Rows that halts of the day explain are not missed:
//!   in July 2015 half of the market was halted within days.
//! * **No rows.** A data set that has rows before and after a trading day and none on it. Where nothing came after it either,
//!   `freshness` says so. Silent where another source brought the usual number of that day: a source of histories that steps
//!   in for a day is not asked for the days between.
//! * **Columns.** Against the last day before whose columns are known. A lost column is a warning; a new one is worth
//!   knowing, and a different order is nothing, for columns are read by name.
//!
//! Silent with fewer than 10 days of history, for data sets with fewer than 50 rows a day (a watch list) and for suspensions,
//! which have no usual count.
//!
//! **Example.** Tushare's `daily` had about 5,400 rows a day; 2026-09-29 has 2,312, all of them Shenzhen's: warning.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde_json::json;

use crate::{DayCount, DayFacts, Finding, Origin, RuleInfo, Severity};

/// See the module.
pub static INFO: RuleInfo = RuleInfo {
    code: "batch_drift",
    severity: Severity::Warning,
    origin: Origin::Generation,
    title: "A day's columns or its number of rows are not the usual ones",
};

/// The data set of halts. There are as many of them as there are.
const HALTS: &str = "suspension";
/// Days of history below which nothing is usual.
const LEAST_HISTORY: usize = 10;
/// Rows a day below which a data set has no usual count.
const LEAST_ROWS: f64 = 50.0;
/// The share of the usual count within which a day is ordinary.
const ORDINARY_SHARE: f64 = 0.05;
/// How many of the days' own spreads are ordinary.
const ORDINARY_SPREADS: f64 = 6.0;
/// So many rows are ordinary whatever the usual count.
const ORDINARY_ROWS: f64 = 10.0;
/// The standard deviation of a normal distribution over the median distance from its median.
const SIGMA_PER_MEDIAN_DISTANCE: f64 = 1.4826;

/// Judges a day's data sets, source by source. Silent on a day without trading.
pub(crate) fn check(day: &DayFacts<'_>, out: &mut Vec<Finding>) {
    if day.calendar.is_open(day.date) != Some(true) {
        return;
    }
    let mut datasets: BTreeMap<(&str, &str), BTreeMap<NaiveDate, &DayCount>> = BTreeMap::new();
    let open = day.counts.iter().filter(|count| day.calendar.is_open(count.date) == Some(true));
    for count in open {
        datasets.entry((&count.source, &count.dataset)).or_default().insert(count.date, count);
    }
    for ((source, dataset), days) in &datasets {
        let others = datasets.iter().filter(|((other, same), _)| other != source && same == dataset);
        let elsewhere = others.filter_map(|(_, days)| days.get(&day.date)).map(|count| count.rows).max();
        let (elsewhere, halted) = (elsewhere.unwrap_or_default(), halted(&datasets, day.date));
        let series = Series { source, dataset, date: day.date, days, elsewhere, halted };
        out.extend(series.rows());
        out.extend(series.columns());
    }
}

/// The most halts that a source has of a day.
fn halted(datasets: &BTreeMap<(&str, &str), BTreeMap<NaiveDate, &DayCount>>, date: NaiveDate) -> u64 {
    let halts = datasets.iter().filter(|((_, dataset), _)| *dataset == HALTS);
    halts.filter_map(|(_, days)| days.get(&date)).map(|count| count.rows).max().unwrap_or_default()
}

/// One source's data set, day by day.
struct Series<'a> {
    source: &'a str,
    dataset: &'a str,
    date: NaiveDate,
    days: &'a BTreeMap<NaiveDate, &'a DayCount>,
    /// The most rows that another source has of the day.
    elsewhere: u64,
    /// Codes that were halted on the day.
    halted: u64,
}

/// What is usual, and how far from it is still ordinary.
struct Usual {
    rows: f64,
    band: f64,
}

impl Series<'_> {
    fn rows(&self) -> Option<Finding> {
        if self.dataset == HALTS {
            return None;
        }
        let Usual { rows: usual, band } = self.usual()?;
        let rows = match self.days.get(&self.date) {
            Some(count) => count.rows,
            None if (self.elsewhere as f64) < usual - band && self.days.range(self.date..).next().is_some() => 0,
            None => return None,
        };
        let halted = if rows > 0 { self.halted } else { 0 };
        let is_ordinary = rows as f64 - usual <= band && usual - (rows + halted) as f64 <= band;
        (!is_ordinary).then(|| {
            let message = format!(
                "{}/{} has {rows} rows; usual are {usual:.0}, give or take {band:.0}",
                self.source, self.dataset
            );
            let details = json!({ "rows": rows, "usual_rows": usual, "ordinary_distance": band.round() });
            self.finding("rows", message, details)
        })
    }

    /// `None` where nothing is usual.
    fn usual(&self) -> Option<Usual> {
        let before = self.days.range(..self.date).rev().take(DayFacts::LOOK_BACK);
        let mut rows: Vec<f64> = before.map(|(_, count)| count.rows as f64).collect();
        let usual = median(&mut rows).filter(|usual| rows.len() >= LEAST_HISTORY && *usual >= LEAST_ROWS)?;
        let mut distances: Vec<f64> = rows.iter().map(|rows| (rows - usual).abs()).collect();
        let spread = median(&mut distances)? * SIGMA_PER_MEDIAN_DISTANCE;
        let band = (usual * ORDINARY_SHARE).max(spread * ORDINARY_SPREADS).max(ORDINARY_ROWS);
        Some(Usual { rows: usual, band })
    }

    fn columns(&self) -> Option<Finding> {
        let now = self.days.get(&self.date).and_then(|count| columns(count))?;
        let before = self.days.range(..self.date).rev().find_map(|(_, count)| columns(count))?;
        let lost: Vec<_> = before.difference(&now).copied().collect();
        let new: Vec<_> = now.difference(&before).copied().collect();
        if lost.is_empty() && new.is_empty() {
            return None;
        }
        let said = [("lost", &lost), ("new", &new)].into_iter().filter(|(_, columns)| !columns.is_empty());
        let said: Vec<String> = said.map(|(what, columns)| format!("{what}: {}", columns.join(", "))).collect();
        let message = format!("the columns of {}/{} changed; {}", self.source, self.dataset, said.join("; "));
        let details = json!({ "lost": lost, "new": new });
        let severity = if lost.is_empty() { Severity::Info } else { INFO.severity };
        Some(self.finding("columns", message, details).as_bad_as(severity))
    }

    fn finding(&self, what: &str, message: String, mut details: serde_json::Value) -> Finding {
        details["source"] = self.source.into();
        details["dataset"] = self.dataset.into();
        Finding::new(&INFO, message, details)
            .of_day(self.date)
            .about(format!("{}/{} {what}", self.source, self.dataset))
    }
}

fn columns(count: &DayCount) -> Option<BTreeSet<&str>> {
    Some(count.columns.as_ref()?.iter().map(String::as_str).collect())
}

/// The upper median; `None` of nothing. Sorts.
fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

#[cfg(test)]
mod tests;
