//! What the writer says is stored already, for those who plan the next fetch.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use market_model::{Code, DailyBar};
use warehouse::{Batch, RawResponse, Writer};

use crate::{
    market::{Market, SOURCE, day, minute, two_for_ten, writer},
    vendors::{actions_from, bars_from, foreign_bars},
};

fn code(text: &str) -> Code {
    text.parse().unwrap()
}

#[test]
fn the_newest_bar_of_a_code_is_found_in_tail_and_base_and_each_source_counts_for_itself() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(folder.path());
    let first = day("2024-01-02");
    writer.commit(bars_from("yahoo", foreign_bars("AAPL.US", first, 5), minute(1)), minute(1)).unwrap();
    writer.compact(minute(2)).unwrap();
    writer.commit(bars_from("yahoo", foreign_bars("AAPL.US", first, 7), minute(3)), minute(3)).unwrap();
    writer.commit(bars_from("yahoo", foreign_bars("0700.HK", first, 2), minute(3)), minute(3)).unwrap();
    writer.commit(bars_from("alpha_vantage", foreign_bars("MSFT.US", first, 9), minute(3)), minute(3)).unwrap();
    let wanted = ["AAPL.US", "0700.HK", "MSFT.US"].map(code);
    let newest = |source| writer.newest_bars(source, &wanted).unwrap();
    let expected = [("AAPL.US", "2024-01-08"), ("0700.HK", "2024-01-03")].map(|(text, date)| (code(text), day(date)));
    assert_eq!(newest("yahoo"), BTreeMap::from(expected));
    assert_eq!(newest("alpha_vantage"), BTreeMap::from([(code("MSFT.US"), day("2024-01-10"))]));
    assert_eq!(writer.newest_bars("yahoo", &[]).unwrap(), BTreeMap::new());
}

#[test]
fn an_ex_right_shows_in_a_reference_price_or_in_a_listed_event() {
    let market = Market::generate(21, 8, 20);
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(folder.path());
    writer.commit(market.reference(minute(0)), minute(0)).unwrap();
    writer.commit(market.all_days(minute(1)), minute(1)).unwrap();
    // Half of it lies in the base.
    writer.compact(minute(2)).unwrap();
    let bars = |date: NaiveDate| {
        let at = market.days.iter().position(|day| *day == date).unwrap();
        market.quotes[at].iter().filter_map(|(_, quote)| quote.as_ref()).map(|quote| quote.bar.clone())
    };
    let (mut before, mut found) = (BTreeMap::<Code, DailyBar>::new(), 0);
    for date in &market.days {
        let of_day: Vec<DailyBar> = bars(*date).collect();
        let moved = |bar: &&DailyBar| {
            let close = before.get(&bar.code).map(|before| before.close);
            bar.pre_close.zip(close).is_some_and(|(reference, close)| (reference - close).abs() > 0.004)
        };
        let expected: BTreeSet<Code> = of_day.iter().filter(moved).map(|bar| bar.code).collect();
        assert_eq!(writer.ex_right_codes(*date).unwrap(), expected, "{date}");
        found += expected.len();
        before.extend(of_day.into_iter().map(|bar| (bar.code, bar)));
    }
    assert!(found > 0 && found < market.days.len(), "{found} ex-rights");

    // An event that a vendor lists counts, whatever the prices say.
    let (quiet, date) = (code("600519.SH"), market.days[19]);
    let action = two_for_ten(quiet, date);
    writer.commit(actions_from(SOURCE, vec![action], minute(3)), minute(3)).unwrap();
    assert!(writer.ex_right_codes(date).unwrap().contains(&quiet));
}

#[test]
fn a_job_that_brought_nothing_new_makes_its_data_set_fresh() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(folder.path());
    writer.record_failure("tdx", "daily", "no server answers", minute(1)).unwrap();
    writer.record_success("tdx", "daily", minute(2)).unwrap();
    writer.record_success("tdx", "daily", minute(1)).unwrap();
    let freshness = writer.status().unwrap().freshness;
    let [daily] = &freshness[..] else { panic!("{freshness:?}") };
    assert_eq!((daily.last_success_at, daily.last_error_at), (Some(minute(2)), Some(minute(1))));
    assert!(!writer.has_unpublished(), "it is bookkeeping");
}

#[test]
fn responses_are_found_by_what_was_asked_newest_first_in_the_tail_and_else_in_the_archive() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(folder.path());
    let response = |date: &str, at: i64| RawResponse {
        source: "tushare".to_owned(),
        dataset: "adj_factor".to_owned(),
        request: format!(r#"{{"params":{{"trade_date":"{date}"}}}}"#),
        fetched_at: minute(at),
        http_status: 200,
        body: at.to_string().into_bytes(),
    };
    let responses =
        [response("20240102", 5), response("20240102", 3), response("20240103", 9), response("20240102", 4)];
    let batch = Batch { source: "tushare".to_owned(), responses: responses.to_vec(), ..Batch::default() };
    writer.commit(batch, minute(10)).unwrap();
    let found = |writer: &Writer, dataset, asked: &str, limit| {
        let found = writer.newest_raw_responses("tushare", dataset, asked, limit).unwrap();
        found.into_iter().map(|response| String::from_utf8(response.body).unwrap()).collect::<Vec<_>>()
    };
    for _ in 0..2 {
        assert_eq!(found(&writer, "adj_factor", "\"trade_date\":\"20240102\"", 2), ["5", "4"]);
        assert_eq!(found(&writer, "adj_factor", "20240103", 8), ["9"]);
        assert_eq!(found(&writer, "adj_factor", "20240104", 8), Vec::<String>::new());
        assert_eq!(found(&writer, "daily", "20240102", 8), Vec::<String>::new());
        // What is archived is found as well.
        writer.compact(minute(11)).unwrap();
    }
}
