//! TDX: the daily bars of one share over four years, on two pages of whichever of two servers.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use chrono::{NaiveDate, TimeDelta};
use market_model::{Code, DailyBar};
use source_tdx::{Client, ClientConfig, Fetched, ServerState, TdxError, decode_daily_bars};
use tokio::time::Instant;
use upstream_simulators::{
    Market, MarketSpec, SimClock, TdxFault, TdxOptions, TdxServer,
    tdx::{Halted, TdxFaultRule},
};

use crate::{
    bench::Bench,
    contract::{Answer, Good, Live, Page, Setup, Slip, Source, Verdict, contract, in_common},
    facts::{self, Fact, VOLUME},
};

/// Two servers in front of one market.
pub(crate) struct Tdx {
    servers: [TdxServer; 2],
    /// The one that is asked first: it was faster in its probe.
    first: usize,
    client: Client,
    clock: SimClock,
    code: Code,
}

fn market() -> Arc<Market> {
    static MARKET: OnceLock<Arc<Market>> = OnceLock::new();
    let spec = MarketSpec::new(7, 12, "2020-01-02".parse().unwrap(), "2024-03-29".parse().unwrap());
    Arc::clone(MARKET.get_or_init(|| Arc::new(Market::generate(&spec))))
}

/// The longest history but for the stock that is probed.
fn a_share(market: &Market, probed: &Code) -> Code {
    let others = market.codes().iter().filter(|code| *code != probed);
    *others.max_by_key(|code| market.bars(code).len()).unwrap()
}

impl Tdx {
    async fn daily(&self, code: &Code, from: NaiveDate, to: NaiveDate) -> Result<Fetched<DailyBar>, TdxError> {
        self.client.daily_bars(code, from, to).await
    }

    fn answer(answer: Result<Fetched<DailyBar>, TdxError>) -> Answer {
        let fetched = answer.map_err(|error| in_common!(bad source_tdx, error))?;
        Ok(Good {
            rows: in_common!(rows fetched.rows, facts::of_bar).collect(),
            rejected: in_common!(rejected fetched.rejected),
            pages: in_common!(pages fetched.pages),
        })
    }

    /// Calls for bars of anything but the probed stock.
    fn calls_of(&self, server: usize) -> usize {
        let probed = probed();
        let by_code = self.servers[server].calls().by_code("bars");
        by_code.iter().filter(|(code, _)| **code != probed).map(|(_, calls)| calls).sum()
    }
}

fn probed() -> Code {
    ClientConfig::new(Vec::new()).probe_code
}

impl Source for Tdx {
    type Fault = TdxFault;

    const CALLS: usize = 2;
    /// Each server says so.
    const CALLS_FOR_NOTHING: usize = 2;
    /// Two per second and server, one of which was the probe.
    const BURST: usize = 4;
    const SENDS_LIVE_BARS: bool = true;

    async fn start(setup: Setup) -> Self {
        let market = market();
        let clock = SimClock::at_shanghai(market.range().1.and_hms_opt(20, 0, 0).unwrap());
        let start = async |halted| {
            let options = TdxOptions { clock: Some(clock.clock()), halted, ..TdxOptions::default() };
            TdxServer::start(Arc::clone(&market), options).await.unwrap()
        };
        let servers = [start(Halted::Flat).await, start(Halted::Skipped).await];
        let config = ClientConfig {
            read_timeout: setup.patience,
            requests_per_second_per_server: if setup.is_paced { 2 } else { 0 },
            max_attempts: 3,
            cooldown: Duration::from_millis(50),
            ..ClientConfig::new(servers.iter().map(|server| server.host.clone()).collect())
        };
        let client = Client::new(config, clock.clock());
        let health = client.probe().await;
        assert!(health.iter().all(|server| server.state == ServerState::Good), "{health:?}");
        let first = usize::from(health[1].latency < health[0].latency);
        servers.iter().for_each(|server| server.calls().clear());
        Self { servers, first, client, clock, code: a_share(&market, &probed()) }
    }

    async fn ask(&self) -> Answer {
        let (from, to) = self.servers[0].market().range();
        Self::answer(self.daily(&self.code, from, to).await)
    }

    /// A code that nobody knows.
    async fn ask_for_nothing(&self) -> Answer {
        let code: Code = "601999.SH".parse().unwrap();
        assert!(self.servers[0].market().bars(&code).is_empty());
        let (from, to) = self.servers[0].market().range();
        Self::answer(self.daily(&code, from, to).await)
    }

    async fn ask_at_eleven(&self) -> Live {
        let today = self.servers[0].market().range().1;
        self.clock.set_shanghai(today.and_hms_opt(11, 0, 0).unwrap());
        let answer = Self::answer(self.daily(&self.code, today - TimeDelta::days(7), today).await);
        let holds = |page: &Page| {
            let (bars, _) = decode_daily_bars(&self.code, &[&page.body], today).unwrap();
            bars.iter().any(|bar| bar.trade_date == today)
        };
        let pages_hold_it = answer.as_ref().is_ok_and(|good| good.pages.iter().any(holds));
        Live { today, answer, pages_hold_it }
    }

    fn truth(&self) -> Vec<Fact> {
        self.servers[0].market().bars(&self.code).iter().map(facts::of_bar_alone).collect()
    }

    /// Volumes come in lots, and both volumes and amounts as floats of 32 bits.
    fn agrees(got: &Fact, truth: &Fact) -> bool {
        let near = |(at, (got, truth)): (usize, (&Option<f64>, &Option<f64>))| match (got, truth) {
            (Some(got), Some(truth)) => {
                let lot = if at == VOLUME { 50.0 } else { 0.0 };
                (got - truth).abs() <= lot + truth.abs() * if at < VOLUME { 1e-12 } else { 2e-7 }
            }
            (got, truth) => got == truth,
        };
        got.key == truth.key && got.figures.iter().zip(&truth.figures).enumerate().all(near)
    }

    fn is_at(&self, page: &Page, row: u32, fact: &Fact) -> bool {
        let last = self.servers[0].market().range().1;
        let (bars, places) = decode_daily_bars(&self.code, &[&page.body], last).unwrap();
        let at = places.iter().position(|place| *place == (0, row));
        at.is_some_and(|at| facts::of_bar(&bars[at]) == *fact)
    }

    fn calls(&self) -> usize {
        self.calls_of(0) + self.calls_of(1)
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

    /// A fault of some calls is one of the server that is asked first; one of all calls is one of both.
    fn bend(&self, fault: TdxFault, calls: Option<u32>) {
        let rule = TdxFaultRule::new(fault).on("bars").code(self.code);
        match calls {
            Some(calls) => self.servers[self.first].faults().add(rule.times(calls)),
            None => self.servers.iter().for_each(|server| server.faults().add(rule.clone())),
        }
    }

    async fn go_down(&self) {
        for server in &self.servers {
            server.go_down().await;
        }
    }

    async fn come_back(&self) {
        for server in &self.servers {
            server.come_back().await.unwrap();
        }
    }

    fn slow() -> TdxFault {
        TdxFault::Slow(60_000)
    }

    fn dropped() -> TdxFault {
        TdxFault::Drop
    }

    fn garbled() -> Vec<TdxFault> {
        vec![
            TdxFault::CountOnly,
            TdxFault::ShortBody(1_000),
            TdxFault::WrongMethod,
            TdxFault::WrongSequence,
            TdxFault::WrongMagic,
            TdxFault::CorruptZlib,
            TdxFault::WrongLength,
        ]
    }

    fn slips() -> Vec<(TdxFault, Slip, usize)> {
        vec![
            (TdxFault::Shares, Slip::Corrected, Self::CALLS),
            // Prices tenfold: both servers are asked before it is believed that nobody has better ones.
            (TdxFault::Lie(9_000), Slip::Refused(Verdict::Stop), 2 * Self::CALLS),
        ]
    }
}

contract!(Tdx:
    a_client_in_a_hurry_keeps_its_own_pace,
    a_garbled_body_is_asked_for_again_and_never_half_used,
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
async fn nothing_there_is_believed_of_two_servers_only() {
    let tdx = Tdx::start(Setup::default()).await;
    assert!(tdx.ask_for_nothing().await.unwrap().rows.is_empty());
    assert_eq!([tdx.calls_of(0), tdx.calls_of(1)], [1, 1]);
    // One of them alone may be lying.
    tdx.servers[1].go_down().await;
    let rows = async || tdx.ask_for_nothing().await.map(|good| good.rows.len());
    let bad = rows().await.unwrap_err();
    assert_ne!(bad.verdict, Verdict::Stop, "{}", bad.message);
}

#[tokio::test]
async fn a_connection_that_drops_on_the_second_page_mixes_no_servers() {
    let bench = Bench::<Tdx>::healthy().await;
    let (first, second) = (bench.first, 1 - bench.first);
    let rule = TdxFaultRule::new(TdxFault::Drop).on("bars").code(bench.code);
    bench.servers[first].faults().add(rule.after(1));
    let good = bench.answered().await;
    let host = &bench.servers[second].host;
    assert!(good.pages.iter().all(|page| page.request.contains(host)), "one server's pages only");
    assert_eq!([bench.calls_of(first), bench.calls_of(second)], [2, 2]);
}

#[tokio::test]
async fn no_server_is_asked_more_often_than_configured_or_over_a_second_connection() {
    let started = Instant::now();
    let bench = Bench::<Tdx>::start(Setup { is_paced: true, ..Setup::default() }).await;
    let (one, two, three) = tokio::join!(bench.answered(), bench.answered(), bench.answered());
    assert_eq!([one, two, three].map(|good| good.pages.len()), [2, 2, 2]);
    let took = started.elapsed();
    for (number, server) in bench.servers.iter().enumerate() {
        assert!(bench.calls_of(number) > 0, "both are used");
        // Two in any second, and the probe was one of them.
        let seconds = (server.calls().total() + 1).div_ceil(2) - 1;
        assert!(took.as_secs() >= seconds as u64, "{} calls in {took:?}", server.calls().total() + 1);
        assert_eq!(server.calls().most_connections(), 1);
    }
}
