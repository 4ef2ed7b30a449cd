use super::*;
use crate::testing;

#[test]
fn a_price_beyond_the_rounded_limit_did_not_happen() {
    let found = testing::check(
        check,
        "day         open   high   low    close  pre_close
         2024-01-02   1.05   1.05   1.05   1.05   1.05
         2024-01-03   1.05   1.16   0.95   1.16   1.05
         2024-01-04   1.05   1.17   0.94   1.17   1.05   <- error: close 1.17 above 1.16, high 1.17 above 1.16, low 0.94 below 0.95: 10 % of the reference 1.05
         2024-01-05   1.28   1.30   1.05   1.28   1.17   <- error: high 1.30 above 1.29
         2024-01-08   1.28   1.28   1.28   1.28   1.28",
    );
    assert_eq!(found[0].details["beyond"], json!(["close", "high", "low"]));
    assert_eq!(
        (&found[0].details["up_limit"], &found[0].details["reference_from"]),
        (&json!(1.16), &json!("pre_close"))
    );
    assert_eq!((&found[0].details["bar"]["raw_row"], &found[0].details["before"]["raw_row"]), (&json!(2), &json!(1)));
}

#[test]
fn a_day_is_one_finding_and_the_open_is_judged_too() {
    testing::check(
        check,
        "day         open   high   low    close
         2024-01-02  10.00  10.00  10.00  10.00
         2024-01-03  11.50  11.50  10.00  10.00  <- error: high 11.50 above 11.00, open 11.50 above 11.00
         2024-01-04   8.90  10.00   8.90  10.00  <- error: low 8.90 below 9.00, open 8.90 below 9.00",
    );
}

#[test]
fn the_same_move_of_an_st_share_is_too_far_on_2026_07_05_and_allowed_on_2026_07_06() {
    let moved = |day: &str, mark: &str| {
        let table = format!("name 2020-01-01 st\nday  close  pre_close\n{day}  3.66  3.33  {mark}");
        testing::check(check, &table);
    };
    moved("2026-07-05", "<- error: close 3.66 above 3.50, high 3.66 above 3.50, low 3.66 above 3.50");
    moved("2026-07-06", "");
}

#[test]
fn an_ex_date_counts_from_its_reference() {
    // 000001.SZ in 2013: 6 bonus shares and 1.70 yuan per 10.
    let table = "code 000001.SZ
         event 2013-06-20 tdx cash=1.7 bonus=6
         day         close
         2013-06-19  19.24
         2013-06-20  11.18
         2013-06-21  11.18";
    testing::check(check, table);
    let forgotten = table.replace("event 2013-06-20", "event 2012-06-20");
    testing::check(check, &forgotten.replace("06-20  11.18", "06-20  11.18  <- error: close 11.18 below 17.32"));
    // And a price that did not move although it had to.
    testing::check(
        check,
        "code 000001.SZ
         event 2013-06-20 tdx cash=1.7 bonus=6
         day         close
         2013-06-19  19.24
         2013-06-20  19.24  <- error: close 19.24 above 13.11",
    );
}

#[test]
fn events_in_a_halt_apply_at_its_end() {
    testing::check(
        check,
        "event 2024-01-03 tdx cash=5
         event 2024-01-04 tdx bonus=10
         halt 2024-01-03
         halt 2024-01-04
         day         close
         2024-01-02  10.00
         2024-01-05   5.22
         2024-01-08   5.75  <- error: close 5.75 above 5.74",
    );
}

#[test]
fn where_sources_disagree_about_an_event_each_may_be_right() {
    testing::check(
        check,
        "event 2024-01-03 tdx bonus=10
         event 2024-01-03 tushare bonus=5
         day         close
         2024-01-02  10.00
         2024-01-03   7.33",
    );
}

#[test]
fn days_without_a_limit_are_silent() {
    let table = "day         close
         2024-01-02  10.00
         2024-01-03  15.00";
    testing::check(check, &format!("listed 2024-01-02\n{table}"));
    testing::check(check, &format!("no_limit 2024-01-03\n{table}"));
    testing::check(check, &format!("name 2020-01-01 st\nname 2024-01-03 delisting\n{table}"));
    testing::check(check, &format!("{table}  <- error: close 15.00 above 11.00"));
    testing::check(check, &table.replace("2024", "1996"));
}

#[test]
fn other_instruments_are_not_judged() {
    for code in ["510300.SH", "000001.SH", "AAPL.US", "113050.SH"] {
        testing::check(check, &format!("code {code}\nday  close\n2024-01-02  10.00\n2024-01-03  19.00"));
    }
    testing::check(
        check,
        "code 200022.SZ\nday  close\n2024-01-02  10.00\n2024-01-03  19.00  <- error: close 19.00 above 11",
    );
}

#[test]
fn published_limits_that_allow_the_price_are_the_business_of_limit_disagrees() {
    let with = |limit: &str, mark: &str| {
        let table = format!("{limit}\nday  close\n2024-01-02  10.00\n2024-01-03  11.50  {mark}");
        testing::check(check, &table);
    };
    with("limit 2024-01-03 8.00 12.00", "");
    with("limit 2024-01-03 0.01 99999.99", "");
    with("limit 2024-01-03 9.00 11.00", "<- error: close 11.50");
    with("limit 2024-01-02 8.00 12.00", "<- error: close 11.50");
    with("limit 2024-01-03 NaN NaN", "<- error: close 11.50");
}

#[test]
fn where_days_are_missing_it_is_a_warning_for_the_reference_may_be_another_one() {
    let table = "day         close  pre_close
         2024-01-02  10.00  -
         2024-01-03  none
         2024-01-04  11.50  -          <- warning: close 11.50 above 11.00, high";
    testing::check(check, table);
    let halted = table.replace("<- warning", "<- error");
    testing::check(check, &format!("halt 2024-01-03\n{halted}"));
    // The whole market's day was never fetched.
    let unknown = table.replace("2024-01-03  none", "");
    testing::check(check, &format!("unknown 2024-01-03\n{unknown}"));
    testing::check(check, &unknown.replace("<- warning", "<- error"));
    testing::check(
        check,
        &table.replace("11.50  -          <- warning", "11.50  10.40      <- error").replace("11.00", "11.44"),
    );
}

#[test]
fn a_price_that_is_no_number_hides_nothing() {
    testing::check(
        check,
        "day         open   high   low    close  pre_close
         2024-01-02  10.00  10.00  10.00  10.00  10.00
         2024-01-03  NaN    NaN    10.00  11.20  10.00   <- error: close 11.20 above 11.00: 10 %
         2024-01-04  10.00  10.00  10.00  NaN    10.00
         2024-01-05  10.00  99.00  10.00  10.00  NaN",
    );
    testing::check(
        check,
        "day         open   high   low    close  pre_close
         2024-01-02  10.00  10.00  10.00  10.00  10.00
         2024-01-03  10.00  10.00  10.00  11.20  inf     <- error: close 11.20 above 11.00: 10 %",
    );
}

#[test]
fn where_the_listing_date_is_not_known_it_is_a_warning_for_it_may_be_one_of_the_first_days() {
    let table = "day         close
         2024-01-02  10.00
         2024-01-03  14.00  <- error: 10 % of the reference 10.00";
    testing::check(check, table);
    let unknown = table.replace("error: 10 % of the reference 10.00", "warning: nobody knows since when it is listed");
    testing::check(check, &format!("listed -\n{unknown}"));
}

#[test]
fn a_tick_beyond_the_narrowest_limit_is_seen() {
    let at = |close: &str, mark: &str| {
        let table = format!("name 2020-01-01 st\nday  close  pre_close\n2024-01-03  {close}  10.00  {mark}");
        testing::check(check, &table);
    };
    at("9.50", "");
    at("10.50", "");
    at("9.49", "<- error: close 9.49 below 9.50");
    at("10.51", "<- error: close 10.51 above 10.50");
}

#[test]
fn the_vendors_reference_counts_even_where_the_price_hardly_moved() {
    testing::check(
        check,
        "day         close  pre_close
         2024-01-02  10.00  10.00
         2024-01-03  10.00   8.00   <- error: close 10.00 above 8.80",
    );
}

#[test]
fn the_message_says_what_it_counts_from() {
    let message = |table: &str| testing::check(check, table).remove(0).message;
    let beyond = |side: &str| format!("close {side}, high {side}, low {side}, open {side}");
    let table = "day         close
         2024-01-02  10.00
         2024-01-03  11.50  <- error: close";
    assert_eq!(message(table), format!("{}: 10 % of the reference 10.00", beyond("11.50 above 11.00")));
    let events = "event 2024-01-03 tushare cash=5\nevent 2024-01-03 tdx cash=6";
    let range = message(&format!("{events}\n{table}"));
    assert_eq!(range, format!("{}: 10 % of the reference 9.40 to 9.50", beyond("11.50 above 10.45")));
    let missing = table.replace("2024-01-03  11.50  <- error", "2024-01-03  none\n2024-01-04  11.50  <- warning");
    let which = ", which may be another one, for 1 trading days before are missing";
    assert_eq!(message(&missing), format!("{}: 10 % of the reference 10.00{which}", beyond("11.50 above 11.00")));
}

#[test]
fn an_ordinary_day_is_known_without_the_book() {
    let plain = |events: &str, close: &str, pre_close: &str| {
        let before = format!("{events}\nday  close  pre_close\n2024-01-02  10.00  10.00");
        let sample = testing::Sample::parse(&format!("{before}\n2024-01-03  {close}  {pre_close}"));
        let history = sample.history();
        let day = history.judged(Days::All).last().unwrap();
        is_plain(&history, &day, day.served.unwrap(), 0.05, Tick::CENT)
    };
    for pre_close in ["10.00", "-", "0"] {
        assert!(plain("", "10.48", pre_close) && plain("", "9.52", pre_close), "{pre_close}");
        assert!(!plain("", "10.50", pre_close) && !plain("", "9.50", pre_close), "{pre_close}");
    }
    assert!(!plain("", "10.00", "8.00"));
    let event = "event 2024-01-03 tdx cash=1";
    assert!(!plain(event, "10.00", "-") && plain(event, "10.00", "9.90"));
}
