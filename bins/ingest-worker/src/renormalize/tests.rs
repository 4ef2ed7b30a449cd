//! Every vendor's answers, read again, say what they said when they came.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use market_model::{CorporateAction, DailyBar, FundamentalClaim, MacroObservation};
use upstream_simulators::{
    AktoolsOptions, AktoolsServer, AlphaVantageOptions, AlphaVantageServer, Market, MarketSpec, SimClock, TdxOptions,
    TdxServer, TushareOptions, TushareServer, World, WorldSpec, YahooOptions, YahooServer,
};

use super::*;
use crate::answer::{Answer, GlobalAnswer};

/// An entry about a row of a response.
fn entry(source: &str, dataset: &str, row: u32) -> QuarantinedRow {
    QuarantinedRow {
        id: "9f".to_owned(),
        dataset: dataset.to_owned(),
        source: source.to_owned(),
        rule: "schema".to_owned(),
        code: None,
        trade_date: None,
        raw_id: Some(1),
        raw_row: i32::try_from(row).ok(),
        reason: "an older adapter could not read it".to_owned(),
        value: String::new(),
        candidate: None,
        state: "held".to_owned(),
        quarantined_at: DateTime::<Utc>::UNIX_EPOCH,
        decided_at: None,
        decided_by: None,
        note: None,
    }
}

/// Reads every response again and finds each row of `rows` at its place.
fn assert_found<T: Clone>(
    responses: &[RawResponse],
    rows: &[Sourced<T>],
    release: impl Fn(T) -> ReleasedRow,
    series: &[String],
) {
    assert!(!rows.is_empty(), "something must have come");
    for Sourced { value, response, row } in rows {
        let response = &responses[*response];
        let again = renormalize(response, series).unwrap();
        let dataset = match (&*response.source, release(value.clone())) {
            ("yahoo", ReleasedRow::Action(_)) => "events",
            _ => &response.dataset,
        };
        let wanted = release(value.clone());
        for named in [dataset, table_of(&wanted)] {
            let found = again.rows_of(&entry(&response.source, named, *row)).unwrap();
            assert!(found.contains(&wanted), "{wanted:?} among {found:?}");
        }
    }
}

macro_rules! http {
    () => {
        daemon_kit::http::client(&daemon_kit::http::ClientOptions::default()).unwrap()
    };
}

fn market() -> (Arc<Market>, SimClock) {
    let market = Arc::new(Market::generate(&MarketSpec::small()));
    let clock = SimClock::at_shanghai(market.range().1.and_hms_opt(20, 0, 0).unwrap());
    (market, clock)
}

#[tokio::test(flavor = "multi_thread")]
async fn of_tushare_without_factors_which_are_joined_by_code_and_day() {
    let (market, clock) = market();
    let options = TushareOptions { clock: Some(clock.clock()), ..TushareOptions::default() };
    let mut config = source_tushare::ClientConfig::new(source_tushare::Secret::new(&options.token));
    let server = TushareServer::start(market.clone(), options).await.unwrap();
    config.base_url.clone_from(&server.url);
    let client = source_tushare::Client::new(http!(), config, clock.clock());
    let day = market.range().1;
    let bars: Answer<DailyBar> = client.daily_market(day).await.unwrap().into();
    assert_found(&bars.responses, &bars.rows, ReleasedRow::Daily, &[]);
    let mut again = renormalize(&bars.responses[0], &[]).unwrap();
    assert_eq!(again.lacks_factors_of(), Some(day));
    let code = bars.rows[3].value.code;
    again.join_factors(&HashMap::from([((code, day), 2.5)]));
    let rows = again.rows_of(&entry("tushare", "daily", bars.rows[3].row)).unwrap();
    assert_eq!(rows, [ReleasedRow::Daily(DailyBar { adj_factor: Some(2.5), ..bars.rows[3].value.clone() })]);
    let missing = again.rows_of(&entry("tushare", "daily", 9_999)).unwrap_err();
    assert_eq!(missing, "the adapter of today makes no row of it");

    let period = market.reported_periods(&code, day).pop().unwrap();
    let claims: Answer<FundamentalClaim> = client.fundamentals(period, code).await.unwrap().into();
    assert_found(&claims.responses, &claims.rows, ReleasedRow::Fundamental, &[]);
    let calendar: Answer<_> = client.trade_calendar(day, day).await.unwrap().into();
    let refused = renormalize(&calendar.responses[0], &[]).unwrap_err();
    assert!(refused.contains("rows of trade_cal are not put back one by one"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_tdx() {
    let (market, clock) = market();
    let options = TdxOptions { clock: Some(clock.clock()), control: false, ..TdxOptions::default() };
    let server = TdxServer::start(market.clone(), options).await.unwrap();
    let mut config = source_tdx::ClientConfig::new(vec![server.host.clone()]);
    let (first, last) = market.range();
    let traded = |code: &&Code| market.bars(code).len() == market.trading_days().len();
    config.probe_code = *market.codes().iter().find(traded).unwrap();
    let code = config.probe_code;
    let client = source_tdx::Client::new(config, clock.clock());
    let bars: Answer<DailyBar> = client.daily_bars(&code, first, last).await.unwrap().into();
    assert_found(&bars.responses, &bars.rows[..5], ReleasedRow::Daily, &[]);
    let claims: Answer<FundamentalClaim> = client.finance(&code).await.unwrap().into();
    assert_found(&claims.responses, &claims.rows, ReleasedRow::Fundamental, &[]);
    let paying = market.codes().iter().find(|code| market.actions(code).iter().any(|action| action.ex_date <= last));
    let actions: Answer<CorporateAction> = client.corporate_actions(paying.unwrap()).await.unwrap().into();
    assert_found(&actions.responses, &actions.rows, ReleasedRow::Action, &[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_yahoo_and_alpha_vantage() {
    let world = Arc::new(World::generate(&WorldSpec::small()));
    let clock = SimClock::at(world.after_last_day());
    let code: Code = "AAPL.US".parse().unwrap();
    let (first, last) = world.range();
    let options = YahooOptions { clock: Some(clock.clock()), ..YahooOptions::default() };
    let server = YahooServer::start(world.clone(), options).await.unwrap();
    let config = source_yahoo::ClientConfig { base_url: server.url.clone(), ..source_yahoo::ClientConfig::default() };
    let client = source_yahoo::Client::new(http!(), config, clock.clock());
    let yahoo: GlobalAnswer = client.history(&code, first, last).await.unwrap().into();

    let options = AlphaVantageOptions { clock: Some(clock.clock()), ..AlphaVantageOptions::premium() };
    let key = source_alpha_vantage::Secret::new("SIMULATEDKEY1234");
    let server = AlphaVantageServer::start(world.clone(), options).await.unwrap();
    let config = source_alpha_vantage::ClientConfig {
        base_url: server.url.clone(),
        adjusted: true,
        ..source_alpha_vantage::ClientConfig::new(key)
    };
    let client = source_alpha_vantage::Client::new(http!(), config, clock.clock());
    let alpha_vantage: GlobalAnswer = client.history(&code, first, last).await.unwrap().into();
    for answer in [yahoo, alpha_vantage] {
        assert_found(&answer.responses, &answer.bars[..5], ReleasedRow::Daily, &[]);
        assert_found(&answer.responses, &answer.actions, ReleasedRow::Action, &[]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_aktools_the_series_that_are_wanted_and_none_where_one_is_refused_still() {
    let (market, clock) = market();
    let options = AktoolsOptions { clock: Some(clock.clock()), ..AktoolsOptions::default() };
    let server = AktoolsServer::start(market, options).await.unwrap();
    let config = source_aktools::ClientConfig::new(server.url.clone());
    let client = source_aktools::Client::new(http!(), config, clock.clock());
    let of = |function: &str| source_aktools::SERIES.iter().filter(move |spec| spec.function == function).count();
    let functions = source_aktools::functions();
    let function = functions.iter().find(|function| of(function) > 1).unwrap();
    let specs: Vec<_> = source_aktools::SERIES.iter().filter(|spec| spec.function == *function).collect();
    let all: Vec<String> = specs.iter().map(|spec| spec.name.to_owned()).collect();
    let answer: Answer<MacroObservation> = client.function(function).await.unwrap().into();
    assert_found(&answer.responses, &answer.rows[..5], ReleasedRow::Macro, &all);
    let response = &answer.responses[0];
    let place = entry("aktools", function, answer.rows[0].row);
    let of_one = renormalize(response, &all[..1]).unwrap().rows_of(&place).unwrap();
    assert!(of_one.iter().all(|row| matches!(row, ReleasedRow::Macro(one) if one.series == all[0])), "{of_one:?}");
    let mut half = renormalize(response, &all).unwrap();
    half.rejected.insert(((*function).to_owned(), answer.rows[0].row), "a figure is no number".to_owned());
    assert_eq!(half.rows_of(&place).unwrap_err(), "a figure is no number");
    assert!(renormalize(response, &[]).unwrap_err().contains("is wanted"));
}

#[test]
fn of_nobody() {
    let response = RawResponse {
        source: "bloomberg".to_owned(),
        dataset: "daily".to_owned(),
        request: "{}".to_owned(),
        fetched_at: DateTime::<Utc>::UNIX_EPOCH,
        http_status: 200,
        body: Vec::new(),
    };
    assert_eq!(renormalize(&response, &[]).unwrap_err(), "there is no adapter for bloomberg");
}
