//! How this worker judges: what the configuration says beside the rules' own defaults.

use anyhow::Context as _;
use chrono::NaiveTime;
use daemon_kit::config::QualityWorkerConfig;
use market_model::rulebook::{NoLimitDay, NoLimitDays};
use quality_rules::{Options, Origin, RULES, freshness::FreshnessOptions};

/// How this worker judges.
#[derive(Debug)]
pub(crate) struct Judging {
    /// How exact the rules are.
    pub(crate) options: Options,
    /// Days of single codes without a price limit.
    pub(crate) no_limit_days: NoLimitDays,
    /// When data is late.
    pub(crate) freshness: FreshnessOptions,
    /// Threads that judge.
    pub(crate) threads: usize,
}

impl Judging {
    /// As the configuration says.
    ///
    /// # Errors
    /// A day without a limit is of something that is no code.
    pub(crate) fn new(config: &QualityWorkerConfig, expected_by: NaiveTime) -> anyhow::Result<Self> {
        let days = config.no_limit_days.iter().enumerate().map(|(index, day)| {
            let code = day.code.parse().with_context(|| format!("quality-worker.no_limit_days[{index}].code"))?;
            Ok(NoLimitDay { code, date: day.date, source: day.source.clone() })
        });
        let days = days.collect::<anyhow::Result<Vec<_>>>()?;
        Ok(Self {
            options: Options {
                close_tolerance: config.close_tolerance,
                large_move: config.large_move,
                ..Options::default()
            },
            no_limit_days: NoLimitDays::sourced().merged_with(days),
            freshness: FreshnessOptions { stale_after: config.stale_after, expected_by },
            threads: config.threads,
        })
    }

    /// The rules that are raised there, by code.
    pub(crate) fn rules_of(origin: Origin) -> Vec<&'static str> {
        RULES.iter().filter(|rule| rule.origin == origin).map(|rule| rule.code).collect()
    }
}

#[cfg(test)]
mod tests {
    use daemon_kit::config::{Config, Environment};

    use super::*;

    fn judging(text: &str) -> anyhow::Result<Judging> {
        let config = Config::from_toml(text, "test", &Environment::default()).unwrap();
        Judging::new(&config.quality_worker().unwrap(), config.warehouse().expected_by)
    }

    #[test]
    fn an_empty_configuration_judges_as_the_rules_do() {
        let judging = judging("").unwrap();
        assert_eq!(judging.options, Options::default());
        assert_eq!(judging.freshness, FreshnessOptions::default());
        assert_eq!(judging.no_limit_days, NoLimitDays::sourced());
    }

    #[test]
    fn an_operators_days_are_added_and_must_be_of_codes() {
        let day = |code: &str| {
            format!("[[quality-worker.no_limit_days]]\ncode = \"{code}\"\ndate = \"2006-05-25\"\nsource = \"notice\"\n")
        };
        let known = judging(&day("600519.SH")).unwrap().no_limit_days;
        assert_eq!(known.reason(&"600519.SH".parse().unwrap(), "2006-05-25".parse().unwrap()), Some("notice"));
        let error = format!("{:#}", judging(&day("600519")).unwrap_err());
        assert!(error.starts_with("quality-worker.no_limit_days[0].code: "), "{error}");
    }
}
