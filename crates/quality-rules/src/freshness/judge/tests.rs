use super::*;

fn moment(shanghai: &str) -> DateTime<Utc> {
    format!("{shanghai}:00+08:00").parse().unwrap()
}

/// `2026-04-30T18:31`, in Shanghai; `-` for never.
fn maybe(shanghai: &str) -> Option<DateTime<Utc>> {
    (shanghai != "-").then(|| moment(shanghai))
}

/// 2026-09-25 to 2026-10-13: Mid-Autumn on the 25th, Golden Week from 1 to 7 October, a make-up working Saturday on the 10th
/// that does not trade.
fn golden_week() -> TradingCalendar {
    let first: NaiveDate = "2026-09-21".parse().unwrap();
    let closed = |day: &NaiveDate| {
        let text = day.to_string();
        let weekend = matches!(&*text, "2026-09-26" | "2026-09-27" | "2026-10-10" | "2026-10-11");
        weekend || text == "2026-09-25" || ("2026-10-01".."2026-10-08").contains(&&*text)
    };
    TradingCalendar::from_days(first.iter_days().take(23).map(|day| (day, !closed(&day))))
}

/// Each line: source, data set, last success, last day, last error, now; stale, expected day, late, overdue.
fn check(calendar: Option<&TradingCalendar>, table: &str) {
    for line in table.lines().filter(|line| !line.trim().is_empty()) {
        let [source, dataset, success, day, error, now, expected @ ..] =
            &line.split_whitespace().collect::<Vec<_>>()[..]
        else {
            panic!("{line}")
        };
        let facts = Dataset {
            source,
            dataset,
            last_success_at: maybe(success),
            last_trade_date: day.parse().ok(),
            last_error: maybe(error).map(|_| "timed out"),
            last_error_at: maybe(error),
        };
        let judged = judge(&facts, calendar, &FreshnessOptions::default(), moment(now));
        let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        let said = [
            judged.stale.to_string(),
            or_dash(judged.expected_trade_date.map(|day| day.to_string())),
            or_dash(judged.late.map(|late| late.to_string())),
            judged.overdue.to_string(),
        ];
        assert_eq!(said, expected, "{line}");
    }
}

#[test]
fn stale_is_literal_and_late_goes_by_the_calendar() {
    #[rustfmt::skip]
    check(Some(&golden_week()), "
        tushare daily 2026-09-29T18:31 2026-09-29 - 2026-09-29T18:32  false 2026-09-28 false false
        tushare daily 2026-09-29T18:31 2026-09-29 - 2026-09-30T18:31  false 2026-09-29 false false
        tushare daily 2026-09-29T18:31 2026-09-29 - 2026-09-30T18:32  true  2026-09-29 false false
        tushare daily 2026-09-29T18:31 2026-09-29 - 2026-09-30T18:59  true  2026-09-29 false false
        tushare daily 2026-09-29T18:31 2026-09-29 - 2026-09-30T19:00  true  2026-09-30 true  true
    ");
}

#[test]
fn a_missed_evening_is_overdue_at_the_safety_run() {
    #[rustfmt::skip]
    check(Some(&golden_week()), "
        tushare stk_limit 2026-09-28T18:31 2026-09-28 2026-09-29T18:31 2026-09-29T19:00  true  2026-09-29 true  true
        tushare stk_limit 2026-09-29T18:58 2026-09-29 2026-09-29T18:31 2026-09-29T19:00  false 2026-09-29 false false
        tushare stk_limit 2026-09-29T18:58 2026-09-28 -                2026-09-29T19:00  false 2026-09-29 true  true
        tdx     bars      2026-09-28T18:58 2026-09-28 -                2026-09-29T19:59  true  2026-09-28 false false
        tdx     bars      2026-09-28T18:58 2026-09-28 -                2026-09-29T20:00  true  2026-09-29 true  true
    ");
}

#[test]
fn a_weekend_and_golden_week_are_silent() {
    #[rustfmt::skip]
    check(Some(&golden_week()), "
        tushare daily 2026-09-24T18:31 2026-09-24 - 2026-09-25T19:00  true  2026-09-24 false false
        tushare daily 2026-09-24T18:31 2026-09-24 - 2026-09-28T18:59  true  2026-09-24 false false
        tushare daily 2026-09-30T18:31 2026-09-30 - 2026-10-07T23:59  true  2026-09-30 false false
        tushare daily 2026-09-30T18:31 2026-09-30 - 2026-10-08T18:59  true  2026-09-30 false false
        tushare daily 2026-09-30T18:31 2026-09-30 - 2026-10-08T19:00  true  2026-10-08 true  true
        tushare daily 2026-10-09T18:31 2026-10-09 - 2026-10-10T19:00  true  2026-10-09 false false
    ");
}

#[test]
fn what_follows_no_trading_day_is_overdue_when_it_is_stale_and_some_hours_more() {
    #[rustfmt::skip]
    check(Some(&golden_week()), "
        yahoo   daily        2026-10-02T06:05 2026-10-01 - 2026-10-03T06:05  false - - false
        yahoo   daily        2026-10-02T06:05 2026-10-01 - 2026-10-03T06:06  true  - - false
        yahoo   daily        2026-10-02T06:05 2026-10-01 - 2026-10-03T08:05  true  - - false
        yahoo   daily        2026-10-02T06:05 2026-10-01 - 2026-10-03T08:06  true  - - true
        tushare reference    2026-10-02T08:01 -          - 2026-10-03T10:02  true  - - true
        tushare fundamentals 2026-10-02T21:01 2026-06-30 - 2026-10-03T20:00  false - - false
        aktools macro        2026-09-21T03:01 2026-08-31 - 2026-09-29T03:01  false - - false
        aktools macro        2026-09-21T03:01 2026-08-31 - 2026-09-29T03:02  true  - - false
        aktools macro        2026-09-21T03:01 2026-08-31 - 2026-09-29T05:02  true  - - true
    ");
}

#[test]
fn what_was_fetched_on_request_is_silent_for_ever() {
    #[rustfmt::skip]
    check(Some(&golden_week()), "
        tdx xdxr     2021-10-02T06:05 2021-10-01 -                2026-10-03T06:05  false - - false
        tdx finance  2021-10-02T06:05 2021-06-30 2026-10-03T06:00 2026-10-03T06:05  false - - false
        tdx backfill -                -          2026-10-03T06:00 2026-10-03T06:05  false - - false
    ");
}

#[test]
fn what_has_only_ever_failed_is_overdue_while_it_is_being_tried() {
    #[rustfmt::skip]
    check(Some(&golden_week()), "
        tushare daily        - - 2026-09-28T18:31 2026-09-28T19:00  true 2026-09-28 true true
        tushare daily        - - 2026-09-28T18:31 2026-10-12T18:31  true 2026-10-09 true true
        tushare daily        - - 2026-09-28T18:31 2026-10-12T18:32  true 2026-10-09 true false
        tushare fundamentals - - 2026-09-28T21:01 2026-09-29T23:01  true - - true
        tushare fundamentals - - 2026-09-28T21:01 2026-09-29T23:02  true - - false
        tushare fundamentals - - -                2026-09-29T23:02  true - - false
    ");
}

#[test]
fn without_a_calendar_that_reaches_today_only_a_silence_beyond_the_longest_holidays_counts() {
    #[rustfmt::skip]
    let table = "
        tushare daily 2026-10-13T18:31 2026-10-13 - 2026-10-27T18:31  true  - - false
        tushare daily 2026-10-13T18:31 2026-10-13 - 2026-10-27T18:32  true  - - true
        tushare daily 2026-10-13T18:31 2026-10-13 - 2026-10-14T18:31  false - - false
        tushare daily -                -          - 2026-10-27T18:32  true  - - false
    ";
    check(Some(&golden_week()), table);
    check(None, table);
}

#[test]
fn days_that_came_without_a_date_go_by_the_silence() {
    #[rustfmt::skip]
    check(Some(&golden_week()), "
        tushare suspend_d 2026-09-21T18:31 - - 2026-09-29T19:00  true  2026-09-29 - false
    ");
}

#[test]
fn the_judgement_says_when_it_is_due_and_how_old_it_is() {
    let facts = |source, dataset, success| Dataset {
        source,
        dataset,
        last_success_at: Some(moment(success)),
        last_trade_date: None,
        last_error: None,
        last_error_at: None,
    };
    let calendar = golden_week();
    let judged = |facts: &Dataset<'_>, now| {
        let judged = judge(facts, Some(&calendar), &FreshnessOptions::default(), moment(now));
        (judged.rhythm, judged.due_at, judged.age.unwrap().num_minutes(), judged.stale_after.num_hours())
    };
    let daily = facts("tushare", "daily", "2026-09-29T18:31");
    let due = Some(moment("2026-09-29T19:00"));
    assert_eq!(judged(&daily, "2026-09-29T20:31"), (Rhythm::TradingDay, due, 120, 24));
    assert_eq!(judged(&daily, "2026-09-29T18:00"), (Rhythm::TradingDay, Some(moment("2026-09-28T19:00")), 0, 24));
    let macros = facts("aktools", "macro", "2026-09-22T03:01");
    let due = Some(moment("2026-09-30T05:01"));
    assert_eq!(judged(&macros, "2026-09-22T03:02"), (Rhythm::Week, due, 1, 192));
    let request = facts("tdx", "xdxr", "2026-09-22T03:01");
    assert_eq!(judged(&request, "2026-09-22T03:02"), (Rhythm::OnRequest, None, 1, 24));
}

#[test]
fn the_bounds_are_options() {
    let options =
        FreshnessOptions { stale_after: TimeDelta::hours(6), expected_by: NaiveTime::from_hms_opt(17, 30, 0).unwrap() };
    let facts = Dataset {
        source: "tushare",
        dataset: "daily",
        last_success_at: Some(moment("2026-09-28T17:00")),
        last_trade_date: Some("2026-09-28".parse().unwrap()),
        last_error: None,
        last_error_at: None,
    };
    let calendar = golden_week();
    let judged = |now| {
        let judged = judge(&facts, Some(&calendar), &options, moment(now));
        (judged.stale, judged.late)
    };
    assert_eq!(judged("2026-09-28T23:00"), (false, Some(false)));
    assert_eq!(judged("2026-09-28T23:01"), (true, Some(false)));
    assert_eq!(judged("2026-09-29T17:29"), (true, Some(false)));
    assert_eq!(judged("2026-09-29T17:30"), (true, Some(true)));
}

#[test]
fn a_day_that_is_due_after_midnight_is_not_missed_before() {
    let expected_by = NaiveTime::from_hms_opt(23, 30, 0).unwrap();
    let options = FreshnessOptions { expected_by, ..FreshnessOptions::default() };
    let facts = Dataset {
        source: "tdx",
        dataset: "bars",
        last_success_at: Some(moment("2026-09-28T23:50")),
        last_trade_date: Some("2026-09-28".parse().unwrap()),
        last_error: None,
        last_error_at: None,
    };
    let calendar = golden_week();
    let judged = |now| {
        let judged = judge(&facts, Some(&calendar), &options, moment(now));
        (judged.expected_trade_date.unwrap().to_string(), judged.overdue)
    };
    assert_eq!(judged("2026-09-29T23:59"), ("2026-09-28".to_owned(), false));
    assert_eq!(judged("2026-09-30T00:29"), ("2026-09-28".to_owned(), false));
    assert_eq!(judged("2026-09-30T00:30"), ("2026-09-29".to_owned(), true));
}
