//! The vendors besides Tushare: simulated ones, as many as a test wants, and their sections of the configuration.

use std::{fmt::Write as _, sync::Arc};

use chrono::Days;
use daemon_kit::clock::Clock;
use market_model::Code;
use upstream_simulators::{
    AktoolsOptions, AktoolsServer, AlphaVantageOptions, AlphaVantageServer, Market, TdxOptions, TdxServer,
    World as GlobalWorld, WorldSpec, YahooOptions, YahooServer,
};

/// Which of them a test wants.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    /// TDX servers.
    pub(crate) tdx: usize,
    /// Requests per second to one of them; none = as many as they can.
    pub(crate) tdx_pace: Option<u32>,
    pub(crate) aktools: bool,
    pub(crate) yahoo: bool,
    pub(crate) alpha_vantage: bool,
    /// Whether the account there costs nothing: the last hundred bars of a code, unadjusted.
    pub(crate) alpha_vantage_is_free: bool,
    /// Days of the world abroad before the market's last one; 0 = a hundred.
    pub(crate) abroad_days: u64,
    /// The watched codes; none = every code there is.
    pub(crate) codes: Option<Vec<&'static str>>,
}

/// The servers.
pub(crate) struct Vendors {
    wanted: Wanted,
    pub(crate) tdx: Vec<TdxServer>,
    pub(crate) aktools: Option<AktoolsServer>,
    pub(crate) yahoo: Option<YahooServer>,
    pub(crate) alpha_vantage: Option<AlphaVantageServer>,
    /// What trades abroad.
    pub(crate) abroad: Arc<GlobalWorld>,
}

impl Vendors {
    pub(crate) async fn start(market: &Arc<Market>, wanted: Wanted, clock: &Clock) -> Self {
        let shown: upstream_simulators::Clock = {
            let clock = clock.clone();
            Arc::new(move || clock.now())
        };
        let clock = Some(shown);
        let last = market.range().1;
        let days = if wanted.abroad_days == 0 { 105 } else { wanted.abroad_days };
        let abroad = Arc::new(GlobalWorld::generate(&WorldSpec::new(3, last - Days::new(days), last)));
        let mut tdx = Vec::new();
        for _ in 0..wanted.tdx {
            let options = TdxOptions { clock: clock.clone(), control: false, ..TdxOptions::default() };
            tdx.push(TdxServer::start(market.clone(), options).await.unwrap());
        }
        let mut vendors = Self { wanted, tdx, aktools: None, yahoo: None, alpha_vantage: None, abroad };
        if vendors.wanted.aktools {
            let options = AktoolsOptions { clock: clock.clone(), ..AktoolsOptions::default() };
            vendors.aktools = Some(AktoolsServer::start(market.clone(), options).await.unwrap());
        }
        if vendors.wanted.yahoo {
            let options = YahooOptions { clock: clock.clone(), ..YahooOptions::default() };
            vendors.yahoo = Some(YahooServer::start(vendors.abroad.clone(), options).await.unwrap());
        }
        if vendors.wanted.alpha_vantage {
            let premium = !vendors.wanted.alpha_vantage_is_free;
            let options = AlphaVantageOptions { clock, premium, ..AlphaVantageOptions::premium() };
            vendors.alpha_vantage = Some(AlphaVantageServer::start(vendors.abroad.clone(), options).await.unwrap());
        }
        vendors
    }

    /// The codes that Yahoo and Alpha Vantage watch.
    pub(crate) fn codes(&self) -> Vec<Code> {
        match &self.wanted.codes {
            Some(codes) => codes.iter().map(|code| code.parse().unwrap()).collect(),
            None => self.abroad.codes(),
        }
    }

    /// Calls of `method` about `code`, over all TDX servers.
    pub(crate) fn tdx_calls(&self, method: &str, code: &Code) -> usize {
        self.tdx.iter().map(|server| server.calls().of_code(method, code)).sum()
    }

    /// Calls of `method`, over all TDX servers.
    pub(crate) fn tdx_total(&self, method: &str) -> usize {
        self.tdx.iter().map(|server| server.calls().of(method)).sum()
    }

    /// Forgets all calls of the TDX servers.
    pub(crate) fn forget_tdx_calls(&self) {
        self.tdx.iter().for_each(|server| server.calls().clear());
    }

    /// Their sections of the configuration.
    pub(crate) fn toml(&self) -> String {
        let mut text = String::new();
        if !self.tdx.is_empty() {
            let servers: Vec<&String> = self.tdx.iter().map(|server| &server.host).collect();
            let pace = self.wanted.tdx_pace.unwrap_or(1_000);
            write!(
                text,
                "[ingest-worker.tdx]\nenabled = true\nservers = {servers:?}\nrequests_per_second = {pace}\n\
                 connections_per_server = 2\nconnect_timeout_ms = 2000\nread_timeout_ms = 700\nmax_attempts = 4\n\
                 cooldown_s = 1\n"
            )
            .unwrap();
        }
        if let Some(aktools) = &self.aktools {
            write!(text, "[ingest-worker.aktools]\nenabled = true\nbase_url = \"{}\"\nmax_attempts = 1\n", aktools.url)
                .unwrap();
        }
        let codes: Vec<String> = self.codes().iter().map(Code::to_string).collect();
        if let Some(yahoo) = &self.yahoo {
            write!(
                text,
                "[ingest-worker.yahoo]\nenabled = true\nbase_url = \"{}\"\nrequests_per_minute = 6000\n\
                 codes = {codes:?}\nhistory_from = \"{}\"\n",
                yahoo.url,
                self.abroad.range().0
            )
            .unwrap();
        }
        if let Some(alpha_vantage) = &self.alpha_vantage {
            write!(
                text,
                "[ingest-worker.alpha_vantage]\nenabled = true\nbase_url = \"{}\"\napi_key = \"SIMULATEDKEY1234\"\n\
                 premium = {}\nrequests_per_day = 1000\nrequest_spacing_ms = 0\ncodes = {codes:?}\n",
                alpha_vantage.url, !self.wanted.alpha_vantage_is_free
            )
            .unwrap();
        }
        text
    }
}
