//! When a data set is due again.

use chrono::TimeDelta;

/// When a data set is due again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rhythm {
    /// With every trading day of the mainland.
    TradingDay,
    /// Every day: what is watched abroad, reference data, and companies' reports, whose last day is a quarter's.
    Day,
    /// Every week: macroeconomic series.
    Week,
    /// Nobody promises when: histories, one company's figures, whatever else was once asked for. It is never stale and never
    /// overdue.
    OnRequest,
}

/// What the evening's run brings for every trading day, under the vendors' own names.
const TUSHARE_DAYS: [&str; 6] = ["daily", "adj_factor", "daily_basic", "suspend_d", "stk_limit", "index_daily"];
const TDX_DAYS: [&str; 3] = ["daily", "bars", "index_bars"];
/// What a scheduled job brings every day, under our own names: a job that finds nothing new has succeeded as well.
const DAILY_JOBS: [&str; 4] = ["daily", "reference", "corporate_action", "fundamentals"];

impl Rhythm {
    /// The rhythm of a source's data set, by its name in `source_freshness`.
    ///
    /// Two kinds of names stand there: the vendors' own (`stk_limit`, `xdxr`), noted with every response, and ours
    /// (`reference`, `fundamentals`), noted by the job. A vendor's name is judged only where every trading day must bring
    /// it. The others are asked for when there is something to ask (`xdxr` of a fifth of the codes, `chart` of a code that is
    /// behind, `finance` or `fina_indicator` of a company somebody is curious about, the whole of a backfill), so their
    /// silence means nothing, and the job's own entry tells whether its work was done.
    pub fn of(source: &str, dataset: &str) -> Self {
        match (source, dataset) {
            ("tushare", dataset) if TUSHARE_DAYS.contains(&dataset) => Self::TradingDay,
            ("tdx", dataset) if TDX_DAYS.contains(&dataset) => Self::TradingDay,
            (_, "macro") => Self::Week,
            (_, dataset) if DAILY_JOBS.contains(&dataset) => Self::Day,
            _ => Self::OnRequest,
        }
    }

    /// How much longer than a day it rests between two fetches.
    pub(super) fn pause(self) -> TimeDelta {
        match self {
            Self::TradingDay | Self::Day | Self::OnRequest => TimeDelta::zero(),
            Self::Week => TimeDelta::days(7),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_scheduled_has_a_rhythm_and_the_rest_is_on_request() {
        let table = "
            tushare       daily            TradingDay
            tushare       adj_factor       TradingDay
            tushare       daily_basic      TradingDay
            tushare       suspend_d        TradingDay
            tushare       stk_limit        TradingDay
            tushare       index_daily      TradingDay
            tushare       reference        Day
            tushare       fundamentals     Day
            tushare       trade_cal        OnRequest
            tushare       fina_indicator   OnRequest
            tushare       backfill         OnRequest
            tdx           daily            TradingDay
            tdx           bars             TradingDay
            tdx           index_bars       TradingDay
            tdx           corporate_action Day
            tdx           fundamentals     Day
            tdx           xdxr             OnRequest
            tdx           finance          OnRequest
            yahoo         daily            Day
            yahoo         chart            OnRequest
            alpha_vantage daily            Day
            alpha_vantage fx_daily         OnRequest
            aktools       macro            Week";
        for line in table.lines().skip(1) {
            let [source, dataset, rhythm] = line.split_whitespace().collect::<Vec<_>>()[..] else { panic!("{line}") };
            assert_eq!(format!("{:?}", Rhythm::of(source, dataset)), rhythm, "{source} {dataset}");
        }
    }
}
