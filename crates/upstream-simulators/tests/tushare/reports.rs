//! Reports and indices: columns, versions, selection, publication; compared with the market behind them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use market_model::Metric;
use serde_json::{Value, json};
use upstream_simulators::{Fault, SimClock, TushareOptions, tushare::Refusal};

use crate::harness::{Sim, date, fields};

type Row = HashMap<String, Value>;

const PERIOD: &str = "20230930";

fn text<'a>(row: &'a Row, column: &str) -> &'a str {
    row[column].as_str().unwrap_or_else(|| panic!("{column} is a text"))
}

#[tokio::test]
async fn reports_have_the_vendors_columns_and_the_flag_only_where_it_is_a_default() {
    let sim = Sim::start().await;
    let code = sim.market().codes()[0];
    let params = json!({"ts_code": code.as_str(), "period": PERIOD});
    let indicators = fields(&sim.call("fina_indicator", params.clone(), "").await);
    assert_eq!(indicators[..5], ["ts_code", "ann_date", "end_date", "eps", "dt_eps"]);
    assert!(!indicators.contains(&"update_flag".to_owned()));
    let statements = fields(&sim.call("income", params, "").await);
    assert_eq!(statements[..5], ["ts_code", "ann_date", "f_ann_date", "end_date", "report_type"]);
    assert_eq!(statements.last().unwrap(), "update_flag");
}

#[tokio::test]
async fn a_period_of_all_companies_holds_the_rows_of_each() {
    let sim = Sim::start().await;
    for (vip, plain) in [("fina_indicator_vip", "fina_indicator"), ("income_vip", "income")] {
        let all = sim.rows(vip, json!({"period": PERIOD}), "ts_code,ann_date,end_date,update_flag").await;
        let mut companies = BTreeSet::new();
        for code in sim.market().codes() {
            let params = json!({"ts_code": code.as_str(), "period": PERIOD});
            let rows = sim.rows(plain, params, "ts_code,ann_date,end_date,update_flag").await;
            let of_code: Vec<&Row> = all.iter().filter(|row| text(row, "ts_code") == code.as_str()).collect();
            assert_eq!(rows.iter().collect::<Vec<_>>(), of_code, "{plain} of {code}");
            companies.extend((!rows.is_empty()).then_some(*code));
        }
        assert!(companies.len() > 30, "{vip}");
    }
}

#[tokio::test]
async fn reports_are_corrected_on_their_day_or_restated_later() {
    let sim = Sim::start().await;
    let params = json!({"period": PERIOD, "report_type": "1"});
    let columns = "ts_code,ann_date,f_ann_date,update_flag,n_income_attr_p";
    let rows = sim.rows("income_vip", params, columns).await;
    let mut versions: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    rows.iter().for_each(|row| versions.entry(text(row, "ts_code")).or_default().push(row));
    let twice: Vec<&Vec<&Row>> = versions.values().filter(|rows| rows.len() == 2).collect();
    let corrected = twice.iter().filter(|rows| rows[0]["f_ann_date"] == rows[1]["f_ann_date"]).count();
    let restated = twice.iter().filter(|rows| rows[0]["f_ann_date"] != rows[1]["f_ann_date"]).count();
    assert!(corrected > 0 && versions.values().any(|rows| rows.len() == 1), "{corrected} {restated}");
    for rows in &twice {
        assert_eq!((text(rows[0], "update_flag"), text(rows[1], "update_flag")), ("1", "0"), "newest first");
        assert_eq!(rows[0]["ann_date"], rows[1]["ann_date"]);
        assert_ne!(rows[0]["n_income_attr_p"], rows[1]["n_income_attr_p"]);
    }
    // A year later the restatements of this period are out as well.
    let clock = SimClock::at_shanghai(date("2024-12-31").and_hms_opt(20, 0, 0).unwrap());
    let later = Sim::with(TushareOptions { clock: Some(clock.clock()), ..TushareOptions::default() }).await;
    let more = later.rows("income_vip", json!({"period": PERIOD}), columns).await;
    assert!(more.len() > rows.len());
    assert!(more.iter().any(|row| text(row, "f_ann_date") > text(row, "ann_date")));
    assert!(sim.rows("income_vip", json!({"period": PERIOD, "report_type": "4"}), "").await.is_empty());
}

#[tokio::test]
async fn figures_are_those_of_the_market() {
    let sim = Sim::start().await;
    let (_, last) = sim.market().range();
    let mut seen = 0;
    for code in sim.market().codes() {
        let truth = sim.market().fundamentals(code, date("2023-09-30"), last);
        let params = json!({"ts_code": code.as_str(), "period": PERIOD});
        let row = sim.rows("income", params.clone(), "").await.into_iter().next();
        let indicators = sim.rows("fina_indicator", params, "").await.into_iter().next();
        let (Some(row), Some(indicators)) = (row, indicators) else {
            assert!(truth.is_empty(), "{code}");
            continue;
        };
        for (metric, value) in [
            (Metric::NetProfitParent, &row["n_income_attr_p"]),
            (Metric::Revenue, &row["revenue"]),
            (Metric::Eps, &indicators["eps"]),
            (Metric::ReturnOnEquity, &indicators["roe"]),
        ] {
            let mut claims = truth.iter().filter(|claim| claim.metric == metric);
            assert_eq!(claims.next_back().map(|claim| claim.value), value.as_f64(), "{code} {metric:?}");
        }
        seen += 1;
    }
    assert!(seen > 30);
}

#[tokio::test]
async fn a_long_history_pages_at_the_plain_interfaces_limit() {
    let sim = Sim::start().await;
    let old =
        sim.market().codes().iter().max_by_key(|code| sim.market().reported_periods(code, date("2024-03-29")).len());
    let code = *old.unwrap();
    assert!(sim.market().reported_periods(&code, date("2024-03-29")).len() > 100, "{code}");
    let answer = sim.call("fina_indicator", json!({"ts_code": code.as_str()}), "end_date").await;
    assert_eq!(answer["data"]["items"].as_array().unwrap().len(), 100);
    assert_eq!(answer["data"]["has_more"], true);
}

#[tokio::test]
async fn the_plain_interfaces_want_a_company_and_the_whole_ones_can_be_denied() {
    let sim = Sim::start().await;
    for api in ["fina_indicator", "income", "index_daily"] {
        assert_eq!(sim.call(api, json!({"period": PERIOD}), "").await["code"], -2001, "{api}");
    }
    for api in ["fina_indicator_vip", "income_vip"] {
        assert_eq!(sim.call(api, json!({}), "").await["code"], -2001, "{api}");
        sim.server.faults().next(1, api, Fault::Refuse(Refusal::NoPermission));
        assert_eq!(sim.call(api, json!({"period": PERIOD}), "").await["code"], 40203, "{api}");
        assert_eq!(sim.call(api, json!({"period": PERIOD}), "").await["code"], 0, "{api}");
    }
}

#[tokio::test]
async fn an_index_has_its_close_before_its_open_and_appears_after_the_close() {
    let clock = SimClock::at_shanghai(date("2024-03-29").and_hms_opt(15, 29, 59).unwrap());
    let sim = Sim::with(TushareOptions { clock: Some(clock.clock()), ..TushareOptions::default() }).await;
    let params = json!({"ts_code": "000001.SH", "start_date": "20240301", "end_date": "20240331"});
    let answer = sim.call("index_daily", params.clone(), "").await;
    let expected = "ts_code,trade_date,close,open,high,low,pre_close,change,pct_chg,vol,amount";
    assert_eq!(fields(&answer).join(","), expected);
    let before = sim.rows("index_daily", params.clone(), "").await.len();
    clock.set_shanghai(date("2024-03-29").and_hms_opt(15, 30, 0).unwrap());
    let rows = sim.rows("index_daily", params, "").await;
    assert_eq!(rows.len(), before + 1);
    let code = "000001.SH".parse().unwrap();
    let mut truth = sim.market().derived_bars(&code);
    truth.retain(|bar| bar.trade_date >= date("2024-03-01"));
    for (row, bar) in rows.iter().zip(truth.iter().rev()) {
        assert_eq!(text(row, "trade_date"), bar.trade_date.format("%Y%m%d").to_string());
        assert_eq!((row["close"].as_f64(), row["open"].as_f64()), (Some(bar.close), Some(bar.open)));
        assert!((row["vol"].as_f64().unwrap() * 100.0 - bar.volume as f64).abs() < 0.5);
    }
    assert!(sim.rows("index_daily", json!({"ts_code": "510300.SH"}), "").await.is_empty(), "a fund is no index");
}
