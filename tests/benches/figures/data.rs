//! `data`: the warehouse that everything is measured on, generated once from a seeded market.

use std::path::Path;

use anyhow::Context as _;
use chrono::{DateTime, Days, NaiveDate, Utc};
use daemon_kit::clock::Clock;
use market_model::{CalendarDay, Code, Exchange, last_final_day};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use upstream_simulators::{Market, MarketSpec};
use warehouse::{Batch, BulkLoaded, Listing, RawResponse, Sourced, StagedCode, WarehouseError, Writer, WriterOptions};

use crate::{
    machine,
    place::{self, Place},
    report::{Report, short},
};

const SEED: u64 = 20_261_122;
/// As many as are listed in reality. Four in ten list or delist within the range, as in reality too, so the days are more
/// than 2,500: what counts is that 12.5 million bars come together.
const CODES: usize = 5_550;
/// Calendar days of the market. It ends on the last day that is over: a TDX server without recent bars is not believed.
const SPAN: Days = Days::new(4_594);
/// A market that ended so many days ago is recent enough to be used again.
const FRESH_DAYS: i64 = 14;
/// Trading days that the base lacks: they are ingested, one by one. A month's worth, as between two compactions.
const DAYS_LEFT: usize = 22;
const SOURCE: &str = "tushare";

/// What a bench warehouse was generated from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Origin {
    pub(crate) seed: u64,
    pub(crate) codes: usize,
    pub(crate) first_day: NaiveDate,
    pub(crate) last_day: NaiveDate,
    /// The base ends here.
    pub(crate) last_in_base: NaiveDate,
}

impl Origin {
    /// Of the warehouse that is to be; what is in its base follows from the market.
    pub(crate) fn wanted() -> Self {
        let last_day = last_final_day(Exchange::Sse, Clock::system().now());
        Self { seed: SEED, codes: CODES, first_day: last_day - SPAN, last_day, last_in_base: last_day }
    }

    /// Of the warehouse that is there.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) fn read(place: &Place) -> anyhow::Result<Self> {
        let text = std::fs::read(place.origin()).context("no bench warehouse yet: run the step `data` first")?;
        Ok(serde_json::from_slice(&text)?)
    }

    /// Whether a warehouse of this market will do where `wanted` is wanted.
    fn is_fresh(&self, wanted: &Self) -> bool {
        let age = (wanted.last_day - self.last_day).num_days();
        (self.seed, self.codes) == (wanted.seed, wanted.codes)
            && self.last_day - self.first_day == wanted.last_day - wanted.first_day
            && (0..=FRESH_DAYS).contains(&age)
    }

    /// The market again, bar by bar the same.
    pub(crate) fn market(&self) -> Market {
        Market::generate(&MarketSpec::new(self.seed, self.codes, self.first_day, self.last_day))
    }
}

pub(crate) fn run(place: &Place) -> anyhow::Result<Report> {
    let mut report = Report::new("data");
    report.fact("seed", SEED);
    let wanted = Origin::wanted();
    let there = Origin::read(place).ok().filter(|there| there.is_fresh(&wanted));
    let begun = Instant::now();
    let market = there.as_ref().unwrap_or(&wanted).market();
    let days = market.trading_days();
    let shape =
        format!("{} codes, {} days, {} bars", market.codes().len(), days.len(), short(market.bar_count() as f64));
    report.fact("market", format!("{shape}, generated in {:.1} s", begun.elapsed().as_secs_f64()));
    if there.is_some() {
        report.fact("reused", place.pristine().display().to_string());
        sizes(&mut report, &place.pristine())?;
        return Ok(report);
    }
    let (last_in_base, last) = (days[days.len() - 1 - DAYS_LEFT], days[days.len() - 1]);
    let origin = Origin { last_in_base, ..wanted };
    if place.origin().exists() {
        std::fs::remove_file(place.origin())?;
    }
    place::empty(&place.pristine())?;
    report.fact("load average before", machine::load_average());
    let mut writer = Writer::open(place.pristine(), WriterOptions::default())?;
    let now = evening_of(last);
    writer.commit(reference(&market, now)?, now)?;
    let begun = Instant::now();
    let built = load_histories(&mut writer, &market, last_in_base)?;
    let seconds = begun.elapsed().as_secs_f64();
    let rate = short(built.bars as f64 / seconds);
    report.fact(
        "base",
        format!("{} bars of {} codes in {seconds:.1} s, {rate} bars/s", short(built.bars as f64), built.codes),
    );
    report.fact("in the base", "normalized_daily, curated_daily, normalized_daily_basic, price_limit");
    let begun = Instant::now();
    writer.publish(now)?;
    drop(writer);
    report.fact("generation 1", format!("{:.1} s", begun.elapsed().as_secs_f64()));
    sizes(&mut report, &place.pristine())?;
    std::fs::write(place.origin(), serde_json::to_vec_pretty(&origin)?)?;
    report.fact("memory of this program, the market included", machine::Memory::of(std::process::id())?.to_string());
    Ok(report)
}

/// Every code's history up to `last`, as a backfill would bring it.
fn load_histories(writer: &mut Writer, market: &Market, last: NaiveDate) -> anyhow::Result<BulkLoaded> {
    let fetched_at = evening_of(last);
    let staged = market.codes().iter().map(|code| Ok::<_, WarehouseError>(history(market, *code, last, fetched_at)));
    Ok(writer.bulk_load(SOURCE, staged, fetched_at, |_| ())?)
}

fn history(market: &Market, code: Code, last: NaiveDate, fetched_at: DateTime<Utc>) -> StagedCode {
    let mut bars = market.bars(&code);
    bars.truncate(bars.partition_point(|bar| bar.trade_date <= last));
    let days = || bars.iter().map(|bar| bar.trade_date);
    let basics = days().filter_map(|day| market.basic(&code, day));
    let limits = days().filter_map(|day| market.limit(&code, day));
    StagedCode {
        places: (0..bars.len()).map(|row| (0, row as u32)).collect(),
        basics: sourced(basics, 0),
        limits: sourced(limits, 0),
        bars,
        actions: market.actions(&code).into_iter().zip(0..).map(|(action, row)| (action, 0, row)).collect(),
        responses: vec![response("daily", fetched_at)],
        ..StagedCode::new(code)
    }
}

/// Calendar, instruments and their names, as `fetch_reference` would bring them.
fn reference(market: &Market, now: DateTime<Utc>) -> anyhow::Result<Batch> {
    let (_, last) = market.range();
    let (first, end) = market.calendar().range().context("a market without calendar")?;
    let calendar = calendar_days(market, first, end);
    let instruments = market.codes().iter().filter_map(|code| market.instrument(code, last));
    let names = market.codes().iter().flat_map(|code| market.names(code));
    Ok(Batch {
        source: SOURCE.to_owned(),
        responses: vec![response("trade_cal", now), response("stock_basic", now), response("namechange", now)],
        calendar: sourced(calendar.into_iter(), 0),
        instruments: sourced(instruments.map(|(instrument, status)| Listing { instrument, status }), 1),
        names: sourced(names, 2),
        ..Batch::default()
    })
}

fn response(dataset: &str, fetched_at: DateTime<Utc>) -> RawResponse {
    RawResponse {
        source: SOURCE.to_owned(),
        dataset: dataset.to_owned(),
        request: "{}".to_owned(),
        fetched_at,
        http_status: 200,
        body: b"{}".to_vec(),
    }
}

fn sourced<T>(rows: impl Iterator<Item = T>, response: usize) -> Vec<Sourced<T>> {
    (0..).zip(rows).map(|(row, value)| Sourced { value, response, row }).collect()
}

fn calendar_days(market: &Market, first: NaiveDate, last: NaiveDate) -> Vec<CalendarDay> {
    let mut previous_open = None;
    let day = |date: NaiveDate| {
        let is_open = market.calendar().is_open(date).unwrap_or(false);
        let day = CalendarDay { exchange: Exchange::Sse, date, is_open, previous_open };
        if is_open {
            previous_open = Some(date);
        }
        day
    };
    first.iter_days().take_while(|date| *date <= last).map(day).collect()
}

fn evening_of(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(chrono::NaiveTime::MIN).and_utc() + chrono::TimeDelta::hours(12)
}

fn sizes(report: &mut Report, root: &Path) -> anyhow::Result<()> {
    for name in ["base-1.duckdb", "base-1.series", "published/tail-000001.duckdb"] {
        let bytes = std::fs::metadata(root.join(name)).with_context(|| format!("no {name}"))?.len();
        report.fact(name, format!("{} MB", short(bytes as f64 / 1e6)));
    }
    Ok(())
}
