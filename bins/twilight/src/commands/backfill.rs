//! `twilight backfill`: what a backfill would cost, and how far the present one is.

use std::{io::IsTerminal as _, path::Path, time::Duration};

use anyhow::Context as _;
use chrono::NaiveDate;
use clap::Subcommand;
use daemon_kit::{
    clock::Clock,
    config::{Config, IngestWorkerConfig},
};
use indicatif::{HumanDuration, ProgressBar, ProgressStyle};
use market_model::{Exchange, HistoryPace, Instrument, estimate_histories, last_final_day};
use serde_json::json;
use warehouse::{BackfillPhase, BackfillProgress, Reader, ReaderOptions};

use super::enqueue::Backfill;
use crate::table::{Output, count, instant, table};

#[derive(Subcommand)]
pub(crate) enum Command {
    /// What a backfill would cost at the configured politeness; nothing is started. Start it with
    /// `twilight enqueue backfill-history`.
    Plan(Backfill),
    /// How far it is.
    Status {
        /// Stay until it has ended, with a progress bar on a terminal; fails if the backfill does.
        #[arg(long)]
        watch: bool,
    },
}

/// How often the status file is looked at.
const EVERY: Duration = Duration::from_millis(500);

pub(crate) async fn run(command: Command, config: &Config, output: Output) -> anyhow::Result<()> {
    let published = config.warehouse().published();
    match command {
        Command::Plan(backfill) => plan(&backfill, config, &published, output),
        Command::Status { watch: false } => match progress(&published)? {
            Some(progress) => output.print(&progress, described),
            None => output.print(&json!(null), |_| "no backfill has been started".to_owned()),
        },
        Command::Status { watch: true } => watch(&published, output).await,
    }
}

fn plan(backfill: &Backfill, config: &Config, published: &Path, output: Output) -> anyhow::Result<()> {
    backfill.check()?;
    let Backfill { source, from, to, codes } = backfill;
    let reader = Reader::open(published, ReaderOptions::default())?;
    let generation = reader.current().context(
        "nothing is published yet, so nobody knows the codes: run `twilight enqueue fetch-reference --wait` first",
    )?;
    let listed = || generation.instruments().iter().filter(|instrument| is_listed_within(instrument, *from, *to));
    let instruments: Vec<Option<&Instrument>> = match codes.as_slice() {
        [] => listed().map(Some).collect(),
        named => named.iter().map(|code| generation.instrument(code)).collect(),
    };
    let (codes, days) = (instruments.len() as u64, generation.calendar().open_days(*from, *to).count() as u64);
    anyhow::ensure!(codes > 0 && days > 0, "nothing to fetch: {codes} codes, {days} trading days from {from} to {to}");
    let pace = pace(source, &config.ingest_worker()?)
        .with_context(|| format!("source `{source}` is not configured, or has no histories of mainland shares"))?;
    let newest = last_final_day(Exchange::Sse, Clock::system().now());
    let estimate = estimate_histories(instruments, generation.calendar(), pace, (*from, newest.min(*to)), newest);
    let duration = Duration::from_secs(estimate.seconds);
    let plan = json!({
        "source": source, "from": from, "to": to, "codes": codes, "trading_days": days,
        "bars": estimate.bars, "requests": estimate.requests, "seconds": estimate.seconds,
    });
    output.print(&plan, |_| {
        table(
            ["a backfill", "would take"],
            [
                ["source".to_owned(), source.clone()],
                ["trading days".to_owned(), format!("{} ({from} to {to})", count(days))],
                ["codes".to_owned(), count(codes)],
                ["bars".to_owned(), format!("{} at most", count(estimate.bars))],
                ["requests".to_owned(), count(estimate.requests)],
                ["at least".to_owned(), HumanDuration(duration).to_string()],
            ],
        )
    })
}

/// How fast the source gives histories; `None` for one that has none.
fn pace(source: &str, config: &IngestWorkerConfig) -> Option<HistoryPace> {
    let per_second = config.history_requests_per_second(source)?;
    Some(if source == "tdx" { HistoryPace::tdx(per_second) } else { HistoryPace::tushare(per_second) })
}

/// Whether it is a share that was listed on a day of the range: those are fetched where no codes are named.
fn is_listed_within(instrument: &Instrument, from: NaiveDate, to: NaiveDate) -> bool {
    warehouse::is_whole_market(&instrument.code)
        && instrument.listed.is_some_and(|listed| listed <= to)
        && instrument.delisted.is_none_or(|delisted| delisted > from)
}

fn progress(published: &Path) -> anyhow::Result<Option<BackfillProgress>> {
    Ok(warehouse::read_status(published)?.and_then(|status| status.backfill))
}

fn described(progress: &BackfillProgress) -> String {
    let eta = progress.eta_s.map_or_else(|| "-".to_owned(), |eta| HumanDuration(Duration::from_secs(eta)).to_string());
    let requests = format!("{} of about {}", count(progress.requests_done), count(progress.requests_total_estimate));
    let rows = [
        ["phase", progress.phase.as_str()].map(str::to_owned),
        ["job".to_owned(), progress.id.clone()],
        ["source".to_owned(), progress.source.clone()],
        ["codes".to_owned(), format!("{} of {}", count(progress.codes_done), count(progress.codes_total))],
        ["codes given up".to_owned(), count(progress.codes_failed)],
        ["bars".to_owned(), count(progress.rows)],
        ["requests".to_owned(), requests],
        ["begun (Shanghai)".to_owned(), instant(progress.started_at)],
        ["as of (Shanghai)".to_owned(), instant(progress.updated_at)],
        ["still about".to_owned(), eta],
    ];
    let message = (!progress.message.is_empty()).then(|| ["message".to_owned(), progress.message.clone()]);
    table(["backfill", ""], rows.into_iter().chain(message))
}

async fn watch(published: &Path, output: Output) -> anyhow::Result<()> {
    let bar = if std::io::stderr().is_terminal() { ProgressBar::new(0) } else { ProgressBar::hidden() };
    let style = "{msg:<11} {bar:40} {pos}/{len} codes  {elapsed} so far, {eta} to go";
    bar.set_style(ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()));
    let ended = loop {
        let progress = progress(published)?.context("no backfill has been started")?;
        bar.set_length(progress.codes_total);
        bar.set_position(progress.codes_done);
        bar.set_message(progress.phase.as_str());
        if matches!(progress.phase, BackfillPhase::Done | BackfillPhase::Failed) {
            break progress;
        }
        tokio::time::sleep(EVERY).await;
    };
    bar.finish_and_clear();
    output.print(&ended, described)?;
    anyhow::ensure!(ended.phase == BackfillPhase::Done, "the backfill failed: {}", ended.message);
    Ok(())
}

#[cfg(test)]
mod tests {
    use market_model::InstrumentKind;

    use super::*;

    #[test]
    fn what_is_planned_is_what_the_worker_will_fetch() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let is_planned = |code: &str, listed: Option<&str>, delisted: Option<&str>| {
            let code = code.parse().unwrap();
            let kind = InstrumentKind::of_code(&code).unwrap();
            let (listed, delisted) = (listed.map(day), delisted.map(day));
            let instrument =
                Instrument { code, kind, board: None, name: String::new(), listed, delisted, renamed_from: None };
            is_listed_within(&instrument, day("2020-01-01"), day("2024-01-31"))
        };
        assert!(is_planned("600519.SH", Some("2001-08-27"), None));
        assert!(is_planned("600001.SH", Some("1998-01-22"), Some("2020-06-29")), "the dead are in it");
        assert!(!is_planned("000003.SZ", Some("1991-01-14"), Some("2002-06-14")), "gone before");
        assert!(!is_planned("301999.SZ", Some("2024-03-01"), None), "came later");
        assert!(!is_planned("920999.BJ", None, None), "nobody knows when it came");
        assert!(!is_planned("000300.SH", Some("2005-04-08"), None), "an index");
    }
}
