//! All vendors at once over one market and one world, and the configuration that points the daemons at them.

use std::{io, sync::Arc};

use crate::{
    AktoolsOptions, AktoolsServer, AlphaVantageOptions, AlphaVantageServer, Market, TdxOptions, TdxServer,
    TushareOptions, TushareServer, World, YahooOptions, YahooServer, tushare::RateLimits,
};

/// The token that the simulated Tushare of [`Vendors`] accepts.
pub const TUSHARE_TOKEN: &str = "simulated-tushare-token";
/// The key that the simulated Alpha Vantage of [`Vendors`] accepts.
pub const ALPHA_VANTAGE_KEY: &str = "SIMULATEDKEY1234";

/// One simulated server of each vendor, of TDX several. None has limits.
pub struct Vendors {
    /// Tushare.
    pub tushare: TushareServer,
    /// TDX; the servers have the same market.
    pub tdx: Vec<TdxServer>,
    /// AKTools.
    pub aktools: AktoolsServer,
    /// Yahoo.
    pub yahoo: YahooServer,
    /// Alpha Vantage, a paid account.
    pub alpha_vantage: AlphaVantageServer,
}

impl Vendors {
    /// Starts all of them, with so many TDX servers.
    ///
    /// # Errors
    /// If a port cannot be listened on.
    pub async fn start(market: &Arc<Market>, world: &Arc<World>, tdx_servers: usize) -> io::Result<Self> {
        let options =
            TushareOptions { token: TUSHARE_TOKEN.to_owned(), limits: RateLimits::none(), ..TushareOptions::default() };
        let tushare = TushareServer::start(market.clone(), options).await?;
        let mut tdx = Vec::with_capacity(tdx_servers);
        for _ in 0..tdx_servers {
            tdx.push(TdxServer::start(market.clone(), TdxOptions::default()).await?);
        }
        let options = AlphaVantageOptions { api_key: ALPHA_VANTAGE_KEY.to_owned(), ..AlphaVantageOptions::premium() };
        Ok(Self {
            tushare,
            tdx,
            aktools: AktoolsServer::start(market.clone(), AktoolsOptions::default()).await?,
            yahoo: YahooServer::start(world.clone(), YahooOptions::default()).await?,
            alpha_vantage: AlphaVantageServer::start(world.clone(), options).await?,
        })
    }

    /// Name and address of each.
    pub fn addresses(&self) -> Vec<(&'static str, String)> {
        let mut addresses = vec![("Tushare", self.tushare.url.clone())];
        addresses.extend(self.tdx.iter().map(|server| ("TDX", server.host.clone())));
        addresses.push(("AKTools", self.aktools.url.clone()));
        addresses.push(("Yahoo", self.yahoo.url.clone()));
        addresses.push(("Alpha Vantage", self.alpha_vantage.url.clone()));
        addresses
    }

    /// Name and requests answered of each vendor.
    pub fn calls(&self) -> [(&'static str, u64); 5] {
        let tdx: usize = self.tdx.iter().map(|server| server.calls().total()).sum();
        let calls = [
            ("Tushare", self.tushare.calls().total()),
            ("TDX", tdx),
            ("AKTools", self.aktools.calls().total()),
            ("Yahoo", self.yahoo.calls().total()),
            ("Alpha Vantage", self.alpha_vantage.calls().total()),
        ];
        calls.map(|(name, calls)| (name, calls as u64))
    }

    /// The sections of `twilight.toml` that point a worker at these servers, asked as fast as they answer.
    pub fn configuration(&self) -> String {
        let servers: Vec<&str> = self.tdx.iter().map(|server| server.host.as_str()).collect();
        format!(
            r#"[ingest-worker.tushare]
base_url = "{tushare}"
token = "{TUSHARE_TOKEN}"
calls_per_minute = {{ default = 100000 }}

[ingest-worker.tdx]
enabled = true
servers = {servers:?}
requests_per_second = 1000
connections_per_server = 4

[ingest-worker.aktools]
enabled = true
base_url = "{aktools}"

[ingest-worker.yahoo]
enabled = true
base_url = "{yahoo}"
requests_per_minute = 6000

[ingest-worker.alpha_vantage]
enabled = true
base_url = "{alpha_vantage}"
api_key = "{ALPHA_VANTAGE_KEY}"
requests_per_day = 1000000
request_spacing_ms = 0
premium = true
"#,
            tushare = self.tushare.url,
            aktools = self.aktools.url,
            yahoo = self.yahoo.url,
            alpha_vantage = self.alpha_vantage.url,
        )
    }
}
