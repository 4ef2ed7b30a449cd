//! Whole answers, judged.

use serde_json::{Value, json};

use super::*;
use crate::wire::{self, Answer};

/// 16:00 in New York on 2024-06-13, a Thursday, plus two hours.
const EVENING: &str = "2024-06-13T22:00:00Z";

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// 09:30 in New York on a day of that summer.
fn open(date: &str) -> i64 {
    (day(date).and_hms_opt(13, 30, 0).unwrap()).and_utc().timestamp()
}

fn page(body: &[u8]) -> RawPage {
    RawPage {
        dataset: "chart",
        request: "{}".to_owned(),
        fetched_at: DateTime::UNIX_EPOCH,
        http_status: 200,
        body: body.to_vec(),
    }
}

/// Five days of June 2024 with a split of 10:1 before the last two, as Yahoo sends them that Thursday evening.
fn body() -> Value {
    let days = ["2024-06-07", "2024-06-10", "2024-06-11", "2024-06-12", "2024-06-13"].map(open);
    json!({"chart": {"result": [{
        "meta": {
            "currency": "USD", "symbol": "NVDA", "exchangeName": "NMS", "instrumentType": "EQUITY",
            "firstTradeDate": 917_015_400, "gmtoffset": -14_400, "exchangeTimezoneName": "America/New_York",
            "longName": "NVIDIA Corporation", "regularMarketPrice": 129.61, "priceHint": 2, "dataGranularity": "1d",
            "currentTradingPeriod": {"regular": {"start": open("2024-06-13"), "end": open("2024-06-13") + 23_400}},
        },
        "timestamp": days,
        "indicators": {"quote": [{
            "open": [119.7699966, 120.3700027, 121.7699966, 123.0599976, 129.3899994],
            "high": [121.6920013, 123.0999985, 122.8700027, 126.8799973, 129.8000031],
            "low": [118.0220032, 117.0100021, 118.7399979, 122.5699997, 127.1600037],
            "close": [120.8880005, 121.7900009, 120.9100037, 125.1999969, 129.6100006],
            "volume": [412_386_000, 314_162_700, 222_551_200, 299_595_000, 260_704_500],
        }]},
        "events": {
            "splits": {"k": {"date": open("2024-06-10"), "numerator": 10, "denominator": 1, "splitRatio": "10:1"}},
            "dividends": {"k": {"date": open("2024-06-11"), "amount": 0.01}},
        },
    }], "error": null}})
}

fn history_at(body: &Value, now: &str, from: &str, to: &str) -> Result<GlobalHistory, YahooError> {
    let now: DateTime<Utc> = now.parse().unwrap();
    let code = "NVDA.US".parse().unwrap();
    let to = day(to).min(market_model::last_final_day(market_model::Exchange::Us, now));
    let bytes = serde_json::to_vec(body).unwrap();
    let chart = match wire::read(&bytes) {
        Ok(Answer::Chart(chart)) => chart,
        other => panic!("{other:?}"),
    };
    history(&chart, &Asked { code, symbol: "NVDA", from: day(from), to, now }, vec![page(&bytes)])
}

fn whole(body: &Value) -> GlobalHistory {
    history_at(body, EVENING, "2024-06-01", "2024-06-30").unwrap()
}

fn refused(body: &Value) -> YahooError {
    history_at(body, EVENING, "2024-06-01", "2024-06-30").unwrap_err()
}

fn result(body: &mut Value) -> &mut Value {
    &mut body["chart"]["result"][0]
}

fn quote(body: &mut Value) -> &mut Value {
    &mut body["chart"]["result"][0]["indicators"]["quote"][0]
}

#[test]
fn bars_before_a_split_are_as_they_were_traded() {
    let history = whole(&body());
    let closes: Vec<f64> = history.bars.iter().map(|row| row.value.close).collect();
    assert_eq!(closes, [1208.88, 121.79, 120.91, 125.20, 129.61]);
    assert_eq!((history.bars[0].value.volume, history.bars[1].value.volume), (41_238_600, 314_162_700));
    assert_eq!(history.bars[0].value.high, 1216.92);
    assert!(history.bars.iter().all(|row| row.value.amount.is_none() && row.value.pre_close.is_none()));
    assert_eq!(history.bars.iter().map(|row| row.row).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
    assert!(history.rejected.is_empty() && history.pages.len() == 1);
}

#[test]
fn splits_and_dividends_become_actions_per_ten_shares() {
    let actions = whole(&body()).actions;
    let seen: Vec<_> = actions
        .iter()
        .map(|row| (row.value.ex_date.to_string(), row.value.bonus_per_10, row.value.cash_per_10, row.row))
        .collect();
    // The split stands behind the dividend in the body.
    assert_eq!(seen, [("2024-06-10".to_owned(), 90.0, 0.0, 1), ("2024-06-11".to_owned(), 0.0, 0.1, 0)]);
}

#[test]
fn a_dividend_on_the_day_of_a_split_is_paid_on_the_old_shares_and_both_are_one_action() {
    let mut body = body();
    result(&mut body)["events"]["dividends"]["k"]["date"] = json!(open("2024-06-10"));
    let actions = whole(&body).actions;
    assert_eq!(actions.len(), 1);
    assert_eq!((actions[0].value.bonus_per_10, actions[0].value.cash_per_10), (90.0, 1.0));
}

#[test]
fn a_reverse_split_takes_shares_away() {
    let mut body = body();
    let events = result(&mut body);
    events["events"]["splits"]["k"] = json!({"date": open("2024-06-10"), "numerator": 1, "denominator": 8});
    let history = whole(&body);
    assert_eq!(history.actions[0].value.bonus_per_10, -8.75);
    assert_eq!(history.bars[0].value.close, 15.111);
    assert_eq!(history.bars[0].value.volume, 412_386_000 * 8);
}

#[test]
fn a_split_that_has_not_happened_yet_divides_nothing() {
    let mut body = body();
    result(&mut body)["events"]["splits"]["k"]["date"] = json!(open("2024-06-20"));
    let history = whole(&body);
    assert_eq!(history.bars[0].value.close, 120.888);
}

#[test]
fn only_the_range_is_given_but_everything_after_it_counts() {
    let history = history_at(&body(), EVENING, "2024-06-07", "2024-06-07").unwrap();
    assert_eq!(history.bars.len(), 1);
    assert_eq!(history.bars[0].value.close, 1208.88);
    assert!(history.actions.is_empty());
}

#[test]
fn holes_are_no_bars_and_the_others_keep_their_place() {
    let mut body = body();
    for column in ["open", "high", "low", "close", "volume"] {
        quote(&mut body)[column][0] = Value::Null;
        quote(&mut body)[column][2] = Value::Null;
    }
    let history = whole(&body);
    let seen: Vec<_> = history.bars.iter().map(|row| (row.value.trade_date.to_string(), row.row)).collect();
    let expected = [("2024-06-10", 1), ("2024-06-12", 3), ("2024-06-13", 4)];
    assert_eq!(seen, expected.map(|(date, row)| (date.to_owned(), row)));
    assert!(history.rejected.is_empty());
}

#[test]
fn of_two_rows_of_one_date_the_last_with_a_close_counts() {
    let mut body = body();
    result(&mut body)["timestamp"][3] = json!(open("2024-06-13") + 23_400);
    // Row 4 of the same date now stands behind it.
    let history = whole(&body);
    assert_eq!(history.bars.last().map(|row| (row.value.close, row.row)), Some((129.61, 4)));
    assert_eq!(history.bars.len(), 4);
    for column in ["open", "high", "low", "close", "volume"] {
        quote(&mut body)[column][4] = Value::Null;
    }
    assert_eq!(whole(&body).bars.last().map(|row| (row.value.close, row.row)), Some((125.20, 3)));
}

#[test]
fn the_bar_of_a_day_that_still_trades_is_never_given() {
    let last = |now: &str| {
        let history = history_at(&body(), now, "2024-06-01", "2024-06-30").unwrap();
        history.bars.last().unwrap().value.trade_date.to_string()
    };
    assert_eq!(last("2024-06-13T15:00:00Z"), "2024-06-12", "at eleven in New York");
    assert_eq!(last("2024-06-13T20:00:00Z"), "2024-06-12", "closed, but not settled");
    assert_eq!(last("2024-06-13T20:30:00Z"), "2024-06-13");
    // A session that ends later than usual, by the answer's own word.
    let mut late = body();
    result(&mut late)["meta"]["currentTradingPeriod"]["regular"]["end"] = json!(open("2024-06-13") + 40_000);
    let history = history_at(&late, EVENING, "2024-06-01", "2024-06-30").unwrap();
    assert_eq!(history.bars.last().unwrap().value.trade_date, day("2024-06-12"));
}

#[test]
fn bars_that_contradict_themselves_are_rejected_beside_the_others() {
    let mut body = body();
    quote(&mut body)["high"][1] = json!(100.0);
    quote(&mut body)["open"][2] = Value::Null;
    quote(&mut body)["volume"][3] = Value::Null;
    quote(&mut body)["low"][4] = json!(-1.0);
    let history = whole(&body);
    assert_eq!(history.bars.len(), 1);
    let reasons: Vec<_> = history.rejected.iter().map(|row| (row.row, row.reason.as_str())).collect();
    assert_eq!(
        reasons,
        [
            (1, "open or close lies outside of low and high"),
            (2, "open is null beside a close"),
            (3, "volume is null beside a close"),
            (4, "a price is not positive"),
        ]
    );
    assert!(history.rejected[0].value.starts_with("2024-06-10,120.3700027,100,"), "{}", history.rejected[0].value);
}

#[test]
fn coarser_bars_are_refused_whatever_was_asked() {
    let mut body = body();
    result(&mut body)["meta"]["dataGranularity"] = json!("1mo");
    let mut error = refused(&body);
    assert!(matches!(&error, YahooError::WrongGranularity { granularity, .. } if granularity == "1mo"), "{error}");
    assert_eq!(error.take_pages().len(), 1);
}

#[test]
fn arrays_that_do_not_align_and_missing_ones_are_refused() {
    let mut short = body();
    quote(&mut short)["close"].as_array_mut().unwrap().pop();
    assert!(refused(&short).to_string().ends_with("`close` has 4 values, `timestamp` 5"));
    let mut none = body();
    quote(&mut none).as_object_mut().unwrap().remove("volume");
    assert!(refused(&none).to_string().ends_with("`volume` is missing"));
    let mut other = body();
    result(&mut other)["meta"]["symbol"] = json!("NVDS");
    assert!(refused(&other).to_string().ends_with("it is about NVDS"));
    let mut timeless = body();
    result(&mut timeless)["meta"]["exchangeTimezoneName"] = json!("Mars/Olympus");
    result(&mut timeless)["meta"]["gmtoffset"] = Value::Null;
    assert!(refused(&timeless).to_string().ends_with("no usable time zone"));
    let mut unreadable = body();
    result(&mut unreadable)["events"]["splits"]["k"]["denominator"] = json!(0);
    assert!(refused(&unreadable).to_string().contains("cannot be read"));
}

#[test]
fn an_unreadable_dividend_costs_itself_only() {
    let mut body = body();
    result(&mut body)["events"]["dividends"]["k"]["amount"] = json!("much");
    let history = whole(&body);
    assert_eq!((history.bars.len(), history.actions.len()), (5, 1));
    assert_eq!((history.rejected[0].dataset, history.rejected[0].row), ("events", 0));
}

#[test]
fn pence_for_pounds_is_seen_by_the_market_price() {
    let mut body = body();
    result(&mut body)["meta"]["regularMarketPrice"] = json!(1.2961);
    let error = refused(&body);
    assert!(matches!(error, YahooError::UnitMismatch { suspected_factor: 100.0, .. }), "{error}");
    result(&mut body)["meta"]["regularMarketPrice"] = Value::Null;
    assert_eq!(whole(&body).bars.len(), 5);
}

#[test]
fn a_split_that_is_announced_but_not_applied_is_refused_until_it_is() {
    let mut body = body();
    for column in ["open", "high", "low", "close"] {
        let raw = quote(&mut body)[column][0].as_f64().unwrap() * 10.0;
        quote(&mut body)[column][0] = json!(raw);
    }
    let error = refused(&body);
    assert!(matches!(error, YahooError::SplitNotApplied { ex_date, .. } if ex_date == day("2024-06-10")), "{error}");
    assert_eq!(error.decision(), crate::Decision::RetryLater);
}

#[test]
fn an_answer_without_bars_still_says_what_the_code_is() {
    let mut body = body();
    result(&mut body).as_object_mut().unwrap().remove("timestamp");
    result(&mut body)["indicators"] = json!({"quote": [{}]});
    let history = whole(&body);
    assert!(history.bars.is_empty());
    let facts = history.instrument.unwrap();
    assert_eq!((facts.name.as_deref(), facts.currency.as_deref()), (Some("NVIDIA Corporation"), Some("USD")));
    assert_eq!(facts.timezone, "America/New_York");
    let instrument = facts.instrument();
    assert_eq!((instrument.kind.as_str(), instrument.listed), ("foreign", Some(day("1999-01-22"))));
}

mod arbitrary;

#[test]
fn a_repeated_close_without_volume_is_a_day_without_trades_and_no_bar() {
    let mut body = body();
    for column in ["open", "high", "low"] {
        quote(&mut body)[column][3] = quote(&mut body)["close"][2].clone();
    }
    quote(&mut body)["close"][3] = quote(&mut body)["close"][2].clone();
    quote(&mut body)["volume"][3] = 0.into();
    let history = whole(&body);
    assert!(history.bars.iter().all(|row| row.value.trade_date != day("2024-06-12")));
    assert_eq!((history.bars.len(), history.rejected.len()), (4, 0));
}
