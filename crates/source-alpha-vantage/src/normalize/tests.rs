//! Whole series, judged.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::wire::{self, Answer};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn asked(function: Function, code: &str) -> Asked {
    Asked { code: code.parse().unwrap(), function, from: day("2021-07-01"), to: day("2021-10-08") }
}

fn series(function: Function, body: &Value) -> Series {
    match wire::read(function, &serde_json::to_vec(body).unwrap()) {
        Ok(Answer::Series(series)) => series,
        other => panic!("{other:?}"),
    }
}

fn adjusted(body: &Value) -> Result<Normalized, Refused> {
    let function = Function::TimeSeriesDailyAdjusted;
    normalize(&series(function, body), "GE", &asked(function, "GE.US"))
}

fn row(close: &str, adjusted: &str, dividend: &str, split: &str) -> Value {
    json!({"1. open": close, "2. high": close, "3. low": close, "4. close": close, "5. adjusted close": adjusted,
        "6. volume": "100", "7. dividend amount": dividend, "8. split coefficient": split})
}

/// The reverse split of GE, and dividends around it.
fn body() -> Value {
    json!({"Meta Data": {"2. Symbol": "GE"}, "Time Series (Daily)": {
        "2021-10-08": row("104.77", "104.77", "0.0000", "1.0"),
        "2021-09-24": row("102.9500", "102.95", "0.0800", "1.0"),
        "2021-08-02": row("103.4", "103.3", "0.0000", "0.125"),
        "2021-07-30": row("12.95", "103.5", "0.0000", "1.0000"),
        "2021-06-25": row("13.1", "104", "0.0100", "1.0"),
    }})
}

fn reasons(normalized: &Normalized) -> Vec<(u32, &str, &str)> {
    normalized.rejected.iter().map(|row| (row.row, row.reason.as_str(), row.value.as_str())).collect()
}

#[test]
fn bars_are_as_traded_ascending_and_know_their_place() {
    let normalized = adjusted(&body()).unwrap();
    let seen: Vec<_> =
        normalized.bars.iter().map(|row| (row.value.trade_date.to_string(), row.value.close, row.row)).collect();
    let expected =
        [("2021-07-30", 12.95, 1), ("2021-08-02", 103.4, 2), ("2021-09-24", 102.95, 3), ("2021-10-08", 104.77, 4)];
    assert_eq!(seen, expected.map(|(date, close, row)| (date.to_owned(), close, row)));
    assert_eq!(normalized.oldest, Some(day("2021-06-25")), "outside of the range, but known");
    assert!(normalized.bars.iter().all(|row| row.value.amount.is_none() && row.value.volume == 100));
}

#[test]
fn splits_and_dividends_become_actions_per_ten_shares() {
    let actions = adjusted(&body()).unwrap().actions;
    let seen: Vec<_> = actions
        .iter()
        .map(|row| (row.value.ex_date.to_string(), row.value.bonus_per_10, row.value.cash_per_10))
        .collect();
    assert_eq!(seen, [("2021-08-02".to_owned(), -8.75, 0.0), ("2021-09-24".to_owned(), 0.0, 0.8)]);
}

#[test]
fn a_cut_coefficient_is_the_quotient_that_is_meant() {
    let meant: [(&str, f64); 9] = [
        ("1.0", 1.0),
        ("4.0", 4.0),
        ("1.5", 1.5),
        ("0.1", 0.1),
        ("0.125", 0.125),
        ("0.3333", 1.0 / 3.0),
        ("0.0667", 1.0 / 15.0),
        ("1.0000", 1.0),
        ("1.2810", 1.281),
    ];
    for (text, expected) in meant {
        assert_eq!(ratio(text), Some(expected), "{text}");
    }
}

#[test]
fn a_value_that_is_none_rejects_its_row_with_the_column() {
    let mut body = body();
    let rows = &mut body["Time Series (Daily)"];
    rows["2021-10-08"]["2. high"] = json!("1.00");
    rows["2021-09-24"]["4. close"] = json!("None");
    rows["2021-08-02"]["6. volume"] = json!("1.5");
    rows["2021-08-02"]["8. split coefficient"] = json!("0.0");
    rows["2021-07-30"]["7. dividend amount"] = json!("inf");
    let normalized = adjusted(&body).unwrap();
    assert_eq!(
        reasons(&normalized)[..4],
        [
            (1, "dividend amount is not an amount", "inf"),
            (2, "volume is not a volume", "1.5"),
            (2, "split coefficient is not a ratio", "0.0"),
            (3, "close is not a price", "None"),
        ]
    );
    assert_eq!(normalized.rejected[4].reason, "open or close lies outside of low and high");
    assert!(normalized.rejected[4].value.starts_with("2021-10-08: open=104.77,high=1.00,"));
    assert_eq!(normalized.bars.len(), 1);
}

#[test]
fn a_key_that_is_no_date_is_rejected() {
    let mut body = body();
    body["Time Series (Daily)"]["2021-10-8"] = row("1", "1", "0", "1");
    assert_eq!(reasons(&adjusted(&body).unwrap()), [(5, "the key is not a date", "2021-10-8")]);
}

#[test]
fn another_symbol_and_missing_columns_refuse_the_series() {
    let shape = |refused: Result<Normalized, Refused>| match refused {
        Err(Refused::Shape(detail)) => detail,
        other => panic!("{other:?}"),
    };
    let mut other = body();
    other["Meta Data"]["2. Symbol"] = json!("IBM");
    assert_eq!(shape(adjusted(&other)), "it is about IBM");
    let mut renamed = body();
    // The first row of the body decides.
    renamed["Time Series (Daily)"]["2021-06-25"].as_object_mut().unwrap().remove("4. close");
    assert_eq!(shape(adjusted(&renamed)), "close missing");
}

#[test]
fn a_pair_has_no_volume_and_names_both_currencies() {
    let body = json!({"Meta Data": {"2. From Symbol": "EUR", "3. To Symbol": "USD"}, "Time Series FX (Daily)": {
        "2021-10-08": {"1. open": "1.15520", "2. high": "1.15860", "3. low": "1.15400", "4. close": "1.15670"},
    }});
    let asked = asked(Function::FxDaily, "EURUSD.FX");
    let normalized = normalize(&series(Function::FxDaily, &body), "EURUSD", &asked).unwrap();
    assert_eq!((normalized.bars[0].value.close, normalized.bars[0].value.volume), (1.1567, 0));
    assert!(normalized.actions.is_empty());
    assert!(matches!(normalize(&series(Function::FxDaily, &body), "USDEUR", &asked), Err(Refused::Shape(_))));
}

#[test]
fn a_close_a_power_of_ten_away_from_its_adjusted_twin_refuses_the_series() {
    let mut body = body();
    body["Time Series (Daily)"]["2021-10-08"]["5. adjusted close"] = json!("1.0477");
    let refused = adjusted(&body);
    assert!(matches!(refused, Err(Refused::Unit { suspected_factor: 100.0, .. })), "{refused:?}");
}

#[test]
fn an_empty_series_is_empty() {
    let normalized = adjusted(&json!({"Time Series (Daily)": {}})).unwrap();
    assert!(normalized.bars.is_empty() && normalized.oldest.is_none());
}

/// Names and values that occur, in any arrangement.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| Value::from(number.to_string())),
        prop::sample::select(vec!["GE", "1.0", "0.0000", "104.77", "None", "", "-", "1e400"]).prop_map(Value::from),
    ];
    let names = prop::sample::select(vec![
        "Meta Data",
        "2. Symbol",
        "Time Series (Daily)",
        "Time Series FX (Daily)",
        "Information",
        "Note",
        "2021-10-08",
        "2021-09-31",
        "1. open",
        "2. high",
        "3. low",
        "4. close",
        "5. volume",
        "6. volume",
        "7. dividend amount",
        "8. split coefficient",
        "5. adjusted close",
    ]);
    leaf.prop_recursive(4, 40, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((names.clone(), inner), 0..8)
                .prop_map(|entries| entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        ]
    })
}

fn survives(bytes: &[u8]) {
    for function in [Function::TimeSeriesDaily, Function::TimeSeriesDailyAdjusted, Function::FxDaily] {
        if let Ok(Answer::Series(series)) = wire::read(function, bytes)
            && let Ok(normalized) = normalize(&series, "GE", &asked(function, "GE.US"))
        {
            let bars: Vec<_> = normalized.bars.iter().map(|row| &row.value).collect();
            assert!(bars.iter().all(|bar| bar.low > 0.0 && bar.low <= bar.close && bar.close <= bar.high));
            assert!(bars.windows(2).all(|pair| pair[0].trade_date < pair[1].trade_date));
            assert!(bars.iter().all(|bar| bar.volume >= 0));
        }
    }
}

proptest! {
    #[test]
    fn arbitrary_json_never_panics(value in any_json()) {
        survives(&serde_json::to_vec(&value).unwrap());
    }

    #[test]
    fn a_row_with_anything_in_it_never_panics(column in 1..9_usize, value in any_json()) {
        let mut body = body();
        let row = body["Time Series (Daily)"]["2021-10-08"].as_object_mut().unwrap();
        let name = row.keys().nth(column - 1).unwrap().clone();
        row.insert(name, value);
        survives(&serde_json::to_vec(&body).unwrap());
    }

    #[test]
    fn a_body_cut_off_or_bent_anywhere_never_panics(end in any::<prop::sample::Index>(), flip in any::<u8>()) {
        let mut bytes = serde_json::to_vec(&body()).unwrap();
        let end = end.index(bytes.len());
        bytes[end] ^= flip;
        survives(&bytes);
        survives(&bytes[..end]);
    }
}
