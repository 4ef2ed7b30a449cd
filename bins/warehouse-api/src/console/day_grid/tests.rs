use warehouse::JudgedDay;

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn moment(shanghai: &str) -> DateTime<Utc> {
    format!("{shanghai}:00+08:00").parse().unwrap()
}

/// The week before Labour Day 2026, and the first day after it.
fn calendar() -> TradingCalendar {
    let days = (27..=30).map(|n| (NaiveDate::from_ymd_opt(2026, 4, n).unwrap(), true));
    let closed = (1..=5).map(|n| (NaiveDate::from_ymd_opt(2026, 5, n).unwrap(), false));
    TradingCalendar::from_days(days.chain(closed).chain([(day("2026-05-06"), true)]))
}

fn brought(source: &str, date: &str, rows: u64, coverage: Option<(u32, u32)>) -> SourceDay {
    let judged = coverage.map(|(present, expected)| JudgedDay {
        expected,
        present,
        is_withheld: f64::from(present) < 0.98 * f64::from(expected),
        reason: String::new(),
    });
    SourceDay { source: source.to_owned(), date: day(date), shares: rows, others: 0, judged }
}

fn fresh(source: &str, last_success_at: &str, last_trade_date: &str) -> Freshness {
    Freshness {
        source: source.to_owned(),
        dataset: DAILY.to_owned(),
        last_success_at: Some(moment(last_success_at)),
        last_trade_date: Some(day(last_trade_date)),
        last_error: None,
        last_error_at: None,
    }
}

fn standings(source_days: &[SourceDay], freshness: &[Freshness], now: &str) -> Vec<(String, Vec<Standing>)> {
    let calendar = calendar();
    let days: Vec<_> = calendar.open_days(day("2026-04-27"), day("2026-05-06")).collect();
    let judged = source_days.iter().filter(|day| day.judged.is_some());
    let mut spans: Vec<(String, NaiveDate, NaiveDate)> = Vec::new();
    for day in judged {
        match spans.iter_mut().find(|(source, ..)| *source == day.source) {
            Some((_, first, last)) => (*first, *last) = ((*first).min(day.date), (*last).max(day.date)),
            None => spans.push((day.source.clone(), day.date, day.date)),
        }
    }
    let known = Known {
        days: &days[..4],
        source_days,
        spans: &spans,
        freshness,
        calendar: &calendar,
        published_at: moment("2026-04-28T19:40"),
        options: &FreshnessOptions::default(),
        now: moment(now),
    };
    let grid = grid(&known);
    let standings = |cells: Vec<Cell>| cells.into_iter().map(|cell| cell.standing).collect();
    grid.rows.into_iter().map(|(source, cells)| (source, standings(cells))).collect()
}

#[test]
fn every_day_says_whether_it_is_there_and_if_not_whether_it_should_be() {
    let days = [
        brought("tushare", "2026-04-27", 100, Some((100, 100))),
        brought("tushare", "2026-04-28", 50, Some((50, 100))),
        brought("tdx", "2026-04-28", 3, None),
        brought("yahoo", "2026-04-28", 7, None),
    ];
    let freshness = [
        fresh("tushare", "2026-04-28T18:40", "2026-04-28"),
        fresh("tdx", "2026-04-28T19:30", "2026-04-28"),
        fresh("yahoo", "2026-04-30T06:00", "2026-04-28"),
    ];
    let at = |now| standings(&days, &freshness, now);
    use Standing::{Complete, Late, Missing, NotDue, Nothing, Partial, There, Unpublished, Withheld};
    let row = |source: &str, standings: [Standing; 4]| (source.to_owned(), standings.to_vec());
    // 18:59: Thursday is not due; Wednesday was, yesterday.
    assert_eq!(
        at("2026-04-30T18:59"),
        [
            row("tdx", [Nothing, Partial, Late, NotDue]),
            row("tushare", [Complete, Withheld, Late, NotDue]),
            row("yahoo", [Nothing, There, Nothing, Nothing]),
        ]
    );
    // TDX has an hour more.
    assert_eq!(at("2026-04-30T19:01")[0], row("tdx", [Nothing, Partial, Late, NotDue]));
    assert_eq!(at("2026-04-30T19:01")[1], row("tushare", [Complete, Withheld, Late, Late]));
    // In the holidays nothing new becomes late; abroad, silence does.
    assert_eq!(at("2026-05-03T12:00")[1], row("tushare", [Complete, Withheld, Late, Late]));
    assert_eq!(at("2026-05-03T12:00")[2], row("yahoo", [Nothing, There, Late, Late]));
    // A hole is no delay, and what the generation has not yet is neither.
    let mut later = days.to_vec();
    later.push(brought("tushare", "2026-04-30", 100, Some((100, 100))));
    let holed = standings(&later, &freshness, "2026-04-30T20:00");
    assert_eq!(holed[1], row("tushare", [Complete, Withheld, Missing, Complete]));
    let reported = [fresh("tushare", "2026-04-29T18:40", "2026-04-29")];
    let behind = standings(&days[..2], &reported, "2026-04-29T20:00");
    assert_eq!(behind, [row("tushare", [Complete, Withheld, Unpublished, NotDue])]);
    // Bars of single codes do not mean that somebody asks for every day.
    let codes = standings(&days[2..3], &[], "2026-04-30T20:00");
    assert_eq!(codes, [row("tdx", [Nothing, Partial, Nothing, Nothing])]);
}

#[test]
fn a_source_that_only_ever_failed_is_late_for_the_day_that_is_due() {
    let failed = Freshness {
        last_success_at: None,
        last_trade_date: None,
        last_error: Some("timed out".to_owned()),
        last_error_at: Some(moment("2026-04-30T18:50")),
        ..fresh("tushare", "2026-04-30T18:50", "2026-04-30")
    };
    use Standing::{Late, Nothing};
    let failing = standings(&[], &[failed], "2026-04-30T19:30");
    assert_eq!(failing, [("tushare".to_owned(), vec![Nothing, Nothing, Nothing, Late])]);
    assert!(standings(&[], &[], "2026-04-30T19:30").is_empty());
}

#[test]
fn a_source_without_bars_shows_when_it_was_fetched_and_since_when_it_is_overdue() {
    let macros = |last: &str| Freshness { dataset: "macro".to_owned(), ..fresh("aktools", last, "2026-03-31") };
    use Standing::{Late, Nothing, There};
    let row = |standings: [Standing; 4]| [("aktools".to_owned(), standings.to_vec())];
    let weekly = [macros("2026-04-27T03:05")];
    assert_eq!(standings(&[], &weekly, "2026-04-30T20:00"), row([There, Nothing, Nothing, Nothing]));
    // Eight days and some grace after the last success.
    let silent = [macros("2026-04-20T23:00")];
    assert_eq!(standings(&[], &silent, "2026-04-30T20:00"), row([Nothing, Nothing, Late, Late]));
    let on_request = [Freshness { dataset: "xdxr".to_owned(), ..macros("2026-04-27T03:05") }];
    assert!(standings(&[], &on_request, "2026-04-30T20:00").is_empty());
}
