//! The rules over thirty years of real bars and corporate actions of 000001.SZ, from `../shared/fixtures` beside the
//! repository.
//!
//! The data belongs to its vendors and is not part of the repository; without the folder these tests say so and pass.

#![expect(clippy::unwrap_used, reason = "helpers of tests: a fixture that does not parse must fail the test")]

use std::{collections::BTreeSet, path::PathBuf};

use chrono::{Datelike as _, NaiveDate, Weekday};
use market_model::{
    Board, ChainBar, Code, CorporateAction, DailyBar, FactorChain, InstrumentKind, TradingCalendar, UnitCheck,
    rulebook::NoLimitDays,
};
use quality_rules::{ActionRow, BarRow, CuratedBar, Days, Finding, History, Market, Options, Severity, check_code};
use serde_json::Value;

const BARS: &str = "rustdx/sz000001.day.csv";
const ACTIONS: &str = "rustdx/gbbq_selected.csv";

fn fixture(name: &str) -> Option<String> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures");
    if !root.is_dir() {
        println!("SKIPPED: there is no {}", root.display());
        return None;
    }
    Some(std::fs::read_to_string(root.join(name)).unwrap())
}

fn code() -> Code {
    "000001.SZ".parse().unwrap()
}

fn compact(text: &str) -> NaiveDate {
    NaiveDate::parse_from_str(text, "%Y%m%d").unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// What the fixtures hold, as the warehouse would serve it from TDX alone: no reference prices, no names, no halts.
struct Bank {
    rows: Vec<BarRow>,
    curated: Vec<CuratedBar>,
    actions: Vec<ActionRow>,
    calendar: TradingCalendar,
    sources: Vec<String>,
}

impl Bank {
    fn load() -> Option<Self> {
        let (bars, actions) = (fixture(BARS)?, fixture(ACTIONS)?);
        let actions: Vec<ActionRow> = actions.lines().skip(1).filter_map(action).collect();
        let rows: Vec<BarRow> = bars.lines().skip(1).enumerate().map(|(at, line)| row(at, line)).collect();
        let chain: Vec<ChainBar> = rows
            .iter()
            .map(|row| ChainBar { date: row.date, close: row.close, pre_close: None, vendor_factor: None })
            .collect();
        let events: Vec<CorporateAction> = actions.iter().map(|row| row.action.clone()).collect();
        let chain = FactorChain::from_actions(&chain, &events, Some(day("1991-04-03"))).unwrap();
        let curated = rows.iter().zip(chain.factors()).map(|(row, (_, factor))| served(row, *factor)).collect();
        // Weekdays: the holidays are not known here.
        let all = day("1991-01-01").iter_days().take_while(|date| *date <= day("2021-12-31"));
        let is_open = |date: NaiveDate| !matches!(date.weekday(), Weekday::Sat | Weekday::Sun);
        let calendar = TradingCalendar::from_days(all.map(|date| (date, is_open(date))));
        Some(Self { rows, curated, actions, calendar, sources: vec!["tdx".to_owned()] })
    }

    fn findings(&self, no_limit_days: &NoLimitDays) -> Vec<Finding> {
        let (complete_days, options) = (BTreeSet::new(), Options::default());
        let market = Market {
            calendar: &self.calendar,
            sources: &self.sources,
            complete_days: &complete_days,
            unknown_days: &BTreeSet::new(),
            no_limit_days,
            options: &options,
        };
        let mut found = Vec::new();
        check_code(&market, &self.history(), Days::All, &mut found);
        found
    }

    fn history(&self) -> History<'_> {
        History {
            code: code(),
            kind: InstrumentKind::AShare,
            board: Some(Board::Main),
            listed: Some(day("1991-04-03")),
            delisted: None,
            names: &[],
            rows: &self.rows,
            curated: &self.curated,
            actions: &self.actions,
            suspended: &[],
            limits: &[],
        }
    }
}

fn row(at: usize, line: &str) -> BarRow {
    let fields: Vec<&str> = line.split(',').collect();
    let value = |at: usize| fields[at].parse::<f64>().unwrap();
    BarRow {
        date: compact(fields[0]),
        open: value(1),
        high: value(2),
        low: value(3),
        close: value(4),
        pre_close: f64::NAN,
        volume: fields[5].parse().unwrap(),
        amount: value(6),
        factor: f64::NAN,
        source: 0,
        raw_id: 1,
        raw_row: at as i32,
    }
}

fn served(row: &BarRow, factor: f64) -> CuratedBar {
    let BarRow { date, open, high, low, close, volume, amount, source, .. } = *row;
    CuratedBar { date, open, high, low, close, volume, amount, factor, source }
}

/// A row of category 1 (ex-right and dividend) of this code.
fn action(line: &str) -> Option<ActionRow> {
    let fields: Vec<&str> = line.split(',').collect();
    if fields[1] != code().symbol() || fields[3] != "1" {
        return None;
    }
    let value = |at: usize| fields[at].parse::<f64>().unwrap();
    let action = CorporateAction {
        code: code(),
        ex_date: compact(fields[2]),
        announced: None,
        cash_per_10: value(4),
        rights_price: value(5),
        bonus_per_10: value(6),
        rights_per_10: value(7),
    };
    Some(ActionRow { action, source: 0 })
}

/// The days on which a rule found something, with its severity.
fn of<'a>(found: &'a [Finding], check: &str) -> Vec<(String, &'static str, &'a Value)> {
    let these = found.iter().filter(|finding| finding.check == check);
    these.map(|f| (f.trade_date.unwrap().to_string(), f.severity.as_str(), &f.details)).collect()
}

#[test]
fn after_the_first_day_of_limits_one_close_of_000001_is_beyond_them_one_low_and_one_high() {
    let Some(bank) = Bank::load() else { return };
    let found = bank.findings(&NoLimitDays::default());
    let beyond: Vec<(String, String)> =
        of(&found, "price_limit").into_iter().map(|(date, _, details)| (date, details["beyond"].to_string())).collect();
    let expected = [
        // The first day of limits: the share opened and stayed at 16.86, four cents below 90 % of the last close,
        // 18.78.
        ("1996-12-16", r#"["close","high","low","open"]"#),
        // After it, one low and one high.
        ("1997-02-18", r#"["low"]"#),
        ("1997-03-17", r#"["high"]"#),
        // And one close, of the first day after the share reform.
        ("2007-06-20", r#"["close","high","low","open"]"#),
    ];
    assert_eq!(beyond, expected.map(|(date, columns)| (date.to_owned(), columns.to_owned())));
    let messages: Vec<&str> =
        found.iter().filter(|finding| finding.check == "price_limit").map(|finding| finding.message.as_str()).collect();
    assert!(messages[1].starts_with("low 17.30 below 17.37: 10 % of the reference 19.30"), "{}", messages[1]);
    assert!(messages[2].starts_with("high 22.37 above 22.36: 10 % of"), "{}", messages[2]);
}

#[test]
fn the_resumption_of_2007_is_silent_once_it_is_in_the_table() {
    let Some(bank) = Bank::load() else { return };
    let beyond = |days: &NoLimitDays| {
        let found = bank.findings(days);
        of(&found, "price_limit").into_iter().map(|(date, severity, _)| (date, severity)).collect::<Vec<_>>()
    };
    let (without, with) = (beyond(&NoLimitDays::default()), beyond(&NoLimitDays::sourced()));
    assert_eq!(without.last(), Some(&("2007-06-20".to_owned(), "error")));
    assert_eq!(with, without[..3]);
}

#[test]
fn the_naive_rule_reports_every_day_beyond_20_percent_and_says_which_of_them_an_event_explains() {
    let Some(bank) = Bank::load() else { return };
    let found = bank.findings(&NoLimitDays::sourced());
    let moves: Vec<(String, &str)> =
        of(&found, "anomaly_large_move").into_iter().map(|(date, severity, _)| (date, severity)).collect();
    let expected = [
        // No limits yet: what an event does not explain is for somebody to look at.
        ("1991-08-17", "info"),
        ("1991-10-08", "warning"),
        ("1991-10-09", "warning"),
        ("1992-03-23", "info"),
        ("1993-05-24", "info"),
        ("1994-07-11", "info"),
        ("1995-05-18", "warning"),
        ("1996-04-26", "warning"),
        ("1996-05-27", "info"),
        ("1996-05-31", "warning"),
        // Ex-dates, within the limits from their reference.
        ("1997-08-25", "info"),
        ("2008-10-31", "info"),
        ("2013-06-20", "info"),
    ];
    assert_eq!(moves, expected.map(|(date, severity)| (date.to_owned(), severity)));
}

#[test]
fn the_unit_of_the_batch_fits_though_81_rows_of_the_first_years_miss_the_range() {
    let Some(bank) = Bank::load() else { return };
    let bar = |row: &BarRow| DailyBar {
        code: code(),
        trade_date: row.date,
        open: row.open,
        high: row.high,
        low: row.low,
        close: row.close,
        pre_close: None,
        volume: row.volume,
        amount: Some(row.amount),
        adj_factor: None,
    };
    let bars: Vec<DailyBar> = bank.rows.iter().map(bar).collect();
    let batch = UnitCheck::of(&bars).unwrap();
    assert!(batch.fits() && (batch.median_ratio - 1.0).abs() < 0.01, "{batch:?}");
    // One day of 1991 had no trades.
    assert_eq!((bars.len(), batch.judged), (7226, 7225));
    // The batch's own count is milder than the rule's tick: it also allows 0.1 % of the price.
    assert_eq!(batch.suspect_rows, 72);

    let found = bank.findings(&NoLimitDays::sourced());
    let misses = of(&found, "unit_consistency");
    assert_eq!(misses.len(), 81);
    let severities = |severity: &str| misses.iter().filter(|(_, s, _)| *s == severity).count();
    assert_eq!((severities("info"), severities("warning"), severities("error")), (79, 2, 0));
    // 79 are of the months up to August 1991, whose amounts are whole thousands; all but two of the rest of the thirty
    // years are right, and one of the two has a hundredth of its volume.
    let last: Vec<&str> = misses.iter().rev().take(3).map(|(date, ..)| date.as_str()).collect();
    assert_eq!(last, ["1995-11-17", "1991-11-14", "1991-08-02"]);
    let warnings = misses.iter().filter(|(_, severity, _)| *severity == "warning");
    let warnings: Vec<_> =
        warnings.map(|(date, _, details)| (date.as_str(), details["power_of_ten"].clone())).collect();
    assert_eq!(warnings, [("1991-11-14", Value::Null), ("1995-11-17", Value::from(2))]);
}

#[test]
fn all_else_that_is_found_in_thirty_years_is_a_bar_that_was_copied() {
    let Some(bank) = Bank::load() else { return };
    let found = bank.findings(&NoLimitDays::sourced());
    // Shenzhen's Saturdays and make-up days up to 1993 are facts.
    let weekends = of(&found, "bar_on_closed_day");
    assert_eq!((weekends.len(), weekends.last().unwrap().0.as_str()), (39, "1993-05-02"));
    assert!(weekends.iter().all(|(_, severity, _)| *severity == "info"));
    let known = ["anomaly_large_move", "bar_on_closed_day", "price_limit", "unit_consistency"];
    let others: Vec<&Finding> = found.iter().filter(|finding| !known.contains(&finding.check)).collect();
    // And rightly so: the bar of 1993-06-03 was copied to the 4th, to the share and the yuan.
    let [copied] = others.as_slice() else { panic!("{others:#?}") };
    assert_eq!((copied.check, copied.trade_date), ("stale_repeat", Some(day("1993-06-04"))));
    let errors = found.iter().filter(|finding| finding.severity == Severity::Error);
    assert_eq!(errors.map(|finding| finding.check).collect::<Vec<_>>(), ["price_limit"; 3]);
}

#[test]
fn a_factor_that_forgets_an_event_is_found_on_each_of_its_ex_dates() {
    let Some(mut bank) = Bank::load() else { return };
    for bar in &mut bank.curated {
        bar.factor = 1.0;
    }
    let found = bank.findings(&NoLimitDays::sourced());
    let events = of(&found, "event_without_factor").len();
    // 25 events, of which those of 1990 and before the first bar moved no price of ours.
    assert_eq!(events, bank.actions.iter().filter(|row| row.action.ex_date > day("1991-04-03")).count());
}
