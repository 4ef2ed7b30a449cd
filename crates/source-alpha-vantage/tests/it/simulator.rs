//! Against the simulated vendor, whose world is the oracle.

use std::time::Duration;

use chrono::TimeDelta;
use market_model::{Code, DailyBar, Exchange, bars_final_at};
use source_alpha_vantage::{AlphaVantageError, Decision, Function, GlobalHistory, RawPage, Row, decode};
use upstream_simulators::{AlphaVantageFault, AlphaVantageOptions, Market, MarketSpec, World, WorldSpec};

use crate::kit::{Setup, client, config, setup};

fn world() -> World {
    World::generate(&WorldSpec::small())
}

/// A free account without limits.
fn unlimited() -> AlphaVantageOptions {
    AlphaVantageOptions { requests_per_day: None, min_interval: None, ..AlphaVantageOptions::default() }
}

fn code(text: &str) -> Code {
    text.parse().expect("a code")
}

async fn whole(setup: &Setup, code: &Code) -> Result<GlobalHistory, AlphaVantageError> {
    let (from, to) = setup.world.range();
    setup.client.history(code, from, to).await
}

fn values<T: Clone>(rows: &[Row<T>]) -> Vec<T> {
    rows.iter().map(|row| row.value.clone()).collect()
}

fn is_known(code: &Code) -> bool {
    matches!(code.exchange(), Exchange::Us | Exchange::Fx)
}

#[tokio::test]
async fn a_paid_account_gets_every_bar_and_action_as_it_was() {
    let setup = setup(world(), AlphaVantageOptions::premium()).await;
    let mut actions = 0;
    for code in setup.world.codes().iter().filter(|code| is_known(code)) {
        let history = whole(&setup, code).await.unwrap();
        assert_eq!(values(&history.bars), setup.world.bars(code), "{code}");
        assert_eq!(values(&history.actions), setup.world.actions(code), "{code}");
        assert_eq!((history.rejected.len(), history.cut_before), (0, None));
        actions += history.actions.len();
    }
    assert!(actions > 20);
}

#[tokio::test]
async fn a_free_account_gets_the_last_hundred_days_and_is_told_so() {
    let setup = setup(world(), unlimited()).await;
    let ibm = code("IBM.US");
    let history = whole(&setup, &ibm).await.unwrap();
    let all = setup.world.bars(&ibm);
    let newest = &all[all.len() - 100..];
    assert_eq!(values(&history.bars), newest);
    assert_eq!(history.cut_before, Some(newest[0].trade_date));
    assert!(history.actions.is_empty());
    assert_eq!(history.pages.len(), 1);
    let params: Vec<String> = setup.server.calls().log().iter().map(|call| call.params["outputsize"].clone()).collect();
    assert_eq!(params, ["full", "compact"]);
    // A range that is near asks for the newest rows at once, and is whole.
    let from = all[all.len() - 60].trade_date;
    let history = setup.client.history(&ibm, from, setup.world.range().1).await.unwrap();
    assert_eq!((values(&history.bars), history.cut_before), (all[all.len() - 60..].to_vec(), None));
}

#[tokio::test]
async fn mainland_shares_arrive_as_they_were() {
    let market = Market::generate(&MarketSpec::small());
    let codes = [code("600519.SH"), code("000001.SZ")];
    let setup = setup(world().with_mainland(&market, &codes), AlphaVantageOptions::premium()).await;
    for code in codes {
        let history = whole(&setup, &code).await.unwrap();
        assert_eq!(values(&history.bars), setup.world.bars(&code));
        assert_eq!(values(&history.actions), setup.world.actions(&code));
    }
    assert_eq!(setup.server.calls().of("600519.SHH"), 1);
}

#[tokio::test]
async fn while_new_york_trades_its_day_is_left_out() {
    let setup = setup(world(), unlimited()).await;
    let ibm = code("IBM.US");
    let bars = setup.world.bars(&ibm);
    let (today, yesterday) = (bars[300].trade_date, bars[299].trade_date);
    let (opens, closes) = setup.world.session(&ibm, today).unwrap();
    let final_at = bars_final_at(Exchange::Us, today);
    let last = async |now| {
        setup.clock.set(now);
        values(&whole(&setup, &ibm).await.unwrap().bars).pop().unwrap()
    };
    for now in [opens + TimeDelta::hours(1), closes, final_at - TimeDelta::seconds(1)] {
        assert_eq!(last(now).await.trade_date, yesterday, "{now}");
    }
    assert_eq!(Some(last(final_at).await), setup.world.bar(&ibm, today));
}

#[tokio::test]
async fn the_vendors_daily_limit_stops_until_midnight_in_new_york_and_hides_the_key() {
    let options = AlphaVantageOptions { requests_per_day: Some(2), ..unlimited() };
    let setup = setup(world(), options).await;
    let dollar = code("USDCNY.FX");
    assert!(whole(&setup, &dollar).await.is_ok() && whole(&setup, &dollar).await.is_ok());
    let mut error = whole(&setup, &dollar).await.unwrap_err();
    let pages = error.take_pages();
    assert!(String::from_utf8_lossy(&pages[0].body).contains("API key as *** and"));
    assert!(!format!("{error:?}{pages:?}").contains(&setup.key));
    let Decision::RetryAt(midnight) = error.decision() else { panic!("{error}") };
    assert!(whole(&setup, &dollar).await.is_err());
    assert_eq!(setup.server.calls().total(), 3, "the fourth is not sent");
    setup.clock.set(midnight);
    assert!(whole(&setup, &dollar).await.is_ok());
}

#[tokio::test]
async fn faults_on_the_way_change_no_number() {
    let setup = setup(world(), AlphaVantageOptions::premium()).await;
    let ibm = code("IBM.US");
    let expected = setup.world.bars(&ibm);
    for fault in [
        AlphaVantageFault::CutBody,
        AlphaVantageFault::Hangup,
        AlphaVantageFault::ServerError,
        AlphaVantageFault::BadGateway,
        AlphaVantageFault::HtmlOk,
        AlphaVantageFault::Malformed,
        AlphaVantageFault::Slow(1),
    ] {
        setup.server.faults().next(1, "IBM", fault.clone());
        assert_eq!(values(&whole(&setup, &ibm).await.unwrap().bars), expected, "{fault:?}");
        assert!(setup.server.faults().rules().is_empty());
    }
}

#[tokio::test]
async fn refusals_and_unusable_answers_become_decisions() {
    let setup = setup(world(), AlphaVantageOptions::premium()).await;
    let ibm = code("IBM.US");
    let error_with = async |fault: AlphaVantageFault| {
        setup.server.faults().next(1, "", fault);
        whole(&setup, &ibm).await.unwrap_err()
    };
    use AlphaVantageFault as Fault;
    assert!(matches!(error_with(Fault::BadKey).await, AlphaVantageError::BadKey { .. }));
    let error = error_with(Fault::PremiumEndpoint).await;
    let function = Function::TimeSeriesDailyAdjusted;
    assert!(matches!(&error, AlphaVantageError::NoPermission { function: f, .. } if *f == function), "{error}");
    assert!(matches!(error_with(Fault::BadCall).await, AlphaVantageError::BadRequest { .. }));
    assert!(matches!(error_with(Fault::AcceptRefused).await, AlphaVantageError::BadRequest { .. }));
    assert!(matches!(error_with(Fault::OtherSymbol).await, AlphaVantageError::ShapeChanged { .. }));
    let mut error = error_with(Fault::RenameClose).await;
    assert!(error.to_string().ends_with("close missing"), "{error}");
    assert_eq!((error.decision(), error.take_pages().len()), (Decision::Stop, 1));
    let error = error_with(Fault::UnitSlip).await;
    assert!(matches!(error, AlphaVantageError::UnitMismatch { suspected_factor: 100.0, .. }), "{error}");
    for fault in [Fault::Throttle, Fault::OldThrottle] {
        assert!(matches!(error_with(fault).await, AlphaVantageError::RateLimited { .. }));
    }
    setup.server.faults().next(1, "", Fault::NoData);
    assert!(whole(&setup, &ibm).await.unwrap().bars.is_empty());
    setup.server.faults().next(1, "", Fault::NothingInside);
    let history = whole(&setup, &ibm).await.unwrap();
    assert!(history.bars.is_empty() && history.rejected.len() >= setup.world.bars(&ibm).len());
    let error = whole(&setup, &code("ZZZZ.US")).await.unwrap_err();
    assert!(matches!(error, AlphaVantageError::BadRequest { .. }), "{error}");
    assert!(whole(&setup, &code("GBPUSD.FX")).await.unwrap().bars.is_empty(), "an unknown pair is {{}}");
    // The last one: after it nothing is sent any more.
    assert!(matches!(error_with(Fault::DayLimit).await, AlphaVantageError::DayLimit { .. }));
}

#[tokio::test]
async fn two_requests_within_the_vendors_second_are_waited_out() {
    let options = AlphaVantageOptions { min_interval: Some(Duration::from_millis(300)), ..unlimited() };
    let setup = setup(world(), options).await;
    let patient = source_alpha_vantage::ClientConfig { max_throttle_waits: 2, ..config(&setup.server.url, &setup.key) };
    let patient = client(patient, setup.clock.clock());
    let (from, to) = setup.world.range();
    let dollar = code("USDCNY.FX");
    for _ in 0..2 {
        let bars: Vec<DailyBar> = values(&patient.history(&dollar, from, to).await.unwrap().bars);
        assert_eq!(bars, setup.world.bars(&dollar));
    }
    let refused = setup.server.calls().log().iter().filter(|call| call.outcome == "per_second").count();
    assert_eq!(refused, 1);
}

#[tokio::test]
async fn a_server_that_is_down_is_unavailable_until_it_comes_back() {
    let setup = setup(world(), unlimited()).await;
    setup.server.go_down().await;
    let error = whole(&setup, &code("IBM.US")).await.unwrap_err();
    assert!(matches!(error, AlphaVantageError::Unavailable { attempts: 3, .. }), "{error}");
    setup.server.come_back().await.unwrap();
    assert!(whole(&setup, &code("IBM.US")).await.is_ok());
}

#[tokio::test]
async fn stored_responses_say_the_same_when_they_are_read_again() {
    for options in [AlphaVantageOptions::premium(), unlimited()] {
        let setup = setup(world(), options).await;
        let (mut bars, mut pairs) = (0, 0);
        for code in setup.world.codes().iter().filter(|code| is_known(code)) {
            let live = whole(&setup, code).await.unwrap();
            let [RawPage { request, body, fetched_at, .. }] = &live.pages[..] else { panic!("one page") };
            let again = decode(request, body, *fetched_at).unwrap();
            assert!(again.pages.is_empty());
            assert_eq!((&again.bars, &again.actions, &again.rejected), (&live.bars, &live.actions, &live.rejected));
            bars += again.bars.len();
            pairs += usize::from(code.exchange() == Exchange::Fx);
        }
        assert!(bars > 500 && pairs > 0, "{bars} bars, {pairs} pairs");
    }
}

#[tokio::test]
async fn what_is_no_stored_response_is_said_to_be_none_and_a_refused_one_is_refused_again() {
    let setup = setup(world(), AlphaVantageOptions::premium()).await;
    let live = whole(&setup, &code("IBM.US")).await.unwrap();
    let RawPage { request, body, fetched_at, .. } = &live.pages[0];
    let refusal = br#"{"Information": "Thank you for using Alpha Vantage! This is a premium endpoint."}"#;
    let weekly = request.replace("TIME_SERIES_DAILY_ADJUSTED", "TIME_SERIES_WEEKLY");
    for (request, body) in [("{}", &body[..]), (&weekly, body), (request, b"<html>"), (request, refusal)] {
        let error = decode(request, body, *fetched_at).unwrap_err();
        assert!(matches!(error, AlphaVantageError::StoredResponse { .. }), "{error}");
    }
    let other = request.replace("IBM", "MSFT");
    assert!(matches!(decode(&other, body, *fetched_at), Err(AlphaVantageError::ShapeChanged { .. })));
    assert!(decode(request, b"{}", *fetched_at).unwrap().bars.is_empty());
}
