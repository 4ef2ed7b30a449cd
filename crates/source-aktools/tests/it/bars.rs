//! Daily bars and trading days, as a cross-check of the other vendors.

use market_model::{Code, DailyBar};
use source_aktools::{AktoolsError, Decision};
use upstream_simulators::AktoolsFault;

use crate::kit::{day, setup, setup_at};

const FUNCTION: &str = "stock_zh_a_hist";

/// What the table can say of a bar: whole lots, and neither reference price nor factor.
fn as_told(bar: DailyBar) -> DailyBar {
    DailyBar { volume: bar.volume / 100 * 100, pre_close: None, adj_factor: None, ..bar }
}

#[tokio::test]
async fn every_shares_bars_arrive_in_yuan_and_shares() {
    let setup = setup().await;
    let (first, last) = setup.market.range();
    let mut seen = 0;
    for code in setup.market.codes() {
        let fetched = setup.client.daily_bars(*code, first, last).await.unwrap();
        assert_eq!((fetched.rejected.len(), fetched.suspect_rows), (0, 0), "{code}: {:?}", fetched.rejected);
        let bars: Vec<DailyBar> = fetched.rows.into_iter().map(|row| row.value).collect();
        let expected: Vec<DailyBar> = setup.market.bars(code).into_iter().map(as_told).collect();
        assert_eq!(bars, expected, "{code}");
        seen += bars.len();
    }
    assert_eq!(seen, setup.market.bar_count());
    assert_eq!(setup.server.calls().most_at_once(FUNCTION), 1);
}

#[tokio::test]
async fn a_range_without_trading_is_empty_and_keeps_its_answer() {
    let setup = setup().await;
    let code = setup.market.expected_codes(day("2024-03-29"))[0];
    // The New Year holidays.
    let fetched = setup.client.daily_bars(code, day("2024-02-10"), day("2024-02-16")).await.unwrap();
    assert_eq!((fetched.rows.len(), fetched.rejected.len()), (0, 0));
    assert_eq!(fetched.pages[0].body, b"[]");
}

#[tokio::test]
async fn a_live_bar_is_never_taken_for_the_days_bar() {
    let setup = setup_at("2024-03-29T11:00:00").await;
    let code = setup.market.expected_codes(day("2024-03-29"))[0];
    let today = day("2024-03-29");
    let error = setup.client.daily_bars(code, today, today).await.unwrap_err();
    assert_eq!(error.decision(), Decision::RetryAt("2024-03-29T07:30:00Z".parse().unwrap()));
    let bars = setup.client.daily_bars(code, day("2024-03-01"), today).await.unwrap().rows;
    assert!(!bars.is_empty() && bars.iter().all(|row| row.value.trade_date < today));
    setup.clock.set_shanghai("2024-03-29T15:30:00".parse().unwrap());
    let bars = setup.client.daily_bars(code, today, today).await.unwrap().rows;
    assert_eq!(bars[0].value, as_told(setup.market.bar(&code, today).unwrap()));
}

#[tokio::test]
async fn a_share_that_akshare_does_not_know_is_a_bad_parameter() {
    let setup = setup().await;
    let unknown: Code = "689999.SH".parse().unwrap();
    assert!(!setup.market.codes().contains(&unknown));
    let error = setup.client.daily_bars(unknown, day("2024-03-01"), day("2024-03-29")).await.unwrap_err();
    let AktoolsError::BadParameter { message, .. } = &error else { panic!("{error}") };
    assert!(message.starts_with("请输入正确的参数错误 '689999'"), "{message}");
    assert_eq!(error.decision(), Decision::Stop);
}

#[tokio::test]
async fn answers_that_must_not_be_used_are_refused_whole() {
    let setup = setup().await;
    let code = setup.market.expected_codes(day("2024-03-29"))[0];
    let ask = || setup.client.daily_bars(code, day("2024-03-01"), day("2024-03-29"));
    // Amounts under the name of volumes and the other way round: no price fits.
    setup.server.faults().next(1, FUNCTION, AktoolsFault::SwapColumns("成交量".to_owned(), "成交额".to_owned()));
    let mut error = ask().await.unwrap_err();
    assert!(matches!(error, AktoolsError::UnitMismatch { .. }), "{error}");
    assert_eq!((error.decision(), error.take_pages().len()), (Decision::Stop, 1));
    setup.server.faults().next(1, FUNCTION, AktoolsFault::DropColumn("收盘".to_owned()));
    let mut error = ask().await.unwrap_err();
    assert_eq!(error.to_string(), "the columns of stock_zh_a_hist changed: 收盘 missing");
    assert_eq!(error.take_pages().len(), 1);
    assert!(!ask().await.unwrap().rows.is_empty());
}

#[tokio::test]
async fn rows_of_another_share_or_with_two_bars_of_one_day_are_refused() {
    let setup = setup().await;
    let code = setup.market.expected_codes(day("2024-03-29"))[0];
    let ask = || setup.client.daily_bars(code, day("2024-03-01"), day("2024-03-29"));
    let all = ask().await.unwrap().rows.len();
    let other = AktoolsFault::Cell { row: 2, column: "股票代码".to_owned(), text: "999999".to_owned() };
    setup.server.faults().next(1, FUNCTION, other);
    let fetched = ask().await.unwrap();
    assert_eq!((fetched.rows.len(), fetched.rejected[0].reason.as_str()), (all - 1, "股票代码 was not asked for"));
    setup.server.faults().next(1, FUNCTION, AktoolsFault::DifferingTwin(2));
    let fetched = ask().await.unwrap();
    assert_eq!((fetched.rows.len(), fetched.rejected.len()), (all - 1, 2));
    assert_eq!(fetched.rejected[0].reason, "日期 comes twice with different figures");
}

#[tokio::test]
async fn trading_days_reach_from_the_beginning_to_the_end_of_the_year() {
    let setup = setup().await;
    let fetched = setup.client.trading_days().await.unwrap();
    let days: Vec<_> = fetched.rows.iter().map(|row| row.value).collect();
    assert!(days.windows(2).all(|pair| pair[0] < pair[1]));
    assert_eq!(days[0], day("1990-12-19"));
    let calendar = setup.market.calendar();
    let (first, last) = calendar.range().unwrap();
    let of_the_market: Vec<_> = days.iter().copied().filter(|day| (first..=last).contains(day)).collect();
    assert_eq!(of_the_market, calendar.open_days(first, last).collect::<Vec<_>>());
    setup.client.trading_days().await.unwrap();
    assert_eq!(setup.server.calls().of("tool_trade_date_hist_sina"), 1);
    setup.client.forget_answers();
    setup.server.faults().next(1, "", AktoolsFault::EmptyTable);
    assert!(matches!(setup.client.trading_days().await.unwrap_err(), AktoolsError::NoData { .. }));
    setup.server.faults().next(1, "", AktoolsFault::DropColumn("trade_date".to_owned()));
    assert!(matches!(setup.client.trading_days().await.unwrap_err(), AktoolsError::ColumnsChanged { .. }));
    assert!(setup.client.trading_days().await.is_ok());
}
