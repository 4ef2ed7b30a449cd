//! Against the simulated vendor, whose market is the oracle.

use std::{path::Path, sync::Arc};

use chrono::NaiveDate;
use market_model::{CodeMap, CorporateAction, DailyBar, DailyBasic, ListStatus, PriceLimit, Suspension};
use source_tushare::{Api, Client, ClientConfig, Decision, Row, Secret, TushareError};
use upstream_simulators::{
    Fault, Market, MarketSpec, SimClock, TushareOptions, TushareServer,
    tushare::{Publication, Refusal},
};

use crate::kit::{client_with_clock, config};

/// Rows per answer, on both sides: so few that even the small market pages.
const ROW_LIMIT: usize = 7;

pub(crate) struct Setup {
    pub(crate) server: TushareServer,
    pub(crate) client: Client,
    pub(crate) market: Arc<Market>,
    pub(crate) last_day: NaiveDate,
}

pub(crate) async fn setup() -> Setup {
    setup_with(Market::generate(&MarketSpec::small()), Some(ROW_LIMIT)).await
}

pub(crate) async fn setup_with(market: Market, row_limit: Option<usize>) -> Setup {
    let market = Arc::new(market);
    let last_day = market.range().1;
    let clock = SimClock::at_shanghai(last_day.and_hms_opt(20, 0, 0).unwrap_or_default()).clock();
    let limits = row_limit.into_iter().flat_map(|limit| Api::ALL.map(|api| (api, limit)));
    let options = TushareOptions {
        clock: Some(Arc::clone(&clock)),
        row_limits: limits.clone().map(|(api, limit)| (api.name().to_owned(), limit)).collect(),
        ..TushareOptions::default()
    };
    let token = Secret::new(&options.token);
    let server = TushareServer::start(Arc::clone(&market), options).await.expect("the simulator listens");
    let config = ClientConfig { token, row_limits: limits.collect(), max_pages: 4000, ..config(&server.url) };
    // The allowance is tested on a paused clock elsewhere; here it would only wait.
    let calls_per_minute = Api::ALL.map(|api| (api, 1_000_000)).into();
    let client = client_with_clock(ClientConfig { calls_per_minute, ..config }, clock);
    Setup { server, client, market, last_day }
}

/// What the market says about one day, each list by code.
#[derive(Debug, Default, PartialEq)]
struct Day {
    daily: Vec<DailyBar>,
    basics: Vec<DailyBasic>,
    suspensions: Vec<Suspension>,
    limits: Vec<PriceLimit>,
}

impl Day {
    fn of(market: &Market, date: NaiveDate) -> Self {
        let codes = market.codes();
        Self {
            daily: codes.iter().filter_map(|code| market.bar(code, date)).collect(),
            basics: codes.iter().filter_map(|code| market.basic(code, date)).collect(),
            suspensions: market.suspensions(date),
            limits: codes.iter().filter_map(|code| market.limit(code, date)).collect(),
        }
    }

    async fn fetched(client: &Client, date: NaiveDate) -> Result<Self, TushareError> {
        let day = client.whole_day(date).await?;
        assert_eq!((&day.rejected[..], day.suspect_rows, day.without_factor), (&[][..], 0, 0));
        Ok(Self {
            daily: sorted(day.daily, |bar| bar.code),
            basics: sorted(day.basics, |basic| basic.code),
            suspensions: sorted(day.suspensions, |suspension| suspension.code),
            limits: sorted(day.limits, |limit| limit.code),
        })
    }
}

pub(crate) fn sorted<T, K: Ord>(rows: Vec<Row<T>>, key: impl Fn(&T) -> K) -> Vec<T> {
    let mut values: Vec<T> = rows.into_iter().map(|row| row.value).collect();
    values.sort_by_key(key);
    values
}

#[tokio::test]
async fn every_day_of_a_small_market_arrives_exactly_as_it_was() {
    let Setup { server: _server, client, market, .. } = setup().await;
    for &date in market.trading_days() {
        assert_eq!(Day::fetched(&client, date).await.unwrap(), Day::of(&market, date), "{date}");
    }
}

#[tokio::test]
async fn faults_on_the_way_change_no_number() {
    let Setup { server, client, market, last_day } = setup().await;
    let expected = Day::of(&market, last_day);
    assert!(expected.daily.len() > 4 * ROW_LIMIT, "the day must page for this test to mean anything");
    let passing = [Fault::HtmlBadGateway, Fault::HtmlOk, Fault::ServerError, Fault::CutBody, Fault::Hangup];
    for fault in passing {
        for api in Api::ALL {
            server.faults().next(1, api.name(), fault.clone());
        }
        assert_eq!(Day::fetched(&client, last_day).await.unwrap(), expected, "{fault:?}");
        server.faults().clear();
    }
    for fault in [Fault::NullMsg, Fault::NoHasMore, Fault::DuplicateRows] {
        server.faults().always("", fault.clone());
        assert_eq!(Day::fetched(&client, last_day).await.unwrap(), expected, "{fault:?}");
        server.faults().clear();
    }
}

#[tokio::test]
async fn rows_in_another_order_on_every_call_are_complete_or_refused_never_short() {
    let Setup { server, client, market, last_day } = setup().await;
    let expected = Day::of(&market, last_day).daily;
    server.faults().always("", Fault::Unsorted);
    for _ in 0..20 {
        match client.daily_market(last_day).await {
            Ok(fetched) => assert_eq!(fetched.rows.len(), expected.len()),
            Err(error) => assert!(matches!(error, TushareError::PagingBroken { .. }), "{error}"),
        }
    }
    // On one page the order does not matter.
    let Setup { server, client, market, .. } = setup_with(Market::generate(&MarketSpec::small()), None).await;
    server.faults().always("", Fault::Unsorted);
    assert_eq!(Day::fetched(&client, last_day).await.unwrap(), Day::of(&market, last_day));
}

#[tokio::test]
async fn answers_that_must_not_be_used_are_refused_whole() {
    let Setup { server, client, last_day, .. } = setup().await;
    server.faults().always("daily", Fault::WrongUnit);
    let error = client.whole_day(last_day).await.unwrap_err();
    // Shares and yuan in place of lots and thousands: the mean price is ten times too high.
    assert!(matches!(&error, TushareError::UnitMismatch { suspected_factor: 10.0, .. }), "{error}");
    server.faults().clear();

    let rename = Fault::RenameColumn { from: "adj_factor".to_owned(), to: "factor".to_owned() };
    server.faults().always("adj_factor", rename);
    let mut error = client.whole_day(last_day).await.unwrap_err();
    assert!(matches!(&error, TushareError::ColumnsChanged { api: Api::AdjFactor, .. }), "{error}");
    assert_eq!(error.take_pages().len(), 1);
    server.faults().clear();

    server.faults().always("", Fault::DropColumn("amount".to_owned()));
    let error = client.daily_market(last_day).await.unwrap_err();
    assert_eq!(error.to_string(), "the columns of daily changed: amount missing");
}

#[tokio::test]
async fn refusals_of_the_vendor_become_decisions() {
    let Setup { server, client, last_day, .. } = setup().await;
    let stop = [
        Refusal::BadToken,
        Refusal::NoPermission,
        Refusal::NoPermissionOldHost,
        Refusal::TooManyAddresses,
        Refusal::UnknownApi,
        Refusal::BadParameter("trade_date".to_owned()),
    ];
    for refusal in stop {
        server.faults().next(1, "daily", Fault::Refuse(refusal.clone()));
        let error = client.daily_market(last_day).await.unwrap_err();
        assert_eq!(error.decision(), Decision::Stop, "{refusal:?}: {error}");
    }
    for refusal in [Refusal::PerHour(10), Refusal::PerDay(5)] {
        server.faults().next(1, "daily", Fault::Refuse(refusal.clone()));
        let error = client.daily_market(last_day).await.unwrap_err();
        assert!(matches!(error.decision(), Decision::RetryAt(_)), "{refusal:?}: {error}");
    }
    assert_eq!(client.daily_market(last_day).await.unwrap().rows.len(), {
        let market = server.market();
        market.expected_codes(last_day).len()
    });
}

#[tokio::test]
async fn a_wrong_token_is_told_from_everything_else() {
    let Setup { server, .. } = setup().await;
    let clock = SimClock::at_shanghai(server.market().range().1.and_hms_opt(20, 0, 0).unwrap()).clock();
    let client = client_with_clock(config(&server.url), clock);
    assert!(matches!(client.stock_basic().await.unwrap_err(), TushareError::BadToken { .. }));
}

#[tokio::test]
async fn a_live_bar_is_never_taken_for_the_days_bar() {
    let market = Arc::new(Market::generate(&MarketSpec::small()));
    let today = market.range().1;
    let clock = SimClock::at_shanghai(today.and_hms_opt(15, 29, 59).unwrap());
    let options = TushareOptions { clock: Some(clock.clock()), ..TushareOptions::default() };
    let token = Secret::new(&options.token);
    let server = TushareServer::start(Arc::clone(&market), options).await.unwrap();
    let client = client_with_clock(ClientConfig { token, ..config(&server.url) }, clock.clock());
    let error = client.whole_day(today).await.unwrap_err();
    let Decision::RetryAt(at) = error.decision() else { panic!("{error}") };
    assert_eq!(server.calls().total(), 0);
    let code = market.expected_codes(today)[0];
    let before = client.daily_history(code, market.range().0, today).await.unwrap();
    assert!(before.rows.iter().all(|row| row.value.trade_date < today) && !before.rows.is_empty());
    clock.set(at);
    assert_eq!(client.daily_market(today).await.unwrap().rows.len(), market.expected_codes(today).len());
    assert_eq!(at, source_tushare::bars_available_at(today));
    assert_eq!(Publication::default().daily.to_string(), "15:30:00");
}

#[tokio::test]
async fn instruments_calendar_and_dividends_are_the_markets_own() {
    let Setup { server: _server, client, market, last_day } = setup().await;
    let listings = sorted(client.stock_basic().await.unwrap().rows, |listing| listing.instrument.code);
    let renamed = CodeMap::known();
    let expected = market.codes().iter().filter_map(|code| {
        let (mut instrument, status) = market.instrument(code, last_day)?;
        instrument.renamed_from = renamed.former(code).map(|change| change.old);
        (status != ListStatus::Approved).then_some((instrument, status))
    });
    let listings: Vec<_> = listings.into_iter().map(|listing| (listing.instrument, listing.status)).collect();
    assert_eq!(listings, expected.collect::<Vec<_>>());
    assert!(listings.iter().any(|(_, status)| *status == ListStatus::Delisted));

    let (first, last) = market.calendar().range().unwrap();
    let days = sorted(client.trade_calendar(first, last).await.unwrap().rows, |day| day.date);
    assert!(days.iter().all(|day| market.calendar().is_open(day.date) == Some(day.is_open)));
    assert_eq!(days.len() as i64, (last - first).num_days() + 1);

    let mut seen = 0;
    for code in market.codes() {
        let got = sorted(client.dividends_by_code(*code).await.unwrap().rows, |action| action.ex_date);
        // The vendor's interface has no rights issues.
        let expected = market.actions(code).into_iter().map(|action| CorporateAction {
            rights_per_10: 0.0,
            rights_price: 0.0,
            announced: None,
            ..action
        });
        let expected: Vec<_> = expected.filter(|action| action.cash_per_10 + action.bonus_per_10 > 0.0).collect();
        let shown: Vec<_> = got.into_iter().map(|action| CorporateAction { announced: None, ..action }).collect();
        assert_eq!(shown, expected, "{code}");
        for action in &expected {
            let rows = client.dividends_by_ex_date(action.ex_date).await.unwrap().rows;
            assert!(rows.iter().any(|row| row.value.code == *code && row.value.ex_date == action.ex_date));
        }
        seen += expected.len();
    }
    assert!(seen > 0);
}

#[tokio::test]
async fn the_real_history_of_000001_arrives_over_two_pages() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures");
    let Some(market) = Market::from_fixture(&fixtures).unwrap() else {
        eprintln!("skipped: no fixtures folder");
        return;
    };
    let Setup { server: _server, client, market, last_day } = setup_with(market, None).await;
    let code = market.codes()[0];
    let first = market.range().0;
    let fetched = client.daily_history(code, first, last_day).await.unwrap();
    assert_eq!(fetched.pages.len(), 2);
    let bars = sorted(fetched.rows, |bar| bar.trade_date);
    let expected: Vec<DailyBar> =
        market.bars(&code).into_iter().map(|bar| DailyBar { adj_factor: None, ..bar }).collect();
    assert_eq!(bars.len(), 7226);
    assert_eq!(bars, expected);
}
