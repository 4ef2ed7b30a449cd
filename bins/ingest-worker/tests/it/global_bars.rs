//! What is watched abroad, from Yahoo and Alpha Vantage.

use chrono::{NaiveDate, TimeDelta};
use job_queue::JobState;
use market_model::{Code, InstrumentKind, last_final_day};
use upstream_simulators::{AlphaVantageFault, YahooFault};

use crate::world::{World, fetch_day_of, shanghai, ten_days};

async fn with_yahoo(codes: Option<Vec<&'static str>>) -> World {
    let market = ten_days();
    // In the morning: New York has closed the day before, Tokyo and Hong Kong trade.
    let now = shanghai(market.trading_days()[8], 11, 0);
    World::start_with(market, |settings| {
        settings.now = now;
        settings.vendors.yahoo = true;
        settings.vendors.codes = codes;
    })
    .await
}

fn today(world: &World) -> NaiveDate {
    world.clock.now().date_naive()
}

fn stored(world: &World, code: &Code) -> Vec<(NaiveDate, f64, i64)> {
    let (from, to) = world.vendors.abroad.range();
    let rows = world.generation().normalized(code, from, to).unwrap();
    rows.iter().map(|row| (row.bar.trade_date, row.bar.close, row.bar.volume)).collect()
}

fn truth(world: &World, code: &Code, until: NaiveDate) -> Vec<(NaiveDate, f64, i64)> {
    let holes = world.vendors.abroad.holes(code);
    let bars = world.vendors.abroad.bars(code).into_iter();
    let bars = bars.filter(|bar| bar.trade_date <= until && !holes.contains(&bar.trade_date));
    bars.map(|bar| (bar.trade_date, bar.close, bar.volume)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_watched_code_is_stored_up_to_its_own_exchanges_close_and_is_no_mainland_share() {
    let world = with_yahoo(None).await;
    let job = world.run("morning", &fetch_day_of("yahoo", today(&world))).await;
    assert_eq!(job.result.as_ref().unwrap()["failed"], serde_json::json!({}), "{job:?}");
    let generation = world.generation();
    let (mut newest, mut bars) = (Vec::new(), Vec::new());
    for code in world.vendors.codes() {
        let until = last_final_day(code.exchange(), world.clock.now());
        assert!(until < today(&world), "{code}: nothing of today is final");
        let truth = truth(&world, &code, until);
        assert!(!truth.is_empty());
        let stored = stored(&world, &code);
        let prices = |bars: &[(NaiveDate, f64, i64)]| bars.iter().map(|bar| (bar.0, bar.1)).collect::<Vec<_>>();
        assert_eq!(prices(&stored), prices(&truth), "{code}");
        // Volumes travel divided by later splits, and rounded.
        assert!(stored.iter().zip(&truth).all(|(a, b)| (a.2 - b.2).abs() <= 10), "{code}");
        newest.extend(truth.last().map(|bar| bar.0));
        let instrument = generation.instrument(&code).unwrap();
        assert!(matches!(instrument.kind, InstrumentKind::Foreign | InstrumentKind::Index), "{instrument:?}");
        // Curated: readable like any other code, and never withheld for the mainland's sake.
        bars.clear();
        generation.bars(&code, truth[0].0, until, &mut bars).unwrap();
        assert_eq!(bars.len(), truth.len(), "{code}");
        assert!(bars.iter().all(|bar| generation.source_name(bar.source) == "yahoo"));
    }
    assert!(newest.iter().max() < Some(&today(&world)));
    assert!(generation.withheld().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_morning_brings_the_new_days_and_asks_for_the_last_ones_again() {
    let world = with_yahoo(Some(vec!["AAPL.US", "0700.HK"])).await;
    world.run("first", &fetch_day_of("yahoo", today(&world))).await;
    world.clock.advance(TimeDelta::days(1));
    let job = world.run("second", &fetch_day_of("yahoo", today(&world))).await;
    let result = job.result.unwrap();
    assert!(result["inserted"].as_u64().unwrap() <= 4, "a bar and what goes with it: {result}");
    for code in world.vendors.codes() {
        let until = last_final_day(code.exchange(), world.clock.now());
        assert_eq!(stored(&world, &code), truth(&world, &code, until), "{code}");
    }
    let calls = world.vendors.yahoo.as_ref().unwrap().calls().log();
    let from = |call: &upstream_simulators::SymbolCall| call.params["period1"].parse::<i64>().unwrap();
    assert_eq!(calls.len(), 4);
    assert!(from(&calls[2]) - from(&calls[0]) > 60 * 86_400, "the second run asks for a few days");
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_requests_end_the_batch_politely_and_keep_what_came_before() {
    let codes = vec!["AAPL.US", "MSFT.US", "NVDA.US", "0700.HK", "9988.HK", "HSI.IDX", "GSPC.IDX"];
    let world = with_yahoo(Some(codes)).await;
    let yahoo = world.vendors.yahoo.as_ref().unwrap();
    // In the order of the alphabet this is the fifth.
    yahoo.faults().always("^HSI", YahooFault::TooManyRequests);
    world.push("first", &fetch_day_of("yahoo", today(&world))).await;
    let job = world.reaches("first", JobState::Retrying).await;
    assert!(job.summary.error.as_ref().unwrap().contains("yahoo limits the rate"), "{job:?}");
    let wait = (job.summary.ready_at.unwrap() - job.summary.started_at.unwrap()).num_minutes();
    assert!((10..=15).contains(&wait), "{wait} min");
    let asked = yahoo.calls().total();
    let there: Vec<Code> = world.vendors.codes().into_iter().filter(|code| !stored(&world, code).is_empty()).collect();
    assert_eq!((there.len(), asked), (4, 5), "{there:?}: nothing is asked for after the refusal");

    // Another job asks in the meantime: the client rests, Yahoo hears nothing.
    world.push("impatient", &fetch_day_of("yahoo", today(&world))).await;
    world.reaches("impatient", JobState::Retrying).await;
    assert_eq!(yahoo.calls().total(), asked);

    yahoo.faults().clear();
    world.clock.advance(TimeDelta::minutes(20));
    world.run("later", &fetch_day_of("yahoo", today(&world))).await;
    assert!(world.vendors.codes().iter().all(|code| !stored(&world, code).is_empty()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_yahoo_does_not_know_is_a_line_in_the_report() {
    let world = with_yahoo(Some(vec!["AAPL.US", "NOSUCH.US"])).await;
    let job = world.run("morning", &fetch_day_of("yahoo", today(&world))).await;
    let result = job.result.unwrap();
    assert!(result["failed"]["NOSUCH.US"].as_str().unwrap().contains("yahoo does not know NOSUCH"), "{result}");
    assert!(!stored(&world, &"AAPL.US".parse().unwrap()).is_empty());
    assert!(world.generation().instrument(&"NOSUCH.US".parse().unwrap()).is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn alpha_vantage_fills_what_yahoo_does_not_have_and_gives_way_to_it() {
    let market = ten_days();
    let world = World::start_with(market, |settings| {
        settings.vendors.yahoo = true;
        settings.vendors.alpha_vantage = true;
        settings.vendors.codes = Some(vec!["AAPL.US", "USDCNY.FX"]);
    })
    .await;
    let aapl: Code = "AAPL.US".parse().unwrap();
    let until = last_final_day(aapl.exchange(), world.clock.now());
    let source = |world: &World| {
        let (generation, mut bars) = (world.generation(), Vec::new());
        generation.bars(&aapl, until - TimeDelta::days(14), until, &mut bars).unwrap();
        let mut sources: Vec<_> = bars.iter().map(|bar| generation.source_name(bar.source).to_owned()).collect();
        sources.dedup();
        sources
    };
    world.run("alpha", &fetch_day_of("alpha_vantage", today(&world))).await;
    assert_eq!(stored(&world, &aapl), truth(&world, &aapl, until));
    assert_eq!(source(&world), ["alpha_vantage"]);
    world.run("yahoo", &fetch_day_of("yahoo", today(&world))).await;
    assert_eq!(source(&world), ["yahoo"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_spent_requests_of_a_day_are_waited_for_and_the_key_is_shown_nowhere() {
    let market = ten_days();
    let world = World::start_with(market, |settings| {
        settings.vendors.alpha_vantage = true;
        settings.vendors.codes = Some(vec!["AAPL.US"]);
    })
    .await;
    world.vendors.alpha_vantage.as_ref().unwrap().faults().always("", AlphaVantageFault::DayLimit);
    world.push("alpha", &fetch_day_of("alpha_vantage", today(&world))).await;
    let job = world.reaches("alpha", JobState::Retrying).await;
    assert!(job.summary.error.as_ref().unwrap().contains("the requests of the day are spent"), "{job:?}");
    // 20:00 in Shanghai is seven in the morning in New York: seventeen hours to midnight.
    let wait = (job.summary.ready_at.unwrap() - job.summary.started_at.unwrap()).num_hours();
    assert_eq!(wait, 17);
    let status =
        world.status("the failure", |status| status.freshness.iter().any(|one| one.last_error.is_some())).await;
    assert!(!format!("{job:?}{status:?}").contains("SIMULATEDKEY1234"));
}

#[tokio::test(flavor = "multi_thread")]
async fn days_that_a_free_account_no_longer_gives_are_named_in_the_report() {
    let market = ten_days();
    let now = shanghai(market.trading_days()[8], 11, 0);
    let world = World::start_with(market, |settings| {
        // Long ago; the world goes on to the market's days.
        settings.now = now - TimeDelta::days(250);
        settings.vendors.abroad_days = 500;
        settings.vendors.alpha_vantage = true;
        settings.vendors.alpha_vantage_is_free = true;
        settings.vendors.codes = Some(vec!["MSFT.US"]);
    })
    .await;
    let first = world.run("first", &fetch_day_of("alpha_vantage", today(&world))).await.result.unwrap();
    assert_eq!(first["unknown"], serde_json::json!({}), "nothing was there before");
    let code: Code = "MSFT.US".parse().unwrap();
    let last = stored(&world, &code).last().unwrap().0;
    world.clock.advance(TimeDelta::days(250));
    let second = world.run("second", &fetch_day_of("alpha_vantage", today(&world))).await.result.unwrap();
    let days: Vec<NaiveDate> = stored(&world, &code).into_iter().map(|row| row.0).collect();
    let next = *days.iter().find(|day| **day > last).unwrap();
    assert!((next - last).num_days() > 60);
    assert_eq!(second["unknown"]["MSFT.US"], format!("{last} to {next}"));
}
