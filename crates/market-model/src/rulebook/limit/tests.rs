use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// `10`, `44/36` or `-` for no limit.
fn show(limit: Limit) -> String {
    match limit.percents() {
        None => "-".to_owned(),
        Some((up, down)) if up == down => format!("{up}"),
        Some((up, down)) => format!("{up}/{down}"),
    }
}

#[test]
fn the_limit_follows_board_special_treatment_and_date() {
    for (board, st, date, expected) in [
        (Board::Main, false, "1996-12-13", "-"),
        (Board::Main, false, "1996-12-16", "10"),
        (Board::Main, false, "2026-11-20", "10"),
        (Board::Main, true, "1998-04-21", "10"),
        (Board::Main, true, "1998-04-22", "5"),
        (Board::Main, true, "2026-07-03", "5"),
        (Board::Main, true, "2026-07-05", "5"),
        (Board::Main, true, "2026-07-06", "10"),
        (Board::ChiNext, false, "2009-10-30", "10"),
        (Board::ChiNext, false, "2020-08-21", "10"),
        (Board::ChiNext, false, "2020-08-24", "20"),
        (Board::ChiNext, true, "2020-08-24", "20"),
        (Board::ChiNext, true, "2026-07-06", "20"),
        (Board::Star, false, "2019-07-22", "20"),
        (Board::Star, true, "2026-07-06", "20"),
        (Board::Bse, false, "2021-11-12", "-"),
        (Board::Bse, false, "2021-11-15", "30"),
        (Board::Bse, true, "2025-01-02", "30"),
    ] {
        let limit = PriceRules::limit_on(board, st, day(date), None);
        assert_eq!(show(limit), expected, "{board:?} st={st} {date}");
    }
}

#[test]
fn the_first_days_of_a_listing_follow_the_rule_of_its_listing_date() {
    for (board, date, listing_day, expected) in [
        (Board::Main, "2013-12-12", 1, "-"),
        (Board::Main, "2013-12-13", 1, "44/36"),
        (Board::Main, "2013-12-16", 2, "10"),
        (Board::Main, "2023-04-07", 1, "44/36"),
        (Board::Main, "2023-04-10", 1, "-"),
        (Board::Main, "2023-04-14", 5, "-"),
        (Board::Main, "2023-04-17", 6, "10"),
        // Listed on 2023-04-07 under the old rule: its second day is an ordinary one.
        (Board::Main, "2023-04-10", 2, "10"),
        (Board::ChiNext, "2020-08-21", 1, "44/36"),
        (Board::ChiNext, "2020-08-24", 1, "-"),
        (Board::ChiNext, "2020-08-28", 5, "-"),
        (Board::ChiNext, "2020-08-31", 6, "20"),
        (Board::ChiNext, "2020-08-24", 2, "20"),
        (Board::Star, "2019-07-22", 1, "-"),
        (Board::Star, "2019-07-26", 5, "-"),
        (Board::Star, "2019-07-29", 6, "20"),
        (Board::Bse, "2024-05-30", 1, "-"),
        (Board::Bse, "2024-05-31", 2, "30"),
    ] {
        let limit = PriceRules::limit_on(board, false, day(date), Some(listing_day));
        assert_eq!(show(limit), expected, "{board:?} day {listing_day} on {date}");
    }
}

#[test]
fn shenzhen_took_the_listing_day_rule_half_a_year_after_shanghai() {
    let query = |exchange, date| LimitQuery {
        exchange,
        segment: Segment::Main,
        special_treatment: false,
        date: day(date),
        listing_day: Some(1),
        delisting_day: None,
    };
    assert_eq!(show(PriceRules::limit_of(&query(Exchange::Sse, "2014-01-17"))), "44/36");
    assert_eq!(show(PriceRules::limit_of(&query(Exchange::Szse, "2014-01-17"))), "-");
    assert_eq!(show(PriceRules::limit_of(&query(Exchange::Szse, "2014-06-13"))), "44/36");
}

#[test]
fn a_delisting_period_has_its_own_limits() {
    for (exchange, segment, date, delisting_day, expected) in [
        (Exchange::Sse, Segment::Main, "2020-12-30", 1, "10"),
        (Exchange::Sse, Segment::Main, "2020-12-31", 1, "-"),
        (Exchange::Sse, Segment::Main, "2021-01-04", 2, "10"),
        (Exchange::Szse, Segment::Main, "2022-06-01", 1, "-"),
        // The name keeps its ST mark, the limit is the delisting period's.
        (Exchange::Szse, Segment::Main, "2022-06-02", 2, "10"),
        (Exchange::Szse, Segment::ChiNext, "2020-09-01", 2, "10"),
        (Exchange::Szse, Segment::ChiNext, "2021-06-01", 1, "-"),
        (Exchange::Szse, Segment::ChiNext, "2021-06-02", 2, "20"),
        (Exchange::Sse, Segment::Star, "2024-06-03", 1, "-"),
        (Exchange::Sse, Segment::Star, "2024-06-04", 2, "20"),
        (Exchange::Bse, Segment::Bse, "2024-06-03", 1, "-"),
        (Exchange::Bse, Segment::Bse, "2024-06-04", 2, "30"),
    ] {
        let query = LimitQuery {
            exchange,
            segment,
            special_treatment: true,
            date: day(date),
            listing_day: None,
            delisting_day: Some(delisting_day),
        };
        assert_eq!(show(PriceRules::limit_of(&query)), expected, "{segment:?} {date} day {delisting_day}");
    }
}

#[test]
fn other_instruments_have_theirs() {
    for (exchange, segment, st, date, listing_day, expected) in [
        (Exchange::Sse, Segment::BShare, false, "2020-01-02", None, "10"),
        (Exchange::Szse, Segment::BShare, true, "2020-01-02", None, "5"),
        (Exchange::Szse, Segment::BShare, true, "2026-07-06", None, "10"),
        (Exchange::Sse, Segment::Fund, false, "2020-01-02", None, "10"),
        (Exchange::Sse, Segment::WideFund, false, "2020-08-20", None, "10"),
        (Exchange::Sse, Segment::WideFund, false, "2020-08-21", None, "20"),
        (Exchange::Szse, Segment::WideFund, false, "2020-08-21", None, "10"),
        (Exchange::Szse, Segment::WideFund, false, "2020-08-24", None, "20"),
        (Exchange::Sse, Segment::Convertible, false, "2022-07-29", None, "-"),
        (Exchange::Sse, Segment::Convertible, false, "2022-08-01", None, "20"),
        (Exchange::Sse, Segment::Convertible, false, "2022-08-01", Some(1), "57.3/43.3"),
    ] {
        let query =
            LimitQuery { exchange, segment, special_treatment: st, date: day(date), listing_day, delisting_day: None };
        assert_eq!(show(PriceRules::limit_of(&query)), expected, "{segment:?} {date}");
    }
}

#[test]
fn no_two_records_answer_the_same_question() {
    for (i, a) in LIMIT_RULES.iter().enumerate() {
        assert!(a.until.is_none_or(|until| a.from < until), "{a:?}");
        assert!(!a.source.is_empty());
        for b in &LIMIT_RULES[i + 1..] {
            let same_place = a.segment == b.segment
                && a.phase == b.phase
                && (a.exchange.is_none() || b.exchange.is_none() || a.exchange == b.exchange)
                && (a.special_treatment.is_none()
                    || b.special_treatment.is_none()
                    || a.special_treatment == b.special_treatment);
            let apart = a.until.is_some_and(|until| until <= b.from) || b.until.is_some_and(|until| until <= a.from);
            assert!(!same_place || apart, "{a:?} and {b:?} overlap");
        }
    }
}
