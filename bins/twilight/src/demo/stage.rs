//! What the demo stands on: a folder, a private Redis, simulated vendors, somebody to be told, and a configuration
//! for the real daemons.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context as _;
use chrono::{Datelike as _, NaiveDate, Utc};
use job_queue::private_redis::RedisServer;
use market_model::{Exchange, last_final_day};
use upstream_simulators::{
    AlertReceiver, LlmServer, Market, MarketSpec, SearxngOptions, SearxngServer, Vendors, WechatPay, World, WorldSpec,
};

use super::{configuration, gateway, ports::Ports, profiles, search};

const TDX_SERVERS: usize = 2;

pub(crate) struct Stage {
    pub(crate) folder: PathBuf,
    pub(crate) config: PathBuf,
    pub(crate) redis: RedisServer,
    /// The cache of searches.
    _cache: RedisServer,
    pub(crate) market: Arc<Market>,
    pub(crate) world: Arc<World>,
    pub(crate) vendors: Vendors,
    /// The provider of language models behind gateway-proxy.
    pub(crate) llm: LlmServer,
    /// The web, as far as there is one.
    pub(crate) searxng: SearxngServer,
    /// Who tells of payments.
    pub(crate) wechat: WechatPay,
    /// Whom quality-worker tells.
    pub(crate) receiver: AlertReceiver,
    /// The trading days that TDX's histories bring, ascending; before [`Stage::days`].
    pub(crate) history: Vec<NaiveDate>,
    /// The trading days that Tushare brings, ascending.
    pub(crate) days: Vec<NaiveDate>,
    /// Removes the folder at the end, unless it is to be kept.
    _temporary: Option<tempfile::TempDir>,
}

impl Stage {
    /// Builds a market of `codes` codes whose last trading day is the last one that has closed by `now`. A port is given up
    /// when its daemon starts.
    pub(crate) async fn set(
        super::Args { codes, days, history, seed, folder, .. }: &super::Args,
        now: chrono::DateTime<Utc>,
    ) -> anyhow::Result<(Self, Ports)> {
        let (folder, temporary) = match folder {
            Some(folder) => (folder.clone(), None),
            None => {
                let temporary = tempfile::Builder::new().prefix("twilight-demo-").tempdir()?;
                (temporary.path().to_owned(), Some(temporary))
            }
        };
        let (redis, cache) = (private_redis(&folder.join("redis")).await?, private_redis(&folder.join("cache")).await?);
        let (codes, seed, days, history) = (*codes, *seed, *days as usize, *history as usize);
        let last_day = last_final_day(Exchange::Sse, now);
        // Trading days are at most 5 of 7; holidays take up to two weeks more, twice a year.
        let first_day = last_day - chrono::Days::new((days + history) as u64 * 7 / 5 + 35);
        let made = tokio::task::spawn_blocking(move || {
            let market = Market::generate(&MarketSpec::new(seed, codes, first_day, last_day));
            // Its last day is one that has closed everywhere.
            let world = World::generate(&WorldSpec::new(seed, first_day, last_day.pred_opt().unwrap_or(last_day)));
            (Arc::new(market), Arc::new(world))
        });
        let (market, world) = made.await?;
        let mut open: Vec<NaiveDate> = market.calendar().open_days(first_day, last_day).collect();
        let days = open.split_off(open.len().saturating_sub(days));
        let history = open.split_off(open.len().saturating_sub(history));
        let vendors = Vendors::start(&market, &world, TDX_SERVERS).await.context("start the simulated vendors")?;
        let receiver = AlertReceiver::start().await.context("start the receiver of alerts")?;
        let llm = gateway::provider().await.context("start the simulated provider of language models")?;
        let searxng = SearxngServer::start(SearxngOptions::default()).await.context("start the simulated SearXNG")?;
        std::fs::write(folder.join("prices.toml"), gateway::prices()).context("write the price table")?;
        let wechat = WechatPay::default();
        let key = folder.join("wechat-public-key.pem");
        std::fs::write(&key, wechat.public_key_pem()).context("write WeChat's public key")?;
        let ports = Ports::reserve()?;
        let (at_gateway, api, registry) = (ports.gateway.address()?, ports.api.address()?, ports.registry.address()?);
        let config = folder.join("twilight.toml");
        let text = configuration::text(&folder, &redis.url(), &vendors.configuration(), &receiver.webhook_url(), api)
            + &gateway::configuration(&folder, &llm, at_gateway)
            + &search::configuration(&searxng.url, &cache.url())
            + &search::api(at_gateway)
            + &profiles::configuration(&folder, [at_gateway, api, registry], &wechat, &key);
        std::fs::write(&config, text).context("write the configuration")?;
        let stage = Self {
            folder,
            config,
            redis,
            _cache: cache,
            market,
            world,
            vendors,
            llm,
            searxng,
            wechat,
            receiver,
            history,
            days,
            _temporary: temporary,
        };
        Ok((stage, ports))
    }

    /// Every trading day that is to be served, ascending.
    pub(crate) fn all_days(&self) -> impl Iterator<Item = NaiveDate> {
        self.history.iter().chain(&self.days).copied()
    }

    /// Where generations are published.
    pub(crate) fn published(&self) -> PathBuf {
        self.folder.join("warehouse").join("published")
    }

    /// The last day of the last quarter whose reports are due by the last trading day: they may take two months.
    pub(crate) fn reported_quarter(&self) -> Option<NaiveDate> {
        let due = self.days.last()?.checked_sub_days(chrono::Days::new(62))?;
        let month = due.month() / 3 * 3;
        let (year, month) = if month == 0 { (due.year() - 1, 12) } else { (due.year(), month) };
        let next = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
        NaiveDate::from_ymd_opt(next.0, next.1, 1)?.pred_opt()
    }
}

/// A `redis-server` of the demo's own, with its data in `folder`.
async fn private_redis(folder: &Path) -> anyhow::Result<RedisServer> {
    std::fs::create_dir_all(folder).with_context(|| format!("create {}", folder.display()))?;
    let server = RedisServer::start_in(Path::new("redis-server"), folder).await;
    server.context("start redis-server (is it installed? `make setup` brings it)")
}
