//! What a drill asks of a restored generation.

use std::path::Path;

use anyhow::Context as _;
use chrono::NaiveDate;
use market_model::Code;
use serde::Serialize;
use tokio::time::Instant;
use warehouse::{Bar, FindingFilter, Generation, Reader, ReaderOptions, SeriesState};

/// Every so many codes one is asked in detail, so that about so many are.
const SAMPLED_CODES: usize = 40;

/// A part of the query set.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Asked {
    /// What was asked.
    pub(crate) what: &'static str,
    /// Rows of the answers.
    pub(crate) rows: u64,
    /// How long it took, milliseconds.
    pub(crate) elapsed_ms: u64,
}

/// Asks everything that readers ask; what is answered otherwise than the manifest says goes to `problems`.
///
/// # Errors
/// When the generation cannot be opened.
pub(super) fn ask(published: &Path, problems: &mut Vec<String>) -> anyhow::Result<Vec<Asked>> {
    let mut asked = Vec::new();
    let begun = Instant::now();
    let options = ReaderOptions { query_timeout: std::time::Duration::from_secs(120), ..ReaderOptions::default() };
    let reader = Reader::open(published, options)?;
    let generation = reader.current().context("nothing is there to open")?;
    asked.push(Asked { what: "open", rows: 0, elapsed_ms: begun.elapsed().as_millis() as u64 });
    let codes = generation.codes_with_bars();
    let step = codes.len().div_ceil(SAMPLED_CODES).max(1);
    let sample: Vec<Code> = codes.iter().step_by(step).copied().collect();
    let last = generation.last_trade_date();
    let mut part = |what: &'static str, question: &dyn Fn() -> anyhow::Result<u64>| {
        let begun = Instant::now();
        let rows = question().unwrap_or_else(|error| {
            problems.push(format!("{what}: {error:#}"));
            0
        });
        asked.push(Asked { what, rows, elapsed_ms: begun.elapsed().as_millis() as u64 });
    };
    part("every bar of every code", &|| every_bar(&generation, &codes));
    part("the vendors' rows of some codes", &|| {
        let rows = |code: &Code| Ok(generation.normalized(code, NaiveDate::MIN, NaiveDate::MAX)?.len());
        non_empty(sum(&sample, rows)?, &sample)
    });
    part("features of the last day of some codes", &|| {
        let Some(day) = last else { return Ok(0) };
        sum(&sample, |code| Ok(generation.features(code, day)?.iter().count()))
    });
    part("instruments and calendar", &|| {
        let days = generation.calendar().open_days(NaiveDate::MIN, NaiveDate::MAX).count();
        Ok((generation.instruments().len() + days) as u64)
    });
    part("macroeconomic series", &|| Ok(generation.macro_series()?.len() as u64));
    part("open findings", &|| {
        let filter = FindingFilter { open_only: true, ..FindingFilter::default() };
        Ok(generation.findings(&filter)?.findings.len() as u64)
    });
    if let SeriesState::Degraded { detail } = generation.series_state() {
        problems.push(format!("the series file cannot be used: {detail}"));
    }
    Ok(asked)
}

fn every_bar(generation: &Generation, codes: &[Code]) -> anyhow::Result<u64> {
    let mut bars: Vec<Bar> = Vec::new();
    let rows = sum(codes, |code| {
        bars.clear();
        generation.bars(code, NaiveDate::MIN, NaiveDate::MAX, &mut bars)?;
        Ok(bars.len())
    })?;
    let expected = generation.manifest().tables.get("curated_daily").map_or(0, |table| table.rows);
    anyhow::ensure!(rows == expected, "{rows} bars are answered, the manifest says {expected}");
    Ok(rows)
}

fn sum(codes: &[Code], mut rows: impl FnMut(&Code) -> anyhow::Result<usize>) -> anyhow::Result<u64> {
    codes.iter().try_fold(0, |all, code| Ok(all + rows(code).with_context(|| code.to_string())? as u64))
}

fn non_empty(rows: u64, sample: &[Code]) -> anyhow::Result<u64> {
    anyhow::ensure!(rows > 0 || sample.is_empty(), "no rows for {} codes", sample.len());
    Ok(rows)
}
