//! How fast histories may be asked for at the configured politeness.

use super::sections::ingest_worker::IngestWorkerConfig;

impl IngestWorkerConfig {
    /// Requests per second for whole histories, all servers and interfaces together. `None` where the source is not
    /// configured, or has no histories of mainland shares.
    pub fn history_requests_per_second(&self, source: &str) -> Option<f64> {
        match source {
            "tdx" => {
                let tdx = self.tdx.as_ref()?;
                Some(f64::from(tdx.requests_per_second) * tdx.servers.len() as f64)
            }
            "tushare" => {
                let limits = &self.tushare.as_ref()?.calls_per_minute;
                let limit = |api: &str| limits.get(api).or_else(|| limits.get("default")).copied().unwrap_or(1);
                // Bars, factors and dividends are asked for side by side, each with its own allowance: the least counts.
                let least = ["daily", "adj_factor", "dividend"].map(limit).into_iter().min().unwrap_or(1);
                Some(f64::from(least) * 3.0 / 60.0)
            }
            _ => None,
        }
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
    fn tdx_is_bound_by_all_its_servers_together_and_tushare_by_its_slowest_interface() {
        let both = config(
            "[ingest-worker.tdx]\nenabled = true\nservers = [\"a:1\", \"b:1\"]\nrequests_per_second = 5\n\
             [ingest-worker.tushare.calls_per_minute]\ndefault = 500\nadj_factor = 100\n",
        );
        assert_eq!(both.history_requests_per_second("tdx"), Some(10.0));
        assert_eq!(both.history_requests_per_second("tushare"), Some(5.0));
        assert_eq!(both.history_requests_per_second("aktools"), None, "has no shares");
        assert_eq!(config("").history_requests_per_second("tdx"), None, "not configured");
    }
}
