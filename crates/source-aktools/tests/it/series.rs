//! Every series, compared with what the simulated economy says is true.

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate};
use market_model::MacroObservation;
use source_aktools::{AktoolsError, PublicationRule, RawPage, SERIES, SeriesSpec, decode, functions, series_named};
use upstream_simulators::{AktoolsServer, aktools::Figure};

use crate::kit::{day, setup, setup_at};

/// What the economy says of a series, as the client should tell it.
fn truth(server: &AktoolsServer, spec: &SeriesSpec) -> Vec<MacroObservation> {
    let observation = |figure: Figure| MacroObservation {
        series: spec.name.to_owned(),
        period: figure.period,
        published: figure.published,
        value: figure.value,
        unit: spec.unit.to_owned(),
        consensus: figure.consensus,
        previous: figure.previous,
    };
    server.figures(spec.function, spec.column).into_iter().map(observation).collect()
}

/// As true figures, at four moments of the year: among them a time with releases announced for days off, the last day
/// of a month before and after its index is out, and a morning without the day's fixings.
#[tokio::test]
async fn every_series_says_what_the_economy_says() {
    for local in ["2024-03-29T20:00:00", "2024-02-29T09:00:00", "2024-02-29T09:40:00", "2023-01-20T10:30:00"] {
        let setup = setup_at(local).await;
        for spec in SERIES {
            let fetched = setup.client.series(spec).await.unwrap_or_else(|error| panic!("{}: {error}", spec.name));
            assert!(fetched.rejected.is_empty(), "{} at {local}: {:?}", spec.name, fetched.rejected);
            let values: Vec<MacroObservation> = fetched.rows.into_iter().map(|row| row.value).collect();
            let expected = truth(&setup.server, spec);
            assert!(expected.len() > 10, "{} has {} figures at {local}", spec.name, expected.len());
            assert_eq!(values, expected, "{} at {local}", spec.name);
        }
        for function in functions() {
            assert_eq!(setup.server.calls().of(function), 1, "{function} is called once for all its series");
        }
    }
}

#[tokio::test]
async fn a_function_gives_all_its_series_at_once_and_each_row_its_place() {
    let setup = setup().await;
    for function in functions() {
        let fetched = setup.client.function(function).await.unwrap();
        let mut expected: Vec<MacroObservation> = Vec::new();
        for spec in SERIES.iter().filter(|spec| spec.function == function) {
            expected.extend(truth(&setup.server, spec));
        }
        let mut values: Vec<MacroObservation> = fetched.rows.iter().map(|row| row.value.clone()).collect();
        let key = |value: &MacroObservation| (value.series.clone(), value.period, value.published);
        expected.sort_by_key(key);
        values.sort_by_key(key);
        assert_eq!(values, expected, "{function}");

        let body: Vec<serde_json::Value> = serde_json::from_slice(&fetched.pages[0].body).unwrap();
        for row in fetched.rows.iter().step_by(37) {
            let spec = series_named(&row.value.series).unwrap();
            assert_eq!(body[row.row as usize][spec.column].as_f64(), Some(row.value.value), "{}", spec.name);
        }
    }
}

#[tokio::test]
async fn releases_to_come_are_in_the_answer_and_not_among_the_observations() {
    let setup = setup().await;
    let fetched = setup.client.function("macro_china_cpi_yearly").await.unwrap();
    let body: Vec<serde_json::Value> = serde_json::from_slice(&fetched.pages[0].body).unwrap();
    let last = body.last().unwrap();
    assert!(last["今值"].is_null() && last["日期"].as_str().unwrap() > "2024-03-29", "{last}");
    assert!(fetched.rows.len() < body.len());
    assert!(fetched.rows.iter().all(|row| row.value.published.unwrap() <= day("2024-03-29")));
    let newest = &fetched.rows.last().unwrap().value;
    assert_eq!(newest.period, day("2024-02-29"));
    // The release comes out and the figure with it.
    let out = NaiveDate::parse_from_str(&last["日期"].as_str().unwrap()[..10], "%Y-%m-%d").unwrap();
    setup.clock.set_shanghai(out.and_hms_opt(9, 30, 0).unwrap());
    let next = setup.client.function("macro_china_cpi_yearly").await.unwrap().rows.last().unwrap().value.clone();
    assert_eq!((next.period, next.published), (day("2024-03-31"), Some(out)));
    // What was expected is the newest figure's own; what was before it may have been revised by a last digit.
    assert!((next.previous.unwrap() - newest.value).abs() < 0.11);
}

#[tokio::test]
async fn indices_of_a_months_last_day_and_of_the_next_first_are_both_about_that_month() {
    let setup = setup().await;
    let rows = setup.client.function("macro_china_pmi_yearly").await.unwrap().rows;
    let periods: Vec<NaiveDate> = rows.iter().map(|row| row.value.period).collect();
    let distinct: BTreeSet<NaiveDate> = periods.iter().copied().collect();
    assert_eq!(distinct.len(), periods.len(), "no month twice");
    let months = |day: NaiveDate| i64::from(day.year()) * 12 + i64::from(day.month());
    assert!(periods.windows(2).all(|pair| months(pair[1]) - months(pair[0]) == 1), "no month missing");
    let on_the_first = rows.iter().filter(|row| row.value.published.unwrap().day() == 1).count();
    let early = rows.iter().filter(|row| row.value.published.unwrap() < row.value.period).count();
    assert!(on_the_first > 5 && early > 3, "{on_the_first} {early}");
}

#[tokio::test]
async fn a_late_quarter_is_still_its_own() {
    let setup = setup().await;
    let rows = setup.client.series(series_named("china_gdp_yearly").unwrap()).await.unwrap().rows;
    let late = rows.iter().find(|row| row.value.published == Some(day("2022-10-24"))).unwrap();
    assert_eq!(late.value.period, day("2022-09-30"));
}

#[tokio::test]
async fn every_column_that_the_simulator_has_a_figure_in_is_known_or_left_out_on_purpose() {
    let setup = setup().await;
    let mut left_out = BTreeSet::new();
    for function in functions() {
        let fetched = setup.client.function(function).await.unwrap();
        let body: Vec<serde_json::Map<String, serde_json::Value>> =
            serde_json::from_slice(&fetched.pages[0].body).unwrap();
        let used: BTreeSet<&str> =
            SERIES.iter().filter(|spec| spec.function == function).flat_map(|spec| spec.columns()).collect();
        for column in body[0].keys().filter(|column| !used.contains(column.as_str())) {
            left_out.insert(column.clone());
        }
    }
    // Names, changes that follow from the figures beside them, and two share indices of the day after.
    let changes = ["1M", "1W", "1Y", "2W", "3M", "6M", "9M", "O/N"].map(|term| format!("{term}-涨跌幅"));
    let others = [
        "中小金融机构-调整幅度",
        "商品",
        "备注",
        "大型金融机构-调整幅度",
        "消息公布次日指数涨跌-上证",
        "消息公布次日指数涨跌-深证",
    ];
    let expected: BTreeSet<String> = changes.into_iter().chain(others.map(str::to_owned)).collect();
    assert_eq!(left_out, expected);
}

#[tokio::test]
async fn a_morning_before_the_fixings_has_those_of_the_day_before() {
    let setup = setup_at("2024-03-29T10:59:59").await;
    let spec = series_named("china_shibor_on").unwrap();
    assert_eq!(spec.publication, PublicationRule::OnThePeriodsDay);
    let newest = setup.client.series(spec).await.unwrap().rows[0].value.clone();
    assert_eq!((newest.period, newest.published), (day("2024-03-28"), Some(day("2024-03-28"))));
    setup.clock.set_shanghai("2024-03-29T11:00:00".parse().unwrap());
    assert_eq!(setup.client.series(spec).await.unwrap().rows[0].value.period, day("2024-03-28"), "kept for the day");
    setup.client.forget_answers();
    assert_eq!(setup.client.series(spec).await.unwrap().rows[0].value.period, day("2024-03-29"));
}

#[tokio::test]
async fn stored_responses_say_the_same_when_they_are_read_again() {
    let setup = setup().await;
    for function in functions() {
        let live = setup.client.function(function).await.unwrap();
        let [RawPage { request, body, fetched_at, .. }] = &live.pages[..] else { panic!("one page") };
        let again = decode(request, body, *fetched_at, |_| true).unwrap();
        assert!(again.pages.is_empty());
        assert_eq!((&again.rows, &again.rejected), (&live.rows, &live.rejected), "{function}");
        let one = SERIES.iter().find(|spec| spec.function == function).unwrap();
        let of_one = decode(request, body, *fetched_at, |spec| spec.name == one.name).unwrap();
        assert!(!of_one.rows.is_empty() && of_one.rows.iter().all(|row| row.value.series == one.name), "{function}");
    }
}

#[tokio::test]
async fn what_is_no_stored_response_is_said_to_be_none_and_a_refused_one_is_refused_again() {
    let setup = setup().await;
    let spec = &SERIES[0];
    let live = setup.client.series(spec).await.unwrap();
    let RawPage { request, body, fetched_at, .. } = &live.pages[0];
    let other = request.replace(spec.function, "stock_zh_a_hist");
    for (request, body) in [("{}", &body[..]), (&other, body), (request, b"<html>")] {
        let error = decode(request, body, *fetched_at, |_| true).unwrap_err();
        assert!(matches!(error, AktoolsError::StoredResponse { .. }), "{error}");
    }
    assert!(matches!(decode(request, body, *fetched_at, |_| false), Err(AktoolsError::StoredResponse { .. })));
    let renamed = String::from_utf8(body.clone()).unwrap().replace(spec.column, "别的");
    let error = decode(request, renamed.as_bytes(), *fetched_at, |_| true).unwrap_err();
    assert!(matches!(error, AktoolsError::ColumnsChanged { ref pages, .. } if pages.is_empty()), "{error}");
}
