//! Against the simulated vendor, whose world is the oracle.

use chrono::TimeDelta;
use market_model::{Code, CorporateAction, DailyBar, Exchange, bars_final_at};
use source_yahoo::{ClientConfig, Decision, GlobalHistory, RawPage, YahooError, decode};
use upstream_simulators::{Market, MarketSpec, World, WorldSpec, YahooFault, YahooOptions};

use crate::kit::{Setup, client, config, day, setup, setup_over};

fn code(text: &str) -> Code {
    text.parse().expect("a code")
}

async fn whole(setup: &Setup, code: &Code) -> Result<GlobalHistory, YahooError> {
    let (from, to) = setup.world.range();
    setup.client.history(code, from, to).await
}

fn values<T: Clone>(rows: &[source_yahoo::Row<T>]) -> Vec<T> {
    rows.iter().map(|row| row.value.clone()).collect()
}

/// Prices to the last digit. Volumes as near as they can be: those before a reverse split were divided and rounded.
fn assert_equal_bars(got: &[DailyBar], expected: &[DailyBar], actions: &[CorporateAction]) {
    assert_eq!(got.len(), expected.len());
    for (got, expected) in got.iter().zip(expected) {
        let later = actions.iter().filter(|action| action.ex_date > expected.trade_date);
        let ratio: f64 = later.map(|action| 1.0 + action.bonus_per_10 / 10.0).product();
        assert!((got.volume - expected.volume).abs() as f64 <= 0.51 / ratio, "{got:?} {expected:?}");
        if ratio >= 1.0 && ratio.fract() == 0.0 {
            assert_eq!(got.volume, expected.volume);
        }
        assert_eq!(&DailyBar { volume: expected.volume, ..got.clone() }, expected);
    }
}

#[tokio::test]
async fn every_history_of_the_world_arrives_as_it_was_traded() {
    let setup = setup().await;
    let (mut split, mut holes) = (0, 0);
    for code in setup.world.codes() {
        let history = whole(&setup, &code).await.unwrap();
        let actions = setup.world.actions(&code);
        assert_equal_bars(&values(&history.bars), &setup.world.bars(&code), &actions);
        assert_eq!(values(&history.actions), actions, "{code}");
        assert!(history.rejected.is_empty(), "{code}: {:?}", history.rejected);
        let facts = history.instrument.unwrap();
        assert_eq!(facts.name.as_deref(), setup.world.name(&code));
        split += usize::from(actions.iter().any(|action| action.bonus_per_10 != 0.0));
        holes += setup.world.holes(&code).len();
    }
    assert!(split >= 7 && holes > 100, "the world has what this test is about: {split} split, {holes} holes");
    assert_eq!(setup.server.calls().total(), setup.world.codes().len());
}

#[tokio::test]
async fn mainland_indices_and_shares_arrive_as_they_were_traded() {
    let market = Market::generate(&MarketSpec::small());
    let mut codes = market.codes().to_vec();
    codes.extend(market.derived_codes());
    let world = World::generate(&WorldSpec::small()).with_mainland(&market, &codes);
    let setup = setup_over(world, YahooOptions::default()).await;
    for text in ["000001.SH", "399001.SZ", "000300.SH", "600519.SH", "000001.SZ"] {
        let code = code(text);
        let history = whole(&setup, &code).await.unwrap();
        let expected = setup.world.bars(&code);
        assert!(expected.len() > 30, "{text}");
        assert_equal_bars(&values(&history.bars), &expected, &setup.world.actions(&code));
        assert_eq!(values(&history.actions), setup.world.actions(&code));
    }
    assert_eq!(setup.server.calls().of("000001.SS"), 1);
    assert_eq!(setup.server.calls().of("000001.SZ"), 1);
}

#[tokio::test]
async fn a_part_of_a_history_is_the_same_as_in_the_whole_of_it() {
    let setup = setup().await;
    for text in ["0700.HK", "NVDA.US", "GE.US", "USDCNY.FX"] {
        let code = code(text);
        let (from, to) = (day("2022-09-01"), day("2022-10-31"));
        let history = setup.client.history(&code, from, to).await.unwrap();
        let within = |date| (from..=to).contains(&date);
        let expected: Vec<_> = setup.world.bars(&code).into_iter().filter(|bar| within(bar.trade_date)).collect();
        assert_equal_bars(&values(&history.bars), &expected, &setup.world.actions(&code));
        let expected: Vec<_> = setup.world.actions(&code).into_iter().filter(|action| within(action.ex_date)).collect();
        assert_eq!(values(&history.actions), expected);
    }
}

#[tokio::test]
async fn while_an_exchange_trades_its_day_is_left_out_and_final_ones_stay() {
    let setup = setup().await;
    for (text, exchange) in [("0700.HK", Exchange::Hkex), ("AAPL.US", Exchange::Us), ("N225.IDX", Exchange::Index)] {
        let code = code(text);
        let today = setup.world.bars(&code)[300].trade_date;
        let yesterday = setup.world.bars(&code)[299].trade_date;
        let (opens, closes) = setup.world.session(&code, today).unwrap();
        let last = async |now| {
            setup.clock.set(now);
            values(&whole(&setup, &code).await.unwrap().bars).pop().unwrap()
        };
        assert_eq!(last(opens + TimeDelta::hours(2)).await.trade_date, yesterday, "{text} at its second hour");
        assert_eq!(last(closes + TimeDelta::minutes(1)).await.trade_date, yesterday, "{text} closed, not settled");
        assert_eq!(last(bars_final_at(exchange, today) - TimeDelta::seconds(1)).await.trade_date, yesterday);
        let settled = last(bars_final_at(exchange, today)).await;
        assert_eq!(settled.trade_date, today);
        assert_eq!(
            Some(settled.close),
            setup.world.bar(&code, today).map(|bar| bar.close),
            "the settled one of two rows"
        );
    }
}

#[tokio::test]
async fn stored_bars_do_not_change_when_the_company_splits_again() {
    let setup = setup().await;
    let code = code("NVDA.US");
    let second_split = setup.world.actions(&code).last().unwrap().ex_date;
    let before = second_split - chrono::Days::new(30);
    let bars = async |now| {
        setup.clock.set(now);
        values(&setup.client.history(&code, setup.world.range().0, before).await.unwrap().bars)
    };
    let early = bars(bars_final_at(Exchange::Us, before)).await;
    assert_eq!(early, bars(setup.world.after_last_day()).await);
    assert!(early.len() > 100);
}

#[tokio::test]
async fn a_client_without_a_browsers_name_is_refused_and_stops() {
    let setup = setup().await;
    let nameless = ClientConfig { user_agent: "reqwest/0.13".to_owned(), ..config(&setup.server.url) };
    let nameless = client(nameless, setup.clock.clock());
    let (from, to) = setup.world.range();
    for _ in 0..3 {
        let error = nameless.history(&code("AAPL.US"), from, to).await.unwrap_err();
        let Decision::RetryAt(at) = error.decision() else { panic!("{error}") };
        assert_eq!(at, setup.clock.now() + TimeDelta::minutes(10));
    }
    assert_eq!(setup.server.calls().total(), 1);
    assert!(whole(&setup, &code("AAPL.US")).await.is_ok());
    assert!(setup.server.calls().log()[1].user_agent.starts_with("Mozilla/5.0 "));
}

#[tokio::test]
async fn a_limit_of_the_vendor_stops_the_batch_until_the_pause_is_over() {
    let options = YahooOptions { requests_per_minute: Some(3), ..YahooOptions::default() };
    let setup = setup_over(World::generate(&WorldSpec::small()), options).await;
    let mut done = 0;
    for code in setup.world.codes() {
        match whole(&setup, &code).await {
            Ok(_) => done += 1,
            Err(error) => assert!(matches!(error, YahooError::RateLimited { .. }), "{error}"),
        }
    }
    assert_eq!((done, setup.server.calls().total()), (3, 4), "the fourth is refused, the others are not sent");
    setup.clock.advance(TimeDelta::minutes(11));
    assert!(whole(&setup, &code("AAPL.US")).await.is_ok());
}

#[tokio::test]
async fn faults_on_the_way_change_no_number() {
    let setup = setup().await;
    let apple = code("AAPL.US");
    let expected = values(&whole(&setup, &apple).await.unwrap().bars);
    let passing = [
        YahooFault::WillBeRightBack(200),
        YahooFault::WillBeRightBack(503),
        YahooFault::ServerError,
        YahooFault::CutBody,
        YahooFault::Hangup,
        YahooFault::Malformed,
        YahooFault::DoubleRows,
        YahooFault::Slow(1),
    ];
    for fault in passing {
        setup.server.faults().next(1, "AAPL", fault.clone());
        assert_eq!(values(&whole(&setup, &apple).await.unwrap().bars), expected, "{fault:?}");
        assert!(setup.server.faults().rules().is_empty());
    }
}

#[tokio::test]
async fn answers_that_must_not_be_used_are_refused_whole_with_their_page() {
    let setup = setup().await;
    let nvidia = code("NVDA.US");
    let mut refused = Vec::new();
    for fault in [
        YahooFault::CoarseGranularity,
        YahooFault::UnequalArrays,
        YahooFault::NoClose,
        YahooFault::UnitSlip,
        YahooFault::SplitsNotApplied,
    ] {
        setup.server.faults().next(1, "NVDA", fault.clone());
        let mut error = whole(&setup, &nvidia).await.unwrap_err();
        assert_eq!(error.take_pages().len(), 1, "{fault:?}");
        refused.push(error);
    }
    assert!(matches!(&refused[0], YahooError::WrongGranularity { granularity, .. } if granularity == "1mo"));
    assert!(matches!(&refused[1], YahooError::ShapeChanged { .. }), "{}", refused[1]);
    assert!(matches!(&refused[2], YahooError::ShapeChanged { .. }), "{}", refused[2]);
    assert!(matches!(&refused[3], YahooError::UnitMismatch { suspected_factor: 100.0, .. }), "{}", refused[3]);
    assert!(matches!(&refused[4], YahooError::SplitNotApplied { .. }), "{}", refused[4]);
    assert!(whole(&setup, &nvidia).await.is_ok());
}

#[tokio::test]
async fn nulls_everywhere_are_no_bars_and_a_bar_that_contradicts_itself_is_rejected() {
    let setup = setup().await;
    let apple = code("AAPL.US");
    setup.server.faults().next(1, "AAPL", YahooFault::NullEverything);
    let history = whole(&setup, &apple).await.unwrap();
    assert!(history.bars.is_empty() && history.rejected.is_empty());
    setup.server.faults().next(1, "AAPL", YahooFault::NullNewest);
    assert_eq!(whole(&setup, &apple).await.unwrap().bars.len(), setup.world.bars(&apple).len() - 1);
    setup.server.faults().next(1, "AAPL", YahooFault::HighBelowLow);
    let history = whole(&setup, &apple).await.unwrap();
    let all = setup.world.bars(&apple).len();
    assert!(history.rejected.len() > all / 10 && history.bars.len() + history.rejected.len() == all);
    assert!(history.rejected.iter().all(|row| row.row % 7 == 0 && row.dataset == "chart"));
}

#[tokio::test]
async fn refusals_of_the_vendor_become_decisions() {
    let setup = setup().await;
    let error = whole(&setup, &code("ZZZZ.US")).await.unwrap_err();
    assert!(matches!(error, YahooError::NotFound { .. }) && error.decision() == Decision::Stop);
    setup.server.faults().next(1, "", YahooFault::Unauthorized);
    let error = whole(&setup, &code("AAPL.US")).await.unwrap_err();
    assert!(matches!(error, YahooError::AccessDenied { status: 401, .. }) && error.decision() == Decision::Stop);
    setup.server.faults().next(1, "", YahooFault::TooManyRequests);
    let error = whole(&setup, &code("AAPL.US")).await.unwrap_err();
    assert!(matches!(error.decision(), Decision::RetryAt(_)));
}

#[tokio::test]
async fn a_range_before_the_first_bar_is_empty() {
    let setup = setup().await;
    setup.clock.set("2020-03-01T12:00:00Z".parse().unwrap());
    let history = setup.client.history(&code("AAPL.US"), day("2020-01-02"), day("2020-02-01")).await.unwrap();
    assert!(history.bars.is_empty() && history.instrument.is_none());
    assert_eq!(history.pages[0].http_status, 400);
}

#[tokio::test]
async fn a_server_that_is_down_is_unavailable_until_it_comes_back() {
    let setup = setup().await;
    setup.server.go_down().await;
    let error = whole(&setup, &code("AAPL.US")).await.unwrap_err();
    assert!(matches!(error, YahooError::Unavailable { attempts: 3, .. }), "{error}");
    setup.server.come_back().await.unwrap();
    assert!(whole(&setup, &code("AAPL.US")).await.is_ok());
}

#[tokio::test]
async fn stored_responses_say_the_same_when_they_are_read_again() {
    let setup = setup().await;
    let (mut bars, mut actions) = (0, 0);
    for code in setup.world.codes() {
        let live = whole(&setup, &code).await.unwrap();
        let [RawPage { request, body, fetched_at, .. }] = &live.pages[..] else { panic!("one page") };
        let again = decode(request, body, *fetched_at).unwrap();
        assert!(again.pages.is_empty());
        assert_eq!(
            (&again.bars, &again.actions, &again.rejected),
            (&live.bars, &live.actions, &live.rejected),
            "{code}"
        );
        assert_eq!(again.instrument, live.instrument);
        bars += again.bars.len();
        actions += again.actions.len();
    }
    assert!(bars > 1_000 && actions > 10, "{bars} bars, {actions} actions");
}

#[tokio::test]
async fn what_is_no_stored_response_is_said_to_be_none_and_a_refused_one_is_refused_again() {
    let setup = setup().await;
    let live = whole(&setup, &code("AAPL.US")).await.unwrap();
    let RawPage { request, body, fetched_at, .. } = &live.pages[0];
    let refusal = br#"{"chart":{"result":null,"error":{"code":"Not Found","description":"No data found"}}}"#;
    for (request, body) in [("{}", &body[..]), (request, b"<html>"), (request, &body[..40]), (request, refusal)] {
        let error = decode(request, body, *fetched_at).unwrap_err();
        assert!(matches!(error, YahooError::StoredResponse { .. }), "{error}");
    }
    let other = request.replace("AAPL", "MSFT");
    assert!(matches!(decode(&other, body, *fetched_at), Err(YahooError::ShapeChanged { .. })));
    let early = live.bars[live.bars.len() - 2].value.trade_date.and_hms_opt(12, 0, 0).unwrap().and_utc();
    let then = decode(request, body, early).unwrap();
    assert!(then.bars.iter().all(|bar| bar.value.trade_date < early.date_naive()), "live bars stay out");
}
