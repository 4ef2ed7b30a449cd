//! What a request to `/admin/ingest/run` asks for: which source, which of its data sets, which day, quarter or series.

use axum::http::{StatusCode, Uri};
use chrono::{DateTime, NaiveDate, Utc};
use daemon_kit::problem::Problem;
use job_queue::{Pushed, payload::IngestJob};
use market_model::TradingCalendar;

use super::trading_day::{last_global_day, not_in_the_future, trading_day};
use crate::{
    app::App,
    query::{Params, date, period, shown},
};

pub(crate) const PARAMETERS: &[&str] = &["source", "dataset", "date", "period", "series"];
/// Longer than any series' name.
const SERIES_LEN: usize = 64;

/// A kind of data that a source can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dataset {
    /// The whole mainland market on one day.
    Daily,
    /// The watched codes abroad, up to a day.
    GlobalDaily,
    /// Calendar, instruments, corporate actions.
    Reference,
    /// What companies report about a quarter.
    Fundamentals,
    /// Macroeconomic series.
    Macro,
}

impl Dataset {
    /// The parameter that says which part of it is wanted, if there is one.
    fn parameter(self) -> Option<&'static str> {
        match self {
            Self::Daily | Self::GlobalDaily => Some("date"),
            Self::Reference => None,
            Self::Fundamentals => Some("period"),
            Self::Macro => Some("series"),
        }
    }
}

/// The data sets of one source by name, the default first.
type Datasets = &'static [(&'static str, Dataset)];

const MAINLAND: Datasets =
    &[("daily", Dataset::Daily), ("reference", Dataset::Reference), ("fundamentals", Dataset::Fundamentals)];
const GLOBAL: Datasets = &[("daily", Dataset::GlobalDaily)];
/// Every source that can be asked, with its data sets.
const SOURCES: [(&str, (&str, Datasets)); 5] = [
    ("tushare", ("tushare", MAINLAND)),
    ("tdx", ("tdx", MAINLAND)),
    ("yahoo", ("yahoo", GLOBAL)),
    ("alpha_vantage", ("alpha_vantage", GLOBAL)),
    ("aktools", ("aktools", &[("macro", Dataset::Macro)])),
];

/// Reads the parameters out of the query of `uri`.
///
/// # Errors
/// 400 as for every route's parameters.
pub(super) fn params(uri: &Uri) -> Result<Params, Problem> {
    Params::parse(uri, PARAMETERS)
}

/// The job that `params` ask for.
///
/// # Errors
/// 400 that names the parameter: unknown source or data set, a parameter that the data set has no use for, a day without data.
fn job(params: &Params, calendar: Option<&TradingCalendar>, now: DateTime<Utc>) -> Result<IngestJob, Problem> {
    params.required("source", SOURCES[0].0)?;
    let (source, datasets) = params.choice("source", &SOURCES)?;
    let dataset = params.choice("dataset", datasets)?;
    let name = datasets.iter().find(|(_, known)| *known == dataset).map_or("", |(name, _)| name);
    refuse_the_useless(params, source, name, dataset)?;
    let source = source.to_owned();
    Ok(match dataset {
        Dataset::Daily => {
            IngestJob::FetchDailyMarket { source, trade_date: trading_day(date(params, "date")?, calendar, now)? }
        }
        Dataset::GlobalDaily => {
            IngestJob::FetchDailyMarket { source, trade_date: last_global_day(date(params, "date")?, now)? }
        }
        Dataset::Reference => IngestJob::FetchReference { source },
        Dataset::Fundamentals => IngestJob::FetchFundamentals { source, period: quarter(params, now)?, codes: None },
        Dataset::Macro => IngestJob::FetchMacro { source, series: series(params)? },
    })
}

/// Asks the ingest worker for the fetch that `params` mean.
///
/// # Errors
/// 400 as [`job`], 503 `queue-unreachable`.
pub(crate) async fn request(app: &App, params: &Params, request_id: &str) -> Result<(IngestJob, Pushed), Problem> {
    let generation = app.reader.current();
    let calendar = generation.as_ref().map(|generation| generation.calendar());
    let job = job(params, calendar, app.clock.now())?;
    let pushed = app.jobs.ingest(&job, request_id).await?;
    Ok((job, pushed))
}

/// The sources that can be asked, each with the names of its data sets, the default first.
pub(crate) fn sources() -> impl Iterator<Item = (&'static str, impl Iterator<Item = &'static str>)> {
    SOURCES.iter().map(|(source, (_, datasets))| (*source, datasets.iter().map(|(name, _)| *name)))
}

/// A parameter that is given and not used asks for something else than what would be done.
fn refuse_the_useless(params: &Params, source: &str, name: &str, dataset: Dataset) -> Result<(), Problem> {
    let useless = ["date", "period", "series"]
        .into_iter()
        .find(|parameter| params.get(parameter).is_some() && dataset.parameter() != Some(*parameter));
    let Some(parameter) = useless else { return Ok(()) };
    let takes = match dataset.parameter() {
        Some(takes) => format!("it takes `{takes}`"),
        None => "it takes no other parameter".to_owned(),
    };
    let detail = format!("`{parameter}` has no meaning for dataset `{name}` of {source}: {takes}");
    Err(Problem::invalid(parameter, detail).allowed(dataset.parameter()))
}

fn quarter(params: &Params, now: DateTime<Utc>) -> Result<NaiveDate, Problem> {
    let Some(period) = period(params)? else {
        let detail = "dataset `fundamentals` needs a `period`, for example period=2025Q3";
        let problem = Problem::new(StatusCode::BAD_REQUEST, "missing-parameter", "A parameter is missing", detail);
        return Err(problem.field("period"));
    };
    not_in_the_future("period", period, now)?;
    Ok(period)
}

/// A series' name; which ones the worker knows is its configuration.
fn series(params: &Params) -> Result<Option<String>, Problem> {
    let Some(text) = params.get("series") else { return Ok(None) };
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_' || byte == b'.';
    if text.len() > SERIES_LEN || !text.bytes().all(allowed) {
        let detail = format!("`{}` is no name of a series: lower-case letters, digits, `_` and `.`", shown(text));
        return Err(Problem::invalid("series", detail));
    }
    Ok(Some(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(query: &str) -> Result<String, String> {
        let uri = format!("/admin/ingest/run?{query}").parse().unwrap();
        // A Friday morning in Shanghai, Labour Day.
        let now = "2026-05-01T01:00:00Z".parse().unwrap();
        let open = |day: &str, open| (day.parse::<NaiveDate>().unwrap(), open);
        let calendar = TradingCalendar::from_days([open("2026-04-30", true), open("2026-05-01", false)]);
        params(&uri)
            .and_then(|params| job(&params, Some(&calendar), now))
            .map(|job| job.coalesce_key())
            .map_err(|problem| format!("{}: {}", problem.kind(), problem.detail()))
    }

    #[test]
    fn every_source_has_a_job_of_its_own() {
        for (query, key) in [
            ("source=tushare", "fetch_daily_market@tushare@2026-04-30"),
            ("source=tdx&date=20260430", "fetch_daily_market@tdx@2026-04-30"),
            ("source=tdx&dataset=reference", "fetch_reference@tdx"),
            ("source=tushare&dataset=fundamentals&period=2025-09-30", "fetch_fundamentals@tushare@2025-09-30"),
            ("source=tdx&dataset=fundamentals&period=2025Q3", "fetch_fundamentals@tdx@2025-09-30"),
            ("source=yahoo", "fetch_daily_market@yahoo@2026-04-30"),
            ("source=alpha_vantage&date=2026-05-01", "fetch_daily_market@alpha_vantage@2026-05-01"),
            ("source=aktools", "fetch_macro@aktools@all"),
            ("source=aktools&dataset=macro&series=china_cpi_yearly", "fetch_macro@aktools@china_cpi_yearly"),
        ] {
            assert_eq!(asked(query).as_deref(), Ok(key), "{query}");
        }
    }

    #[test]
    fn a_parameter_without_a_meaning_is_refused() {
        for (query, told) in [
            ("source=tushare&period=2025Q3", "`period` has no meaning for dataset `daily` of tushare: it takes `date`"),
            (
                "source=aktools&date=2026-04-30",
                "`date` has no meaning for dataset `macro` of aktools: it takes `series`",
            ),
            (
                "source=tdx&dataset=reference&date=2026-04-30",
                "`date` has no meaning for dataset `reference` of tdx: it takes no other parameter",
            ),
            ("source=yahoo&dataset=fundamentals", "`fundamentals` is no value of `dataset`"),
            (
                "source=tushare&dataset=fundamentals&period=2026Q2",
                "2026-06-30 is in the future; it is 2026-05-01 in Shanghai",
            ),
            (
                "source=aktools&series=China%20CPI",
                "`China CPI` is no name of a series: lower-case letters, digits, `_` and `.`",
            ),
        ] {
            assert_eq!(asked(query).unwrap_err(), format!("invalid-parameter: {told}"), "{query}");
        }
        let without = asked("source=tushare&dataset=fundamentals").unwrap_err();
        assert_eq!(without, "missing-parameter: dataset `fundamentals` needs a `period`, for example period=2025Q3");
    }
}
