//! What the worker asks of itself, by the clock in Shanghai.

use anyhow::Context as _;
use chrono::NaiveDate;
use chrono_tz::Asia::Shanghai;
use daemon_kit::config::QualityScheduleConfig;
use job_queue::{CronExpression, Queue, Scheduler, payload::QualityJob};
use market_model::TradingCalendar;

use crate::publications::Publications;

/// Trading days that the evening's safety run judges once more.
const SAFETY_DAYS: usize = 5;

/// The schedule of the configuration.
pub(crate) fn scheduler(
    queue: &Queue<QualityJob>,
    config: &QualityScheduleConfig,
    publications: Publications,
) -> anyhow::Result<Scheduler<QualityJob>> {
    let mut scheduler = Scheduler::new(queue, Shanghai);
    let freshness = |_| Some(QualityJob::CheckFreshness {});
    if let Some(cron) = &config.freshness {
        scheduler.entry("freshness", cron, freshness).context("quality-worker.schedule.freshness")?;
    }
    if let Some(cron) = &config.safety {
        let again = move |tick: chrono::DateTime<chrono_tz::Tz>| {
            let dates = last_trading_days(publications.current()?.calendar(), tick.date_naive());
            (!dates.is_empty()).then_some(QualityJob::CheckGeneration { generation: None, dates: Some(dates) })
        };
        let key = "quality-worker.schedule.safety";
        scheduler.entry("safety_freshness", cron, freshness).context(key)?;
        scheduler.entry("safety_check", cron, again).context(key)?;
    }
    Ok(scheduler)
}

/// All ticks at which freshness is judged.
pub(crate) fn freshness_ticks(config: &QualityScheduleConfig) -> anyhow::Result<Vec<CronExpression>> {
    let entries = [("freshness", &config.freshness), ("safety", &config.safety)];
    let parse = |(key, cron): (&str, &Option<String>)| {
        let parse = |cron| CronExpression::parse(cron, Shanghai);
        cron.as_deref().map(parse).transpose().with_context(|| format!("quality-worker.schedule.{key}"))
    };
    entries.into_iter().filter_map(|entry| parse(entry).transpose()).collect()
}

/// The last trading days up to `date`, ascending.
fn last_trading_days(calendar: &TradingCalendar, date: NaiveDate) -> Vec<NaiveDate> {
    let Some((first, _)) = calendar.range() else { return Vec::new() };
    let mut days: Vec<_> = calendar.open_days(first, date).rev().take(SAFETY_DAYS).collect();
    days.reverse();
    days
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn the_safety_run_judges_the_last_five_trading_days() {
        let closed = ["2024-01-01", "2024-01-06", "2024-01-07"].map(day);
        let days = day("2023-12-28").iter_days().take(14).map(|day| (day, !closed.contains(&day)));
        let calendar = TradingCalendar::from_days(days);
        let last = last_trading_days(&calendar, day("2024-01-08"));
        assert_eq!(last, ["2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05", "2024-01-08"].map(day));
        assert_eq!(last_trading_days(&calendar, day("2024-01-07")).last(), Some(&day("2024-01-05")));
        assert_eq!(last_trading_days(&TradingCalendar::default(), day("2024-01-08")), []);
    }
}
