//! What makes two ingest jobs the same work: their coalescing key, and the id of a job that somebody asked for.

use super::{IngestJob, on_request_id};

impl IngestJob {
    /// The vendor that the job asks, if it asks one.
    pub fn source(&self) -> Option<&str> {
        match self {
            Self::FetchReference { source } | Self::FetchDailyMarket { source, .. } => Some(source),
            Self::Compact | Self::ExpireFeatures => None,
        }
    }

    /// Two jobs with this key in common do the same work: while one waits or runs the other need not be pushed.
    /// `fetch_daily_market@tushare@2026-11-20`, `fetch_reference@tushare`, `compact`.
    pub fn coalesce_key(&self) -> String {
        match self {
            Self::FetchReference { source } => format!("{}@{source}", self.name()),
            Self::FetchDailyMarket { source, trade_date } => format!("{}@{source}@{trade_date}", self.name()),
            Self::Compact | Self::ExpireFeatures => self.name().to_owned(),
        }
    }

    /// The id of this job when a person or the API asks for it: `fetch_daily_market@2026-11-20#<request>`,
    /// `compact#<request>`.
    pub fn id_on_request(&self, request: &str) -> String {
        match self {
            Self::FetchDailyMarket { trade_date, .. } => on_request_id(self.name(), *trade_date, request),
            _ => format!("{}#{request}", self.name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_work_has_the_same_key_whoever_asks() {
        let trade_date = chrono::NaiveDate::from_ymd_opt(2026, 11, 20).unwrap();
        let day = |source: &str| IngestJob::FetchDailyMarket { source: source.to_owned(), trade_date };
        assert_eq!(day("tushare").coalesce_key(), "fetch_daily_market@tushare@2026-11-20");
        assert_ne!(day("tushare").coalesce_key(), day("tdx").coalesce_key());
        assert_eq!(day("tushare").id_on_request("5f3a"), "fetch_daily_market@2026-11-20#5f3a");
        assert_eq!(IngestJob::Compact.id_on_request("1"), "compact#1");
    }
}
