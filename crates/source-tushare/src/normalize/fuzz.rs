//! No cell, whatever a vendor or a mirror sends, makes a conversion panic.

use market_model::Code;
use proptest::prelude::*;
use serde_json::value::RawValue;

use super::{
    ReportScope, RowReader, Scope, adj_factor, claims, daily, daily_basic, dividend, fina_indicator, income,
    namechange, stk_limit, suspend_d, trade_cal,
};
use crate::{Api, Fetched, Row, cell::Cell};

/// Any JSON value.
fn any_cell() -> impl Strategy<Value = String> {
    let scalar = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|b| b.to_string()),
        any::<i64>().prop_map(|n| n.to_string()),
        (-1e12..1e12_f64).prop_map(|n| n.to_string()),
        Just("1e400".to_owned()),
        "[0-9]{8}".prop_map(|text| format!("\"{text}\"")),
        "\\PC{0,8}".prop_map(|text| serde_json::to_string(&text).unwrap()),
    ];
    scalar.prop_recursive(3, 8, 3, |inner| {
        prop::collection::vec(inner, 0..3).prop_map(|items| format!("[{}]", items.join(",")))
    })
}

/// A value that belongs into a column, most of the time.
fn cell_of(column: &'static str) -> impl Strategy<Value = String> {
    let usual = match column {
        "ts_code" => Just("\"600519.SH\"".to_owned()).boxed(),
        "exchange" => Just("\"SSE\"".to_owned()).boxed(),
        "div_proc" => Just("\"实施\"".to_owned()).boxed(),
        "ann_date" | "f_ann_date" => Just("\"20231020\"".to_owned()).boxed(),
        date if date.ends_with("_date") => Just("\"20230930\"".to_owned()).boxed(),
        "report_type" | "update_flag" | "is_open" => {
            prop::sample::select(vec!["1", "\"1\"", "0"]).prop_map(str::to_owned).boxed()
        }
        _ => prop_oneof![(0.0..1e6_f64).prop_map(|n| n.to_string()), Just("null".to_owned())].boxed(),
    };
    prop_oneof![30 => usual, 1 => any_cell()]
}

fn any_row() -> impl Strategy<Value = (Api, Vec<String>)> {
    prop::sample::select(Api::ALL.to_vec()).prop_flat_map(|api| {
        let cells: Vec<_> = api.endpoint().fields.iter().map(|column| cell_of(column)).collect();
        cells.prop_map(move |cells| (api, cells))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn any_row_is_converted_or_refused_with_a_column((api, cells) in any_row()) {
        let parse = |cell: String| Cell::parse(&RawValue::from_string(cell).unwrap());
        let cells: Vec<Cell> = cells.into_iter().map(parse).collect();
        let row = RowReader::new(api.endpoint(), &cells);
        let code: Code = "600519.SH".parse().unwrap();
        let period = "2023-09-30".parse().unwrap();
        let day = Scope::Day(period);
        let reports = ReportScope { code: Some(code), period };
        let outcome = match api {
            Api::Daily | Api::IndexDaily => daily::bar(&row, &day).map(|bar| assert!(bar.volume >= 0)),
            Api::AdjFactor => adj_factor::factor(&row, &day).map(|factor| assert!(factor.factor > 0.0)),
            Api::DailyBasic => daily_basic::basic(&row, &day).map(drop),
            Api::StockBasic => super::stock_basic::listing(&row, market_model::ListStatus::Listed).map(drop),
            Api::TradeCal => trade_cal::day(&row, period, period).map(drop),
            Api::SuspendD => suspend_d::suspension(&row, &day).map(drop),
            Api::StkLimit => stk_limit::limit(&row, &day).map(drop),
            Api::Dividend => dividend::line(&row, Some(code), None).map(drop),
            Api::FinaIndicator | Api::FinaIndicatorVip => fina_indicator::report(&row, &reports).map(check),
            Api::Namechange => namechange::line(&row, Some(code)).map(drop),
            Api::Income | Api::IncomeVip => income::statement(&row, &reports).map(check),
        };
        if let Err(bad) = outcome {
            prop_assert!(api.endpoint().fields.iter().any(|field| bad.reason.starts_with(field)), "{}", bad.reason);
        }
    }
}

/// What came through is about what was asked for and is a number.
fn check(report: claims::Report) {
    let fetched = Fetched { rows: vec![Row { value: report, page: 0, row: 0 }], ..Fetched::default() };
    for row in claims::latest(fetched).rows {
        assert!(row.value.value.is_finite() && row.value.code.as_str() == "600519.SH");
    }
}
