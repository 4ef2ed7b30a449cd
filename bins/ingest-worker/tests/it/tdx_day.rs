//! A day from TDX: a request per code, and servers that are not to be trusted.

use std::sync::Arc;

use job_queue::JobState;
use upstream_simulators::{Market, TdxFault, tdx::TdxFaultRule};

use crate::{
    oracle, wait,
    world::{World, dividend_season, fetch_day, fetch_day_of, fetch_reference, shanghai, ten_days},
};

/// The code by which servers are probed: it is asked for more often.
const PROBED: &str = "000001.SZ";

/// A world with TDX servers, whose reference data stands.
async fn with_tdx(servers: usize) -> World {
    with_tdx_over(ten_days(), servers).await
}

async fn with_tdx_over(market: Arc<Market>, servers: usize) -> World {
    let world = World::start_with(market, |settings| {
        settings.vendors.tdx = servers;
        settings.attempts = 100;
        // The jobs' waits are the queue's, not the vendor's.
        settings.call_attempts = 1;
    })
    .await;
    world.run("reference", &fetch_reference()).await;
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_day_is_stored_with_the_bar_before_it_and_its_raw_frames() {
    let mut world = with_tdx(2).await;
    let days = world.market.trading_days().to_vec();
    let job = world.run("day", &fetch_day_of("tdx", days[5])).await;
    oracle::assert_day_from(&world.generation(), &world.market, days[5], "tdx");
    let inserted = job.result.unwrap()["inserted"].as_u64().unwrap();
    let bars = oracle::bars_on(&world.market, &days[5..=5]) as u64;
    assert!((bars + 1..=2 * bars).contains(&world.rows_of("normalized_daily")), "each bar and most of those before");
    assert!(inserted >= world.rows_of("normalized_daily"));
    for code in world.market.expected_codes(days[5]).into_iter().filter(|code| code.as_str() != PROBED) {
        // Nobody better has the day: every code's events are looked at.
        assert_eq!((world.vendors.tdx_calls("bars", &code), world.vendors.tdx_calls("xdxr", &code)), (1, 1), "{code}");
    }
    let status = world.status("the day", |status| status.last_trade_date == Some(days[5])).await;
    assert!(status.withheld.is_empty(), "{status:?}");
    world.stop_worker().await;
    assert_eq!(world.tail("SELECT count(*) FROM raw_tdx_bars WHERE sha256(body) <> body_sha256"), ["0"]);
    let complete = format!(
        "SELECT state FROM partition WHERE source = 'tdx' AND dataset = 'daily' AND trade_date = DATE '{}'",
        days[5]
    );
    assert_eq!(world.tail(&complete), ["complete"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_that_still_trades_is_not_asked_for() {
    let market = ten_days();
    let day = market.trading_days()[5];
    let world = World::start_with(market, |settings| {
        settings.vendors.tdx = 1;
        settings.now = shanghai(day, 11, 0);
    })
    .await;
    world.push("too-early", &fetch_day_of("tdx", day)).await;
    let job = world.reaches("too-early", JobState::Retrying).await;
    assert!(job.summary.error.as_ref().unwrap().contains("bars are not final before"), "{job:?}");
    let wait = (job.summary.ready_at.unwrap() - job.summary.started_at.unwrap()).num_minutes();
    assert_eq!(wait, 4 * 60 + 30);
    assert_eq!((world.vendors.tdx_total("bars"), world.rows_of("normalized_daily")), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn half_of_the_servers_dead_lying_or_slow_do_not_show_in_the_day() {
    let world = with_tdx(6).await;
    let servers = &world.vendors.tdx;
    servers[0].go_down().await;
    servers[1].faults().always("bars", TdxFault::CountOnly);
    servers[2].faults().always("", TdxFault::Slow(5_000));
    let day = world.market.trading_days()[4];
    let job = world.run("day", &fetch_day_of("tdx", day)).await;
    assert_eq!(job.starts, 1, "{job:?}");
    oracle::assert_day_from(&world.generation(), &world.market, day, "tdx");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_no_server_answers_holds_the_day_back_whole_and_the_rest_is_not_asked_for_again() {
    let world = with_tdx(2).await;
    let day = world.market.trading_days()[4];
    let codes = world.market.expected_codes(day);
    let stuck = codes[7];
    for server in &world.vendors.tdx {
        server.faults().add(TdxFaultRule::new(TdxFault::WrongLength).on("bars").code(stuck));
    }
    let before = world.rows_of("normalized_daily");
    world.push("day", &fetch_day_of("tdx", day)).await;
    let failed = wait::for_some("the job fails", async || {
        world.queue.show("day").await.unwrap().summary.error.filter(|error| error.contains(stuck.as_str()))
    });
    assert!(failed.await.contains("no TDX server answers"));
    assert_eq!(world.rows_of("normalized_daily"), before, "nothing is half written");

    world.vendors.tdx.iter().for_each(|server| server.faults().clear());
    world.reaches("day", JobState::Done).await;
    oracle::assert_day_from(&world.generation(), &world.market, day, "tdx");
    let again: Vec<_> = codes
        .iter()
        .filter(|code| ![stuck.as_str(), PROBED].contains(&code.as_str()))
        .filter(|code| world.vendors.tdx_calls("bars", code) > 2)
        .collect();
    assert!(again.is_empty(), "asked for again and again: {again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_tushare_only_the_codes_that_go_ex_right_cost_a_second_request() {
    let world = with_tdx_over(dividend_season(), 2).await;
    let days = world.market.trading_days().to_vec();
    world.run_days("tushare", &days).await;
    for day in &days[1..] {
        world.run(&format!("tdx@{day}"), &fetch_day_of("tdx", *day)).await;
    }
    let mut events = 0;
    for code in world.market.codes() {
        let actions = world.market.actions(code);
        let ex_dates = actions.iter().filter(|action| days[1..].contains(&action.ex_date)).count();
        let asked = world.vendors.tdx_calls("xdxr", code);
        assert!(asked >= ex_dates, "{code}: asked {asked} times for {ex_dates} events");
        events += ex_dates;
    }
    let asked = world.vendors.tdx_total("xdxr");
    assert!(events >= 5 && asked < events + 10, "{asked} requests for {events} events");
    // Tushare's rows are the ones that count, whatever TDX says beside them.
    oracle::assert_curated(&world.generation(), &world.market, world.market.range());
}

#[tokio::test(flavor = "multi_thread")]
async fn days_that_only_tdx_has_carry_true_factors() {
    let world = with_tdx_over(dividend_season(), 2).await;
    let market = &world.market;
    for day in market.trading_days() {
        world.run(&format!("tdx@{day}"), &fetch_day_of("tdx", *day)).await;
    }
    let (generation, (from, to)) = (world.generation(), market.range());
    let (mut bars, mut steps) = (Vec::new(), 0);
    for code in market.codes() {
        bars.clear();
        generation.bars(code, from, to, &mut bars).unwrap();
        assert_eq!(bars.len(), market.bars(code).len(), "{code}");
        for pair in bars.windows(2) {
            let truth = |bar: &warehouse::Bar| market.factor(code, bar.date).unwrap();
            let (step, expected) = (pair[1].factor / pair[0].factor, truth(&pair[1]) / truth(&pair[0]));
            assert!((step / expected - 1.0).abs() < 1e-6, "{code} {}: {step} for {expected}", pair[1].date);
            steps += usize::from(expected != 1.0);
        }
    }
    assert!(steps >= 4, "{steps} ex-rights");
}

#[tokio::test(flavor = "multi_thread")]
async fn both_vendors_in_either_order_make_the_same_warehouse() {
    let (one, other) = (with_tdx(1).await, with_tdx(1).await);
    let days = one.market.trading_days()[2..6].to_vec();
    for day in &days {
        one.run(&format!("tushare@{day}"), &fetch_day(*day)).await;
        one.run(&format!("tdx@{day}"), &fetch_day_of("tdx", *day)).await;
    }
    for day in days.iter().rev() {
        other.run(&format!("tdx@{day}"), &fetch_day_of("tdx", *day)).await;
    }
    for day in &days {
        other.run(&format!("tushare@{day}"), &fetch_day(*day)).await;
    }
    // One asked for the events of some codes, the other for all: the bars are what must be equal.
    for table in ["normalized_daily", "curated_daily", "feature_daily"] {
        let sum = |world: &World| {
            let generation = world.generation();
            generation.table_counts().find(|(name, _)| *name == table).map(|(_, sum)| sum.clone())
        };
        assert_eq!(sum(&one), sum(&other), "{table}");
    }
}
