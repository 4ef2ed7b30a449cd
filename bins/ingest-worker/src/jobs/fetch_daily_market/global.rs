//! The watched codes abroad: shares, indices, currencies, each by its own exchange's close.
//!
//! A few codes make a batch, so that a vendor that has enough (a 429, the day's last request) ends the job politely and
//! keeps what came before. The next attempt asks for the rest.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, Days, NaiveDate, Utc};
use job_queue::{JobContext, JobError};
use market_model::{Code, Instrument, InstrumentKind, ListStatus, last_final_day};
use quality_rules::Severity;
use serde_json::{Value, json};
use warehouse::{Batch, Listing, Sourced};

use super::super::{JobsContext, commits::Commits, defects, outcome};
use crate::{
    answer::GlobalAnswer,
    batch::BatchBuilder,
    crash_point,
    refusal::{Decision, Refusal},
    sources::{Source, Watched},
};

/// Days that are asked for again behind the newest stored one: vendors correct the last days.
const AGAIN_DAYS: u64 = 10;
/// Codes in one batch.
const CODES_PER_BATCH: usize = 5;

/// A vendor of global bars.
enum Feed {
    Yahoo(Arc<Watched<source_yahoo::Client>>),
    AlphaVantage(Arc<Watched<source_alpha_vantage::Client>>),
}

/// A code and the days to ask for.
#[derive(Debug, PartialEq)]
struct Wanted {
    code: Code,
    newest: Option<NaiveDate>,
    from: NaiveDate,
    to: NaiveDate,
}

pub(super) async fn run(
    context: &JobsContext,
    source: Source,
    trade_date: NaiveDate,
    job: &JobContext,
    started_at: DateTime<Utc>,
) -> Result<Value, JobError> {
    let feed = Feed::of(context, source)?;
    let codes = feed.codes().to_vec();
    let name = source.name();
    let newest = outcome::ask_writer(context, move |writer| writer.newest_bars(name, &codes)).await?;
    let is_repeated = job.attempt > 1;
    let wanted = wanted(feed.codes(), &newest, feed.history_from(), trade_date, context.clock.now(), is_repeated);
    let mut commits = Commits::new(context);
    let mut failed: BTreeMap<Code, Refusal> = BTreeMap::new();
    let mut holes: BTreeMap<&str, String> = BTreeMap::new();
    for some in wanted.chunks(CODES_PER_BATCH) {
        let (batch, end) = fetch(&feed, source, some, &mut failed, &mut holes).await;
        context.crash_point(crash_point::AFTER_FETCH);
        if !batch.responses.is_empty() {
            commits.begin(batch)?;
        }
        if let Some(refusal) = end {
            let sum = commits.finish().await?;
            defects::note(context, name, sum.datasets, failed.values(), Severity::Warning).await;
            return Err(outcome::refuse(context, name, refusal).await);
        }
    }
    let mut sum = commits.finish().await?;
    let severity = if failed.len() == wanted.len() { Severity::Error } else { Severity::Warning };
    defects::note(context, name, std::mem::take(&mut sum.datasets), failed.values(), severity).await;
    let mut report = sum.report();
    report["codes"] = json!(wanted.len() - failed.len());
    report["unknown"] = json!(holes);
    report["failed"] =
        json!(failed.iter().map(|(code, why)| (code.as_str(), why.to_string())).collect::<BTreeMap<_, _>>());
    for refusal in failed.values_mut() {
        outcome::keep_responses(context, name, refusal).await.map_err(JobError::retry)?;
    }
    // A code that the vendor will never have is a line in the report; one that it may have later is asked for again.
    if failed.len() == wanted.len() || failed.values().any(|why| why.decision != Decision::Stop) {
        let worst = failed.values().find(|why| why.decision != Decision::Stop).or(failed.values().next());
        if let Some(worst) = worst {
            return Err(worst.clone().into_job_error(context.clock.now()));
        }
    }
    let args = json!({ "source": name, "trade_date": trade_date });
    outcome::log_run(context, outcome::succeeded(context, job, "fetch_daily_market", args, started_at), &sum).await?;
    Ok(report)
}

/// Asks for some codes. The second is why the rest of the job would be in vain.
async fn fetch<'a>(
    feed: &Feed,
    source: Source,
    wanted: &'a [Wanted],
    failed: &mut BTreeMap<Code, Refusal>,
    holes: &mut BTreeMap<&'a str, String>,
) -> (Batch, Option<Refusal>) {
    let mut builder = BatchBuilder::new(source.name());
    let mut batch = Batch::default();
    let mut end = None;
    for Wanted { code, newest, from, to } in wanted {
        match feed.history(code, *from, *to).await {
            Ok(answer) => {
                if let Some((newest, cut)) = newest.zip(answer.cut_before).filter(|(newest, cut)| newest < cut) {
                    tracing::warn!(
                        code = code.as_str(),
                        "{source} gives {code} from {cut} on; {newest} is the last day"
                    );
                    holes.insert(code.as_str(), format!("{newest} to {cut}"));
                }
                add(&mut builder, &mut batch, *code, answer);
            }
            Err(refusal) if refusal.is_vendor_wide => {
                end = Some(refusal);
                break;
            }
            Err(refusal) => {
                tracing::warn!(
                    source = source.name(),
                    code = code.as_str(),
                    "{source} has nothing of {code}: {refusal}"
                );
                failed.insert(*code, refusal);
            }
        }
    }
    (builder.finish(batch), end)
}

fn add(builder: &mut BatchBuilder, batch: &mut Batch, code: Code, answer: GlobalAnswer) {
    let GlobalAnswer { bars, actions, instrument, responses, rejected, cut_before: _ } = answer;
    if responses.is_empty() {
        return;
    }
    let has_bars = !bars.is_empty();
    let place = builder.place(responses, rejected);
    batch.daily.extend(place.rows(bars));
    batch.actions.extend(place.rows(actions));
    // A code without a bar may be a slip of the pen: only what has been seen to trade becomes an instrument.
    if has_bars {
        let instrument = instrument.unwrap_or_else(|| nameless(code));
        let listing = Sourced { value: Listing { instrument, status: ListStatus::Listed }, response: 0, row: 0 };
        batch.instruments.extend(place.rows(vec![listing]));
    }
}

/// An instrument of which nothing but the code is known.
fn nameless(code: Code) -> Instrument {
    Instrument {
        code,
        kind: InstrumentKind::of_code(&code).unwrap_or(InstrumentKind::Foreign),
        board: None,
        name: code.to_string(),
        listed: None,
        delisted: None,
        renamed_from: None,
    }
}

/// What to ask for, the code that waited longest first. A job that is tried again leaves out what it has brought.
fn wanted(
    codes: &[Code],
    newest: &BTreeMap<Code, NaiveDate>,
    history_from: NaiveDate,
    until: NaiveDate,
    now: DateTime<Utc>,
    is_repeated: bool,
) -> Vec<Wanted> {
    let mut wanted: Vec<Wanted> = Vec::with_capacity(codes.len());
    for code in codes {
        let (newest, to) = (newest.get(code).copied(), until.min(last_final_day(code.exchange(), now)));
        let again = |day: NaiveDate| day.min(to).checked_sub_days(Days::new(AGAIN_DAYS)).unwrap_or(day);
        let from = newest.map_or(history_from, again);
        let is_there = is_repeated && newest.is_some_and(|newest| newest >= to);
        if from <= to && !is_there {
            wanted.push(Wanted { code: *code, newest, from, to });
        }
    }
    wanted.sort_by_key(|wanted| (wanted.newest, wanted.code));
    wanted
}

impl Feed {
    fn of(context: &JobsContext, source: Source) -> Result<Self, JobError> {
        let feed = match source {
            Source::AlphaVantage => context.sources.alpha_vantage.clone().map(Self::AlphaVantage),
            _ => context.sources.yahoo.clone().map(Self::Yahoo),
        };
        feed.ok_or_else(|| JobError::fatal(format_args!("source `{source}` is not configured")))
    }

    fn codes(&self) -> &[Code] {
        match self {
            Self::Yahoo(watched) => &watched.codes,
            Self::AlphaVantage(watched) => &watched.codes,
        }
    }

    fn history_from(&self) -> NaiveDate {
        match self {
            Self::Yahoo(watched) => watched.history_from,
            Self::AlphaVantage(watched) => watched.history_from,
        }
    }

    async fn history(&self, code: &Code, from: NaiveDate, to: NaiveDate) -> Result<GlobalAnswer, Refusal> {
        match self {
            Self::Yahoo(watched) => Ok(watched.client.history(code, from, to).await?.into()),
            Self::AlphaVantage(watched) => Ok(watched.client.history(code, from, to).await?.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// Eleven in the morning of the tenth in Shanghai: New York has closed the ninth, Hong Kong trades the tenth.
    fn asked(newest: &[(&str, &str)], until: &str, is_repeated: bool) -> Vec<(String, String, String)> {
        let codes: Vec<Code> = ["AAPL.US", "0700.HK", "HSI.IDX"].map(|code| code.parse().unwrap()).to_vec();
        let newest = newest.iter().map(|(code, at)| (code.parse().unwrap(), day(at))).collect();
        let now = "2024-01-10T03:00:00Z".parse().unwrap();
        let wanted = wanted(&codes, &newest, day("2016-01-01"), day(until), now, is_repeated);
        wanted.iter().map(|one| (one.code.to_string(), one.from.to_string(), one.to.to_string())).collect()
    }

    fn line(code: &str, from: &str, to: &str) -> (String, String, String) {
        (code.to_owned(), from.to_owned(), to.to_owned())
    }

    #[test]
    fn what_trades_still_is_not_asked_for_and_what_is_new_is_asked_for_from_the_beginning() {
        let stored = [("AAPL.US", "2024-01-08"), ("HSI.IDX", "2024-01-05")];
        assert_eq!(
            asked(&stored, "2024-01-10", false),
            [
                line("0700.HK", "2016-01-01", "2024-01-09"),
                line("HSI.IDX", "2023-12-26", "2024-01-09"),
                line("AAPL.US", "2023-12-29", "2024-01-09"),
            ]
        );
    }

    #[test]
    fn a_repeated_job_asks_for_what_it_has_not_brought() {
        let stored = [("AAPL.US", "2024-01-09"), ("HSI.IDX", "2024-01-08")];
        let codes: Vec<String> = asked(&stored, "2024-01-09", true).into_iter().map(|line| line.0).collect();
        assert_eq!(codes, ["0700.HK", "HSI.IDX"]);
        assert_eq!(asked(&stored, "2024-01-09", false).len(), 3, "somebody asks again on purpose");
    }
}
