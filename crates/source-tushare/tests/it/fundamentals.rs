//! Reports, indices and dividends of one company, against the simulated vendor.

use std::{collections::BTreeSet, sync::Arc};

use chrono::{Days, NaiveDate};
use market_model::{Code, DailyBar, FundamentalClaim, Metric};
use source_tushare::{Api, ClientConfig, Row, Secret, TushareError};
use upstream_simulators::{Fault, Market, MarketSpec, SimClock, TushareOptions, TushareServer, tushare::Refusal};

use crate::{
    kit::{client_with_clock, config, day},
    simulator::{Setup, setup, setup_with, sorted},
};

const PERIOD: &str = "2023-09-30";

fn claims(rows: Vec<Row<FundamentalClaim>>) -> Vec<FundamentalClaim> {
    sorted(rows, |claim| (claim.code, claim.metric, claim.announced))
}

/// What every company's reports of a period say.
fn truth(market: &Market, period: NaiveDate, as_of: NaiveDate) -> Vec<FundamentalClaim> {
    market.codes().iter().flat_map(|code| market.fundamentals(code, period, as_of)).collect()
}

#[tokio::test]
async fn a_periods_reports_of_all_companies_arrive_exactly_as_they_are() {
    let Setup { server, client, market, last_day } = setup().await;
    for period in [day("2022-12-31"), day(PERIOD)] {
        let fetched = client.fundamentals_of_period(period).await.unwrap();
        assert!(fetched.rejected.is_empty(), "{:?}", fetched.rejected);
        assert!(fetched.pages.len() > 10, "the period must page for this test to mean anything");
        let expected = truth(&market, period, last_day);
        assert!(expected.len() > 20 * 30);
        assert_eq!(claims(fetched.rows), expected, "{period}");
    }
    assert_eq!(server.calls().of("fina_indicator"), 0);
}

#[tokio::test]
async fn one_companys_reports_say_what_the_whole_period_says() {
    let Setup { server: _server, client, market, last_day } = setup().await;
    let mut restated = 0;
    for code in market.codes() {
        for period in market.reported_periods(code, last_day).into_iter().rev().take(6) {
            let fetched = client.fundamentals(period, *code).await.unwrap();
            assert!(fetched.rejected.is_empty(), "{:?}", fetched.rejected);
            for row in &fetched.rows {
                assert!(["fina_indicator", "income"].contains(&fetched.pages[row.page].dataset));
            }
            let expected = market.fundamentals(code, period, last_day);
            let days: BTreeSet<_> = expected.iter().map(|claim| claim.announced).collect();
            restated += usize::from(days.len() > 1);
            assert_eq!(claims(fetched.rows), expected, "{code} {period}");
        }
    }
    assert!(restated > 3, "reports must be restated for this test to mean anything");
}

#[tokio::test]
async fn a_report_that_is_not_out_yet_is_no_claim() {
    let market = Arc::new(Market::generate(&MarketSpec::small()));
    let last_day = market.range().1;
    let code = market.codes()[0];
    let period = day("2024-03-31");
    let announced = market.fundamentals(&code, period, day("2024-12-31"))[0].announced.unwrap();
    assert!(announced > last_day);
    let evening = |day: NaiveDate| day.and_hms_opt(20, 0, 0).unwrap();
    let clock = SimClock::at_shanghai(evening(announced - Days::new(1)));
    let options = TushareOptions { clock: Some(clock.clock()), ..TushareOptions::default() };
    let token = Secret::new(&options.token);
    let server = TushareServer::start(Arc::clone(&market), options).await.unwrap();
    let client = client_with_clock(ClientConfig { token, ..config(&server.url) }, clock.clock());
    assert!(client.fundamentals(period, code).await.unwrap().rows.is_empty());
    clock.set_shanghai(evening(announced));
    let out = claims(client.fundamentals(period, code).await.unwrap().rows);
    assert_eq!(out, market.fundamentals(&code, period, announced));
    assert!(out.iter().any(|claim| claim.metric == Metric::NetProfitParent));
}

#[tokio::test]
async fn without_permission_for_whole_periods_the_caller_is_told_to_ask_by_company() {
    let Setup { server, client, market, last_day } = setup().await;
    for denied in [Refusal::NoPermission, Refusal::NoPermissionOldHost] {
        server.faults().always("fina_indicator_vip", Fault::Refuse(denied));
        let error = client.fundamentals_of_period(day(PERIOD)).await.unwrap_err();
        assert!(matches!(error, TushareError::NoPermission { api: Api::FinaIndicatorVip, .. }), "{error}");
        assert_eq!(server.calls().of("income_vip"), 0, "no call is spent on the twin");
        server.faults().clear();
    }
    let code = market.codes()[0];
    let by_company = client.fundamentals(day(PERIOD), code).await.unwrap();
    assert_eq!(claims(by_company.rows), market.fundamentals(&code, day(PERIOD), last_day));
}

#[tokio::test]
async fn faults_on_the_way_change_no_figure() {
    let Setup { server, client, market, last_day } = setup().await;
    let expected = truth(&market, day(PERIOD), last_day);
    for fault in [Fault::HtmlBadGateway, Fault::HtmlOk, Fault::ServerError, Fault::CutBody, Fault::Hangup] {
        for api in ["fina_indicator_vip", "income_vip"] {
            server.faults().next(1, api, fault.clone());
        }
        let fetched = client.fundamentals_of_period(day(PERIOD)).await.unwrap();
        assert_eq!(claims(fetched.rows), expected, "{fault:?}");
        server.faults().clear();
    }
    for fault in [Fault::NullMsg, Fault::NoHasMore, Fault::DuplicateRows] {
        server.faults().always("", fault.clone());
        let fetched = client.fundamentals_of_period(day(PERIOD)).await.unwrap();
        assert_eq!(claims(fetched.rows), expected, "{fault:?}");
        server.faults().clear();
    }
    server.faults().always("income_vip", Fault::DropColumn("f_ann_date".to_owned()));
    let mut error = client.fundamentals_of_period(day(PERIOD)).await.unwrap_err();
    assert_eq!(error.to_string(), "the columns of income_vip changed: f_ann_date missing");
    assert_eq!(error.take_pages().len(), 1);
}

#[tokio::test]
async fn a_period_nobody_has_reported_on_is_empty_and_keeps_its_pages() {
    let Setup { server: _server, client, .. } = setup().await;
    let fetched = client.fundamentals_of_period(day("2024-06-30")).await.unwrap();
    assert_eq!((fetched.rows.len(), fetched.rejected.len(), fetched.pages.len()), (0, 0, 2));
}

#[tokio::test]
async fn every_index_arrives_in_points_shares_and_yuan() {
    let Setup { server: _server, client, market, last_day } =
        setup_with(Market::generate(&MarketSpec::small()), None).await;
    let indices: Vec<Code> =
        market.derived_codes().into_iter().filter(|code| client_knows_index(&market, *code)).collect();
    assert!(indices.len() >= 3, "{indices:?}");
    for code in indices {
        let fetched = client.index_daily(code, market.range().0, last_day).await.unwrap();
        assert!(fetched.rejected.is_empty());
        let bars: Vec<DailyBar> = sorted(fetched.rows, |bar| bar.trade_date);
        assert_eq!(bars, market.derived_bars(&code), "{code}");
        assert!(bars.iter().all(|bar| bar.high >= bar.close && bar.low <= bar.close && bar.high > bar.low));
    }
}

/// Indices, not the funds that are derived with them.
fn client_knows_index(market: &Market, code: Code) -> bool {
    use market_model::InstrumentKind;
    InstrumentKind::of_code(&code) == Some(InstrumentKind::Index) && !market.derived_bars(&code).is_empty()
}

#[tokio::test]
async fn an_index_is_not_taken_before_its_day_is_closed() {
    let market = Arc::new(Market::generate(&MarketSpec::small()));
    let today = market.range().1;
    let clock = SimClock::at_shanghai(today.and_hms_opt(11, 0, 0).unwrap());
    let options = TushareOptions { clock: Some(clock.clock()), ..TushareOptions::default() };
    let token = Secret::new(&options.token);
    let server = TushareServer::start(Arc::clone(&market), options).await.unwrap();
    let client = client_with_clock(ClientConfig { token, ..config(&server.url) }, clock.clock());
    let code: Code = "000001.SH".parse().unwrap();
    let error = client.index_daily(code, today, today).await.unwrap_err();
    assert!(matches!(error, TushareError::NotPublishedYet { .. }), "{error}");
    assert_eq!(server.calls().total(), 0);
    let bars = client.index_daily(code, market.range().0, today).await.unwrap().rows;
    assert!(!bars.is_empty() && bars.iter().all(|row| row.value.trade_date < today));
}

#[tokio::test]
async fn a_dividend_is_known_by_code_before_its_ex_date() {
    let market = Arc::new(Market::generate(&MarketSpec::small()));
    let actions = market.codes().iter().flat_map(|code| market.actions(code));
    let action = actions.filter(|action| action.cash_per_10 > 0.0).max_by_key(|action| action.ex_date).unwrap();
    let clock = SimClock::at_shanghai((action.ex_date - Days::new(3)).and_hms_opt(20, 0, 0).unwrap());
    let options = TushareOptions { clock: Some(clock.clock()), ..TushareOptions::default() };
    let token = Secret::new(&options.token);
    let server = TushareServer::start(Arc::clone(&market), options).await.unwrap();
    let client = client_with_clock(ClientConfig { token, ..config(&server.url) }, clock.clock());
    let events = client.dividends_by_code(action.code).await.unwrap().rows;
    let event = events.iter().find(|row| row.value.ex_date == action.ex_date).expect("the event to come");
    assert_eq!((event.value.cash_per_10, event.value.bonus_per_10), (action.cash_per_10, action.bonus_per_10));
    assert_eq!(server.calls().with("dividend", &[("ts_code", action.code.as_str())]), 1);
}
