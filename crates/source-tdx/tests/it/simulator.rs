//! Against the simulated vendor, whose market is the oracle.

use std::{collections::BTreeSet, sync::Arc};

use chrono::NaiveDate;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use market_model::{Code, DailyBar, InstrumentKind, Metric};
use source_tdx::{Category, Client, ClientConfig, Market as TdxMarket, RawPage, Stored, TdxError, decode};
use upstream_simulators::{Market, MarketSpec, SimClock, TdxOptions, TdxServer, tdx::Halted};

use crate::server;

/// Several servers over one market, and a client of all of them.
pub(crate) struct Setup {
    pub(crate) servers: Vec<TdxServer>,
    pub(crate) client: Client,
    pub(crate) market: Arc<Market>,
    pub(crate) clock: SimClock,
    pub(crate) first_day: NaiveDate,
    pub(crate) last_day: NaiveDate,
}

pub(crate) async fn setup(servers: usize) -> Setup {
    setup_with(Market::generate(&MarketSpec::small()), servers, |_| TdxOptions::default()).await
}

pub(crate) async fn setup_with(market: Market, servers: usize, options: impl Fn(usize) -> TdxOptions) -> Setup {
    let market = Arc::new(market);
    let (first_day, last_day) = market.range();
    let clock = SimClock::at_shanghai(last_day.and_hms_opt(20, 0, 0).unwrap());
    let mut running = Vec::new();
    for n in 0..servers {
        let options = TdxOptions { clock: Some(clock.clock()), control: false, ..options(n) };
        running.push(TdxServer::start(Arc::clone(&market), options).await.unwrap());
    }
    let client = Client::new(config(&running, &market), clock.clock());
    Setup { servers: running, client, market, clock, first_day, last_day }
}

/// Short times, no limits; the probe asks for a code that the market has.
pub(crate) fn config(servers: &[TdxServer], market: &Market) -> ClientConfig {
    let mut config = server::config(&[]);
    config.servers = servers.iter().map(|server| server.host.clone()).collect();
    config.probe_code = steady(market);
    config
}

/// A share that traded on the first day and on the last.
pub(crate) fn steady(market: &Market) -> Code {
    let days = market.trading_days().len();
    *market.codes().iter().find(|code| market.bars(code).len() == days).unwrap()
}

/// What the wire can carry of a bar: whole lots, single precision, no reference price and no factor.
fn on_the_wire(bar: DailyBar, unit: i64) -> DailyBar {
    let volume = f64::from(((bar.volume + unit / 2) / unit) as f32) as i64 * unit;
    DailyBar {
        volume,
        amount: bar.amount.map(|amount| f64::from(amount as f32)),
        pre_close: None,
        adj_factor: None,
        ..bar
    }
}

#[tokio::test]
async fn every_bar_of_the_market_comes_through_many_codes_at_a_time() {
    let setup = setup(3).await;
    let (client, first, last) = (&setup.client, setup.first_day, setup.last_day);
    let codes: Vec<Code> = setup.market.codes().iter().copied().chain(setup.market.derived_codes()).collect();
    let fetched: Vec<_> = stream::iter(&codes)
        .map(|code| async move { client.daily_bars(code, first, last).await.map(|fetched| (*code, fetched)) })
        .buffer_unordered(16)
        .try_collect()
        .await
        .unwrap();
    let (mut bars, mut indices) = (0, 0);
    for (code, fetched) in fetched {
        let is_index = InstrumentKind::of_code(&code) == Some(InstrumentKind::Index);
        let mut truth = setup.market.bars(&code);
        truth.extend(setup.market.derived_bars(&code));
        let unit = if is_index { 10_000 } else { 100 };
        let truth: Vec<_> = truth.into_iter().map(|bar| on_the_wire(bar, unit)).collect();
        let ours: Vec<_> = fetched.rows.into_iter().map(|row| row.value).collect();
        assert_eq!(ours, truth, "{code}");
        assert!(fetched.rejected.is_empty() && fetched.notes.is_empty(), "{code}");
        // A day of few lots has a mean price that is off by the rounding of its volume.
        assert!(fetched.suspect_rows * 20 <= ours.len(), "{code}: {} suspects", fetched.suspect_rows);
        bars += ours.len();
        indices += usize::from(is_index);
    }
    assert!(bars > 2_000 && indices >= 5, "{bars} bars, {indices} indices");
    assert!(setup.servers.iter().all(|server| server.calls().total() > 5), "all servers had their share");
}

#[tokio::test]
async fn long_histories_join_without_a_seam_whatever_the_server_makes_of_suspensions() {
    let day = |text: &str| text.parse().unwrap();
    let market = Market::generate(&MarketSpec::new(7, 3, day("2018-01-02"), day("2023-12-29")));
    // Two servers pad suspended days with flat bars, so that their positions differ from the third's.
    let options = |n| TdxOptions {
        halted: if n < 2 { Halted::Flat } else { Halted::Skipped },
        fragment: (n == 0).then_some(37),
        compress: n != 1,
        ..TdxOptions::default()
    };
    let setup = setup_with(market, 3, options).await;
    for code in setup.market.codes() {
        let fetched = setup.client.daily_bars(code, setup.first_day, setup.last_day).await.unwrap();
        let days: Vec<_> = fetched.rows.iter().map(|row| row.value.trade_date).collect();
        let truth: Vec<_> = setup.market.bars(code).into_iter().map(|bar| bar.trade_date).collect();
        assert_eq!(days, truth, "{code}");
    }
}

#[tokio::test]
async fn corporate_actions_are_the_markets_with_their_exact_decimals() {
    let setup = setup(2).await;
    let mut compared = 0;
    for code in setup.market.codes() {
        let fetched = setup.client.corporate_actions(code).await.unwrap();
        assert!(fetched.rejected.is_empty(), "{code}");
        let ours: Vec<_> = fetched.rows.into_iter().map(|row| row.value).collect();
        let truth: Vec<_> = setup
            .market
            .actions(code)
            .into_iter()
            .map(|action| market_model::CorporateAction { announced: None, ..action })
            .collect();
        // The market knows of events that nobody has announced yet.
        let announced: Vec<_> = truth.iter().filter(|action| action.ex_date <= setup.last_day).collect();
        assert!(ours.iter().all(|action| truth.contains(action)), "{code}: {ours:?} {truth:?}");
        assert!(announced.iter().all(|action| ours.contains(action)), "{code}: {ours:?} {truth:?}");
        compared += ours.len();
    }
    assert!(compared >= 5, "{compared}");
}

#[tokio::test]
async fn the_lists_hold_every_listed_code_with_its_name() {
    let setup = setup(1).await;
    let mut listed = BTreeSet::new();
    for market in TdxMarket::ALL {
        let fetched = setup.client.securities(market).await.unwrap();
        let count = setup.client.security_count(market).await.unwrap();
        assert_eq!(fetched.rows.len(), usize::from(count));
        assert!(
            fetched.rows.iter().all(|row| row.value.code.exchange() == market.exchange() && !row.value.name.is_empty())
        );
        listed.extend(fetched.rows.into_iter().map(|row| row.value.code));
    }
    for code in setup.market.expected_codes(setup.last_day).iter().chain(&setup.market.derived_codes()) {
        assert!(listed.contains(code), "{code}");
    }
}

#[tokio::test]
async fn reports_come_with_their_period_and_in_yuan() {
    let setup = setup(1).await;
    let code = steady(&setup.market);
    let fetched = setup.client.finance(&code).await.unwrap();
    let snapshot = &setup.client.finance_snapshot(&code).await.unwrap().rows[0].value;
    let period = *setup.market.reported_periods(&code, setup.last_day).last().unwrap();
    assert_eq!(snapshot.period, period);
    let truth = setup.market.fundamentals(&code, period, setup.last_day);
    let mut compared = 0;
    for claim in fetched.rows.iter().map(|row| &row.value) {
        assert_eq!((claim.code, claim.period, claim.announced), (code, period, Some(snapshot.updated)));
        // TDX has the last version only.
        if let Some(truth) = truth.iter().rfind(|truth| truth.metric == claim.metric) {
            let is_money = truth.metric != Metric::BookValuePerShare;
            let tolerance = if is_money { 1e-6 } else { 1e-4 };
            assert!((claim.value / truth.value - 1.0).abs() < tolerance, "{claim:?} {truth:?}");
            compared += 1;
        }
    }
    assert!(compared >= 4, "{compared} figures in common");
}

#[tokio::test]
async fn quotes_minutes_and_ticks_tell_the_same_day() {
    let setup = setup(1).await;
    let code = steady(&setup.market);
    let truth = setup.market.bar(&code, setup.last_day).unwrap();
    let quotes = setup.client.quotes(setup.market.codes()).await.unwrap();
    let quote = &quotes.rows.iter().find(|row| row.value.code == code).unwrap().value;
    assert_eq!(quote.price, Some(truth.close));
    assert_eq!((quote.open, quote.high, quote.low), (Some(truth.open), Some(truth.high), Some(truth.low)));
    assert!((quote.volume - truth.volume).abs() <= 50, "{quote:?}");
    assert!((quote.amount / truth.amount.unwrap() - 1.0).abs() < 1e-6);

    for date in [None, Some(setup.last_day)] {
        let line = setup.client.minute_line(&code, date).await.unwrap();
        assert_eq!(line.rows.len(), 240);
        assert_eq!(line.rows[0].value.time.to_string(), "09:31:00");
        assert_eq!(line.rows[119].value.time.to_string(), "11:30:00");
        assert_eq!(line.rows[120].value.time.to_string(), "13:01:00");
        assert_eq!(
            (line.rows[239].value.time.to_string().as_str(), line.rows[239].value.price),
            ("15:00:00", truth.close)
        );
        let ticks = setup.client.ticks(&code, date, 0, 1800).await.unwrap();
        assert_eq!(ticks.rows.last().unwrap().value.price, truth.close);
        assert_eq!(ticks.rows[0].value.orders.is_some(), date.is_none());
    }
}

#[tokio::test]
async fn minute_bars_are_counted_in_shares_and_add_up_to_the_day() {
    let setup = setup(1).await;
    let code = steady(&setup.market);
    let truth = setup.market.bar(&code, setup.last_day).unwrap();
    for (category, bars) in [(Category::Minute5, 48), (Category::Minute60, 4), (Category::Minute1, 240)] {
        let fetched = setup.client.bars(&code, category, 0, bars).await.unwrap();
        let volume: i64 = fetched.rows.iter().map(|row| row.value.volume).sum();
        assert!((volume as f64 / truth.volume as f64 - 1.0).abs() < 1e-4, "{category:?}: {volume} {}", truth.volume);
        assert_eq!(fetched.rows.last().unwrap().value.close, truth.close);
        assert!(fetched.notes.is_empty(), "{:?}", fetched.notes);
    }
}

#[tokio::test]
async fn at_eleven_in_the_morning_today_has_no_bar() {
    let setup = setup(1).await;
    let code = steady(&setup.market);
    setup.clock.set_shanghai(setup.last_day.and_hms_opt(11, 0, 0).unwrap());
    let fetched = setup.client.daily_bars(&code, setup.first_day, setup.last_day).await.unwrap();
    assert!(fetched.rows.last().unwrap().value.trade_date < setup.last_day);
    assert_eq!(fetched.rows.len(), setup.market.trading_days().len() - 1);
}

#[tokio::test]
async fn stored_responses_say_the_same_when_they_are_read_again() {
    let setup = setup(2).await;
    let decode_page = |page: &RawPage| decode(page.dataset, &page.request, &page.body, page.fetched_at);
    let (mut bars, mut actions, mut claims) = (0, 0, 0);
    for code in setup.market.codes().iter().chain(&setup.market.derived_codes()) {
        let live = setup.client.daily_bars(code, setup.first_day, setup.last_day).await.unwrap();
        let [page] = &live.pages[..] else { panic!("one page") };
        let Stored::Bars(again) = decode_page(page).unwrap() else { panic!("bars") };
        let wanted = setup.first_day..=setup.last_day;
        let again: Vec<_> = again.rows.into_iter().filter(|row| wanted.contains(&row.value.trade_date)).collect();
        assert_eq!(again, live.rows, "{code}");
        bars += again.len();
        if let Ok(live) = setup.client.corporate_actions(code).await {
            let Stored::Actions(again) = decode_page(&live.pages[0]).unwrap() else { panic!("actions") };
            assert_eq!((&again.rows, &again.rejected), (&live.rows, &live.rejected), "{code}");
            actions += again.rows.len();
        }
        if let Ok(live) = setup.client.finance(code).await {
            let Stored::Claims(again) = decode_page(&live.pages[0]).unwrap() else { panic!("claims") };
            assert_eq!((&again.rows, &again.rejected), (&live.rows, &live.rejected), "{code}");
            claims += again.rows.len();
        }
    }
    assert!(bars > 100 && actions > 0 && claims > 20, "{bars} bars, {actions} actions, {claims} claims");
}

#[tokio::test]
async fn what_is_no_stored_response_is_said_to_be_none() {
    let setup = setup(1).await;
    let code = steady(&setup.market);
    let live = setup.client.daily_bars(&code, setup.first_day, setup.last_day).await.unwrap();
    let RawPage { dataset, request, body, fetched_at, .. } = &live.pages[0];
    let minutes = request.replace("\"category\":9", "\"category\":8");
    for (dataset, request) in
        [("ticks", request.as_str()), (dataset, "{}"), (dataset, &minutes), ("index_bars", request), (dataset, "x")]
    {
        let error = decode(dataset, request, body, *fetched_at).unwrap_err();
        assert!(matches!(error, TdxError::BadRequest { .. }), "{dataset} {request}: {error}");
    }
    let damaged = decode(dataset, request, &body[..body.len() - 1], *fetched_at).unwrap_err();
    assert!(matches!(damaged, TdxError::StoredFrame { .. }), "{damaged}");
    let early = *fetched_at - chrono::TimeDelta::hours(6);
    let Ok(Stored::Bars(then)) = decode(dataset, request, body, early) else { panic!("bars") };
    assert!(then.rows.iter().all(|row| row.value.trade_date < setup.last_day), "a live bar stays out");
}
