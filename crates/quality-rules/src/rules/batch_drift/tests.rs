use chrono::{Datelike as _, Days};
use market_model::TradingCalendar;

use super::*;

fn first() -> NaiveDate {
    "2026-09-01".parse().unwrap()
}

/// Every day trades but Sundays.
fn calendar() -> TradingCalendar {
    let is_open = |day: NaiveDate| day.weekday() != chrono::Weekday::Sun;
    TradingCalendar::from_days(first().iter_days().take(60).map(|day| (day, is_open(day))))
}

/// The `n`th trading day.
fn day(n: usize) -> NaiveDate {
    calendar().open_days(first(), first() + Days::new(60)).nth(n).unwrap()
}

fn count(n: usize, rows: u64, columns: Option<&str>) -> DayCount {
    let columns = columns.map(|columns| columns.split(' ').map(str::to_owned).collect());
    DayCount { source: "tushare".to_owned(), dataset: "daily".to_owned(), date: day(n), rows, columns }
}

/// What is found on day `n`: `subject severity`.
fn found(counts: &[DayCount], n: usize) -> Vec<String> {
    let mut out = Vec::new();
    check(&DayFacts { date: day(n), counts, calendar: &calendar() }, &mut out);
    assert!(out.iter().all(|finding| finding.check == "batch_drift" && finding.trade_date == Some(day(n))));
    out.iter().map(|finding| format!("{} {}", finding.subject, finding.severity)).collect()
}

/// `before` repeated, then `rows` on the day after: whether that is far from usual.
fn drifts(before: &[u64], rows: u64) -> bool {
    let mut counts: Vec<DayCount> = before.iter().enumerate().map(|(n, rows)| count(n, *rows, None)).collect();
    counts.push(count(before.len(), rows, None));
    let found = found(&counts, before.len());
    assert!(found.is_empty() || found == ["tushare/daily rows warning"], "{found:?}");
    !found.is_empty()
}

#[test]
fn a_count_far_from_the_usual_one_is_found_in_both_directions() {
    let steady = [5_400; 20];
    for (rows, expected) in [
        (5_400, false),
        (5_130, false),
        (5_129, true),
        (5_670, false),
        (5_671, true),
        (2_312, true),
        (10_800, true),
        (0, true),
    ] {
        assert_eq!(drifts(&steady, rows), expected, "{rows} after {steady:?}");
    }
}

#[test]
fn few_rows_are_given_ten() {
    assert!(!drifts(&[100; 20], 90) && drifts(&[100; 20], 89));
    assert!(!drifts(&[100; 20], 110) && drifts(&[100; 20], 111));
}

#[test]
fn an_erratic_count_makes_the_rule_deaf_and_one_broken_day_does_not() {
    // The distances from the median 1,000 are 0 and 100 in turn: their median 100, six spreads of it 889.6.
    let erratic: Vec<u64> = (0..20).map(|n| [1_000, 1_100, 1_000, 900][n % 4]).collect();
    assert!(!drifts(&erratic, 1_889) && drifts(&erratic, 1_890) && drifts(&erratic, 110) && !drifts(&erratic, 111));
    let mut broken = [5_400; 20];
    broken[19] = 12;
    assert!(drifts(&broken, 12) && !drifts(&broken, 5_400));
}

#[test]
fn growth_by_new_listings_is_silent() {
    // 3 % in 20 days, faster than any year had it.
    let growing: Vec<u64> = (0..20).map(|n| 5_000 + n * 8).collect();
    assert!(!drifts(&growing, 5_160));
}

#[test]
fn without_enough_history_or_rows_nothing_is_usual() {
    assert!(drifts(&[5_400; 10], 1) && !drifts(&[5_400; 9], 1));
    assert!(drifts(&[50; 20], 1) && !drifts(&[49; 20], 1), "suspensions, a watch list");
    assert!(!drifts(&[], 1));
}

#[test]
fn only_the_last_twenty_days_tell_what_is_usual() {
    let mut rows = vec![9_000; 20];
    rows.extend([5_000; 11]);
    assert!(!drifts(&rows, 5_000) && drifts(&rows, 9_000), "11 of the last 20");
}

#[test]
fn a_day_without_rows_is_found_once_there_are_later_ones() {
    let mut counts: Vec<DayCount> = (0..20).map(|n| count(n, 5_400, None)).collect();
    assert!(found(&counts, 20).is_empty(), "it may still come");
    counts.push(count(21, 5_400, None));
    assert_eq!(found(&counts, 20), ["tushare/daily rows warning"]);
    // The day before the first of all has nothing before it.
    assert!(found(&counts[5..], 4).is_empty());
}

#[test]
fn a_day_that_another_source_brought_is_no_hole() {
    let tdx = |n, rows| DayCount { source: "tdx".to_owned(), ..count(n, rows, None) };
    // A history, then days of another source's, then one day for which the first one steps in.
    let mut counts: Vec<DayCount> = (0..15).map(|n| tdx(n, 5_400)).collect();
    counts.extend([tdx(20, 5_400), count(18, 5_131, None), count(19, 5_129, None)]);
    assert!(found(&counts, 18).is_empty());
    assert_eq!(found(&counts, 19), ["tdx/daily rows warning"], "too few of the other source's either");
    counts.push(DayCount { dataset: "price_limit".to_owned(), ..count(17, 5_400, None) });
    assert_eq!(found(&counts, 17), ["tdx/daily rows warning"], "another data set is nothing in its place");
}

#[test]
fn days_without_trading_are_neither_judged_nor_counted() {
    let sunday: NaiveDate = "2026-09-27".parse().unwrap();
    let at = |date, rows| DayCount { date, ..count(0, rows, None) };
    let mut counts: Vec<DayCount> = (0..15).map(|n| count(n, 5_400, None)).collect();
    counts.push(at(sunday, 1));
    let mut out = Vec::new();
    check(&DayFacts { date: sunday, counts: &counts, calendar: &calendar() }, &mut out);
    assert!(out.is_empty());
    // Nine trading days and as many Sundays as there are make no history.
    let few: Vec<DayCount> =
        (0..9).map(|n| count(n, 5_400, None)).chain([at(first() + Days::new(5), 1), count(9, 1, None)]).collect();
    assert!(found(&few, 9).is_empty());
}

#[test]
fn changed_columns_are_found_and_their_order_is_nothing() {
    let with = |before: &str, now: &str| {
        let mut out = Vec::new();
        let counts = [count(0, 9, Some("x")), count(1, 9, Some(before)), count(2, 9, None), count(3, 9, Some(now))];
        check(&DayFacts { date: day(3), counts: &counts, calendar: &calendar() }, &mut out);
        out.into_iter().map(|finding| (finding.severity, finding.subject, finding.message)).collect::<Vec<_>>()
    };
    assert!(with("close vol", "vol close").is_empty());
    let subject = || "tushare/daily columns".to_owned();
    let message = |what: &str| format!("the columns of tushare/daily changed; {what}");
    assert_eq!(with("close vol", "close"), [(Severity::Warning, subject(), message("lost: vol"))]);
    assert_eq!(with("close", "close ah_vol"), [(Severity::Info, subject(), message("new: ah_vol"))]);
    assert_eq!(
        with("close vol", "close volume ah_vol"),
        [(Severity::Warning, subject(), message("lost: vol; new: ah_vol, volume"))]
    );
}

#[test]
fn columns_that_nobody_knows_are_not_compared() {
    assert!(found(&[count(0, 9, Some("x")), count(1, 9, None)], 1).is_empty());
    assert!(found(&[count(0, 9, None), count(1, 9, Some("x"))], 1).is_empty());
}

#[test]
fn each_source_is_compared_with_itself() {
    let tdx = |n, rows| DayCount { source: "tdx".to_owned(), ..count(n, rows, None) };
    let counts: Vec<DayCount> = (0..20)
        .flat_map(|n| [count(n, 5_400, None), tdx(n, 100)])
        .chain([count(20, 5_400, None), tdx(20, 40)])
        .collect();
    assert_eq!(found(&counts, 20), ["tdx/daily rows warning"]);
}

#[test]
fn the_finding_tells_the_figures() {
    let mut counts: Vec<DayCount> = (0..20).map(|n| count(n, 5_400, None)).collect();
    counts.push(count(20, 2_312, None));
    let mut out = Vec::new();
    check(&DayFacts { date: day(20), counts: &counts, calendar: &calendar() }, &mut out);
    assert_eq!(out[0].message, "tushare/daily has 2312 rows; usual are 5400, give or take 270");
    assert_eq!(
        out[0].details,
        serde_json::json!({
            "rows": 2312, "usual_rows": 5400.0, "ordinary_distance": 270.0, "source": "tushare", "dataset": "daily"
        })
    );
}

#[test]
fn halts_have_no_usual_count_and_explain_what_is_missing() {
    let halts = |n, rows| DayCount { dataset: "suspension".to_owned(), ..count(n, rows, None) };
    // July 2015: of 2,750 shares 1,400 asked for a halt within days.
    let mut counts: Vec<DayCount> = (0..20).flat_map(|n| [count(n, 2_500, None), halts(n, 250)]).collect();
    counts.extend([count(20, 1_350, None), halts(20, 1_400)]);
    assert!(found(&counts, 20).is_empty());
    counts.extend([count(21, 900, None), halts(21, 1_400)]);
    assert_eq!(found(&counts, 21), ["tushare/daily rows warning"], "450 more than are halted are missing");
    counts.extend([count(22, 5_000, None), halts(22, 1_400)]);
    assert_eq!(found(&counts, 22), ["tushare/daily rows warning"], "halts explain no more rows");
}

#[test]
fn another_source_must_have_brought_the_usual_number() {
    let tdx = |n, rows| DayCount { source: "tdx".to_owned(), ..count(n, rows, None) };
    let with = |theirs: u64| {
        let before = (0..20).flat_map(|n| [count(n, 100, None), tdx(n, 100)]);
        let counts: Vec<DayCount> = before.chain([tdx(20, theirs), count(21, 100, None), tdx(21, 100)]).collect();
        found(&counts, 20)
    };
    assert!(with(90).is_empty(), "as many as are usual");
    assert_eq!(with(89), ["tdx/daily rows warning", "tushare/daily rows warning"]);
}

#[test]
fn halts_explain_no_day_without_any_rows() {
    let halts = |n, rows| DayCount { dataset: "suspension".to_owned(), ..count(n, rows, None) };
    let mut counts: Vec<DayCount> = (0..20).map(|n| count(n, 100, None)).collect();
    counts.extend([count(20, 0, None), halts(20, 100)]);
    assert_eq!(found(&counts, 20), ["tushare/daily rows warning"]);
}
