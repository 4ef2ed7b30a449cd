//! What makes two ingest jobs the same work: their coalescing key, and the id of a job that somebody asked for.

use super::{IngestJob, on_request_id};

impl IngestJob {
    /// The vendor that the job asks, if it asks one.
    pub fn source(&self) -> Option<&str> {
        match self {
            Self::FetchReference { source }
            | Self::FetchDailyMarket { source, .. }
            | Self::FetchFundamentals { source, .. }
            | Self::FetchMacro { source, .. }
            | Self::BackfillHistory { source, .. } => Some(source),
            Self::Compact | Self::ExpireFeatures => None,
        }
    }

    /// Two jobs with this key in common do the same work: while one waits or runs the other need not be pushed.
    /// `fetch_daily_market@tushare@2026-11-20`, `fetch_reference@tushare`, `backfill_history@tdx@2016-01-04..2026-11-20`,
    /// `compact`. A list of codes goes in sorted, so that its order does not matter.
    pub fn coalesce_key(&self) -> String {
        match self {
            Self::FetchReference { source } => format!("{}@{source}", self.name()),
            Self::FetchDailyMarket { source, trade_date } => format!("{}@{source}@{trade_date}", self.name()),
            Self::FetchFundamentals { source, period, codes } => {
                format!("{}@{source}@{period}{}", self.name(), of_codes(codes.as_deref()))
            }
            Self::FetchMacro { source, series } => {
                format!("{}@{source}@{}", self.name(), series.as_deref().unwrap_or("all"))
            }
            Self::BackfillHistory { source, codes, from, to, part } => {
                let codes = of_codes(codes.as_deref());
                let part = if *part == 0 { String::new() } else { format!("+{part}") };
                format!("{}@{source}@{from}..{to}{codes}{part}", self.name())
            }
            Self::Compact | Self::ExpireFeatures => self.name().to_owned(),
        }
    }

    /// The id of this job when a person or the API asks for it: `fetch_daily_market@2026-11-20#<request>`,
    /// `compact#<request>`.
    pub fn id_on_request(&self, request: &str) -> String {
        match self {
            Self::FetchDailyMarket { trade_date, .. } => on_request_id(self.name(), *trade_date, request),
            Self::FetchFundamentals { period, .. } => on_request_id(self.name(), *period, request),
            _ => format!("{}#{request}", self.name()),
        }
    }
}

/// `@600519.SH,000001.SZ` sorted; a long list as its length and a checksum.
fn of_codes(codes: Option<&[String]>) -> String {
    /// Keys are seen by people: a few codes are readable, more are not.
    const READABLE: usize = 5;
    let Some(codes) = codes else { return String::new() };
    let mut codes: Vec<&str> = codes.iter().map(String::as_str).collect();
    codes.sort_unstable();
    codes.dedup();
    let joined = codes.join(",");
    if codes.len() <= READABLE {
        return format!("@{joined}");
    }
    // FNV-1a: only has to tell lists apart, and be the same in every process.
    let checksum = joined
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("@{}codes-{checksum:016x}", codes.len())
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
        let backfill = |codes: &[&str], part| IngestJob::BackfillHistory {
            source: "tdx".to_owned(),
            codes: Some(codes.iter().map(|code| (*code).to_owned()).collect()),
            from: trade_date,
            to: trade_date,
            part,
        };
        let key = "backfill_history@tdx@2026-11-20..2026-11-20@000001.SZ,600519.SH";
        assert_eq!(backfill(&["600519.SH", "000001.SZ"], 0).coalesce_key(), key);
        assert_eq!(backfill(&["000001.SZ", "600519.SH", "000001.SZ"], 3).coalesce_key(), format!("{key}+3"));
        let many: Vec<String> = (0..6).map(|n| format!("60000{n}.SH")).collect();
        let mut many: Vec<&str> = many.iter().map(String::as_str).collect();
        let long = backfill(&many, 0).coalesce_key();
        assert!(long.contains("@6codes-"), "{long}");
        many.reverse();
        assert_eq!(backfill(&many, 0).coalesce_key(), long);
    }
}
