//! The vendors that are configured, by name, and what each can be asked.

mod aktools;
mod alpha_vantage;
mod codes;
mod tdx;
mod tushare;
mod yahoo;

use std::{fmt, sync::Arc};

use chrono::NaiveDate;
use daemon_kit::{clock::Clock, config::IngestWorkerConfig};
use job_queue::JobError;
use market_model::Code;

/// A vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Source {
    Tushare,
    Tdx,
    Aktools,
    Yahoo,
    AlphaVantage,
}

impl Source {
    pub(crate) const ALL: [Self; 5] = [Self::Tushare, Self::Tdx, Self::Aktools, Self::Yahoo, Self::AlphaVantage];

    /// The name in jobs, configuration and warehouse.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Tushare => "tushare",
            Self::Tdx => "tdx",
            Self::Aktools => "aktools",
            Self::Yahoo => "yahoo",
            Self::AlphaVantage => "alpha_vantage",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.name() == name)
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The clients. Cheap to clone; each client counts its vendor's allowance, so there is one of each per process.
#[derive(Clone, Default)]
pub(crate) struct Sources {
    pub(crate) tushare: Option<Arc<source_tushare::Client>>,
    pub(crate) tdx: Option<Arc<Tdx>>,
    pub(crate) aktools: Option<Arc<Aktools>>,
    pub(crate) yahoo: Option<Arc<Watched<source_yahoo::Client>>>,
    pub(crate) alpha_vantage: Option<Arc<Watched<source_alpha_vantage::Client>>>,
    /// Requests per second for whole histories that Tushare's account allows.
    pub(crate) tushare_histories_per_second: f64,
}

/// TDX, and how much may be asked of it.
pub(crate) struct Tdx {
    pub(crate) client: source_tdx::Client,
    /// Requests that can be in flight: one per connection.
    pub(crate) connections: usize,
    /// Of all servers together.
    pub(crate) requests_per_second: f64,
}

/// AKTools and the series that are fetched.
pub(crate) struct Aktools {
    pub(crate) client: source_aktools::Client,
    pub(crate) series: Vec<String>,
}

/// A vendor of global bars and the codes that are watched.
pub(crate) struct Watched<C> {
    pub(crate) client: C,
    pub(crate) codes: Vec<Code>,
    /// First day of a code that is fetched for the first time.
    pub(crate) history_from: NaiveDate,
}

impl Sources {
    /// Makes the clients of all vendors that are switched on. Nothing is sent yet.
    ///
    /// # Errors
    /// A code or a series of the configuration that does not exist, naming its key.
    pub(crate) fn new(config: &IngestWorkerConfig, clock: &Clock) -> anyhow::Result<Self> {
        let per_second = |source: Source| config.history_requests_per_second(source.name()).unwrap_or_default();
        Ok(Self {
            tushare: config.tushare.as_ref().map(|config| tushare::client(config, clock)).transpose()?,
            tdx: config.tdx.as_ref().map(|tdx| tdx::client(tdx, per_second(Source::Tdx), clock)),
            aktools: config.aktools.as_ref().map(|config| aktools::client(config, clock)).transpose()?,
            yahoo: config.yahoo.as_ref().map(|config| yahoo::client(config, clock)).transpose()?,
            alpha_vantage: config
                .alpha_vantage
                .as_ref()
                .map(|config| alpha_vantage::client(config, clock))
                .transpose()?,
            tushare_histories_per_second: per_second(Source::Tushare),
        })
    }

    /// Whether the vendor is switched on.
    pub(crate) fn has(&self, source: Source) -> bool {
        match source {
            Source::Tushare => self.tushare.is_some(),
            Source::Tdx => self.tdx.is_some(),
            Source::Aktools => self.aktools.is_some(),
            Source::Yahoo => self.yahoo.is_some(),
            Source::AlphaVantage => self.alpha_vantage.is_some(),
        }
    }

    /// The vendor `name` of a job that `able` vendors can do.
    ///
    /// # Errors
    /// Fatal, with the names that are allowed.
    pub(crate) fn require(&self, name: &str, able: &[Source]) -> Result<Source, JobError> {
        let allowed: Vec<Source> = able.iter().copied().filter(|source| self.has(*source)).collect();
        if let Some(source) = allowed.iter().find(|source| source.name() == name) {
            return Ok(*source);
        }
        let names = allowed.iter().map(|source| source.name()).collect::<Vec<_>>().join(", ");
        let problem = match Source::named(name) {
            Some(source) if self.has(source) => "cannot be asked for this".to_owned(),
            Some(source) => format!("is not configured; see [ingest-worker.{source}]"),
            None => "is not configured".to_owned(),
        };
        Err(JobError::fatal(format_args!("source `{name}` {problem}: allowed here are [{names}]")))
    }

    pub(crate) fn tushare(&self) -> Result<Arc<source_tushare::Client>, JobError> {
        self.tushare.clone().ok_or_else(|| switched_off(Source::Tushare))
    }

    pub(crate) fn tdx(&self) -> Result<Arc<Tdx>, JobError> {
        self.tdx.clone().ok_or_else(|| switched_off(Source::Tdx))
    }

    pub(crate) fn aktools(&self) -> Result<Arc<Aktools>, JobError> {
        self.aktools.clone().ok_or_else(|| switched_off(Source::Aktools))
    }
}

fn switched_off(source: Source) -> JobError {
    JobError::fatal(format_args!("source `{source}` is not configured; see [ingest-worker.{source}]"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_that_cannot_be_asked_is_told_from_one_that_is_off_and_from_one_that_does_not_exist() {
        let aktools = source_aktools::ClientConfig::new("http://127.0.0.1:1");
        let http = daemon_kit::http::client(&daemon_kit::http::ClientOptions::default()).unwrap();
        let clock: source_aktools::Clock = Arc::new(|| chrono::DateTime::UNIX_EPOCH);
        let client = source_aktools::Client::new(http, aktools, clock);
        let aktools = Some(Arc::new(Aktools { client, series: Vec::new() }));
        let sources = Sources { aktools, ..Sources::default() };
        let refused = |name| match sources.require(name, &[Source::Tushare, Source::Tdx]) {
            Err(JobError::Fatal(error)) => error,
            other => panic!("{other:?}"),
        };
        assert_eq!(sources.require("aktools", &[Source::Aktools]), Ok(Source::Aktools));
        assert_eq!(refused("aktools"), "source `aktools` cannot be asked for this: allowed here are []");
        assert!(refused("tdx").contains("is not configured; see [ingest-worker.tdx]"));
        assert!(refused("bloomberg").contains("`bloomberg` is not configured: allowed"));
    }
}
