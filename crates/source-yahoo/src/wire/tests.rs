//! Bodies as captured, and bodies as nobody would send them.

use super::*;

fn chart(body: &str) -> Chart {
    match read(body.as_bytes()) {
        Ok(Answer::Chart(chart)) => *chart,
        other => panic!("{other:?}"),
    }
}

fn no_answer(body: &str) -> String {
    match read(body.as_bytes()) {
        Err(NoAnswer::Garbled(detail)) => format!("garbled: {detail}"),
        Err(NoAnswer::OtherShape(detail)) => format!("shape: {detail}"),
        Ok(answer) => panic!("{answer:?}"),
    }
}

#[test]
fn arrays_events_and_meta_are_read_whatever_the_keys_of_the_events_are() {
    let chart = chart(
        r#"{"chart":{"result":[{"meta":{"currency":"CNY","symbol":"600519.SS","exchangeName":"SHH","instrumentType":"EQUITY",
        "firstTradeDate":null,"gmtoffset":28800,"exchangeTimezoneName":"Asia/Shanghai","regularMarketPrice":6.51,
        "priceHint":2,"dataGranularity":"1d","currentTradingPeriod":{"regular":{"timezone":"CST","start":1,"end":2,
        "gmtoffset":28800}}},"timestamp":[1719797400,1719883800],"indicators":{"quote":[{"open":[null,6.5],
        "high":[null,6.6],"low":[null,6.4],"close":[null,6.510000228881836],"volume":[null,100]}],
        "adjclose":[{"adjclose":[null,6.1]}]},"events":{"splits":{"b":{"date":5,"numerator":10,"denominator":1,
        "splitRatio":"10:1"},"a":{"date":3,"numerator":2,"denominator":1}},"dividends":{"x":{"amount":0.485,"date":4}}}}],
        "error":null}}"#,
    );
    assert_eq!(chart.timestamp.as_deref(), Some(&[1_719_797_400, 1_719_883_800][..]));
    let quote = chart.indicators.first_quote().unwrap();
    assert_eq!(quote.close.as_deref(), Some(&[None, Some(6.510000228881836)][..]));
    let events = chart.events.unwrap();
    let dates: Vec<i64> = events.splits.iter().map(|split| split["date"].as_i64().unwrap()).collect();
    assert_eq!(dates, [5, 3], "in the order of the body, not of the keys");
    assert_eq!(events.dividends[0]["amount"], 0.485);
    assert_eq!(chart.meta.current_trading_period.unwrap().regular.unwrap().end, 2);
}

#[test]
fn an_answer_without_bars_has_no_timestamps_and_an_empty_quote() {
    let chart = chart(r#"{"chart":{"result":[{"meta":{"symbol":"AAPL"},"indicators":{"quote":[{}]}}],"error":null}}"#);
    assert!(chart.timestamp.is_none() && chart.indicators.first_quote().unwrap().close.is_none());
    let chart =
        self::chart(r#"{"chart":{"result":[{"meta":{"symbol":"A"},"events":{"splits":null},"indicators":{}}]}}"#);
    assert!(chart.indicators.first_quote().is_none() && chart.events.unwrap().splits.is_empty());
}

#[test]
fn refusals_carry_their_code_and_text() {
    for (body, code, start) in [
        (
            r#"{"chart":{"result":null,"error":{"code":"Not Found","description":"No data found, symbol may be delisted"}}}"#,
            "Not Found",
            "No data found",
        ),
        (
            r#"{"finance":{"result":null,"error":{"code":"Unauthorized","description":"Invalid Crumb"}}}"#,
            "Unauthorized",
            "Invalid Crumb",
        ),
        (r#"{"chart":{"error":{}}}"#, "", ""),
    ] {
        let Ok(Answer::Refused { code: said, description }) = read(body.as_bytes()) else { panic!("{body}") };
        assert_eq!(said, code);
        assert!(description.starts_with(start), "{description}");
    }
}

#[test]
fn what_is_no_answer_is_told_from_an_answer_of_another_shape() {
    for (body, expected) in [
        ("<!DOCTYPE html><html><body>Will be right back...</body></html>", "garbled: the body is a maintenance page"),
        ("<html>", "garbled: the body is HTML"),
        ("", "garbled: the body is cut off after 0 bytes"),
        (r#"{"chart":{"result":[{"meta":{"symbol":"AAPL""#, "garbled: the body is cut off after 44 bytes"),
        ("Edge: Too Many Requests", "garbled: the body is not JSON"),
        ("{}", "shape: neither `chart` nor `finance`"),
        (r#"{"chart":{"result":[],"error":null}}"#, "shape: neither a result nor an error"),
        (r#"{"chart":{"result":[{"meta":{"symbol":"A"},"timestamp":["x"]}]}}"#, "shape: invalid type"),
        (r#"{"chart":{"result":[{"meta":{}}]}}"#, "shape: missing field `symbol`"),
        ("[]", "shape: "),
    ] {
        assert!(no_answer(body).starts_with(expected), "{body}: {}", no_answer(body));
    }
    assert!(matches!(read(b"\xff\xfe"), Err(NoAnswer::Garbled(_))));
}

#[test]
fn more_events_than_a_share_can_have_are_another_shape() {
    let events = r#""k":0,"#.repeat(MAX_EVENTS);
    let body = format!(
        r#"{{"chart":{{"result":[{{"meta":{{"symbol":"A"}},"events":{{"dividends":{{{events}"k":0}}}}}}],"error":null}}}}"#
    );
    match read(body.as_bytes()) {
        Err(NoAnswer::OtherShape(detail)) => assert!(detail.contains("more events"), "{detail}"),
        other => panic!("{other:?}"),
    }
}
