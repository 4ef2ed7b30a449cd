//! What the worker asks of itself, by the clock in Shanghai. A vendor that is switched off is not asked.

use anyhow::Context as _;
use chrono::{DateTime, Datelike, Days, NaiveDate};
use chrono_tz::{Asia::Shanghai, Tz};
use daemon_kit::config::{BackfillConfig, ScheduleConfig};
use job_queue::{CronExpression, Queue, Scheduler, payload::IngestJob};

use crate::sources::Source;

/// The schedule of the configuration. A daily fetch is pushed on every day; the job itself knows from the vendor's
/// calendar which days trade.
pub(crate) fn scheduler(
    queue: &Queue<IngestJob>,
    config: &ScheduleConfig,
    backfill: &BackfillConfig,
    has: impl Fn(Source) -> bool,
) -> anyhow::Result<Scheduler<IngestJob>> {
    let mut scheduler = Scheduler::new(queue, Shanghai);
    for Entry { name, key, cron, source, job } in entries(config, backfill) {
        if source.is_none_or(&has) {
            let job = move |tick: DateTime<Tz>| job(tick.date_naive());
            scheduler.entry(name, &cron, job).with_context(|| format!("ingest-worker.schedule.{key}"))?;
        }
    }
    Ok(scheduler)
}

/// When the days of `source` are fetched; `None` where the schedule leaves that to others.
pub(crate) fn daily_ticks(config: &ScheduleConfig, source: Source) -> anyhow::Result<Option<CronExpression>> {
    let (key, cron) = match source {
        Source::Tdx => ("tdx_daily_market", &config.tdx_daily_market),
        _ => ("daily_market", &config.daily_market),
    };
    let parse = |cron: &String| CronExpression::parse(cron, Shanghai);
    cron.as_ref().map(parse).transpose().with_context(|| format!("ingest-worker.schedule.{key}"))
}

/// The job of a tick, by the tick's date in Shanghai.
type JobOfDay = Box<dyn Fn(NaiveDate) -> Option<IngestJob> + Send + Sync>;

struct Entry {
    /// Its jobs are called `name@tick`.
    name: &'static str,
    /// The key of the configuration.
    key: &'static str,
    cron: String,
    source: Option<Source>,
    job: JobOfDay,
}

fn entries(config: &ScheduleConfig, backfill: &BackfillConfig) -> Vec<Entry> {
    use Source::{Aktools, AlphaVantage, Tdx, Tushare, Yahoo};
    let mut entries = Vec::new();
    let mut add = |name, key, cron: &Option<String>, source: Option<Source>, job: JobOfDay| {
        entries.extend(cron.clone().map(|cron| Entry { name, key, cron, source, job }));
    };
    add("daily_market", "daily_market", &config.daily_market, Some(Tushare), daily(Tushare, 0));
    add("tdx_daily_market", "tdx_daily_market", &config.tdx_daily_market, Some(Tdx), daily(Tdx, 0));
    // Early in the morning in Shanghai it is still the day before in New York, which has just closed.
    let global = &config.global_market;
    add("yahoo_daily_market", "global_market", global, Some(Yahoo), daily(Yahoo, 1));
    add("alpha_vantage_daily_market", "global_market", global, Some(AlphaVantage), daily(AlphaVantage, 1));
    add("reference", "reference", &config.reference, Some(Tushare), reference(Tushare));
    add("tdx_reference", "reference", &config.reference, Some(Tdx), reference(Tdx));
    add("macro_series", "macro_series", &config.macro_series, Some(Aktools), macros());
    let reports = &config.fundamentals;
    add("fundamentals", "fundamentals", reports, Some(Tushare), fundamentals(Tushare, 0));
    add("fundamentals_before", "fundamentals", reports, Some(Tushare), fundamentals(Tushare, 1));
    // TDX has the latest report only, whatever period is asked for.
    add("tdx_fundamentals", "fundamentals", reports, Some(Tdx), fundamentals(Tdx, 0));
    add("backfill", "backfill", &config.backfill, Source::named(&backfill.source), history(backfill));
    add(
        "expire_features",
        "expire_features",
        &config.expire_features,
        None,
        Box::new(|_| Some(IngestJob::ExpireFeatures)),
    );
    add("compact", "compact", &config.compact, None, Box::new(|_| Some(IngestJob::Compact)));
    entries
}

fn daily(source: Source, days_before: u64) -> JobOfDay {
    Box::new(move |date| {
        let trade_date = date.checked_sub_days(Days::new(days_before))?;
        Some(IngestJob::FetchDailyMarket { source: source.name().to_owned(), trade_date })
    })
}

fn reference(source: Source) -> JobOfDay {
    Box::new(move |_| Some(IngestJob::FetchReference { source: source.name().to_owned() }))
}

fn macros() -> JobOfDay {
    Box::new(|_| Some(IngestJob::FetchMacro { source: Source::Aktools.name().to_owned(), series: None }))
}

fn fundamentals(source: Source, quarters_before: u32) -> JobOfDay {
    Box::new(move |date| {
        let period = quarter_end_before(date, quarters_before)?;
        Some(IngestJob::FetchFundamentals { source: source.name().to_owned(), period, codes: None })
    })
}

fn history(config: &BackfillConfig) -> JobOfDay {
    let (source, from) = (config.source.clone(), config.from);
    Box::new(move |date| {
        let to = date.pred_opt()?;
        Some(IngestJob::BackfillHistory { source: source.clone(), codes: None, from, to, part: 0 })
    })
}

/// The last day of the latest quarter that is over on `date`, or of one that many quarters before it.
fn quarter_end_before(date: NaiveDate, quarters_before: u32) -> Option<NaiveDate> {
    let first_month = date.month0() / 3 * 3 + 1;
    let begins = NaiveDate::from_ymd_opt(date.year(), first_month, 1)?;
    begins.checked_sub_months(chrono::Months::new(3 * quarters_before))?.pred_opt()
}

#[cfg(test)]
mod tests {
    use daemon_kit::config::{Config, Environment};

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn reports_are_asked_for_the_last_two_quarters_that_are_over() {
        for (date, latest, before) in [
            ("2024-01-10", "2023-12-31", "2023-09-30"),
            ("2024-03-31", "2023-12-31", "2023-09-30"),
            ("2024-04-01", "2024-03-31", "2023-12-31"),
            ("2024-11-20", "2024-09-30", "2024-06-30"),
        ] {
            let ends = [0, 1].map(|quarters| quarter_end_before(day(date), quarters).unwrap());
            assert_eq!(ends, [day(latest), day(before)], "{date}");
        }
    }

    #[test]
    fn by_default_every_vendor_has_its_entries_and_the_backfill_none() {
        let text = "[ingest-worker.tushare]\nenabled = false\n";
        let config = Config::from_toml(text, "test", &Environment::default()).unwrap().ingest_worker().unwrap();
        let entries = entries(&config.schedule, &config.backfill);
        let of = |source| {
            let jobs = entries.iter().filter(|entry| entry.source == source);
            jobs.map(|entry| (entry.name, (entry.job)(day("2024-01-10")).unwrap().coalesce_key())).collect::<Vec<_>>()
        };
        let keys = |source| of(source).into_iter().map(|(_, key)| key).collect::<Vec<_>>();
        assert_eq!(
            keys(Some(Source::Tushare)),
            [
                "fetch_daily_market@tushare@2024-01-10",
                "fetch_reference@tushare",
                "fetch_fundamentals@tushare@2023-12-31",
                "fetch_fundamentals@tushare@2023-09-30",
            ]
        );
        assert_eq!(
            keys(Some(Source::Tdx)),
            ["fetch_daily_market@tdx@2024-01-10", "fetch_reference@tdx", "fetch_fundamentals@tdx@2023-12-31"]
        );
        assert_eq!(keys(Some(Source::Yahoo)), ["fetch_daily_market@yahoo@2024-01-09"]);
        assert_eq!(keys(Some(Source::AlphaVantage)), ["fetch_daily_market@alpha_vantage@2024-01-09"]);
        assert_eq!(keys(Some(Source::Aktools)), ["fetch_macro@aktools@all"]);
        assert_eq!(keys(None), ["expire_features", "compact"]);
        let mut names: Vec<_> = entries.iter().map(|entry| entry.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), entries.len());
    }

    #[test]
    fn a_scheduled_backfill_ends_the_day_before() {
        let text = "[ingest-worker.tushare]\nenabled = false\n[ingest-worker.schedule]\nbackfill = \"0 0 2 * * *\"\n";
        let config = Config::from_toml(text, "test", &Environment::default()).unwrap().ingest_worker().unwrap();
        let entries = entries(&config.schedule, &config.backfill);
        let entry = entries.iter().find(|entry| entry.name == "backfill").unwrap();
        let key = (entry.job)(day("2024-01-10")).unwrap().coalesce_key();
        assert_eq!((entry.source, &*key), (Some(Source::Tdx), "backfill_history@tdx@2005-01-04..2024-01-09"));
    }
}
