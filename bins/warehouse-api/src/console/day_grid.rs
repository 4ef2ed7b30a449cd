//! The calendar of the overview: what every source brought of every trading day, and what it should have.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use market_model::TradingCalendar;
use maud::Markup;
use operator_console::{
    Language,
    ui::{Level, badge},
};
use quality_rules::freshness::{Dataset, FreshnessOptions, Rhythm, judge};
use warehouse::{Freshness, SourceDay};

use super::words::{count, counted};
use crate::shanghai;

/// The data set of daily bars.
pub(super) const DAILY: &str = "daily";

/// How a source's day stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// All that was expected is there, or enough of it.
    Complete,
    /// Bars of a source abroad, of which nobody knows how many there should be.
    There,
    /// Some bars, of codes that were asked for one by one; nobody claimed to have brought the day whole.
    Partial,
    /// Too few of the expected codes: held back.
    Withheld,
    /// The ingest side has it; the generation that is served has not.
    Unpublished,
    /// Due, and nothing newer has come either.
    Late,
    /// Nothing came, though later days did.
    Missing,
    /// Its time has not come.
    NotDue,
    /// Nothing, and nothing was expected.
    Nothing,
}

impl Standing {
    /// Its name.
    pub(super) fn name(self, language: Language) -> &'static str {
        match self {
            Self::Complete => language.say("complete", "完整"),
            Self::There => language.say("there", "已到"),
            Self::Partial => language.say("some codes only", "仅部分代码"),
            Self::Withheld => language.say("withheld", "暂不发布"),
            Self::Unpublished => language.say("fetched, not published yet", "已采集，尚未发布"),
            Self::Late => language.say("late", "迟到"),
            Self::Missing => language.say("missing", "缺失"),
            Self::NotDue => language.say("not due yet", "未到时间"),
            Self::Nothing => language.say("nothing expected", "无需数据"),
        }
    }

    /// The name in its colour.
    pub(super) fn badge(self, language: Language) -> Markup {
        let level = match self {
            Self::Complete | Self::There => Level::Ok,
            Self::Partial | Self::Unpublished => Level::Info,
            Self::Withheld | Self::Late => Level::Warn,
            Self::Missing => Level::Bad,
            Self::NotDue | Self::Nothing => Level::Off,
        };
        badge(level, self.name(language))
    }
}

/// One source on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) standing: Standing,
    /// Bars of the mainland's shares; of a source abroad all its bars.
    pub(super) rows: u64,
    /// Bars beside those: indices and funds.
    pub(super) others: u64,
    /// Of how many expected codes how many are there, where the day was judged.
    pub(super) coverage: Option<(u32, u32)>,
    /// More about it; may be empty.
    pub(super) reason: String,
}

/// Trading days beside sources.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct DayGrid {
    /// Ascending.
    pub(super) days: Vec<NaiveDate>,
    /// Per source a cell for every day.
    pub(super) rows: Vec<(String, Vec<Cell>)>,
}

/// What is known when somebody asks.
pub(super) struct Known<'a> {
    /// The trading days to show, ascending.
    pub(super) days: &'a [NaiveDate],
    pub(super) source_days: &'a [SourceDay],
    /// The first and the last day of each source that was ever judged.
    pub(super) spans: &'a [(String, NaiveDate, NaiveDate)],
    pub(super) freshness: &'a [Freshness],
    pub(super) calendar: &'a TradingCalendar,
    /// When the served generation was published.
    pub(super) published_at: DateTime<Utc>,
    pub(super) options: &'a FreshnessOptions,
    pub(super) now: DateTime<Utc>,
}

/// The grid as of `known.now`: the mainland's sources first, then those abroad.
pub(super) fn grid(known: &Known<'_>) -> DayGrid {
    let mut by_source: BTreeMap<&str, BTreeMap<NaiveDate, &SourceDay>> = BTreeMap::new();
    for day in known.source_days {
        by_source.entry(&day.source).or_default().insert(day.date, day);
    }
    for (source, ..) in known.spans {
        by_source.entry(source).or_default();
    }
    for facts in known.freshness.iter().filter(|facts| facts.dataset == DAILY) {
        by_source.entry(&facts.source).or_default();
    }
    let order: BTreeSet<_> = by_source.keys().map(|source| (!is_mainland(source), *source)).collect();
    let rows = order.into_iter().map(|(is_abroad, source)| {
        let row = SourceRow::of(source, is_abroad, &by_source[source], known);
        (source.to_owned(), known.days.iter().map(|day| row.cell(*day)).collect())
    });
    let mut rows: Vec<_> = rows.collect();
    rows.extend(without_bars(known, &by_source.into_keys().collect()));
    DayGrid { rows, days: known.days.to_vec() }
}

/// The sources that bring no bars, but something that is waited for, as macroeconomic series: the day of their last success
/// is all that is known.
fn without_bars(known: &Known<'_>, with_bars: &BTreeSet<&str>) -> Vec<(String, Vec<Cell>)> {
    let mut rows: Vec<(String, Vec<Cell>)> = Vec::new();
    for facts in known.freshness.iter().filter(|facts| !with_bars.contains(&*facts.source)) {
        let judged = judge(&facts.into(), Some(known.calendar), known.options, known.now);
        if judged.rhythm == Rhythm::OnRequest || rows.iter().any(|(source, _)| *source == facts.source) {
            continue;
        }
        let success = facts.last_success_at.map(shanghai::date);
        let overdue_from = judged.due_at.filter(|_| judged.overdue).map(shanghai::date);
        let cell = |day: &NaiveDate| {
            let standing = match (success, overdue_from) {
                (Some(success), _) if success == *day => Standing::There,
                (_, Some(from)) if *day >= from => Standing::Late,
                _ => return Cell::empty(Standing::Nothing),
            };
            Cell { reason: facts.dataset.clone(), ..Cell::empty(standing) }
        };
        rows.push((facts.source.clone(), known.days.iter().map(cell).collect()));
    }
    rows
}

/// Whether the source's daily bars follow the mainland's trading days.
pub(super) fn is_mainland(source: &str) -> bool {
    Rhythm::of(source, DAILY) == Rhythm::TradingDay
}

/// What is known of one source.
struct SourceRow<'a> {
    is_abroad: bool,
    days: &'a BTreeMap<NaiveDate, &'a SourceDay>,
    /// The first and the last day that it ever brought, as far as anybody here knows.
    span: Option<(NaiveDate, NaiveDate)>,
    /// The last day that the served generation has of it.
    served: Option<NaiveDate>,
    /// Whether it has brought something since that was published.
    is_ahead: bool,
    /// The last day that is due.
    due: Option<NaiveDate>,
    /// Whether its silence is an alarm.
    is_overdue: bool,
    /// Whether it was ever asked for whole days: without that no day is missing.
    follows_days: bool,
}

impl<'a> SourceRow<'a> {
    fn of(source: &str, is_abroad: bool, days: &'a BTreeMap<NaiveDate, &'a SourceDay>, known: &Known<'_>) -> Self {
        let facts = known.freshness.iter().find(|facts| facts.source == source && facts.dataset == DAILY);
        let unknown = Dataset {
            source,
            dataset: DAILY,
            last_success_at: None,
            last_trade_date: None,
            last_error: None,
            last_error_at: None,
        };
        let judged = judge(&facts.map_or(unknown, Into::into), Some(known.calendar), known.options, known.now);
        let reported = facts.and_then(|facts| facts.last_trade_date);
        let judged_days = known.spans.iter().find(|(known, ..)| known == source);
        let judged_days = judged_days.map(|(_, first, last)| [*first, *last]);
        let brought = days.keys().copied().chain(reported).chain(judged_days.into_iter().flatten());
        let span = brought.clone().min().zip(brought.max());
        // Where no calendar reaches today nobody knows what is due; yesterday's bars were.
        let yesterday = || shanghai::date(known.now).pred_opt();
        let due = judged.expected_trade_date.or_else(yesterday);
        let served = days.keys().next_back().copied().max(judged_days.map(|[_, last]| last));
        let follows_days = facts.is_some() || judged_days.is_some();
        let last_success_at = facts.and_then(|facts| facts.last_success_at);
        let is_ahead = last_success_at.is_some_and(|at| at > known.published_at);
        Self { is_abroad, days, span, served, is_ahead, due, is_overdue: judged.overdue, follows_days }
    }

    fn cell(&self, day: NaiveDate) -> Cell {
        let Some(there) = self.days.get(&day) else { return Cell::empty(self.without_bars(day)) };
        let rows = if self.is_abroad { there.shares + there.others } else { there.shares };
        let others = if self.is_abroad { 0 } else { there.others };
        let Some(judged) = &there.judged else {
            let standing = match (rows + others, self.is_abroad) {
                (0, _) => self.without_bars(day),
                (_, true) => Standing::There,
                (_, false) => Standing::Partial,
            };
            return Cell { rows, others, ..Cell::empty(standing) };
        };
        Cell {
            standing: if judged.is_withheld { Standing::Withheld } else { Standing::Complete },
            rows,
            others,
            coverage: Some((judged.present, judged.expected)),
            reason: judged.reason.clone(),
        }
    }

    /// How a day without a bar stands.
    fn without_bars(&self, day: NaiveDate) -> Standing {
        if !self.follows_days {
            return Standing::Nothing;
        }
        let is_due = self.due.is_some_and(|due| day <= due);
        let Some((first, last)) = self.span else {
            let is_late = self.is_overdue && self.due == Some(day);
            return if is_late { Standing::Late } else { Standing::Nothing };
        };
        if self.is_ahead && day <= last && self.served.is_none_or(|served| day > served) && !self.is_abroad {
            return Standing::Unpublished;
        }
        match (self.is_abroad, is_due) {
            // Other exchanges have other holidays: only silence that is an alarm says anything.
            (true, _) if self.is_overdue && day > last => Standing::Late,
            (true, _) => Standing::Nothing,
            (false, false) => Standing::NotDue,
            (false, true) if day > last => Standing::Late,
            (false, true) if day > first => Standing::Missing,
            (false, true) => Standing::Nothing,
        }
    }
}

impl Cell {
    /// How many are there, of how many where that is known; `None` where nothing is.
    pub(super) fn figures(&self, language: Language) -> Option<String> {
        match (self.coverage, self.rows + self.others) {
            (Some((present, expected)), _) => {
                let (of, codes) = (language.say("of", "/"), language.say("expected codes", "应有代码"));
                Some(format!("{} {of} {} {codes}", count(present), count(expected)))
            }
            (None, 0) => None,
            (None, rows) => Some(counted(language, rows, "bar", "bars", "条日线")),
        }
    }

    fn empty(standing: Standing) -> Self {
        Self { standing, rows: 0, others: 0, coverage: None, reason: String::new() }
    }
}

#[cfg(test)]
mod tests;
