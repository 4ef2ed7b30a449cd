//! Each api: columns, units, selection; compared with the market behind it.

use market_model::{ListStatus, SuspensionKind};
use serde_json::{Value, json};
use upstream_simulators::{Market, MarketSpec, TushareOptions};

use crate::harness::{Sim, date, fields, rows};

const DAY: &str = "2024-03-01";
const DAY_PARAM: &str = "20240301";

fn close_to(value: &Value, expected: f64) {
    let value = value.as_f64().expect("a number");
    assert!((value - expected).abs() <= expected.abs() * 1e-12, "{value} {expected}");
}

#[tokio::test]
async fn daily_gives_the_days_bars_in_the_vendors_units() {
    let sim = Sim::start().await;
    let answer = sim.call("daily", json!({"trade_date": DAY_PARAM}), "").await;
    let default = "ts_code,trade_date,open,high,low,close,pre_close,change,pct_chg,vol,amount";
    assert_eq!(fields(&answer).join(","), default);
    assert_eq!(answer["data"]["has_more"], false);
    assert_eq!(answer["data"]["count"], 0);
    assert_eq!(answer["msg"], "");

    let rows = rows(&answer);
    let expected = sim.market().expected_codes(date(DAY));
    assert_eq!(rows.len(), expected.len());
    for (row, code) in rows.iter().zip(&expected) {
        let bar = sim.market().bar(code, date(DAY)).unwrap();
        assert_eq!(row["ts_code"], code.as_str());
        assert_eq!(row["trade_date"], DAY_PARAM);
        for (column, price) in [("open", bar.open), ("high", bar.high), ("low", bar.low), ("close", bar.close)] {
            assert_eq!(row[column], price);
        }
        let pre_close = bar.pre_close.unwrap();
        assert_eq!(row["pre_close"], pre_close);
        assert!((row["change"].as_f64().unwrap() - (bar.close - pre_close)).abs() < 1e-9);
        assert!((row["pct_chg"].as_f64().unwrap() - (bar.close / pre_close - 1.0) * 100.0).abs() < 1e-4);
        close_to(&row["vol"], bar.volume as f64 / 100.0);
        close_to(&row["amount"], bar.amount.unwrap() / 1000.0);
    }
}

#[tokio::test]
async fn daily_of_one_code_comes_newest_first_and_leaves_suspensions_out() {
    let sim = Sim::start().await;
    let days = sim.market().trading_days();
    let halted = |code: &&market_model::Code| days.iter().any(|day| sim.market().is_suspended(code, *day));
    let code = *sim.market().codes().iter().filter(|c| !sim.market().bars(c).is_empty()).find(halted).unwrap();
    let params = json!({"ts_code": code.as_str(), "start_date": "20240201", "end_date": "20240331"});
    let rows = sim.rows("daily", params, "trade_date,close").await;
    let mut expected = sim.market().bars(&code);
    expected.retain(|bar| bar.trade_date >= date("2024-02-01"));
    expected.reverse();
    let expected: Vec<String> = expected.iter().map(|bar| bar.trade_date.format("%Y%m%d").to_string()).collect();
    let dates: Vec<&str> = rows.iter().map(|row| row["trade_date"].as_str().unwrap()).collect();
    assert_eq!(dates, expected);
}

#[tokio::test]
async fn columns_come_in_the_order_of_the_request_and_hidden_ones_only_when_named() {
    let sim = Sim::start().await;
    let answer = sim.call("daily", json!({"trade_date": DAY_PARAM}), "close,ah_vol,ts_code,nonsense").await;
    assert_eq!(fields(&answer), ["close", "ah_vol", "ts_code"]);
    assert_eq!(rows(&answer)[0]["ah_vol"], Value::Null, "the after-hours session did not exist yet");
    let answer = sim.call("stock_basic", json!({}), "ts_code,delist_date,exchange,list_status").await;
    assert_eq!(fields(&answer), ["ts_code", "delist_date", "exchange", "list_status"]);
}

#[tokio::test]
async fn daily_takes_a_list_of_codes_and_other_apis_do_not() {
    let sim = Sim::start().await;
    let params = json!({"ts_code": "600519.SH,000001.SZ", "trade_date": DAY_PARAM});
    assert_eq!(sim.rows("daily", params.clone(), "").await.len(), 2);
    assert_eq!(sim.rows("adj_factor", params, "").await.len(), 0);
}

#[tokio::test]
async fn both_paths_and_numbers_as_parameters_are_accepted() {
    let sim = Sim::start().await;
    let body = sim.body("ignored", json!({"trade_date": DAY_PARAM, "limit": 3, "ts_type_name": "http://x"}), "");
    let response = sim.post("/dataapi/daily", &body).await.unwrap();
    let answer: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
    assert_eq!(rows(&answer).len(), 3);
    assert_eq!(sim.server.calls().with("daily", &[("limit", "3")]), 1);
}

#[tokio::test]
async fn a_holiday_and_an_unknown_code_have_no_rows() {
    let sim = Sim::start().await;
    for params in [
        json!({"trade_date": "20240212"}),
        json!({"trade_date": "20240302"}),
        json!({"ts_code": "600999.SH"}),
        json!({"ts_code": "nonsense"}),
    ] {
        let answer = sim.call("daily", params, "").await;
        assert_eq!(answer["code"], 0);
        assert_eq!(answer["data"]["items"], json!([]));
    }
}

#[tokio::test]
async fn adj_factor_has_rows_for_suspended_codes() {
    let sim = Sim::start().await;
    let rows = sim.rows("adj_factor", json!({"trade_date": DAY_PARAM}), "").await;
    let mut suspended = 0;
    for row in &rows {
        let code = row["ts_code"].as_str().unwrap().parse().unwrap();
        assert_eq!(row["adj_factor"].as_f64(), sim.market().adj_factor(&code, date(DAY)));
        suspended += usize::from(sim.market().is_suspended(&code, date(DAY)));
    }
    assert!(suspended > 0);
    assert_eq!(rows.len(), sim.market().expected_codes(date(DAY)).len() + suspended);
}

#[tokio::test]
async fn daily_basic_gives_ten_thousands_of_shares_and_yuan() {
    let sim = Sim::start().await;
    let rows = sim.rows("daily_basic", json!({"trade_date": DAY_PARAM}), "").await;
    assert_eq!(rows.len(), sim.market().expected_codes(date(DAY)).len());
    for row in &rows {
        let code = row["ts_code"].as_str().unwrap().parse().unwrap();
        let truth = sim.market().basic(&code, date(DAY)).unwrap();
        let bar = sim.market().bar(&code, date(DAY)).unwrap();
        close_to(&row["total_share"], truth.total_shares.unwrap() / 1e4);
        close_to(&row["total_mv"], truth.total_value.unwrap() / 1e4);
        assert!((truth.total_shares.unwrap() * bar.close - truth.total_value.unwrap()).abs() < 1.0);
        assert_eq!(row["pe_ttm"].as_f64(), truth.pe_ttm);
        let turnover = bar.volume as f64 / truth.float_shares.unwrap() * 100.0;
        assert!((row["turnover_rate"].as_f64().unwrap() - turnover).abs() < 1e-4);
        assert!(truth.free_shares <= truth.float_shares && truth.float_shares <= truth.total_shares);
    }
    assert!(rows.iter().any(|row| row["pe_ttm"].is_null()), "a loss maker has no pe");
    assert!(rows.iter().any(|row| row["pe_ttm"].is_f64()));
}

#[tokio::test]
async fn stock_basic_lists_by_status_and_defaults_to_listed() {
    let sim = Sim::start().await;
    let (_, last) = sim.market().range();
    let mut seen = 0;
    for (status, expected) in [("L", ListStatus::Listed), ("D", ListStatus::Delisted), ("P", ListStatus::Paused)] {
        let wanted = "ts_code,name,list_date,delist_date,list_status,market";
        let rows = sim.rows("stock_basic", json!({"list_status": status}), wanted).await;
        assert!(!rows.is_empty(), "{status}");
        seen += rows.len();
        for row in &rows {
            let code = row["ts_code"].as_str().unwrap().parse().unwrap();
            let (instrument, listed) = sim.market().instrument(&code, last).unwrap();
            assert_eq!(listed, expected);
            assert_eq!(row["name"], instrument.name);
            assert_eq!(row["list_date"], instrument.listed.unwrap().format("%Y%m%d").to_string());
            assert_eq!(row["delist_date"].is_null(), status != "D");
        }
    }
    assert_eq!(seen, sim.market().codes().len());
    let default = sim.rows("stock_basic", json!({}), "").await;
    assert_eq!(default.len(), sim.rows("stock_basic", json!({"list_status": "L"}), "").await.len());
    let beijing = sim.rows("stock_basic", json!({"exchange": "BSE"}), "").await;
    assert!(!beijing.is_empty() && beijing.iter().all(|row| row["market"] == "北交所"));
}

#[tokio::test]
async fn trade_cal_knows_the_day_before_and_selects_open_days() {
    let sim = Sim::start().await;
    let params = json!({"start_date": "20240208", "end_date": "20240219"});
    let rows = sim.rows("trade_cal", params, "").await;
    assert_eq!(rows.len(), 12);
    let newest = &rows[0];
    assert_eq!((&newest["cal_date"], &newest["is_open"]), (&json!("20240219"), &json!(1)));
    assert_eq!(newest["pretrade_date"], "20240208");
    assert_eq!(newest["exchange"], "SSE");
    let open = sim.rows("trade_cal", json!({"exchange": "SZSE", "is_open": "1"}), "cal_date").await;
    let calendar = sim.market().calendar();
    assert_eq!(open.len(), calendar.open_days(date("2024-01-01"), date("2024-12-31")).count());
    let first = sim.rows("trade_cal", json!({"end_date": "20240101"}), "").await;
    assert_eq!(first[0]["pretrade_date"], "20231229", "known beyond the calendar's beginning");
}

#[tokio::test]
async fn suspend_d_tells_whole_days_parts_and_resumptions() {
    let sim = Sim::start().await;
    let rows = sim.rows("suspend_d", json!({"start_date": "20240101", "end_date": "20240331"}), "").await;
    let truth: usize = sim.market().trading_days().iter().map(|day| sim.market().suspensions(*day).len()).sum();
    assert_eq!(rows.len(), truth);
    for row in &rows {
        let code = row["ts_code"].as_str().unwrap().parse().unwrap();
        let day = chrono::NaiveDate::parse_from_str(row["trade_date"].as_str().unwrap(), "%Y%m%d").unwrap();
        let known = sim.market().suspensions(day);
        let truth = known.iter().find(|suspension| suspension.code == code).unwrap();
        let kind = if truth.kind == SuspensionKind::Suspended { "S" } else { "R" };
        assert_eq!(row["suspend_type"], kind);
        assert_eq!(row["suspend_timing"].as_str(), truth.timing.as_deref());
        assert_eq!(truth.is_whole_day(), sim.market().is_suspended(&code, day));
    }
    for kind in ["S", "R"] {
        let some = sim.rows("suspend_d", json!({"suspend_type": kind}), "").await;
        assert!(!some.is_empty() && some.len() < rows.len());
    }
}

#[tokio::test]
async fn stk_limit_marks_days_without_limit() {
    let sim = Sim::start().await;
    let rows = sim.rows("stk_limit", json!({"start_date": "20240101", "end_date": "20240331"}), "").await;
    let free = rows.iter().filter(|row| row["up_limit"] == 99999.99).collect::<Vec<_>>();
    assert!(!free.is_empty() && free.len() < rows.len() / 10);
    assert!(free.iter().all(|row| row["down_limit"] == 0.01));
    let answer = sim.call("stk_limit", json!({"trade_date": DAY_PARAM}), "").await;
    assert_eq!(fields(&answer), ["trade_date", "ts_code", "up_limit", "down_limit"]);
}

#[tokio::test]
async fn dividends_are_per_share_sum_up_per_ex_date_and_leave_rights_out() {
    let sim = Sim::start().await;
    let (mut with_bonus, mut two_lines) = (0, 0);
    for code in sim.market().codes() {
        let rows = sim.rows("dividend", json!({"ts_code": code.as_str()}), "").await;
        for action in sim.market().actions(code) {
            let ex_date = action.ex_date.format("%Y%m%d").to_string();
            let lines: Vec<_> = rows.iter().filter(|row| row["ex_date"] == ex_date.as_str()).collect();
            let sum = |column: &str| lines.iter().map(|row| row[column].as_f64().unwrap()).sum::<f64>();
            assert!((sum("cash_div_tax") * 10.0 - action.cash_per_10).abs() < 1e-9, "{action:?}");
            assert!((sum("stk_div") * 10.0 - action.bonus_per_10).abs() < 1e-9, "{action:?}");
            assert!(lines.iter().all(|row| row["div_proc"] == "实施"));
            assert_eq!(lines.is_empty(), action.cash_per_10 == 0.0 && action.bonus_per_10 == 0.0);
            with_bonus += usize::from(action.bonus_per_10 > 0.0);
            two_lines += usize::from(lines.len() == 2);
            let by_day = sim.rows("dividend", json!({"ex_date": ex_date}), "ts_code,ex_date").await;
            assert_eq!(by_day.iter().filter(|row| row["ts_code"] == code.as_str()).count(), lines.len());
        }
        let proposals = rows.iter().filter(|row| row["div_proc"] == "预案");
        assert!(proposals.clone().all(|row| row["ex_date"].is_null() && row["cash_div"] == 0.0));
    }
    assert!(with_bonus > 0 && two_lines > 0);
}

#[tokio::test]
async fn a_whole_market_day_fits_into_one_answer() {
    let spec = MarketSpec::new(5, 5_500, date("2024-02-26"), date("2024-03-01"));
    let sim = Sim::over(Market::generate(&spec), TushareOptions::default()).await;
    for api in ["daily", "adj_factor", "daily_basic", "stk_limit"] {
        let answer = sim.call(api, json!({"trade_date": DAY_PARAM}), "").await;
        assert_eq!(answer["data"]["has_more"], false);
        assert!(rows(&answer).len() > 5_400, "{api}");
    }
}

#[tokio::test]
async fn real_bars_come_as_the_vendor_published_them() {
    let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures");
    let Some(market) = Market::from_fixture(&dir).unwrap() else {
        eprintln!("skipped: no fixtures in {}", dir.display());
        return;
    };
    let sim = Sim::over(market, TushareOptions::default()).await;
    let rows = sim.rows("daily", json!({"ts_code": "000001.SZ", "trade_date": "20180718"}), "").await;
    let row = &rows[0];
    let values =
        ["open", "high", "low", "close", "pre_close", "change", "vol", "amount"].map(|c| row[c].as_f64().unwrap());
    assert_eq!(values, [8.75, 8.85, 8.69, 8.70, 8.72, -0.02, 525152.76, 460697.376], "as in the vendor's own sample");
    let all = sim.call("daily", json!({"ts_code": "000001.SZ"}), "trade_date,close").await;
    assert_eq!((all["data"]["has_more"].clone(), all["data"]["items"].as_array().unwrap().len()), (json!(true), 6_000));
}
