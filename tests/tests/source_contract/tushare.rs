//! Tushare: all bars of a day, on three pages.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
    time::Duration,
};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use market_model::Code;
use serde_json::Value;
use source_tushare::{Api, Client, ClientConfig, Secret};
use upstream_simulators::{
    Fault, Market, MarketSpec, SimClock, TushareOptions, TushareServer, from_shanghai, to_shanghai,
    tushare::{ApiLimits, RateLimits},
};

use crate::{
    bench::http,
    contract::{Allowance, Answer, Good, Live, Page, Setup, Slip, Source, Verdict, contract, in_common},
    facts::{self, Fact},
};

const TOKEN: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
const OTHER_TOKEN: &str = "ffffffff00000000eeeeeeee11111111";
const PAGE_ROWS: usize = 15;

pub(crate) struct Tushare {
    server: TushareServer,
    client: Client,
    clock: SimClock,
    token: &'static str,
}

pub(crate) fn market() -> Arc<Market> {
    static MARKET: OnceLock<Arc<Market>> = OnceLock::new();
    Arc::clone(MARKET.get_or_init(|| Arc::new(Market::generate(&MarketSpec::small()))))
}

/// A share that traded on each of the last days.
pub(crate) fn a_share(market: &Market) -> Code {
    let last = market.trading_days().iter().rev().take(10);
    let days: Vec<NaiveDate> = last.copied().collect();
    *market.codes().iter().find(|code| days.iter().all(|day| market.bar(code, *day).is_some())).unwrap()
}

impl Tushare {
    fn today(&self) -> NaiveDate {
        self.server.market().range().1
    }

    fn answer(answer: Result<source_tushare::Fetched<market_model::DailyBar>, source_tushare::TushareError>) -> Answer {
        let fetched = answer.map_err(|error| in_common!(bad source_tushare, error))?;
        Ok(Good {
            rows: in_common!(rows fetched.rows, facts::of_bar).collect(),
            rejected: in_common!(rejected fetched.rejected),
            pages: in_common!(pages fetched.pages),
        })
    }
}

impl Source for Tushare {
    type Fault = Fault;

    const CALLS: usize = 3;
    const BURST: usize = 3;
    const PAUSE: TimeDelta = TimeDelta::minutes(1);
    const SENDS_LIVE_BARS: bool = false;

    async fn start(setup: Setup) -> Self {
        let market = market();
        let clock = SimClock::at_shanghai(market.range().1.and_hms_opt(20, 0, 0).unwrap());
        let calls = u32::try_from(Self::CALLS).unwrap();
        let limits = match setup.allowance {
            Allowance::Unlimited => RateLimits::none(),
            Allowance::OneQuestionAtATime => RateLimits::per_minute(calls),
            Allowance::OneQuestionADay => {
                let default = ApiLimits { per_day: Some(calls), ..ApiLimits::default() };
                RateLimits { default, ..RateLimits::none() }
            }
        };
        let options = TushareOptions {
            token: TOKEN.to_owned(),
            clock: Some(clock.clock()),
            row_limits: BTreeMap::from([("daily".to_owned(), PAGE_ROWS)]),
            limits,
            ..TushareOptions::default()
        };
        let server = TushareServer::start(market, options).await.unwrap();
        let token = if setup.is_refused { OTHER_TOKEN } else { TOKEN };
        let mut config = ClientConfig {
            base_url: server.url.clone(),
            row_limits: BTreeMap::from([(Api::Daily, PAGE_ROWS)]),
            request_timeout: setup.patience,
            max_attempts: 3,
            backoff_base: Duration::from_millis(1),
            backoff_cap: Duration::from_millis(2),
            // A minute of tokio's clock is too long here: that it is waited out is proved inside the crate.
            max_minute_waits: 0,
            ..ClientConfig::new(Secret::new(token))
        };
        if setup.is_paced {
            config.calls_per_minute.insert(Api::Daily, 3);
        }
        let client = Client::new(http(), config, clock.clock());
        Self { server, client, clock, token }
    }

    async fn ask(&self) -> Answer {
        Self::answer(self.client.daily_market(self.today()).await)
    }

    /// A Sunday.
    async fn ask_for_nothing(&self) -> Answer {
        let sunday = "2024-03-24".parse().unwrap();
        assert!(self.server.market().expected_codes(sunday).is_empty());
        Self::answer(self.client.daily_market(sunday).await)
    }

    async fn ask_at_eleven(&self) -> Live {
        let today = self.today();
        self.clock.set_shanghai(today.and_hms_opt(11, 0, 0).unwrap());
        // Today alone is not even asked for.
        let alone = self.client.daily_market(today).await.unwrap_err();
        let closed = from_shanghai(today.and_hms_opt(15, 30, 0).unwrap());
        assert_eq!(alone.decision(), source_tushare::Decision::RetryAt(closed));
        assert_eq!(self.calls(), 0);
        let code = a_share(self.server.market());
        let answer = Self::answer(self.client.daily_history(code, today - TimeDelta::days(7), today).await);
        let mark = today.format("\"%Y%m%d\"").to_string();
        let holds = |page: &Page| String::from_utf8_lossy(&page.body).contains(&mark);
        let pages_hold_it = answer.as_ref().is_ok_and(|good| good.pages.iter().any(holds));
        Live { today, answer, pages_hold_it }
    }

    fn truth(&self) -> Vec<Fact> {
        let (market, today) = (self.server.market(), self.today());
        let codes = market.expected_codes(today);
        codes.iter().map(|code| facts::of_bar(&market.bar(code, today).unwrap())).collect()
    }

    fn is_at(&self, page: &Page, row: u32, fact: &Fact) -> bool {
        let body: Value = serde_json::from_slice(&page.body).unwrap();
        let item = &body["data"]["items"][row as usize];
        let fields = body["data"]["fields"].as_array().unwrap();
        let cell = |name: &str| &item[fields.iter().position(|field| field == name).unwrap()];
        let close = cell("close").as_f64();
        let (code, date) = (cell("ts_code").as_str().unwrap(), cell("trade_date").as_str().unwrap());
        fact.key.contains(code) && fact.date.format("%Y%m%d").to_string() == date && fact.figures[3] == close
    }

    fn calls(&self) -> usize {
        self.server.calls().total()
    }

    fn clock(&self) -> &SimClock {
        &self.clock
    }

    fn secret(&self) -> Option<&str> {
        Some(self.token)
    }

    fn shown(&self) -> String {
        format!("{:?}", self.client)
    }

    fn bend(&self, fault: Fault, calls: Option<u32>) {
        match calls {
            Some(calls) => self.server.faults().next(calls, "daily", fault),
            None => self.server.faults().always("daily", fault),
        }
    }

    async fn go_down(&self) {
        self.server.go_down().await;
    }

    async fn come_back(&self) {
        self.server.come_back().await.unwrap();
    }

    /// Midnight in Shanghai.
    fn next_day(now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let tomorrow = to_shanghai(now).date() + TimeDelta::days(1);
        Some(from_shanghai(tomorrow.and_hms_opt(0, 0, 0).unwrap()))
    }

    fn slow() -> Fault {
        Fault::Slow(60_000)
    }

    fn dropped() -> Fault {
        Fault::CutBody
    }

    fn garbled() -> Vec<Fault> {
        vec![Fault::HtmlOk, Fault::HtmlBadGateway, Fault::ServerError, Fault::HalfBody]
    }

    fn reshaped() -> Vec<Fault> {
        let rename = Fault::RenameColumn { from: "vol".to_owned(), to: "volume".to_owned() };
        vec![rename, Fault::DropColumn("amount".to_owned()), Fault::DropColumn("ts_code".to_owned())]
    }

    fn slips() -> Vec<(Fault, Slip, usize)> {
        vec![(Fault::WrongUnit, Slip::Refused(Verdict::Stop), Self::CALLS)]
    }
}

contract!(Tushare:
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
