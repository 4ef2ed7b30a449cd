//! How many requests a backfill takes, and how long they last at the configured politeness.

use std::time::Duration;

use super::sections::ingest_worker::IngestWorkerConfig;

/// What a backfill will cost, before it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackfillEstimate {
    /// Codes to fetch.
    pub codes: u64,
    /// Requests to the vendor.
    pub requests: u64,
    /// How long they take if the vendor answers at once.
    pub duration: Duration,
}

/// Bars that a TDX server gives at once.
const TDX_PAGE: u64 = 800;
/// Rows that Tushare gives at once.
const TUSHARE_PAGE: u64 = 6000;

impl IngestWorkerConfig {
    /// For `codes` codes over `trading_days` days from `source`. `None` where the source is not configured, or has no
    /// histories of mainland shares.
    pub fn estimate_backfill(&self, source: &str, codes: u64, trading_days: u64) -> Option<BackfillEstimate> {
        let (requests_per_code, per_second) = match source {
            "tdx" => {
                let tdx = self.tdx.as_ref()?;
                let per_second = f64::from(tdx.requests_per_second) * tdx.servers.len() as f64;
                // The pages of bars, and the list of corporate actions.
                (trading_days.div_ceil(TDX_PAGE) + 1, per_second)
            }
            "tushare" => {
                let tushare = self.tushare.as_ref()?;
                let limit = |api: &str| {
                    let limits = &tushare.calls_per_minute;
                    limits.get(api).or_else(|| limits.get("default")).copied().unwrap_or(1)
                };
                // Bars, factors and dividends each have their own limit and are fetched side by side: the slowest counts.
                let pages = trading_days.div_ceil(TUSHARE_PAGE);
                let paged = limit("daily").min(limit("adj_factor"));
                let slowest = (f64::from(paged) / pages as f64).min(f64::from(limit("dividend")));
                (2 * pages + 1, slowest / 60.0 * (2 * pages + 1) as f64)
            }
            _ => return None,
        };
        let requests = codes * requests_per_code;
        let seconds = requests as f64 / per_second.max(f64::MIN_POSITIVE);
        Some(BackfillEstimate {
            codes,
            requests,
            duration: Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Environment};

    fn config(text: &str) -> IngestWorkerConfig {
        let environment: Environment = [("TUSHARE_TOKEN", "x")].into_iter().collect();
        Config::from_toml(text, "test", &environment).unwrap().ingest_worker().unwrap()
    }

    #[test]
    fn tdx_is_bound_by_all_its_servers_together() {
        let config =
            config("[ingest-worker.tdx]\nenabled = true\nservers = [\"a:1\", \"b:1\"]\nrequests_per_second = 5\n");
        let estimate = config.estimate_backfill("tdx", 5000, 2500).unwrap();
        // Four pages of 800 and the corporate actions.
        assert_eq!((estimate.requests, estimate.duration), (25_000, Duration::from_secs(2500)));
    }

    #[test]
    fn tushare_is_bound_by_its_slowest_interface() {
        let config = config("[ingest-worker.tushare.calls_per_minute]\ndefault = 500\nadj_factor = 100\n");
        let estimate = config.estimate_backfill("tushare", 1000, 2500).unwrap();
        assert_eq!((estimate.requests, estimate.duration), (3000, Duration::from_secs(600)));
        assert_eq!(config.estimate_backfill("tdx", 1, 1), None, "not configured");
        assert_eq!(config.estimate_backfill("aktools", 1, 1), None, "has no shares");
    }
}
