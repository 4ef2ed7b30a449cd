//! Runs the rules over a generation, a range of codes at a time, on a few threads; what they find comes in the order of the
//! codes.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use chrono::NaiveDate;
use futures::{Stream, StreamExt as _};
use job_queue::JobError;
use market_model::TradingCalendar;
use quality_rules::{DayCount, DayFacts, Days, Finding, check_code, check_day};
use tokio::sync::Semaphore;
use warehouse::{CodeRange, Generation, MarketFacts, WarehouseError};

use super::{Bounded, Judging};

/// A whole history is cut into so many ranges a thread, so that progress can be seen and no thread is idle at the end.
const RANGES_PER_THREAD: usize = 8;

/// Trading days around a judged one whose counts are looked at, on either side. The same for one day as for a whole history:
/// what is found about a day must not depend on which other days are judged.
const DAYS_AROUND: usize = DayFacts::LOOK_BACK;

/// A generation and how it is judged.
pub(crate) struct Scan {
    generation: Arc<Generation>,
    facts: MarketFacts,
    judging: Arc<Judging>,
    dates: Option<Vec<NaiveDate>>,
    stopped: AtomicBool,
}

/// What was found about a range of codes.
#[derive(Debug)]
pub(crate) struct Found {
    /// Codes that were judged.
    pub(crate) codes: usize,
    /// What was found, by code.
    pub(crate) findings: Bounded,
}

/// Ends a scan whose job is given up: threads cannot be cut off, they have to notice.
struct StopOnDrop(Arc<Scan>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.stopped.store(true, Ordering::Relaxed);
    }
}

impl Scan {
    /// Prepares to judge `dates`, ascending; the whole history for `None`. Plans queries.
    pub(crate) fn open(
        generation: Arc<Generation>,
        judging: Arc<Judging>,
        dates: Option<Vec<NaiveDate>>,
    ) -> Result<Self, WarehouseError> {
        let facts = generation.market_facts()?;
        Ok(Self { generation, facts, judging, dates, stopped: AtomicBool::new(false) })
    }

    /// What the rules about whole days find. Plans queries.
    pub(crate) fn whole_days(&self) -> Result<Vec<Finding>, WarehouseError> {
        let calendar = &self.facts.calendar;
        let (first, last) = match self.dates.as_deref() {
            Some([]) => return Ok(Vec::new()),
            Some(dates @ [first, ..]) => (around(calendar, *first).0, around(calendar, dates[dates.len() - 1]).1),
            None => (NaiveDate::MIN, NaiveDate::MAX),
        };
        // Years outside of what a date in SQL can say hold no market.
        let (earliest, latest) = (NaiveDate::from_ymd_opt(1900, 1, 1), NaiveDate::from_ymd_opt(2999, 12, 31));
        let (first, last) = (first.max(earliest.unwrap_or(first)), last.min(latest.unwrap_or(last)));
        let mut counts = self.generation.day_counts(first, last)?;
        counts.sort_by_key(|count| count.date);
        let judged = match &self.dates {
            Some(dates) => dates.clone(),
            None => trading_days_within(calendar, &counts),
        };
        let mut findings = Vec::new();
        for date in judged {
            let (from, to) = around(calendar, date);
            let begin = counts.partition_point(|count| count.date < from);
            let end = counts.partition_point(|count| count.date <= to);
            check_day(&DayFacts { date, counts: &counts[begin..end], calendar }, &mut findings);
        }
        Ok(findings)
    }

    /// The ranges to judge.
    pub(crate) fn ranges(&self) -> Vec<CodeRange> {
        let codes = self.generation.instruments().len().max(self.generation.codes_with_bars().len());
        let threads = self.judging.threads.max(1);
        let ranges = if self.dates.is_some() { threads } else { threads * RANGES_PER_THREAD };
        self.generation.code_chunks(codes.div_ceil(ranges).max(1))
    }

    /// What the rules find, range by range in their order; a few ranges ahead of whoever takes it.
    pub(crate) fn found(
        self: &Arc<Self>,
        ranges: Vec<CodeRange>,
    ) -> impl Stream<Item = Result<Found, JobError>> + use<> {
        let threads = self.judging.threads.max(1);
        let permits = Arc::new(Semaphore::new(threads));
        let stop = StopOnDrop(self.clone());
        let scan = self.clone();
        let tasks = futures::stream::iter(ranges).map(move |range| {
            let _until_the_end = &stop;
            let (scan, permits) = (scan.clone(), permits.clone());
            async move {
                let permit = permits.acquire_owned().await;
                let judged = tokio::task::spawn_blocking(move || {
                    let _permit = permit;
                    scan.range(range)
                });
                Ok::<_, JobError>(judged.await??)
            }
        });
        tasks.buffered(threads * 2)
    }

    fn range(&self, range: CodeRange) -> Result<Found, WarehouseError> {
        let market = self.facts.market(&self.judging.no_limit_days, &self.judging.options);
        let days = self.dates.as_deref().map_or(Days::All, Days::Only);
        let mut found = Found { codes: 0, findings: Bounded::default() };
        let mut of_code = Vec::new();
        self.generation.scan_histories(days, Some(range), &mut |history| {
            if self.stopped.load(Ordering::Relaxed) {
                return Err(WarehouseError::Unavailable("the check was given up".to_owned()));
            }
            found.codes += 1;
            check_code(&market, history, days, &mut of_code);
            found.findings.add(of_code.drain(..));
            Ok(())
        })?;
        Ok(found)
    }
}

/// The first and last of the trading days around `date` whose counts are looked at.
fn around(calendar: &TradingCalendar, date: NaiveDate) -> (NaiveDate, NaiveDate) {
    let back = std::iter::successors(Some(date), |day| calendar.previous_open(*day));
    let ahead = std::iter::successors(Some(date), |day| calendar.next_open(*day));
    (back.take(DAYS_AROUND + 1).last().unwrap_or(date), ahead.take(DAYS_AROUND + 1).last().unwrap_or(date))
}

fn trading_days_within(calendar: &TradingCalendar, counts: &[DayCount]) -> Vec<NaiveDate> {
    let ends = counts.first().zip(counts.last());
    ends.map_or_else(Vec::new, |(first, last)| calendar.open_days(first.date, last.date).collect())
}
