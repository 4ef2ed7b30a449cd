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
    /// The first (where known) and the last day that each code of this load was asked for.
    asked: HashMap<Code, (Option<i32>, i32)>,
    /// The first and the last day with a staged bar of a share.
    loaded: Option<Interval>,
    /// Days on which the source has bars of shares.
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
            asked: HashMap::new(),
            loaded: None,
            touched: vec![false; DAYS],
            present: vec![0; DAYS],
            unasked: vec![0; DAYS],
            forgotten: vec![0; DAYS],
            today: day_number(now.date_naive()),
        }
    }

    /// The source was asked for `code`, from the day `from` to the day `to`.
    pub(super) fn asked(&mut self, code: Code, from: Option<NaiveDate>, to: NaiveDate) {
        self.asked.insert(code, (from.map(day_number), day_number(to)));
    }

    /// Bars of a share from the day `first` to the day `last` were handed over.
    pub(super) fn loaded(&mut self, first: NaiveDate, last: NaiveDate) {
        let (from, to) = self.loaded.unwrap_or((i32::MAX, i32::MIN));
        self.loaded = Some((from.min(day_number(first)), to.max(day_number(last))));
    }

    /// The days on which the source has bars of the share `code`, after all earlier ones have been merged.
    pub(super) fn count(&mut self, code: Code, days: impl Iterator<Item = i32>) {
        let (first, last) = self.known.listed.get(&code).copied().unwrap_or((i32::MAX, i32::MIN));
        let halted = self.known.halted.get(&code).map_or(&[][..], Vec::as_slice);
        let (now, before) = (self.asked.get(&code).copied(), self.known.asked.get(&code));
        // Where nobody knows from when on it was asked for, no day with a bar of its own lies before.
        let is_asked = |day: i32| {
            now.is_some_and(|(from, to)| from.is_none_or(|from| from <= day) && day <= to)
                || before.is_some_and(|asked| asked.iter().any(|(from, to)| (*from..=*to).contains(&day)))
        };
        let is_forgotten = last < self.today && now.is_none() && before.is_none();
        for day in days {
            let Some(at) = usize::try_from(day).ok().filter(|at| *at < DAYS) else { continue };
            self.touched[at] = true;
            if !(first..=last).contains(&day) || halted.binary_search(&day).is_ok() {
                continue;
            }
            self.present[at] += 1;
            if is_forgotten {
                self.forgotten[at] += 1;
            } else if !is_asked(day) {
                self.unasked[at] += 1;
            }
        }
    }

    /// Judges every day on which the source has bars, ascending.
    pub(super) fn judge(&self, percent: f64) -> Vec<Judged> {
        let (mut listed, mut asked) = (vec![0_i64; DAYS + 1], vec![0_i64; DAYS + 1]);
        for (code, (first, last)) in &self.known.listed {
            let own = self.asked_of(*code);
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
                || expected > 0
                    && covered as f64 * 100.0 >= percent * expected as f64
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

    /// Whether `day` lies between the first and the last bar that was handed over.
    pub(super) fn is_loaded(&self, day: NaiveDate) -> bool {
        self.loaded.is_some_and(|(from, to)| (from..=to).contains(&day_number(day)))
    }

    /// What the source has been asked for now, this load included.
    pub(super) fn all_asked(&self) -> Vec<(Code, Vec<Interval>)> {
        let mut codes: BTreeSet<Code> = self.known.asked.keys().copied().collect();
        codes.extend(self.asked.keys());
        codes.into_iter().map(|code| (code, self.asked_of(code))).collect()
    }

    /// The days that `code` was asked for in this load and earlier ones, as intervals that do not touch.
    fn asked_of(&self, code: Code) -> Vec<Interval> {
        let mut intervals = self.known.asked.get(&code).cloned().unwrap_or_default();
        if let Some((from, to)) = self.asked.get(&code) {
            let from = from.or(self.loaded.map(|(first, _)| first));
            intervals.extend(from.filter(|from| from <= to).map(|from| (from, *to)));
        }
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
