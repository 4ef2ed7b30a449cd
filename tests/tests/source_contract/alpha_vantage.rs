//! Alpha Vantage: the whole adjusted history of one share with a split and dividends, in one answer.

use std::time::Duration;

use chrono::{DateTime, NaiveTime, TimeDelta, TimeZone as _, Utc};
use chrono_tz::US::Eastern;
use market_model::Code;
use serde_json::Value;
use source_alpha_vantage::{AlphaVantageError, Client, ClientConfig, GlobalHistory, Secret};
use upstream_simulators::{AlphaVantageFault, AlphaVantageOptions, AlphaVantageServer, SimClock};

use crate::{
    bench::{Bench, http},
    contract::{Allowance, Answer, Good, Live, Page, Setup, Slip, Source, Verdict, contract, in_common},
    facts::{self, Fact},
    yahoo::{eleven, weekend, world},
};

const KEY: &str = "CONTRACTKEY98765";
const OTHER_KEY: &str = "ANOTHERSKEY43210";
const SYMBOL: &str = "AAPL";

pub(crate) struct AlphaVantage {
    server: AlphaVantageServer,
    client: Client,
    clock: SimClock,
    key: &'static str,
    code: Code,
}

impl AlphaVantage {
    fn answer(answer: Result<GlobalHistory, AlphaVantageError>) -> Answer {
        let history = answer.map_err(|error| in_common!(bad source_alpha_vantage, error))?;
        let actions = in_common!(rows history.actions, facts::of_action);
        Ok(Good {
            rows: in_common!(rows history.bars, facts::of_bar).chain(actions).collect(),
            rejected: in_common!(rejected history.rejected),
            pages: in_common!(pages history.pages),
        })
    }

    fn config(&self) -> ClientConfig {
        config(&self.server, self.key)
    }
}

/// A client of a paid account, without waits of its own.
fn config(server: &AlphaVantageServer, key: &str) -> ClientConfig {
    ClientConfig {
        base_url: server.url.clone(),
        adjusted: true,
        requests_per_day: None,
        min_interval: Duration::ZERO,
        max_attempts: 3,
        backoff_base: Duration::from_millis(1),
        backoff_cap: Duration::from_millis(2),
        ..ClientConfig::new(Secret::new(key))
    }
}

impl Source for AlphaVantage {
    type Fault = AlphaVantageFault;

    const CALLS: usize = 1;
    const BURST: usize = 1;
    const PAUSE: TimeDelta = TimeDelta::seconds(3);
    const SENDS_LIVE_BARS: bool = true;

    async fn start(setup: Setup) -> Self {
        let world = world();
        let clock = SimClock::at(world.after_last_day());
        let options = AlphaVantageOptions {
            api_key: KEY.to_owned(),
            requests_per_day: (setup.allowance == Allowance::OneQuestionADay).then_some(1),
            clock: Some(clock.clock()),
            ..AlphaVantageOptions::premium()
        };
        let server = AlphaVantageServer::start(world, options).await.unwrap();
        let key = if setup.is_refused { OTHER_KEY } else { KEY };
        let mut config = ClientConfig { request_timeout: setup.patience, ..config(&server, key) };
        if setup.is_paced {
            config.min_interval = ClientConfig::new(Secret::new(key)).min_interval;
        }
        let client = Client::new(http(), config, clock.clock());
        Self { server, client, clock, key, code: "AAPL.US".parse().unwrap() }
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
        let mark = format!("\"{today}\": {{");
        let holds = |page: &Page| String::from_utf8_lossy(&page.body).contains(&mark);
        let pages_hold_it = answer.as_ref().is_ok_and(|good| good.pages.iter().any(holds));
        Live { today, answer, pages_hold_it }
    }

    fn truth(&self) -> Vec<Fact> {
        let world = self.server.world();
        let (bars, actions) = (world.bars(&self.code), world.actions(&self.code));
        assert!(actions.iter().any(|action| action.bonus_per_10 > 0.0), "it splits");
        bars.iter().map(facts::of_bar_alone).chain(actions.iter().map(facts::of_action)).collect()
    }

    /// The rows are members of an object, in the order of the text.
    fn is_at(&self, page: &Page, row: u32, fact: &Fact) -> bool {
        let text = std::str::from_utf8(&page.body).unwrap();
        let before = text.split("\"1. open\"").nth(row as usize).unwrap();
        let key = before.trim_end().trim_end_matches('{').trim_end().trim_end_matches(':');
        let body: Value = serde_json::from_str(text).unwrap();
        let close = body["Time Series (Daily)"][fact.date.to_string()]["4. close"].as_str().unwrap();
        let same_close = !fact.key.starts_with("bar") || close.parse().ok() == fact.figures[3];
        key.ends_with(&format!("\"{}\"", fact.date)) && same_close
    }

    fn calls(&self) -> usize {
        self.server.calls().total()
    }

    fn clock(&self) -> &SimClock {
        &self.clock
    }

    fn secret(&self) -> Option<&str> {
        Some(self.key)
    }

    fn shown(&self) -> String {
        format!("{:?}", self.client)
    }

    fn bend(&self, fault: AlphaVantageFault, calls: Option<u32>) {
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

    fn overdraw(&self) {
        self.server.faults().next(1, SYMBOL, AlphaVantageFault::Throttle);
    }

    /// Midnight in New York.
    fn next_day(now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let tomorrow = now.with_timezone(&Eastern).date_naive() + TimeDelta::days(1);
        Some(Eastern.from_local_datetime(&tomorrow.and_time(NaiveTime::MIN)).unwrap().to_utc())
    }

    fn slow() -> AlphaVantageFault {
        AlphaVantageFault::Slow(60_000)
    }

    fn dropped() -> AlphaVantageFault {
        AlphaVantageFault::CutBody
    }

    fn garbled() -> Vec<AlphaVantageFault> {
        vec![
            AlphaVantageFault::Malformed,
            AlphaVantageFault::HtmlOk,
            AlphaVantageFault::BadGateway,
            AlphaVantageFault::ServerError,
        ]
    }

    fn reshaped() -> Vec<AlphaVantageFault> {
        vec![AlphaVantageFault::RenameClose, AlphaVantageFault::OtherSymbol]
    }

    fn slips() -> Vec<(AlphaVantageFault, Slip, usize)> {
        vec![(AlphaVantageFault::UnitSlip, Slip::Refused(Verdict::Stop), 1)]
    }
}

contract!(AlphaVantage:
    a_refused_key_stops_and_is_not_asked_again,
    the_secret_is_in_nothing_that_comes_back,
    too_many_calls_are_waited_out_and_then_answered,
    a_spent_day_is_left_alone_until_the_vendors_next_day,
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
async fn the_clients_own_count_of_the_day_spares_the_vendor_the_refusal() {
    let bench = Bench::<AlphaVantage>::healthy().await;
    let config = ClientConfig { requests_per_day: Some(1), ..bench.config() };
    let client = Client::new(http(), config, bench.clock.clock());
    let (from, to) = bench.server.world().range();
    client.history(&bench.code, from, to).await.unwrap();
    let error = client.history(&bench.code, from, to).await.unwrap_err();
    let next_day = AlphaVantage::next_day(bench.clock.now()).unwrap();
    assert_eq!(error.decision(), source_alpha_vantage::Decision::RetryAt(next_day));
    assert_eq!(bench.calls(), 1);
}

#[tokio::test]
async fn the_key_that_a_refusal_repeats_is_blanked_out_of_its_page() {
    let bench = Bench::<AlphaVantage>::bent(&AlphaVantageFault::DayLimit, None).await;
    let bad = bench.refused().await;
    let text = String::from_utf8(bad.pages[0].body.clone()).unwrap();
    assert!(text.contains("your API key as *** and"), "{text}");
}
