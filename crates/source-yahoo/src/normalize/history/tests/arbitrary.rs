//! Whatever comes, nothing panics, and what is given is in order.

use chrono::TimeDelta;
use proptest::prelude::*;

use super::*;

/// Names and values that occur, in any arrangement.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (1_718_000_000_i64..1_719_000_000).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop::sample::select(vec!["NVDA", "1d", "America/New_York", "USD", "0.5", ""]).prop_map(Value::from),
    ];
    let names = prop::sample::select(vec![
        "chart",
        "finance",
        "result",
        "error",
        "meta",
        "timestamp",
        "indicators",
        "quote",
        "close",
        "open",
        "high",
        "low",
        "volume",
        "events",
        "splits",
        "dividends",
        "date",
        "amount",
        "numerator",
        "denominator",
        "symbol",
        "dataGranularity",
        "exchangeTimezoneName",
        "gmtoffset",
        "priceHint",
        "regularMarketPrice",
        "currentTradingPeriod",
        "regular",
        "start",
        "end",
    ]);
    leaf.prop_recursive(6, 60, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((names.clone(), inner), 0..6)
                .prop_map(|entries| entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        ]
    })
}

/// Every place in a value, as pointers.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| places(item, &format!("{at}/{index}"), found));
        }
        Value::Object(entries) => entries.iter().for_each(|(name, item)| places(item, &format!("{at}/{name}"), found)),
        _ => {}
    }
}

fn survives(bytes: &[u8]) {
    let now: DateTime<Utc> = EVENING.parse().unwrap();
    if let Ok(Answer::Chart(chart)) = wire::read(bytes) {
        let code = "NVDA.US".parse().unwrap();
        let asked =
            Asked { code, symbol: "NVDA", from: NaiveDate::MIN, to: NaiveDate::MAX, now: now + TimeDelta::days(1) };
        if let Ok(history) = history(&chart, &asked, vec![page(bytes)]) {
            let bars: Vec<_> = history.bars.iter().map(|row| &row.value).collect();
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
    fn an_answer_with_anything_in_any_of_its_places_never_panics(place in any::<prop::sample::Index>(), value in any_json()) {
        let mut body = body();
        let mut found = Vec::new();
        places(&body, "", &mut found);
        let place: &String = place.get(&found);
        *body.pointer_mut(place).unwrap() = value;
        survives(&serde_json::to_vec(&body).unwrap());
    }

    #[test]
    fn an_answer_cut_off_anywhere_never_panics(end in any::<prop::sample::Index>(), flip in any::<u8>()) {
        let mut bytes = serde_json::to_vec(&body()).unwrap();
        let end = end.index(bytes.len());
        bytes[end] ^= flip;
        survives(&bytes);
        survives(&bytes[..end]);
    }
}
