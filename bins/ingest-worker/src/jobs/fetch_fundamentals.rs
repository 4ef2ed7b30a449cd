//! `fetch_fundamentals`: what companies reported about a period.
//!
//! An account that may ask for a whole period does so in two calls. Others, and TDX, are asked company by company, a chunk
//! in a transaction, in stretches: what is left when a stretch is over is the next job.

mod company;

use std::time::Duration;

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use futures::{StreamExt as _, stream};
use job_queue::{JobContext, JobError, payload::IngestJob};
use market_model::Code;
use quality_rules::Severity;
use serde_json::{Value, json};
use source_tushare::TushareError;
use tokio::time::Instant;
use warehouse::{Batch, is_whole_market};

use self::company::Companies;
use super::{
    JobsContext,
    commits::{Commits, Sum},
    defects, outcome, reference,
    send_on::send_on,
};
use crate::{
    batch::{BatchBuilder, shanghai_date},
    crash_point,
    refusal::Refusal,
    sources::Source,
};

/// Companies in one transaction.
const CHUNK: usize = 100;
/// How long to wait for a vendor that does not say when it will be back.
const WAIT_FOR_VENDOR: Duration = Duration::from_secs(60);

pub(super) async fn run(
    context: &JobsContext,
    source: &str,
    period: NaiveDate,
    codes: Option<&[String]>,
    job: &JobContext,
    started_at: DateTime<Utc>,
) -> Result<Value, JobError> {
    let source = context.sources.require(source, &[Source::Tushare, Source::Tdx])?;
    check(period, shanghai_date(context.clock.now()))?;
    let args = json!({ "source": source.name(), "period": period, "companies": codes.map(<[String]>::len) });
    if source == Source::Tushare && codes.is_none() {
        match context.sources.tushare()?.fundamentals_of_period(period).await {
            Ok(claims) => {
                let mut builder = BatchBuilder::new(source.name());
                let fundamentals = builder.add(claims);
                context.crash_point(crash_point::AFTER_FETCH);
                let run = outcome::succeeded(context, job, "fetch_fundamentals", args, started_at);
                let batch = builder.finish(Batch { fundamentals, run: Some(run), ..Batch::default() });
                return Ok(outcome::report(&outcome::commit(context, batch, &[]).await?));
            }
            Err(TushareError::NoPermission { .. }) => {}
            Err(error) => return Err(outcome::refuse(context, source.name(), error.into()).await),
        }
    }
    let codes = match codes {
        Some(named) => parse(named)?,
        None => {
            reference::ensure(context, job, started_at).await?;
            companies(context, period).await?
        }
    };
    let stretch = Stretch { context, source, period, job, until: Instant::now() + context.slice };
    let (sum, report) = stretch.work(&codes).await?;
    outcome::log_run(context, outcome::succeeded(context, job, "fetch_fundamentals", args, started_at), &sum).await?;
    Ok(report)
}

/// A period is a quarter that is over.
fn check(period: NaiveDate, today: NaiveDate) -> Result<(), JobError> {
    let is_quarter_end = period.succ_opt().is_some_and(|next| next.day() == 1 && next.month0() % 3 == 0);
    if !is_quarter_end {
        return Err(JobError::fatal(format_args!("{period} is no quarter's end: a period ends as in 2026-09-30")));
    }
    if period >= today {
        return Err(JobError::fatal(format_args!("the period up to {period} is not over (today is {today})")));
    }
    Ok(())
}

fn parse(named: &[String]) -> Result<Vec<Code>, JobError> {
    let mut codes = named.iter().map(|text| text.parse()).collect::<Result<Vec<Code>, _>>().map_err(JobError::fatal)?;
    codes.sort_unstable();
    codes.dedup();
    Ok(codes)
}

/// The companies whose shares were listed after the period: those that reported on it.
async fn companies(context: &JobsContext, period: NaiveDate) -> Result<Vec<Code>, JobError> {
    let listings = outcome::ask_writer(context, |writer| writer.instruments()).await?;
    let reports = listings.iter().map(|listing| &listing.instrument).filter(|instrument| {
        is_whole_market(&instrument.code)
            && instrument.listed.is_some()
            && instrument.delisted.is_none_or(|delisted| delisted > period)
    });
    Ok(reports.map(|instrument| instrument.code).collect())
}

/// A stretch of the work, company by company.
struct Stretch<'a> {
    context: &'a JobsContext,
    source: Source,
    period: NaiveDate,
    job: &'a JobContext,
    until: Instant,
}

impl Stretch<'_> {
    async fn work(&self, codes: &[Code]) -> Result<(Sum, Value), JobError> {
        let vendor = Companies::of(&self.context.sources, self.source)?;
        let (mut commits, mut failed) = (Commits::new(self.context), Vec::new());
        for (number, chunk) in codes.chunks(CHUNK).enumerate() {
            let rest = &codes[number * CHUNK..];
            if number > 0 && Instant::now() >= self.until {
                let sum = self.finish(commits, &failed).await?;
                return self.go_on(sum, rest, Duration::ZERO).await;
            }
            let (batch, end) = self.chunk(&vendor, chunk, &mut failed).await;
            if let Some(refusal) = end {
                let wait = refusal.lasts(self.context.clock.now()).unwrap_or(WAIT_FOR_VENDOR);
                if number == 0 || wait == Duration::MAX {
                    return Err(outcome::refuse(self.context, self.source.name(), refusal).await);
                }
                tracing::warn!("the reports wait for {}: {refusal}", self.source);
                let sum = self.finish(commits, &failed).await?;
                return self.go_on(sum, rest, wait + Duration::from_secs(1)).await;
            }
            self.context.crash_point(crash_point::AFTER_FETCH);
            commits.begin(batch)?;
        }
        let sum = self.finish(commits, &failed).await?;
        let mut report = sum.report();
        report["companies"] = json!(codes.len() - failed.len());
        report["failed"] = json!(failed.iter().map(|(code, _)| code).collect::<Vec<&Code>>());
        match failed.into_iter().find(|(_, refusal)| refusal.lasts(self.context.clock.now()) != Some(Duration::MAX)) {
            Some((_, refusal)) => Err(refusal.into_job_error(self.context.clock.now())),
            None => Ok((sum, report)),
        }
    }

    /// Waits for what was committed, and notes which answers were refused for what they are.
    async fn finish(&self, commits: Commits<'_>, failed: &[(Code, Refusal)]) -> Result<Sum, JobError> {
        let mut sum = commits.finish().await?;
        let (came, refused) = (std::mem::take(&mut sum.datasets), failed.iter().map(|(_, refusal)| refusal));
        defects::note(self.context, self.source.name(), came, refused, Severity::Warning).await;
        Ok(sum)
    }

    /// Asks for some companies. The second is why the others would be asked for in vain.
    async fn chunk(
        &self,
        vendor: &Companies,
        codes: &[Code],
        failed: &mut Vec<(Code, Refusal)>,
    ) -> (Batch, Option<Refusal>) {
        let asked = stream::iter(codes.iter().copied())
            .map(|code| async move { (code, vendor.claims(code, self.period).await) })
            .buffered(vendor.at_a_time());
        tokio::pin!(asked);
        let mut builder = BatchBuilder::new(self.source.name());
        let mut fundamentals = Vec::new();
        while let Some((code, claims)) = asked.next().await {
            match claims {
                Ok(claims) => fundamentals.extend(builder.add(claims)),
                Err(refusal) if refusal.is_vendor_wide => return (Batch::default(), Some(refusal)),
                Err(mut refusal) => {
                    tracing::warn!(code = code.as_str(), "the reports of {code} could not be fetched: {refusal}");
                    builder.place(refusal.take_responses(), Vec::new());
                    failed.push((code, refusal));
                }
            }
        }
        (builder.finish(Batch { fundamentals, ..Batch::default() }), None)
    }

    async fn go_on(&self, sum: Sum, rest: &[Code], wait: Duration) -> Result<(Sum, Value), JobError> {
        let next = IngestJob::FetchFundamentals {
            source: self.source.name().to_owned(),
            period: self.period,
            codes: Some(rest.iter().map(Code::to_string).collect()),
        };
        let next = send_on(self.context, &self.job.id, &next, wait).await?;
        let mut report = sum.report();
        report["companies_left"] = json!(rest.len());
        report["continued_as"] = json!(next);
        Ok((sum, report))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_a_quarter_that_is_over() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let today = day("2024-10-09");
        for period in ["2024-09-30", "2024-06-30", "2024-03-31", "2023-12-31"] {
            assert_eq!(check(day(period), today), Ok(()));
        }
        for period in ["2024-09-29", "2024-08-31", "2024-12-31"] {
            assert!(matches!(check(day(period), today), Err(JobError::Fatal(_))), "{period}");
        }
        assert!(check(today.with_day(30).unwrap(), today).is_err());
    }
}
