//! What makes two jobs the same work: their coalescing key, and the id of a job that somebody asked for.

use super::{GatewayJob, IngestJob, QualityJob, RegistryJob, WarehouseWriteJob, on_request_id};

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

impl QualityJob {
    /// Two jobs with this key in common do the same work: `check_generation@7@2026-11-20`, `check_generation@7@all`,
    /// `check_freshness`. The generation is in it: a check that runs already may be reading an older one.
    pub fn coalesce_key(&self) -> String {
        match self {
            Self::CheckGeneration { generation, dates } => {
                let generation = generation.map_or_else(|| "current".to_owned(), |generation| generation.to_string());
                let dates = dates.as_ref().map(|dates| dates.iter().map(ToString::to_string).collect::<Vec<_>>());
                let dates = dates.map_or_else(|| "@all".to_owned(), |dates| of_list(&dates, "dates"));
                format!("{}@{generation}{dates}", self.name())
            }
            Self::CheckFreshness {} => self.name().to_owned(),
        }
    }

    /// The id of this job when a person or the API asks for it: `check_generation@2026-11-20#<request>` for one day,
    /// `check_generation#<request>`, `check_freshness#<request>`.
    pub fn id_on_request(&self, request: &str) -> String {
        match self {
            Self::CheckGeneration { dates: Some(dates), .. } if dates.len() == 1 => {
                on_request_id(self.name(), dates[0], request)
            }
            _ => format!("{}#{request}", self.name()),
        }
    }
}

impl GatewayJob {
    /// Two jobs with this key in common do the same work: `probe_channel@silicon-1`, `reload_prices`,
    /// `reconcile_balances`.
    pub fn coalesce_key(&self) -> String {
        match self {
            Self::ProbeChannel { channel } => format!("{}@{channel}", self.name()),
            Self::ReloadPrices {} | Self::ReconcileBalances {} => self.name().to_owned(),
        }
    }

    /// The id of this job when a person or the API asks for it: `probe_channel@silicon-1#<request>`,
    /// `reload_prices#<request>`.
    pub fn id_on_request(&self, request: &str) -> String {
        format!("{}#{request}", self.coalesce_key())
    }
}

impl RegistryJob {
    /// Two jobs with this key in common do the same work: `provision_profile@TW2026-0001`.
    pub fn coalesce_key(&self) -> String {
        match self {
            Self::ProvisionProfile { order } => format!("{}@{order}", self.name()),
            Self::SuspendLapsed {} => self.name().to_owned(),
        }
    }

    /// The id of this job when a person or the API asks for it: `provision_profile@TW2026-0001#<request>`.
    pub fn id_on_request(&self, request: &str) -> String {
        format!("{}#{request}", self.coalesce_key())
    }
}

impl WarehouseWriteJob {
    /// The id of this job when a person or the API asks for it: `release_quarantine#<request>`.
    pub fn id_on_request(&self, request: &str) -> String {
        format!("{}#{request}", self.name())
    }
}

/// `@600519.SH,000001.SZ` sorted; a long list as its length and a checksum; nothing without a list.
fn of_codes(codes: Option<&[String]>) -> String {
    codes.map_or_else(String::new, |codes| of_list(codes, "codes"))
}

fn of_list(items: &[String], noun: &str) -> String {
    /// Keys are seen by people: a few items are readable, more are not.
    const READABLE: usize = 5;
    let mut items: Vec<&str> = items.iter().map(String::as_str).collect();
    items.sort_unstable();
    items.dedup();
    let joined = items.join(",");
    if items.len() <= READABLE {
        return format!("@{joined}");
    }
    // FNV-1a: only has to tell lists apart, and be the same in every process.
    let checksum = joined
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("@{}{noun}-{checksum:016x}", items.len())
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

    #[test]
    fn a_check_of_another_generation_or_of_other_days_is_other_work() {
        let days: Vec<_> = (1..=7).filter_map(|day| chrono::NaiveDate::from_ymd_opt(2026, 11, day)).collect();
        let check = |generation, dates: Option<&[chrono::NaiveDate]>| QualityJob::CheckGeneration {
            generation,
            dates: dates.map(<[_]>::to_vec),
        };
        let of_a_day = check(Some(7), Some(&days[..1]));
        assert_eq!(of_a_day.coalesce_key(), "check_generation@7@2026-11-01");
        assert_eq!(of_a_day.id_on_request("5f3a"), "check_generation@2026-11-01#5f3a");
        let of_all = check(None, None);
        assert_eq!(of_all.coalesce_key(), "check_generation@current@all");
        assert_eq!(of_all.id_on_request("5f3a"), "check_generation#5f3a");
        let many = check(Some(7), Some(&days)).coalesce_key();
        assert!(many.starts_with("check_generation@7@7dates-"), "{many}");
        assert_ne!(many, check(Some(8), Some(&days)).coalesce_key());
        assert_ne!(many, check(Some(7), Some(&days[..6])).coalesce_key());
        assert_eq!(check(Some(7), Some(&days)).id_on_request("1"), "check_generation#1");
        assert_eq!(QualityJob::CheckFreshness {}.coalesce_key(), "check_freshness");
    }

    #[test]
    fn channels_are_probed_side_by_side_and_prices_are_read_once() {
        let probe = |channel: &str| GatewayJob::ProbeChannel { channel: channel.to_owned() };
        assert_eq!(probe("silicon-1").coalesce_key(), "probe_channel@silicon-1");
        assert_ne!(probe("silicon-1").coalesce_key(), probe("silicon-2").coalesce_key());
        assert_eq!(probe("silicon-1").id_on_request("5f3a"), "probe_channel@silicon-1#5f3a");
        let order = RegistryJob::ProvisionProfile { order: "TW2026-0001".to_owned() };
        assert_eq!(order.id_on_request("1"), "provision_profile@TW2026-0001#1");
        assert_eq!(GatewayJob::ReloadPrices {}.id_on_request("1"), "reload_prices#1");
        assert_eq!(GatewayJob::ReconcileBalances {}.coalesce_key(), "reconcile_balances");
    }
}
