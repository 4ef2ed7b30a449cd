//! Yahoo: the whole history of one share with a split and dividends, in one answer.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use market_model::Code;
use serde_json::Value;
use source_yahoo::{Client, ClientConfig, GlobalHistory, YahooError};
use upstream_simulators::{SimClock, World, WorldSpec, YahooFault, YahooOptions, YahooServer};

use crate::{
    bench::http,
    contract::{Allowance, Answer, Good, Live, Page, Setup, Slip, Source, Verdict, contract, in_common},
    facts::{self, Fact},
};

const SYMBOL: &str = "0700.HK";

pub(crate) struct Yahoo {
    server: YahooServer,
    client: Client,
    clock: SimClock,
    code: Code,
}

pub(crate) fn world() -> Arc<World> {
    static WORLD: OnceLock<Arc<World>> = OnceLock::new();
    Arc::clone(WORLD.get_or_init(|| Arc::new(World::generate(&WorldSpec::small()))))
}

/// Saturday and Sunday before the world's last day.
pub(crate) fn weekend() -> (NaiveDate, NaiveDate) {
    ("2024-03-23".parse().unwrap(), "2024-03-24".parse().unwrap())
}

/// Eleven in the morning, local time, of a day on which `code` trades, and that day.
pub(crate) fn eleven(world: &World, code: &Code) -> (DateTime<Utc>, NaiveDate) {
    let today = world.bars(code)[300].trade_date;
    let (opens, closes) = world.session(code, today).unwrap();
    let eleven = opens + TimeDelta::minutes(90);
    assert!(eleven < closes);
    (eleven, today)
}

impl Yahoo {
    fn answer(answer: Result<GlobalHistory, YahooError>) -> Answer {
        let history = answer.map_err(|error| in_common!(bad source_yahoo, error))?;
        let actions = in_common!(rows history.actions, facts::of_action);
        Ok(Good {
            rows: in_common!(rows history.bars, facts::of_bar).chain(actions).collect(),
            rejected: in_common!(rejected history.rejected),
            pages: in_common!(pages history.pages),
        })
    }
}

/// `chart.result[0]` of a body.
fn chart(page: &Page) -> Value {
    let mut body: Value = serde_json::from_slice(&page.body).unwrap();
    body["chart"]["result"][0].take()
}

/// The exchange's date of a timestamp of the chart.
fn date(chart: &Value, at: &Value) -> NaiveDate {
    let local = at.as_i64().unwrap() + chart["meta"]["gmtoffset"].as_i64().unwrap();
    DateTime::from_timestamp(local, 0).unwrap().date_naive()
}

impl Source for Yahoo {
    type Fault = YahooFault;

    const CALLS: usize = 1;
    const BURST: usize = 1;
    const PAUSE: TimeDelta = TimeDelta::minutes(10);
    const SENDS_LIVE_BARS: bool = true;

    async fn start(setup: Setup) -> Self {
        let world = world();
        let clock = SimClock::at(world.after_last_day());
        let requests_per_minute = (setup.allowance == Allowance::OneQuestionAtATime).then_some(1);
        let options = YahooOptions { clock: Some(clock.clock()), requests_per_minute, ..YahooOptions::default() };
        let server = YahooServer::start(world, options).await.unwrap();
        if setup.is_refused {
            server.faults().always(SYMBOL, YahooFault::Unauthorized);
        }
        let defaults = ClientConfig::default();
        let config = ClientConfig {
            base_url: server.url.clone(),
            request_timeout: setup.patience,
            max_attempts: 3,
            requests_per_minute: if setup.is_paced { defaults.requests_per_minute } else { 1_000_000 },
            backoff_base: Duration::from_millis(1),
            backoff_cap: Duration::from_millis(2),
            ..defaults
        };
        let client = Client::new(http(), config, clock.clock());
        Self { server, client, clock, code: SYMBOL.parse().unwrap() }
    }

    async fn ask(&self) -> Answer {
        let (from, to) = self.server.world().range();
        Self::answer(self.client.history(&self.code, from, to).await)
    }

    async fn ask_for_nothing(&self) -> Answer {
        let (saturday, sunday) = weekend();
        Self::answer(self.client.history(&self.code, saturday, sunday).await)
    }

    async fn ask_at_eleven(&self) -> Live {
        let (now, today) = eleven(self.server.world(), &self.code);
        self.clock.set(now);
        let answer = Self::answer(self.client.history(&self.code, today - TimeDelta::days(7), today).await);
        let holds = |page: &Page| {
            let chart = chart(page);
            chart["timestamp"].as_array().unwrap().iter().any(|at| date(&chart, at) == today)
        };
        let pages_hold_it = answer.as_ref().is_ok_and(|good| good.pages.iter().any(holds));
        Live { today, answer, pages_hold_it }
    }

    fn truth(&self) -> Vec<Fact> {
        let world = self.server.world();
        let (bars, actions) = (world.bars(&self.code), world.actions(&self.code));
        assert!(actions.iter().any(|action| action.bonus_per_10 > 0.0), "it splits");
        bars.iter().map(facts::of_bar_alone).chain(actions.iter().map(facts::of_action)).collect()
    }

    fn is_at(&self, page: &Page, row: u32, fact: &Fact) -> bool {
        let chart = chart(page);
        if fact.key.starts_with("bar") {
            return date(&chart, &chart["timestamp"][row as usize]) == fact.date;
        }
        let count = |name: &str| chart["events"][name].as_object().map_or(0, serde_json::Map::len);
        (row as usize) < count("dividends") + count("capitalGains") + count("splits")
    }

    fn calls(&self) -> usize {
        self.server.calls().total()
    }

    fn clock(&self) -> &SimClock {
        &self.clock
    }

    fn secret(&self) -> Option<&str> {
        None
    }

    fn shown(&self) -> String {
        format!("{:?}", self.client)
    }

    fn bend(&self, fault: YahooFault, calls: Option<u32>) {
        match calls {
            Some(calls) => self.server.faults().next(calls, SYMBOL, fault),
            None => self.server.faults().always(SYMBOL, fault),
        }
    }

    async fn go_down(&self) {
        self.server.go_down().await;
    }

    async fn come_back(&self) {
        self.server.come_back().await.unwrap();
    }

    fn slow() -> YahooFault {
        YahooFault::Slow(60_000)
    }

    fn dropped() -> YahooFault {
        YahooFault::CutBody
    }

    fn garbled() -> Vec<YahooFault> {
        vec![
            YahooFault::Malformed,
            YahooFault::WillBeRightBack(200),
            YahooFault::WillBeRightBack(503),
            YahooFault::ServerError,
        ]
    }

    fn reshaped() -> Vec<YahooFault> {
        vec![YahooFault::NoClose, YahooFault::UnequalArrays, YahooFault::CoarseGranularity]
    }

    fn slips() -> Vec<(YahooFault, Slip, usize)> {
        vec![
            (YahooFault::UnitSlip, Slip::Refused(Verdict::Stop), 1),
            // Yahoo mends this within days.
            (YahooFault::SplitsNotApplied, Slip::Refused(Verdict::RetryLater), 1),
        ]
    }
}

contract!(Yahoo:
    a_refused_key_stops_and_is_not_asked_again,
    too_many_calls_are_waited_out_and_then_answered,
    a_client_in_a_hurry_keeps_its_own_pace,
    a_garbled_body_is_asked_for_again_and_never_half_used,
    an_answer_of_another_shape_is_refused_with_its_pages,
    a_bar_that_still_trades_is_in_no_row,
    nothing_there_is_an_answer_and_no_error,
    rows_are_the_truth_when_nothing_is_wrong,
    every_row_leads_back_to_where_it_stood,
    figures_in_a_wrong_unit_are_refused_or_put_right,
    a_slow_vendor_is_given_up_in_time,
    a_connection_that_drops_in_a_body_is_asked_for_again,
    a_vendor_that_is_away_is_used_again_when_it_is_back,
);

#[tokio::test]
async fn after_a_refusal_nobody_is_asked_before_the_rest_is_over() {
    let yahoo = Yahoo::start(Setup { allowance: Allowance::OneQuestionAtATime, ..Setup::default() }).await;
    yahoo.ask().await.unwrap();
    let Verdict::RetryAt(until) = yahoo.ask().await.unwrap_err().verdict else { panic!("not told when") };
    yahoo.clock.set(until - TimeDelta::seconds(1));
    let other = yahoo.client.history(&"AAPL.US".parse().unwrap(), weekend().0, weekend().1).await.unwrap_err();
    assert_eq!(other.decision(), source_yahoo::Decision::RetryAt(until), "whatever the code");
    assert_eq!(yahoo.calls(), 2);
    yahoo.clock.set(until);
    yahoo.ask().await.unwrap();
}
