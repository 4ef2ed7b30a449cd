//! Bodies as captured, and bodies as nobody would send them.

use super::*;

const IBM: &str = r#"{"Meta Data":{"1. Information":"Daily Time Series with Splits and Dividend Events","2. Symbol":"IBM",
    "3. Last Refreshed":"2021-10-08","4. Output Size":"Compact","5. Time Zone":"US/Eastern"},
    "Time Series (Daily)":{"2021-10-08":{"1. open":"141.81","2. high":"143.65","3. low":"141.05","4. close":"143.22",
    "5. adjusted close":"143.22","6. volume":"3731279","7. dividend amount":"0.0000","8. split coefficient":"1.0"},
    "2021-10-07":{"1. open":141.5,"2. high":"142","3. low":"141","4. close":null,"5. volume":"1"}}}"#;

fn read_daily(body: &str) -> Result<Answer, NoAnswer> {
    read(Function::TimeSeriesDailyAdjusted, body.as_bytes())
}

fn no_answer(body: &str) -> String {
    match read_daily(body) {
        Err(NoAnswer::Garbled(detail)) => format!("garbled: {detail}"),
        Err(NoAnswer::OtherShape(detail)) => format!("shape: {detail}"),
        Ok(answer) => panic!("{answer:?}"),
    }
}

#[test]
fn columns_are_found_by_name_and_rows_keep_their_order() {
    let Ok(Answer::Series(series)) = read_daily(IBM) else { panic!("no series") };
    assert_eq!(series.meta("Symbol"), Some("IBM"));
    let dates: Vec<&str> = series.rows.iter().map(|row| row.date.as_str()).collect();
    assert_eq!(dates, ["2021-10-08", "2021-10-07"]);
    assert_eq!((series.rows[0].value("volume"), series.rows[1].value("volume")), (Some("3731279"), Some("1")));
    assert_eq!(series.rows[0].value("adjusted close"), Some("143.22"));
    // Numbers are taken as well; null is a text that no number is read from.
    assert_eq!((series.rows[1].value("open"), series.rows[1].value("close")), (Some("141.5"), Some("null")));
}

#[test]
fn a_currency_series_is_under_its_own_key() {
    let body =
        r#"{"Meta Data":{"2. From Symbol":"EUR","3. To Symbol":"USD"},"Time Series FX (Daily)":{"2024-01-02":{}}}"#;
    let Ok(Answer::Series(series)) = read(Function::FxDaily, body.as_bytes()) else { panic!("no series") };
    assert_eq!((series.meta("From Symbol"), series.rows.len()), (Some("EUR"), 1));
    assert!(matches!(read(Function::TimeSeriesDaily, body.as_bytes()), Err(NoAnswer::OtherShape(_))));
}

#[test]
fn refusals_are_found_by_their_key_and_nothing_is_no_refusal() {
    for key in ["Error Message", "Information", "Note", "detail"] {
        let body = format!(r#"{{"{key}":"a \"text\""}}"#);
        let Ok(Answer::Refused { key: found, message }) = read_daily(&body) else { panic!("{body}") };
        assert_eq!((found, message.as_str()), (key, "a \"text\""));
    }
    assert!(matches!(read_daily(r#"{"Note":{"a":1}}"#), Ok(Answer::Refused { .. })));
    assert!(matches!(read_daily(" {}\n"), Ok(Answer::Nothing)));
    // A series with a note beside it is a series.
    let noted = IBM.replacen('{', r#"{"Information":"please upgrade","#, 1);
    assert!(matches!(read_daily(&noted), Ok(Answer::Series(_))));
}

#[test]
fn what_is_no_answer_is_told_from_an_answer_of_another_shape() {
    for (body, expected) in [
        ("<html>502</html>", "garbled: the body is HTML"),
        ("timestamp,open,high", "garbled: the body is not a JSON object"),
        ("", "garbled: the body is cut off after 0 bytes"),
        (&IBM[..200], "garbled: the body is cut off after 200 bytes"),
        ("{]", "garbled: the body is not JSON"),
        (r#"{"Time Series (Weekly)":{}}"#, "shape: it holds Time Series (Weekly) and no `Time Series (Daily)`"),
        (r#"{"Time Series (Daily)":[]}"#, "shape: `Time Series (Daily)`: invalid type"),
        (r#"{"Time Series (Daily)":{"2024-01-02":7}}"#, "shape: `Time Series (Daily)`: invalid type"),
        (r#"{"Time Series (Daily)":{},"Meta Data":5}"#, "shape: `Meta Data`: invalid type"),
    ] {
        assert!(no_answer(body).starts_with(expected), "{body}: {}", no_answer(body));
    }
    assert!(matches!(read(Function::FxDaily, b"\xff"), Err(NoAnswer::Garbled(_))));
}

#[test]
fn a_series_of_more_rows_than_there_are_days_is_refused_before_each_row_is() {
    let body = format!(r#"{{"Time Series (Daily)":{{{}"":{{}}}}}}"#, r#""":{},"#.repeat(MAX_ROWS));
    match read(Function::TimeSeriesDaily, body.as_bytes()) {
        Err(NoAnswer::OtherShape(detail)) => assert!(detail.contains("more than there are days"), "{detail}"),
        other => panic!("{other:?}"),
    }
}
