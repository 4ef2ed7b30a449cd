//! A code's days as a text table, for tests: bars as lines, what a rule must find marked behind them.
//!
//! ```text
//! code 600000.SH                      the code; kind and board follow from it
//! listed 1999-11-10                   or `delisted`; without a line since 1990-12-19, with `listed -` nobody knows
//! name 2024-01-01 st                  a name from that day on: `st`, `delisting` or `plain`
//! event 2024-01-04 tdx cash=5 bonus=0 rights=3 price=8
//! halt 2024-01-05                     a whole day without trading
//! closed 2024-01-08                   a weekday on which the exchange is closed (weekends are)
//! limit 2024-01-04 9.00 11.00         published: down, up
//! no_limit 2024-01-04                 in the table of days without a limit
//! unknown 2024-01-05                  a trading day of which no market is served
//! tolerance 0.001                     close_tolerance of the options
//! day         source   close  pre_close
//! 2024-01-03  tushare  10.00  10.00
//! 2024-01-04  tushare  11.01  10.00     <- error: close 11.01 <- warning: something else
//! 2024-01-05  none                      <- warning: a day without a bar
//! ```
//!
//! Columns that are left out: `source` is tushare; open, high and low are the close; volume 10,000; the amount fits; `-` is
//! nothing known. `served` is `yes` for the first row of a day, unless the column says `no`.

use std::collections::BTreeSet;

use chrono::{Datelike as _, NaiveDate, Weekday};
use market_model::{
    Board, Code, CorporateAction, InstrumentKind, TradingCalendar,
    rulebook::{NoLimitDay, NoLimitDays},
};

use crate::{ActionRow, BarRow, CuratedBar, DayLimit, Days, Finding, History, Market, NameSpan, Options, Severity};

/// The sources that tables may name, sorted as rows are.
const SOURCES: [&str; 3] = ["tdx", "tushare", "yahoo"];

/// One code and the market around it, owned.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    pub(crate) code: Code,
    pub(crate) listed: Option<NaiveDate>,
    pub(crate) delisted: Option<NaiveDate>,
    pub(crate) names: Vec<NameSpan>,
    pub(crate) rows: Vec<BarRow>,
    pub(crate) curated: Vec<CuratedBar>,
    pub(crate) actions: Vec<ActionRow>,
    pub(crate) suspended: Vec<NaiveDate>,
    pub(crate) limits: Vec<DayLimit>,
    pub(crate) calendar: TradingCalendar,
    pub(crate) sources: Vec<String>,
    pub(crate) complete_days: BTreeSet<NaiveDate>,
    pub(crate) unknown_days: BTreeSet<NaiveDate>,
    pub(crate) no_limit_days: NoLimitDays,
    pub(crate) options: Options,
}

type Rule = fn(&Market<'_>, &History<'_>, Days<'_>, &mut Vec<Finding>);

/// A finding that a table expects: its day, and `severity: part of the message`.
type Expected = (NaiveDate, String);

/// Runs a rule over a table: it must find what is marked and nothing else, over all days at once as well as over each
/// day alone with no more than [`History`] promises to hold.
pub(crate) fn check(rule: Rule, table: &str) -> Vec<Finding> {
    let (sample, expected) = parse(table);
    let found = sample.findings(rule, Days::All);
    let shown =
        || found.iter().map(|f| format!("{:?} {}: {}", f.trade_date, f.severity, f.message)).collect::<Vec<_>>();
    assert_eq!(found.len(), expected.len(), "marked: {expected:#?}, found: {:#?}", shown());
    for (day, mark) in expected {
        let (severity, part) = mark.split_once(':').expect("a mark is `severity: part of the message`");
        let severity: Severity = severity.trim().parse().unwrap();
        let is_it =
            |f: &&Finding| f.trade_date == Some(day) && f.severity == severity && f.message.contains(part.trim());
        assert!(found.iter().any(|f| is_it(&f)), "`{mark}` on {day} is not among {:#?}", shown());
    }
    sample.assert_days_alone_agree(rule, &found);
    found
}

impl Sample {
    /// The code of a table, marks and all.
    pub(crate) fn parse(table: &str) -> Self {
        parse(table).0
    }

    pub(crate) fn market(&self) -> Market<'_> {
        let Self { calendar, sources, complete_days, unknown_days, no_limit_days, options, .. } = self;
        Market { calendar, sources, complete_days, unknown_days, no_limit_days, options }
    }

    pub(crate) fn history(&self) -> History<'_> {
        History {
            code: self.code,
            kind: InstrumentKind::of_code(&self.code).unwrap(),
            board: Board::of_code(&self.code),
            listed: self.listed,
            delisted: self.delisted,
            names: &self.names,
            rows: &self.rows,
            curated: &self.curated,
            actions: &self.actions,
            suspended: &self.suspended,
            limits: &self.limits,
        }
    }

    pub(crate) fn findings(&self, rule: Rule, days: Days<'_>) -> Vec<Finding> {
        let mut found = Vec::new();
        rule(&self.market(), &self.history(), days, &mut found);
        found
    }

    /// Every day of which anything is known.
    pub(crate) fn days(&self) -> BTreeSet<NaiveDate> {
        let rows = self.rows.iter().map(|row| row.date).chain(self.curated.iter().map(|bar| bar.date));
        rows.chain(self.complete_days.iter().copied()).chain(self.limits.iter().map(|limit| limit.date)).collect()
    }

    /// No more than [`History`] promises where `days` are judged.
    pub(crate) fn least(&self, days: &[NaiveDate]) -> Self {
        let since = |day: NaiveDate| self.curated.iter().rfind(|bar| bar.date < day).map_or(day, |bar| bar.date);
        let spans: Vec<_> = days.iter().map(|day| since(*day)..=*day).collect();
        let is_needed = |date: NaiveDate| spans.iter().any(|span| span.contains(&date));
        let mut least = self.clone();
        least.rows.retain(|row| is_needed(row.date));
        least.curated.retain(|bar| is_needed(bar.date));
        least.actions.retain(|row| is_needed(row.action.ex_date));
        least.suspended.retain(|day| is_needed(*day));
        least.limits.retain(|limit| days.contains(&limit.date));
        least
    }

    /// Judging a day alone finds what judging all finds about it.
    pub(crate) fn assert_days_alone_agree(&self, rule: Rule, found: &[Finding]) {
        for day in self.days() {
            let days = [day];
            let of_day: Vec<_> = found.iter().filter(|finding| finding.trade_date == Some(day)).cloned().collect();
            assert_eq!(self.least(&days).findings(rule, Days::Only(&days)), of_day, "{day} alone");
            assert_eq!(self.findings(rule, Days::Only(&days)), of_day, "{day} with all that is known");
        }
        let (some, _): (Vec<_>, Vec<_>) = self.days().into_iter().enumerate().partition(|(at, _)| at % 3 != 1);
        let some: Vec<NaiveDate> = some.into_iter().map(|(_, day)| day).collect();
        let is_judged = |finding: &&Finding| finding.trade_date.is_some_and(|day| some.contains(&day));
        let of_some: Vec<_> = found.iter().filter(is_judged).cloned().collect();
        assert_eq!(self.least(&some).findings(rule, Days::Only(&some)), of_some, "{some:?}");
    }
}

fn parse(table: &str) -> (Sample, Vec<Expected>) {
    let mut sample = Sample {
        code: "600000.SH".parse().unwrap(),
        listed: "1990-12-19".parse().ok(),
        delisted: None,
        names: Vec::new(),
        rows: Vec::new(),
        curated: Vec::new(),
        actions: Vec::new(),
        suspended: Vec::new(),
        limits: Vec::new(),
        calendar: TradingCalendar::default(),
        sources: SOURCES.map(str::to_owned).to_vec(),
        complete_days: BTreeSet::new(),
        unknown_days: BTreeSet::new(),
        no_limit_days: NoLimitDays::default(),
        options: Options::default(),
    };
    let (mut expected, mut columns, mut closed) = (Vec::new(), Vec::new(), BTreeSet::new());
    for line in table.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (line, marks) = line.split_once("<-").map_or((line, None), |(line, marks)| (line, Some(marks)));
        let words: Vec<&str> = line.split_whitespace().collect();
        let date = |at: usize| words[at].parse::<NaiveDate>().unwrap();
        match words[0] {
            "code" => sample.code = words[1].parse().unwrap(),
            "listed" => sample.listed = words[1].parse().ok(),
            "delisted" => sample.delisted = Some(date(1)),
            "name" => sample.add_name(date(1), words[2]),
            "event" => sample.actions.push(event(&words)),
            "halt" => sample.suspended.push(date(1)),
            "closed" => closed.extend([date(1)]),
            "unknown" => sample.unknown_days.extend([date(1)]),
            "limit" => {
                let [down, up] = [2, 3].map(|at: usize| words[at].parse().unwrap());
                sample.limits.push(DayLimit { date: date(1), up, down });
            }
            "no_limit" => {
                let (code, date, source) = (sample.code, date(1), "a document".to_owned());
                sample.no_limit_days = NoLimitDays::from_iter([NoLimitDay { code, date, source }]);
            }
            "tolerance" => sample.options.close_tolerance = words[1].parse().unwrap(),
            "day" => columns = words,
            _ => {
                let day = date(0);
                expected
                    .extend(marks.into_iter().flat_map(|marks| marks.split("<-")).map(|m| (day, m.trim().to_owned())));
                sample.complete_days.insert(day);
                if words.get(1) != Some(&"none") {
                    sample.add_row(&columns, &words);
                }
            }
        }
    }
    sample.actions.sort_by_key(|row| (row.action.code, row.action.ex_date, row.source));
    sample.rows.sort_by_key(|row| (row.date, row.source));
    sample.complete_days.retain(|day| is_weekday(*day) && !closed.contains(day));
    sample.calendar = calendar(&sample, &closed);
    (sample, expected)
}

impl Sample {
    fn add_name(&mut self, from: NaiveDate, kind: &str) {
        if let Some(last) = self.names.last_mut() {
            last.until = from.pred_opt();
        }
        let (special_treatment, delisting) = (kind == "st", kind == "delisting");
        self.names.push(NameSpan { from, until: None, special_treatment, delisting });
    }

    fn add_row(&mut self, columns: &[&str], words: &[&str]) {
        assert_eq!(columns.len(), words.len(), "{words:?} under {columns:?}");
        let text =
            |name: &str| columns.iter().position(|column| *column == name).map(|at| words[at]).filter(|w| *w != "-");
        let value = |name: &str| text(name).map(|text| text.replace('_', "").parse::<f64>().unwrap());
        let source = text("source").unwrap_or("tushare");
        let close = value("close").unwrap_or(f64::NAN);
        let volume = value("volume").unwrap_or(10_000.0) as i64;
        let is_known = |name: &str| columns.contains(&name);
        let amount = if is_known("amount") { value("amount").unwrap_or(f64::NAN) } else { close * volume as f64 };
        let row = BarRow {
            date: words[0].parse().unwrap(),
            open: value("open").unwrap_or(close),
            high: value("high").unwrap_or(close),
            low: value("low").unwrap_or(close),
            close,
            pre_close: value("pre_close").unwrap_or(f64::NAN),
            volume,
            amount,
            factor: value("vendor").unwrap_or(f64::NAN),
            source: SOURCES.iter().position(|known| *known == source).unwrap() as u8,
            raw_id: 7,
            raw_row: self.rows.len() as i32,
        };
        self.rows.push(row);
        let is_first = self.curated.last().is_none_or(|bar| bar.date != row.date);
        if text("served").map_or(is_first, |served| served == "yes") {
            self.curated.push(served(&row, value("factor").unwrap_or(1.0)));
        }
    }
}

/// The bar that is served from a row.
pub(crate) fn served(row: &BarRow, factor: f64) -> CuratedBar {
    let BarRow { date, open, high, low, close, volume, amount, source, .. } = *row;
    CuratedBar { date, open, high, low, close, volume, amount, factor, source }
}

/// `event 2024-01-04 tdx cash=5 bonus=0 rights=3 price=8`
fn event(words: &[&str]) -> ActionRow {
    let quantity = |name: &str| {
        let text = words.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
        text.map_or(0.0, |text| text.parse().unwrap())
    };
    let action = CorporateAction {
        code: "600000.SH".parse().unwrap(),
        ex_date: words[1].parse().unwrap(),
        announced: None,
        cash_per_10: quantity("cash"),
        bonus_per_10: quantity("bonus"),
        rights_per_10: quantity("rights"),
        rights_price: quantity("price"),
    };
    ActionRow { action, source: SOURCES.iter().position(|known| *known == words[2]).unwrap() as u8 }
}

/// Weekdays from a quarter before the first day to a quarter after the last.
fn calendar(sample: &Sample, closed: &BTreeSet<NaiveDate>) -> TradingCalendar {
    let days = sample.days();
    let (Some(first), Some(last)) = (days.first(), days.last()) else { return TradingCalendar::default() };
    let quarter = chrono::Days::new(90);
    let (from, to) = (*first - quarter, *last + quarter);
    let day = |day: NaiveDate| (day, is_weekday(day) && !closed.contains(&day));
    TradingCalendar::from_days(from.iter_days().take_while(|day| *day <= to).map(day))
}

pub(crate) fn is_weekday(day: NaiveDate) -> bool {
    !matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
}
