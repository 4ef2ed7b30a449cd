use market_model::TradingCalendar;

use super::*;
use crate::{Days, testing::Sample};

/// What the last day of a table may cost, and why.
fn allowed(table: &str) -> String {
    let sample = Sample::parse(table);
    let (market, history) = (sample.market(), sample.history());
    let Some(book) = Book::of(&market, &history) else { return "no book".to_owned() };
    let day = history.judged(Days::All).last().unwrap();
    match book.allowed(&day) {
        Allowed::Between(range) => format!("{:.2} to {:.2} ({})", range.down, range.up, range.percents()),
        Allowed::Anything(freedom) => freedom.reason(),
        Allowed::Unknown => "unknown".to_owned(),
    }
}

/// The same for one code after a close of 10.00 the day before.
fn after_ten(before: &str, date: &str, lines: &str) -> String {
    allowed(&format!("{lines}\nday  close\n{before}  10.00\n{date}  10.00"))
}

#[test]
fn without_names_the_wider_limit_holds() {
    let june = |lines: &str| after_ten("2026-06-15", "2026-06-16", lines);
    assert_eq!(june("name 2020-01-01 st"), "9.50 to 10.50 (5 %)");
    assert_eq!(june("name 2020-01-01 plain"), "9.00 to 11.00 (10 %)");
    assert_eq!(june(""), "9.00 to 11.00 (10 %)");
    assert_eq!(june("name 2026-06-17 st"), "9.00 to 11.00 (10 %)", "a later name says nothing of earlier days");
    assert_eq!(june("name 2020-01-01 st\nname 2026-06-16 plain"), "9.00 to 11.00 (10 %)", "the name of the day counts");
}

#[test]
fn each_board_has_its_own_and_other_instruments_the_widest_they_may_have() {
    let on = |code: &str| after_ten("2024-01-02", "2024-01-03", &format!("code {code}"));
    assert_eq!(on("300750.SZ"), "8.00 to 12.00 (20 %)");
    assert_eq!(on("920799.BJ"), "7.00 to 13.00 (30 %)");
    assert_eq!(on("900901.SH"), "9.00 to 11.00 (10 %)");
    assert_eq!(on("510300.SH"), "8.00 to 12.00 (20 %)");
    for code in ["000001.SH", "0700.HK", "AAPL.US", "USDCNY.FX"] {
        assert_eq!(on(code), "no book");
    }
    assert_eq!(after_ten("1993-05-20", "1993-05-21", ""), "no rule limited prices then");
    assert_eq!(after_ten("2024-01-02", "2024-01-03", "no_limit 2024-01-03"), "a document");
}

#[test]
fn the_first_days_of_a_listing_count_as_the_market_trades() {
    let on = |date: &str| after_ten("2024-01-02", date, "listed 2024-01-02\nclosed 2024-01-05");
    assert_eq!(on("2024-01-03"), "trading day 2 of the listing");
    assert_eq!(on("2024-01-09"), "trading day 5 of the listing");
    assert_eq!(on("2024-01-10"), "9.00 to 11.00 (10 %)");
    let old = |lines: &str| format!("listed 2015-06-01\nday  close  pre_close\n2015-06-01  12.00  {lines}");
    assert_eq!(allowed(&old("10.00")), "6.40 to 14.40 (44/36 %)", "of the issue price");
    assert_eq!(allowed(&old("-")), "unknown", "without an issue price");
    // The sample's calendar begins a quarter before its first day: nobody knows how many days these are.
    let sample = Sample::parse("listed 2024-01-02\nday  close\n2024-01-03  10.00\n2024-01-04  10.00");
    let calendar = TradingCalendar::from_days([(sample.rows[1].date, true)]);
    let (market, history) = (Market { calendar: &calendar, ..sample.market() }, sample.history());
    let day = history.judged(Days::All).last().unwrap();
    assert_eq!(Book::of(&market, &history).unwrap().allowed(&day), Allowed::Unknown);
}

#[test]
fn a_delisting_period_is_known_by_its_name() {
    let on = |date: &str| after_ten("2024-05-06", date, "name 2020-01-01 st\nname 2024-05-31 delisting");
    assert_eq!(on("2024-05-30"), "9.50 to 10.50 (5 %)");
    assert_eq!(on("2024-05-31"), "the first day of the delisting period");
    assert_eq!(on("2024-06-03"), "9.00 to 11.00 (10 %)");
}

#[test]
fn without_names_the_first_day_after_a_halt_may_begin_the_delisting_period() {
    let on = |before: &str, date: &str| after_ten(before, date, "delisted 2024-06-28");
    assert_eq!(on("2024-05-20", "2024-05-31"), "the first day of the delisting period");
    assert_eq!(on("2024-05-30", "2024-05-31"), "9.00 to 11.00 (10 %)");
    assert_eq!(on("2023-05-15", "2023-05-31"), "9.00 to 11.00 (10 %)", "long before the end");
}

#[test]
fn the_cached_rule_ends_with_its_period() {
    let sample = Sample::parse(
        "code 300750.SZ
         day  close
         2020-08-20  10.00
         2020-08-21  10.00
         2020-08-24  10.00",
    );
    let (market, history) = (sample.market(), sample.history());
    let book = Book::of(&market, &history).unwrap();
    let ups: Vec<f64> = history
        .judged(Days::All)
        .filter_map(|day| match book.allowed(&day) {
            Allowed::Between(range) => Some(range.up),
            _ => None,
        })
        .collect();
    assert_eq!(ups, [11.0, 12.0]);
    assert!(book.narrowest() <= 0.05, "special treatment of former years");
}

#[test]
fn an_ordinary_rule_is_kept_and_one_of_a_special_day_is_not() {
    let sample = Sample::parse("code 300750.SZ\nday  close\n2020-08-20  10.00");
    let (market, history) = (sample.market(), sample.history());
    let book = Book::of(&market, &history).unwrap();
    let ordinary = LimitQuery {
        exchange: book.exchange,
        segment: book.segment,
        special_treatment: false,
        date: sample.rows[0].date,
        listing_day: None,
        delisting_day: None,
    };
    let young = LimitQuery { listing_day: Some(9), ..ordinary };
    let regular = book.rule_of(&young).unwrap();
    assert_eq!((regular.phase, book.last_rule.get()), (RulePhase::Regular, None), "a day of a listing is special");
    assert_eq!(book.rule_of(&ordinary).unwrap(), regular);
    assert_eq!(book.last_rule.get(), Some((false, regular)));
    // What is kept is used as long as it is in force, on its last day still.
    let other = LIMIT_RULES.iter().find(|rule| rule.segment != book.segment && rule.until.is_some()).unwrap();
    book.last_rule.set(Some((false, other)));
    let last = other.until.and_then(|until| until.pred_opt()).unwrap();
    assert_eq!(book.rule_of(&LimitQuery { date: last, ..ordinary }).unwrap(), other);
    assert_eq!(book.rule_of(&LimitQuery { date: other.from, ..ordinary }).unwrap(), other);
    assert_ne!(book.rule_of(&LimitQuery { date: last, ..young }), Some(other));
}

#[test]
fn the_narrowest_limit_is_that_of_the_segment() {
    let narrowest = |code: &str| {
        let sample = Sample::parse(&format!("code {code}\nday  close\n2024-01-02  10.00"));
        Book::of(&sample.market(), &sample.history()).unwrap().narrowest()
    };
    assert_eq!(["600000.SH", "688981.SH", "920799.BJ"].map(narrowest), [0.05, 0.2, 0.3]);
}

/// The last of these days, of none of which the calendar knows anything.
fn beyond_the_calendar(lines: &str, day: &str) -> String {
    let sample = Sample::parse(&format!("{lines}\nday  close\n2024-01-03  10.00\n{day}  10.00"));
    let calendar = TradingCalendar::from_days([(sample.rows[1].date, true)]);
    let (market, history) = (Market { calendar: &calendar, ..sample.market() }, sample.history());
    let day = history.judged(Days::All).last().unwrap();
    match Book::of(&market, &history).unwrap().allowed(&day) {
        Allowed::Between(range) => range.percents(),
        Allowed::Anything(freedom) => freedom.reason(),
        Allowed::Unknown => "unknown".to_owned(),
    }
}

#[test]
fn without_a_calendar_a_listing_is_young_for_twenty_days() {
    assert_eq!(beyond_the_calendar("listed 2024-01-02", "2024-01-19"), "unknown");
    assert_eq!(beyond_the_calendar("listed 2024-01-02", "2024-01-22"), "10 %");
}

#[test]
fn without_a_calendar_the_name_tells_the_first_day_of_the_delisting_period() {
    let on = |day| beyond_the_calendar("name 2020-01-01 st\nname 2024-01-19 delisting", day);
    assert_eq!(on("2024-01-19"), "the first day of the delisting period");
    assert_eq!(on("2024-01-22"), "10 %");
}

#[test]
fn a_delisting_period_begins_after_five_days_of_halt_and_before_the_end() {
    let on = |before: &str, date: &str| after_ten(before, date, "delisted 2024-06-28");
    assert_eq!(on("2024-05-23", "2024-05-31"), "the first day of the delisting period");
    assert_eq!(on("2024-05-24", "2024-05-31"), "9.00 to 11.00 (10 %)", "four days of halt");
    assert_eq!(on("2024-05-23", "2024-06-27"), "the first day of the delisting period");
    assert_eq!(on("2024-05-23", "2024-06-28"), "9.00 to 11.00 (10 %)", "not listed any more");
}
