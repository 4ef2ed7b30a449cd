use super::*;
use crate::testing;

#[test]
fn test_anomaly_detection() {
    let found = testing::check(
        check,
        "day         close
         2024-01-02  10.00
         2024-01-03  12.00
         2024-01-04  14.41  <- error: +20.08 % from 12.00 on 2024-01-03 to 14.41: nothing explains it; the limits 10.80 and 13.20 do not
         2024-01-05  11.40  <- error: -20.89 %
         2024-01-09  11.40",
    );
    assert_eq!(found[0].details["before"]["raw_row"], 1);
    assert_eq!(found[0].details["bar"]["close"], 14.41);
}

#[test]
fn what_the_rules_explain_is_a_fact() {
    testing::check(
        check,
        "code 000001.SZ
         event 2013-06-20 tdx cash=1.7 bonus=6
         day         close
         2013-06-19  19.24
         2013-06-20  11.18  <- info: -41.89 % from 19.24 on 2013-06-19 to 11.18: within the limits 10.73 and 13.11 from the ex-right reference 11.92",
    );
    testing::check(
        check,
        "code 300750.SZ
         day         close
         2024-01-02   1.03
         2024-01-03   1.24  <- info: within the limits 0.82 and 1.24",
    );
    testing::check(
        check,
        "listed 2024-01-02
         day         close
         2024-01-02  10.00
         2024-01-03  15.00  <- info: the day has no limit: trading day 2 of the listing",
    );
    testing::check(
        check,
        "no_limit 2024-01-03
         day         close
         2024-01-02  10.00
         2024-01-03  15.00  <- info: the day has no limit: a document",
    );
    testing::check(
        check,
        "limit 2024-01-03 0.01 99999.99
         day         close
         2024-01-02  10.00
         2024-01-03  15.00  <- info: beyond the limits 9.00 and 11.00, and within those published for the day",
    );
}

#[test]
fn an_event_explains_only_the_move_that_it_means() {
    testing::check(
        check,
        "event 2024-01-03 tdx bonus=10
         day         close
         2024-01-02  10.00
         2024-01-03   4.00  <- error: nothing explains it; the limits 4.50 and 5.50 from the ex-right reference 5.00 do not
         2024-01-04   4.00",
    );
    testing::check(
        check,
        "event 2024-01-05 tdx bonus=10
         day         close  pre_close  vendor
         2024-01-02  10.00  10.00      108.031
         2024-01-03   5.10   5.00      216.062  <- info: within the limits 4.50 and 5.50 from the ex-right reference 5.00
         2024-01-04  10.10  10.10      216.062  <- warning: from the ex-right reference 10.10, which no corporate action and no factor of the vendor confirms
         2024-01-05   5.05   5.05      -        <- info: within the limits 4.55 and 5.56 from the ex-right reference 5.05
         2024-01-08  10.00  10.00      -        <- warning: confirms",
    );
}

#[test]
fn before_there_were_limits_it_is_a_warning_unless_an_event_explains_it() {
    testing::check(
        check,
        "event 1993-05-26 tdx bonus=8.5 rights=1 price=16
         day         close
         1993-05-20  10.00
         1993-05-21  12.50  <- warning: +25.00 % from 10.00 on 1993-05-20 to 12.50: nothing explains it; there were no limits then
         1993-05-26   7.40  <- info: -40.80 % from 12.50 on 1993-05-21 to 7.40: +2.35 % from the ex-right reference 7.23",
    );
}

#[test]
fn other_codes_are_explained_by_events_alone() {
    testing::check(
        check,
        "code AAPL.US
         event 2020-08-31 yahoo bonus=30
         day         source  close
         2020-08-27  yahoo   499.23
         2020-08-31  yahoo   129.04   <- info: from the ex-right reference 124.8075
         2020-09-01  yahoo    90.00   <- error: nothing explains it",
    );
    testing::check(
        check,
        "code 000001.SH\nday  close\n2024-01-02  3000\n2024-01-03  2000  <- error: nothing explains it",
    );
}

#[test]
fn an_index_of_volatility_moves_more_than_prices_do() {
    // Cboe's closes of February 2018.
    let table = "day  source  close\n2018-02-02  yahoo  17.31\n2018-02-05  yahoo  37.32";
    testing::check(check, &format!("code VIX.IDX\n{table}  <- info: an index of volatility moves like that"));
    testing::check(check, &format!("code GSPC.IDX\n{table}  <- error: nothing explains it"));
}

#[test]
fn a_price_that_is_none_makes_no_move() {
    testing::check(
        check,
        "day         close
         2024-01-02  10.00
         2024-01-03  NaN
         2024-01-04  10.00
         2024-01-05  0.00   <- error: -100.00 %
         2024-01-08  10.00
         2024-01-09  -3.00  <- error: -130.00 %
         2024-01-10  10.00",
    );
}

#[test]
fn over_missing_days_it_is_no_days_move() {
    let table = "day         close  pre_close
         2024-01-02  10.00  -
         2024-01-03  none
         2024-01-04  none
         2024-01-05  13.00  -   <- warning: the limits 9.00 and 11.00 do not allow it, but 2 trading days before are missing";
    testing::check(check, table);
    let halted = table.replace("warning", "error").replace(", but 2 trading days before are missing", "");
    testing::check(check, &format!("halt 2024-01-03\nhalt 2024-01-04\n{halted}"));
    // Days that were never fetched, as between a history and the first day after it.
    let after =
        |mark: &str| format!("unknown 2024-01-03\nday  close  pre_close\n2024-01-02  10.00  -\n2024-01-04  {mark}");
    testing::check(check, &after("13.00  -  <- warning: but 1 trading days before are missing"));
    testing::check(check, &after("13.00  12.90  <- info: within the limits 11.61 and 14.19"));
    testing::check(check, &after("16.00  12.90  <- error: nothing explains it"));
    // Abroad nobody knows the days.
    testing::check(
        check,
        "code AAPL.US
         day         source  close
         2024-01-02  yahoo   10.00
         2024-01-03  none
         2024-01-04  yahoo   13.00  <- error: nothing explains it",
    );
}

#[test]
fn it_may_be_one_of_the_first_days_of_a_listing_that_nobody_dates() {
    let table = "day  close\n2024-01-02  10.00\n2024-01-03  14.00";
    testing::check(check, &format!("{table}  <- error: nothing explains it"));
    testing::check(check, &format!("listed -\n{table}  <- warning: nobody knows since when it is listed"));
    testing::check(check, &format!("code 000001.SH\nlisted -\n{table}  <- error: nothing explains it"));
}

#[test]
fn what_explains_a_move_does_so_whatever_else_is_not_known() {
    let table = "day         close
         2024-01-02  10.00
         2024-01-03  none
         2024-01-04  12.50  <- info: the limits 8.00 and 12.00, and within those published for the day";
    let board = "code 300750.SZ\nlimit 2024-01-04 0.01 99999.99";
    testing::check(check, &format!("{board}\n{table}"));
    testing::check(check, &format!("{board}\nlisted -\n{table}"));
}

#[test]
fn published_limits_explain_a_move_only_within_both_of_them() {
    for (limits, close) in [("9.00 11.00", "15.00"), ("9.00 11.00", "5.00")] {
        let table = format!("limit 2024-01-03 {limits}\nday  close\n2024-01-02  10.00\n2024-01-03  {close}");
        testing::check(check, &format!("{table}  <- error: nothing explains it"));
    }
}

#[test]
fn where_sources_disagree_either_reference_may_explain_a_move() {
    // 100.00 with 40 bonus shares per 10 is 20.00, with 10 of them 50.00.
    let to = |close: &str, mark: &str| {
        let events = "code AAPL.US\nevent 2024-01-03 tdx bonus=40\nevent 2024-01-03 yahoo bonus=10";
        testing::check(
            check,
            &format!("{events}\nday  source  close\n2024-01-02  yahoo  100.00\n2024-01-03  yahoo  {close}  {mark}"),
        );
    };
    to("18.00", "<- info: from the ex-right reference");
    to("23.90", "<- info: from the ex-right reference");
    to("45.00", "<- info: from the ex-right reference");
    to("60.00", "<- info: +20.00 % from the ex-right reference 50.00");
    to("30.00", "<- error: nothing explains it");
    to("61.00", "<- error: nothing explains it");
}
