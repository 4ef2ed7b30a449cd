//! What the demo stands on: a folder, a private Redis, a simulated vendor and a configuration for the real daemons.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use chrono::{NaiveDate, Utc};
use job_queue::private_redis::RedisServer;
use upstream_simulators::{Market, MarketSpec, TushareOptions, TushareServer, tushare};

/// The simulated vendor's token and the API's; they open nothing outside this demo.
const VENDOR_TOKEN: &str = "demo-vendor-token";
pub(crate) const API_TOKEN: &str = "twilight-demo-token";

pub(crate) struct Stage {
    pub(crate) folder: PathBuf,
    pub(crate) config: PathBuf,
    pub(crate) redis: RedisServer,
    pub(crate) market: std::sync::Arc<Market>,
    pub(crate) vendor: TushareServer,
    /// The trading days to ingest, ascending.
    pub(crate) days: Vec<NaiveDate>,
    /// Removes the folder at the end, unless it is to be kept.
    _temporary: Option<tempfile::TempDir>,
}

impl Stage {
    /// Builds a market of `codes` codes whose last trading day is the last one that has closed by `now`.
    pub(crate) async fn set(
        super::Args { codes, days, seed, folder, .. }: &super::Args,
        now: chrono::DateTime<Utc>,
    ) -> anyhow::Result<Self> {
        let (folder, temporary) = match folder {
            Some(folder) => (folder.clone(), None),
            None => {
                let temporary = tempfile::Builder::new().prefix("twilight-demo-").tempdir()?;
                (temporary.path().to_owned(), Some(temporary))
            }
        };
        let redis_folder = folder.join("redis");
        std::fs::create_dir_all(&redis_folder).with_context(|| format!("create {}", redis_folder.display()))?;
        let redis = RedisServer::start_in(Path::new("redis-server"), &redis_folder)
            .await
            .context("start redis-server (is it installed? `make setup` brings it)")?;
        let (codes, seed, wanted) = (*codes, *seed, *days);
        let last_day = last_closed_day(now);
        // Trading days are at most 5 of 7; holidays take up to two weeks more.
        let first_day = last_day - chrono::Days::new(u64::from(wanted) * 7 / 5 + 21);
        let market =
            tokio::task::spawn_blocking(move || Market::generate(&MarketSpec::new(seed, codes, first_day, last_day)));
        let market = std::sync::Arc::new(market.await?);
        let open: Vec<NaiveDate> = market.calendar().open_days(first_day, last_day).collect();
        let days = open[open.len().saturating_sub(wanted as usize)..].to_vec();
        let options = TushareOptions {
            token: VENDOR_TOKEN.to_owned(),
            limits: tushare::RateLimits::none(),
            ..TushareOptions::default()
        };
        let vendor = TushareServer::start(market.clone(), options).await.context("start the simulated vendor")?;
        let config = folder.join("twilight.toml");
        std::fs::write(&config, configuration(&folder, &redis.url(), &vendor.url))
            .context("write the configuration")?;
        Ok(Self { folder, config, redis, market, vendor, days, _temporary: temporary })
    }
}

/// The last day whose bars a vendor has by `now`: Shanghai closes at 15:00 and publishes by 15:30.
fn last_closed_day(now: chrono::DateTime<Utc>) -> NaiveDate {
    let local = now.with_timezone(&chrono_tz::Asia::Shanghai).naive_local() - chrono::TimeDelta::minutes(15 * 60 + 30);
    local.date()
}

fn configuration(folder: &Path, redis: &str, vendor: &str) -> String {
    let root = folder.join("warehouse");
    let root = root.display();
    format!(
        r#"# written by `twilight demo`
[warehouse]
root = "{root}"
memory_limit_mb = 1024

[queue]
redis_url = "{redis}"

[telemetry]
format = "json"

[ingest-worker]
listen = "127.0.0.1:0"
publish_coalesce_ms = 3000

[ingest-worker.schedule]
daily_market = "off"
reference = "off"
expire_features = "off"
compact = "off"

[ingest-worker.tushare]
base_url = "{vendor}"
token = "{VENDOR_TOKEN}"
calls_per_minute = {{ default = 100000 }}

[warehouse-api]
listen = "127.0.0.1:0"
poll_ms = 100
tokens = [{{ name = "demo", token = "{API_TOKEN}", scopes = ["read", "admin"] }}]
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_written_configuration_is_one_the_daemons_accept() {
        let text = configuration(Path::new("somewhere"), "redis://127.0.0.1:1/", "http://127.0.0.1:2");
        let config = daemon_kit::config::Config::from_toml(&text, "demo", &daemon_kit::config::Environment::default());
        let config = config.unwrap();
        config.ingest_worker().unwrap();
        config.warehouse_api().unwrap();
    }

    #[test]
    fn a_day_counts_once_its_bars_are_final() {
        let at = |text: &str| last_closed_day(text.parse().unwrap()).to_string();
        assert_eq!(at("2026-11-20T07:29:00Z"), "2026-11-19");
        assert_eq!(at("2026-11-20T07:30:00Z"), "2026-11-20");
    }
}
