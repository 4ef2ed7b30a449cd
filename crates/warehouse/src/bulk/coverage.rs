//! Which days of the loaded source are complete: the coverage rule for histories that are fetched code by code.
//!
//! A day of an ordinary commit is one answer about the whole market, so a code without a bar is missing unless it is known
//! to be suspended. A history is an answer about one code: a day without a bar is one on which the code did not trade. So a
//! day counts as complete when enough of the codes that were listed on it have been asked for, whatever came back; codes
//! asked for in earlier loads count too. A code that is not listed any more, and that the load does not bring, is not
//! expected: most vendors forget them. A day that hardly any code has a bar on is one that the vendor lost.

mod stored;

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use market_model::Code;

pub(super) use stored::{load, store};

use crate::arrow_rows::{date_of, day_number};

/// A code's days from the first to the last, as numbers since 1970-01-01.
pub(super) type Interval = (i32, i32);

/// Days are counted up to this one (in the year 2149); nothing that was traded lies outside.
const DAYS: usize = 1 << 16;

/// What is known beforehand.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// The listed days of every A-share that is not paused.
    pub(super) listed: HashMap<Code, Interval>,
    /// Its days of suspension, ascending.
    pub(super) halted: HashMap<Code, Vec<i32>>,
    /// What earlier loads of the source asked for.
    pub(super) asked: HashMap<Code, Vec<Interval>>,
    /// The days on which the calendar says that the mainland does not trade.
    pub(super) closed: BTreeSet<i32>,
}

/// Counts while the codes pass by.
#[derive(Debug)]
pub(super) struct Coverage {
    known: Known,
    /// The last day that each code of this load was asked for.
    asked_to: HashMap<Code, i32>,
    /// Days with staged bars of A-shares.
    touched: Vec<bool>,
    /// Bars of the source by day, of listed codes that were not halted.
    present: Vec<u32>,
    /// Those of them whose code was not asked for on that day.
    unasked: Vec<u32>,
    /// The same, of codes that are not listed any more: expected only because they are there.
    forgotten: Vec<u32>,
    today: i32,
}

/// A complete day has bars of at least one in so many of the expected codes; on the worst days of 2015 every second was
/// suspended.
const LEAST_SHARE: i64 = 3;

/// A day of the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Judged {
    pub(super) day: NaiveDate,
    pub(super) expected: u32,
    pub(super) present: u32,
    pub(super) is_complete: bool,
}

impl Coverage {
    pub(super) fn new(known: Known, now: DateTime<Utc>) -> Self {
        Self {
            known,
            asked_to: HashMap::new(),
            touched: vec![false; DAYS],
            present: vec![0; DAYS],
            unasked: vec![0; DAYS],
            forgotten: vec![0; DAYS],
            today: day_number(now.date_naive()),
        }
    }

    /// The source was asked for `code` up to the day `to`.
    pub(super) fn asked(&mut self, code: Code, to: NaiveDate) {
        self.asked_to.insert(code, day_number(to));
    }

    /// A staged bar of a share on `day`.
    pub(super) fn touch(&mut self, day: NaiveDate) {
        if let Some(touched) = usize::try_from(day_number(day)).ok().and_then(|day| self.touched.get_mut(day)) {
            *touched = true;
        }
    }

    /// The days on which the source has bars of `code`, after all earlier ones have been merged.
    pub(super) fn count(&mut self, code: Code, days: impl Iterator<Item = i32>) {
        let Some((first, last)) = self.known.listed.get(&code).copied() else { return };
        let halted = self.known.halted.get(&code).map_or(&[][..], Vec::as_slice);
        let (asked_to, asked) = (self.asked_to.get(&code).copied(), self.known.asked.get(&code));
        let is_asked = |day: i32| {
            asked_to.is_some_and(|to| day <= to)
                || asked.is_some_and(|asked| asked.iter().any(|(from, to)| (*from..=*to).contains(&day)))
        };
        let is_forgotten = last < self.today && asked_to.is_none() && asked.is_none();
        for day in days.filter(|day| (first..=last).contains(day) && halted.binary_search(day).is_err()) {
            let Some(at) = usize::try_from(day).ok().filter(|at| *at < DAYS) else { continue };
            self.present[at] += 1;
            if is_forgotten {
                self.forgotten[at] += 1;
            } else if !is_asked(day) {
                self.unasked[at] += 1;
            }
        }
    }

    /// Judges every day with staged bars, ascending.
    pub(super) fn judge(&self, percent: f64) -> Vec<Judged> {
        let (mut listed, mut asked) = (vec![0_i64; DAYS + 1], vec![0_i64; DAYS + 1]);
        let touched = self.first_touched();
        for (code, (first, last)) in &self.known.listed {
            let own = self.asked_of(*code, touched);
            if *last < self.today && own.is_empty() {
                continue;
            }
            add(&mut listed, (*first, *last), 1);
            own.iter().for_each(|(from, to)| add(&mut asked, ((*from).max(*first), (*to).min(*last)), 1));
            let halted = self.known.halted.get(code).map_or(&[][..], Vec::as_slice);
            for day in halted.iter().filter(|day| (*first..=*last).contains(*day)) {
                add(&mut listed, (*day, *day), -1);
                if own.iter().any(|(from, to)| (from..=to).contains(&day)) {
                    add(&mut asked, (*day, *day), -1);
                }
            }
        }
        let (mut expected, mut covered) = (0, 0);
        let mut judged = Vec::new();
        for at in 0..DAYS {
            expected += listed[at];
            covered += asked[at];
            if !self.touched[at] {
                continue;
            }
            let bars = i64::from(self.forgotten[at]);
            let (expected, covered) = (expected + bars, covered + bars + i64::from(self.unasked[at]));
            let is_enough = self.known.listed.is_empty()
                || covered as f64 * 100.0 >= percent * expected as f64
                    && i64::from(self.present[at]) * LEAST_SHARE >= expected;
            let day = at as i32;
            judged.push(Judged {
                day: date_of(day),
                expected: u32::try_from(expected).unwrap_or(0),
                present: self.present[at],
                is_complete: is_enough && !self.known.closed.contains(&day),
            });
        }
        judged
    }

    /// What the source has been asked for now, this load included.
    pub(super) fn all_asked(&self) -> Vec<(Code, Vec<Interval>)> {
        let mut codes: BTreeSet<Code> = self.known.asked.keys().copied().collect();
        codes.extend(self.asked_to.keys());
        let touched = self.first_touched();
        codes.into_iter().map(|code| (code, self.asked_of(code, touched))).collect()
    }

    fn first_touched(&self) -> Option<i32> {
        self.touched.iter().position(|touched| *touched).map(|at| at as i32)
    }

    /// The days that `code` was asked for in this load and earlier ones, as intervals that do not touch.
    /// `touched` is the first day with a staged bar.
    fn asked_of(&self, code: Code, touched: Option<i32>) -> Vec<Interval> {
        let mut intervals = self.known.asked.get(&code).cloned().unwrap_or_default();
        intervals.extend(touched.zip(self.asked_to.get(&code).copied()).filter(|(from, to)| from <= to));
        intervals.sort_unstable();
        intervals.dedup_by(|next, last| {
            let joins = next.0 <= last.1 + 1;
            if joins {
                last.1 = last.1.max(next.1);
            }
            joins
        });
        intervals
    }
}

/// Adds to every day of an interval, in a list of differences from the day before.
fn add(differences: &mut [i64], (first, last): Interval, count: i64) {
    let bound = |day: i32| usize::try_from(day).unwrap_or(0).min(DAYS);
    if first <= last && last >= 0 {
        differences[bound(first)] += count;
        differences[bound(last + 1)] -= count;
    }
}
