use chrono::DateTime;
use proptest::prelude::*;

use super::*;
use crate::{PeriodRule, PublicationRule, RawPage, SERIES, functions, series::series_of, series_named, wire};

fn answer(function: &'static str, body: &str) -> Answer {
    let page = RawPage {
        dataset: function,
        request: String::new(),
        fetched_at: DateTime::UNIX_EPOCH,
        http_status: 200,
        body: body.as_bytes().to_vec(),
    };
    Answer { table: wire::read(body.as_bytes()).unwrap(), page }
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// The observations of one series on 2025-11-20.
fn observe(series: &str, body: &str) -> Result<Fetched<MacroObservation>, AktoolsError> {
    let spec = series_named(series).unwrap();
    observations(&answer(spec.function, body), &[spec], day("2025-11-20"))
}

fn values(fetched: &Fetched<MacroObservation>) -> Vec<(String, f64)> {
    fetched.rows.iter().map(|row| (row.value.period.to_string(), row.value.value)).collect()
}

fn cpi(date: &str, actual: &str) -> String {
    format!(
        "{{\"商品\":\"中国CPI年率报告\",\"日期\":\"{date}T00:00:00.000\",\"今值\":{actual},\"预测值\":null,\"前值\":0.5}}"
    )
}

#[test]
fn the_documented_row_becomes_an_observation_with_period_and_publication_apart() {
    let row = "[{\"商品\":\"中国CPI年率报告\",\"日期\":\"1986-02-01T00:00:00.000\",\"今值\":7.1,\"预测值\":null,\"前值\":null}]";
    let fetched = observe("china_cpi_yearly", row).unwrap();
    let expected = MacroObservation {
        series: "china_cpi_yearly".to_owned(),
        period: day("1986-01-31"),
        published: Some(day("1986-02-01")),
        value: 7.1,
        unit: "percent".to_owned(),
        consensus: None,
        previous: None,
    };
    assert_eq!((&fetched.rows[0].value, fetched.rows[0].page, fetched.rows[0].row), (&expected, 0, 0));
    assert_eq!(fetched.pages[0].body, row.as_bytes());
}

#[test]
fn a_release_to_come_is_left_out_and_never_a_zero() {
    for absent in ["null", "\"--\"", "\"\"", "\"NaN\""] {
        let body = format!("[{},{}]", cpi("2025-11-09", "0.2"), cpi("2025-12-10", absent));
        let fetched = observe("china_cpi_yearly", &body).unwrap();
        assert_eq!(values(&fetched), [("2025-10-31".to_owned(), 0.2)], "{absent}");
        assert!(fetched.rejected.is_empty());
    }
}

#[test]
fn a_figure_out_of_the_future_is_refused() {
    let fetched = observe("china_cpi_yearly", &format!("[{}]", cpi("2025-12-10", "0.0"))).unwrap();
    assert!(fetched.rows.is_empty());
    assert_eq!(fetched.rejected[0].reason, "今值 has a figure for 2025-12-10, which is still to come");
    let months = "[{\"月份\":\"2025年12月份\",\"制造业-指数\":50.1},{\"月份\":\"2025年11月份\",\"制造业-指数\":50.2}]";
    let fetched = observe("china_pmi_manufacturing_index", months).unwrap();
    assert_eq!(values(&fetched), [("2025-11-30".to_owned(), 50.2)], "the running month may be out on its last day");
    assert_eq!((fetched.rejected.len(), fetched.rejected[0].row), (1, 0));
}

#[test]
fn a_ratio_that_is_announced_takes_effect_later_and_has_the_one_before_beside_it() {
    let row = |published: &str| {
        format!(
            "[{{\"公布时间\":\"{published}\",\"生效时间\":\"2025年11月28日\",\"大型金融机构-调整前\":9.5,\"大型金融机构-调整后\":9.0}}]"
        )
    };
    let fetched = observe("china_rrr_large", &row("2025年11月19日")).unwrap();
    let value = &fetched.rows[0].value;
    assert_eq!((value.period, value.published), (day("2025-11-28"), Some(day("2025-11-19"))));
    assert_eq!((value.value, value.previous), (9.0, Some(9.5)));
    assert_eq!(observe("china_rrr_large", &row("2025年11月21日")).unwrap().rejected.len(), 1);
}

#[test]
fn numbers_may_be_texts_or_floats_without_fractions() {
    let body = format!("[{},{}]", cpi("2025-10-15", "\"-0.3\""), cpi("2025-11-09", "2.0"));
    assert_eq!(
        values(&observe("china_cpi_yearly", &body).unwrap()),
        [("2025-09-30".to_owned(), -0.3), ("2025-10-31".to_owned(), 2.0)]
    );
}

#[test]
fn a_missing_column_refuses_the_answer_and_names_every_one() {
    let body = "[{\"日期\":\"2025-11-09T00:00:00.000\",\"今值(%)\":0.2}]";
    let mut error = observe("china_cpi_yearly", body).unwrap_err();
    assert_eq!(error.to_string(), "the columns of macro_china_cpi_yearly changed: 今值, 预测值, 前值 missing");
    assert_eq!(error.take_pages()[0].body, body.as_bytes());
    assert!(error.take_pages().is_empty());
}

#[test]
fn a_series_does_not_suffer_from_a_column_of_another_one() {
    let body = "[{\"TRADE_DATE\":\"2025-10-20T00:00:00.000\",\"LPR1Y\":3.0}]";
    assert_eq!(observe("china_lpr_1y", body).unwrap().rows.len(), 1);
    assert!(matches!(observe("china_lpr_5y", body).unwrap_err(), AktoolsError::ColumnsChanged { .. }));
}

#[test]
fn a_bad_figure_spoils_only_itself_and_a_bad_day_is_told_once_per_row() {
    let row = |day: &str, short: &str| {
        format!("{{\"TRADE_DATE\":\"{day}\",\"LPR1Y\":{short},\"LPR5Y\":3.5,\"RATE_1\":4.35,\"RATE_2\":4.9}}")
    };
    let body = format!("[{},{},7]", row("2025-10-20", "\"3.0%\""), row("soon", "3.0"));
    let specs: Vec<&SeriesSpec> = series_of("macro_china_lpr").collect();
    let fetched = observations(&answer("macro_china_lpr", &body), &specs, day("2025-11-20")).unwrap();
    assert_eq!(fetched.rows.len(), 3);
    let rejected: Vec<(u32, &str, &str)> =
        fetched.rejected.iter().map(|row| (row.row, row.reason.as_str(), row.value.as_str())).collect();
    assert_eq!(
        rejected,
        [
            (0, "LPR1Y is not a number", "3.0%"),
            (1, "TRADE_DATE is not a day", "soon"),
            (2, "the item is not an object", "7"),
        ]
    );
}

#[test]
fn equal_twins_count_once_and_differing_ones_are_both_refused() {
    let twins =
        format!("[{0},{0},{1},{2}]", cpi("2025-11-09", "0.2"), cpi("2025-10-15", "0.1"), cpi("2025-10-15", "0.3"));
    let fetched = observe("china_cpi_yearly", &twins).unwrap();
    assert_eq!(values(&fetched), [("2025-10-31".to_owned(), 0.2)]);
    let rows: Vec<u32> = fetched.rejected.iter().map(|row| row.row).collect();
    assert_eq!(rows, [2, 3]);
    assert!(fetched.rejected[0].reason.starts_with("the answer holds differing figures of china_cpi_yearly"));
}

#[test]
fn a_period_may_be_published_twice() {
    // Once in time, and once more, corrected, at the month's end.
    let body = format!("[{},{}]", cpi("2025-10-15", "0.1"), cpi("2025-10-29", "0.2"));
    let fetched = observe("china_cpi_yearly", &body).unwrap();
    assert_eq!(values(&fetched), [("2025-09-30".to_owned(), 0.1), ("2025-09-30".to_owned(), 0.2)]);
    assert_ne!(fetched.rows[0].value.published, fetched.rows[1].value.published);
}

#[test]
fn an_empty_table_is_no_data() {
    assert!(matches!(observe("china_cpi_yearly", "[]").unwrap_err(), AktoolsError::NoData { .. }));
}

/// Any JSON, often with the columns of `function` in it.
fn any_json(columns: Vec<&'static str>) -> impl Strategy<Value = String> {
    let scalar = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|b| b.to_string()),
        any::<i64>().prop_map(|n| n.to_string()),
        (-1e9..1e9_f64).prop_map(|n| n.to_string()),
        Just("1e400".to_owned()),
        "\\PC{0,8}".prop_map(|text| serde_json::to_string(&text).unwrap()),
        "[0-9]{4}年(第[0-9](-[0-9])?季度|[0-9]{1,2}月(份|[0-9]{1,2}日)?)".prop_map(|text| format!("\"{text}\"")),
        "[0-9]{4}-?[0-9]{2}-?[0-9]{2}(T00:00:00[.]000)?".prop_map(|text| format!("\"{text}\"")),
    ];
    let value = scalar.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(","))),
            inner.prop_map(|value| format!("{{\"a\":{value}}}")),
        ]
    });
    let row = prop::collection::vec((prop::sample::select(columns), value.clone()), 0..20).prop_map(|cells| {
        let cells: Vec<String> = cells.into_iter().map(|(column, value)| format!("\"{column}\":{value}")).collect();
        format!("{{{}}}", cells.join(","))
    });
    let rows = prop::collection::vec(prop_oneof![4 => row, 1 => value], 0..6);
    rows.prop_map(|rows| format!("[{}]", rows.join(",")))
}

proptest! {
    #[test]
    fn no_json_makes_the_normalizers_panic_or_lose_a_page(
        (function, body) in prop::sample::select(functions()).prop_flat_map(|function| {
            let columns: Vec<&'static str> = series_of(function).flat_map(|spec| spec.columns()).collect();
            any_json(columns).prop_map(move |body| (function, body))
        })
    ) {
        let answer = answer(function, &body);
        let specs: Vec<&SeriesSpec> = series_of(function).collect();
        let fetched = match observations(&answer, &specs, day("2025-11-20")) {
            Ok(fetched) => fetched,
            Err(mut error) => {
                prop_assert_eq!(error.take_pages().len(), 1);
                return Ok(());
            }
        };
        prop_assert_eq!(&fetched.pages[0].body, &body.into_bytes());
        let rows = answer.table.rows.len() as u32;
        for row in &fetched.rows {
            let spec = SERIES.iter().find(|spec| spec.name == row.value.series).unwrap();
            prop_assert!(row.row < rows && row.value.value.is_finite());
            let derived = !matches!(spec.period, PeriodRule::Month(_) | PeriodRule::Quarter(_) | PeriodRule::Day(_));
            prop_assert!(!derived || spec.publication == PublicationRule::Day("日期"));
            prop_assert!(row.value.published.is_none_or(|published| published <= day("2025-11-20")));
        }
        prop_assert!(fetched.rejected.iter().all(|row| row.row < rows));
    }

    #[test]
    fn no_bytes_make_the_reader_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(table) = wire::read(&body) {
            prop_assert!(table.rows.len() <= body.len());
        }
    }

    #[test]
    fn no_json_makes_the_bars_and_days_panic(
        body in any_json(super::super::BAR_COLUMNS.into_iter().chain(["trade_date"]).collect())
    ) {
        let fetched = super::super::trading_days(&answer("tool_trade_date_hist_sina", &body));
        prop_assert_eq!(fetched.pages.len(), 1);
        let code = "600519.SH".parse().unwrap();
        let bars = super::super::bars(answer("stock_zh_a_hist", &body), code, day("2020-01-01"), day("2025-11-20"));
        prop_assert!(bars.rows.iter().all(|row| row.value.volume >= 0 && row.value.trade_date <= day("2025-11-20")));
    }
}
