//! AKTools: the table of total social financing, eight series in one answer.

use std::{sync::Arc, time::Duration};

use chrono::{NaiveDate, TimeDelta};
use market_model::MacroObservation;
use serde_json::Value;
use source_aktools::{AktoolsError, Client, ClientConfig, Fetched, SERIES, series_named};
use upstream_simulators::{AktoolsFault, AktoolsOptions, AktoolsServer, Market, SimClock};

use crate::{
    bench::{Bench, http},
    contract::{Answer, Good, Live, Page, Setup, Slip, Source, Verdict, contract, in_common},
    facts::{self, Fact},
    tushare::{a_share, market},
};

/// Of a proxy before the server; it travels in the address.
const PASSWORD: &str = "correct-horse-battery";
const FUNCTION: &str = "macro_china_shrzgm";
const TOTAL: &str = "社会融资规模增量";
const LOANS: &str = "其中-人民币贷款";
const BARS: &str = "stock_zh_a_hist";

pub(crate) struct Aktools {
    server: AktoolsServer,
    client: Client,
    clock: SimClock,
    market: Arc<Market>,
}

impl Aktools {
    fn answer<T>(answer: Result<Fetched<T>, AktoolsError>, fact: impl Fn(&T) -> Fact) -> Answer {
        let fetched = answer.map_err(|error| in_common!(bad source_aktools, error))?;
        Ok(Good {
            rows: in_common!(rows fetched.rows, fact).collect(),
            rejected: in_common!(rejected fetched.rejected),
            pages: in_common!(pages fetched.pages),
        })
    }

    /// The bars of one share, which the client checks other vendors with.
    async fn bars(&self, from: NaiveDate, to: NaiveDate) -> Answer {
        Self::answer(self.client.daily_bars(a_share(&self.market), from, to).await, facts::of_bar)
    }
}

impl Source for Aktools {
    type Fault = AktoolsFault;

    const CALLS: usize = 1;
    /// One answer a day is enough for all who ask.
    const BURST: usize = 1;
    const PAUSE: TimeDelta = TimeDelta::seconds(30);
    const SENDS_LIVE_BARS: bool = false;

    async fn start(setup: Setup) -> Self {
        let market = market();
        let clock = SimClock::at_shanghai(market.range().1.and_hms_opt(20, 0, 0).unwrap());
        let options = AktoolsOptions { clock: Some(clock.clock()), ..AktoolsOptions::default() };
        let server = AktoolsServer::start(Arc::clone(&market), options).await.unwrap();
        if setup.is_refused {
            server.faults().always("", AktoolsFault::Unauthorized);
        }
        let config = ClientConfig {
            request_timeout: setup.patience,
            max_attempts: 3,
            backoff_base: Duration::from_millis(1),
            backoff_cap: Duration::from_millis(2),
            ..ClientConfig::new(server.url.replace("http://", &format!("http://hub:{PASSWORD}@")))
        };
        let client = Client::new(http(), config, clock.clock());
        Self { server, client, clock, market }
    }

    async fn ask(&self) -> Answer {
        Self::answer(self.client.function(FUNCTION).await, facts::of_observation)
    }

    /// A weekend. An empty table of a series would be an error: there are always figures.
    async fn ask_for_nothing(&self) -> Answer {
        self.bars("2024-03-23".parse().unwrap(), "2024-03-24".parse().unwrap()).await
    }

    async fn ask_at_eleven(&self) -> Live {
        let today = self.market.range().1;
        self.clock.set_shanghai(today.and_hms_opt(11, 0, 0).unwrap());
        let answer = self.bars(today - TimeDelta::days(7), today).await;
        let mark = today.to_string();
        let holds = |page: &Page| String::from_utf8_lossy(&page.body).contains(&mark);
        let pages_hold_it = answer.as_ref().is_ok_and(|good| good.pages.iter().any(holds));
        Live { today, answer, pages_hold_it }
    }

    fn truth(&self) -> Vec<Fact> {
        let of_series = |spec: &source_aktools::SeriesSpec| {
            let figures = self.server.figures(FUNCTION, spec.column).into_iter();
            let observation = |figure: upstream_simulators::aktools::Figure| MacroObservation {
                series: spec.name.to_owned(),
                period: figure.period,
                published: figure.published,
                value: figure.value,
                unit: spec.unit.to_owned(),
                consensus: figure.consensus,
                previous: figure.previous,
            };
            figures.map(|figure| facts::of_observation(&observation(figure))).collect::<Vec<_>>()
        };
        SERIES.iter().filter(|spec| spec.function == FUNCTION).flat_map(of_series).collect()
    }

    fn is_at(&self, page: &Page, row: u32, fact: &Fact) -> bool {
        let body: Value = serde_json::from_slice(&page.body).unwrap();
        let item = &body[row as usize];
        let series = series_named(fact.key.split(' ').next().unwrap()).unwrap();
        let month = fact.date.format("%Y%m").to_string();
        item["月份"] == month.as_str() && item[series.column].as_f64() == fact.figures[0]
    }

    fn calls(&self) -> usize {
        self.server.calls().total()
    }

    fn clock(&self) -> &SimClock {
        &self.clock
    }

    fn secret(&self) -> Option<&str> {
        Some(PASSWORD)
    }

    fn shown(&self) -> String {
        format!("{:?}", self.client)
    }

    fn bend(&self, fault: AktoolsFault, calls: Option<u32>) {
        match calls {
            Some(calls) => self.server.faults().next(calls, FUNCTION, fault),
            None => self.server.faults().always(FUNCTION, fault),
        }
    }

    async fn go_down(&self) {
        self.server.go_down().await;
    }

    async fn come_back(&self) {
        self.server.come_back().await.unwrap();
    }

    /// Something in front of the server refuses once, and the answer of the day is forgotten so that it is asked at all.
    fn overdraw(&self) {
        self.client.forget_answers();
        self.server.faults().next(1, FUNCTION, AktoolsFault::TooManyRequests(Some(30)));
    }

    fn slow() -> AktoolsFault {
        AktoolsFault::Slow(60_000)
    }

    fn dropped() -> AktoolsFault {
        AktoolsFault::CutBody
    }

    fn garbled() -> Vec<AktoolsFault> {
        vec![
            AktoolsFault::Malformed,
            AktoolsFault::NotAnArray,
            AktoolsFault::HtmlOk,
            AktoolsFault::HtmlBadGateway,
            AktoolsFault::ServerError,
        ]
    }

    fn reshaped() -> Vec<AktoolsFault> {
        let rename = AktoolsFault::RenameColumn { from: LOANS.to_owned(), to: "人民币贷款".to_owned() };
        vec![rename, AktoolsFault::DropColumn("月份".to_owned()), AktoolsFault::DropColumn(TOTAL.to_owned())]
    }

    /// The parts do not make up the total any more.
    fn slips() -> Vec<(AktoolsFault, Slip, usize)> {
        let swap = |one: &str, other: &str| AktoolsFault::SwapColumns(one.to_owned(), other.to_owned());
        let refused = Slip::Refused(Verdict::Stop);
        vec![(swap(TOTAL, LOANS), refused, 1), (swap(LOANS, "其中-企业债券"), refused, 1)]
    }
}

contract!(Aktools:
    a_refused_key_stops_and_is_not_asked_again,
    the_secret_is_in_nothing_that_comes_back,
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
async fn bars_whose_volume_and_amount_are_exchanged_are_refused_with_their_page() {
    let bench = Bench::<Aktools>::healthy().await;
    let (from, to) = bench.market.range();
    assert!(bench.bars(from, to).await.unwrap().rows.len() > 30);
    bench.server.faults().next(1, BARS, AktoolsFault::SwapColumns("成交量".to_owned(), "成交额".to_owned()));
    let bad = bench.examined(bench.bars(from, to).await).unwrap_err();
    assert_eq!((bad.verdict, bad.pages.len()), (Verdict::Stop, 1), "{}", bad.message);
    assert_eq!(bench.calls(), 2);
}

#[tokio::test]
async fn a_release_that_is_announced_and_not_out_is_in_no_row() {
    let bench = Bench::<Aktools>::healthy().await;
    let function = "macro_china_cpi_yearly";
    let fetched = Aktools::answer(bench.client.function(function).await, facts::of_observation);
    let good = bench.examined(fetched).unwrap();
    let table: Value = serde_json::from_slice(&good.pages[0].body).unwrap();
    let announced = table.as_array().unwrap().iter().filter(|row| row["今值"].is_null()).count();
    assert!(announced > 0, "the table has what this test is about");
    assert_eq!(good.rows.len() + announced, table.as_array().unwrap().len());
    assert!(good.rejected.is_empty(), "{:?}", good.rejected);
}
