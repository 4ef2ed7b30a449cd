//! Bars of shares and the trading days.

use market_model::Code;

use crate::harness::{Sim, columns};

async fn bars(sim: &Sim, query: &str) -> (u16, String) {
    sim.text(&format!("/api/public/stock_zh_a_hist?{query}")).await
}

fn trading(sim: &Sim) -> Code {
    let day = "2024-03-29".parse().expect("a day");
    sim.server.market().expected_codes(day)[0]
}

#[tokio::test]
async fn bars_ascend_in_lots_and_yuan_with_the_close_before_the_high() {
    let sim = Sim::start().await;
    let code = trading(&sim);
    let query = format!("symbol={}&period=daily&start_date=20240301&end_date=20240329&adjust=", code.symbol());
    let (status, body) = bars(&sim, &query).await;
    let expected = "日期,股票代码,开盘,收盘,最高,最低,成交量,成交额,振幅,涨跌幅,涨跌额,换手率";
    assert_eq!((status, columns(&body).join(",").as_str()), (200, expected));
    let rows: Vec<serde_json::Value> = serde_json::from_str(&body).unwrap();
    let mut truth = sim.server.market().bars(&code);
    truth.retain(|bar| bar.trade_date >= "2024-03-01".parse().unwrap());
    assert_eq!(rows.len(), truth.len());
    for (row, bar) in rows.iter().zip(&truth) {
        assert_eq!(row["日期"], format!("{}T00:00:00.000", bar.trade_date));
        assert_eq!((row["收盘"].as_f64(), row["最高"].as_f64()), (Some(bar.close), Some(bar.high)));
        assert_eq!((row["成交量"].as_i64(), row["成交额"].as_f64()), (Some(bar.volume / 100), bar.amount));
        let change = bar.close - bar.pre_close.unwrap();
        assert!((row["涨跌额"].as_f64().unwrap() - change).abs() < 1e-9);
    }
}

#[tokio::test]
async fn before_the_close_the_last_bar_is_a_live_one() {
    let sim = Sim::at("2024-03-29T11:00:00").await;
    let code = trading(&sim);
    let query = format!("symbol={}&start_date=20240329", code.symbol());
    let volume =
        |body: &str| serde_json::from_str::<Vec<serde_json::Value>>(body).unwrap()[0]["成交量"].as_i64().unwrap();
    let live = volume(&bars(&sim, &query).await.1);
    sim.clock.set_shanghai("2024-03-29T15:00:00".parse().unwrap());
    let closed = volume(&bars(&sim, &query).await.1);
    assert!(live < closed, "{live} {closed}");
    sim.clock.set_shanghai("2024-03-29T09:29:59".parse().unwrap());
    assert_eq!(bars(&sim, &query).await.1, "[]");
}

#[tokio::test]
async fn wrong_arguments_break_as_they_do_over_there() {
    let sim = Sim::start().await;
    let (status, body) = bars(&sim, "symbol=999999").await;
    assert!(status == 404 && body.contains("请输入正确的参数错误 '999999'"), "{body}");
    let symbol = trading(&sim).symbol().to_owned();
    assert_eq!(bars(&sim, &format!("symbol={symbol}&start_date=yesterday")).await.0, 500);
    assert_eq!(bars(&sim, &format!("symbol={symbol}&begin=20240301")).await.0, 500);
    assert_eq!(bars(&sim, &format!("symbol={symbol}&start_date=20240210&end_date=20240216")).await.1, "[]");
}

#[tokio::test]
async fn trading_days_are_the_markets_and_reach_back_to_the_first() {
    let sim = Sim::start().await;
    let rows = sim.rows("tool_trade_date_hist_sina").await;
    let days: Vec<&str> = rows.iter().map(|row| &row["trade_date"].as_str().unwrap()[..10]).collect();
    assert_eq!((days[0], days.len() > 7_000), ("1990-12-19", true));
    assert!(days.last().unwrap().starts_with("2024-12-"));
    for day in sim.server.market().trading_days() {
        assert!(days.binary_search(&day.to_string().as_str()).is_ok(), "{day}");
    }
}
