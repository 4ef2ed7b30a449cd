//! What Prometheus sees of the freshness of every data set, judged at the moment of measuring.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use daemon_kit::clock::Clock;
use quality_rules::freshness::{FreshnessOptions, judge};
use tokio_util::sync::CancellationToken;
use warehouse::{Generation, Reader};

/// How often the metrics are brought up to date.
const EVERY: Duration = Duration::from_secs(5);

/// Sets the gauges of every source's data sets now and then, until `shutdown`. They come from `status.json` and the clock, so
/// they go on growing when every worker is dead.
pub(crate) async fn measure(reader: Arc<Reader>, options: FreshnessOptions, clock: Clock, shutdown: CancellationToken) {
    describe();
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while shutdown.run_until_cancelled(ticks.tick()).await.is_some() {
        let (reader, options, now) = (reader.clone(), options.clone(), clock.now());
        let measured = tokio::task::spawn_blocking(move || measure_once(&reader, &options, now)).await;
        if let Err(panic) = measured {
            tracing::error!(error = %panic, "measuring freshness panicked: {panic}");
        }
    }
}

fn measure_once(reader: &Reader, options: &FreshnessOptions, now: DateTime<Utc>) {
    let Some(status) = reader.status() else { return };
    let generation = reader.current();
    let calendar = generation.as_deref().map(Generation::calendar);
    for facts in &status.freshness {
        let judged = judge(&facts.into(), calendar, options, now);
        let labels = [("source", facts.source.clone()), ("dataset", facts.dataset.clone())];
        if let Some(age) = judged.age {
            metrics::gauge!("source_freshness_age_seconds", &labels).set(age.num_seconds() as f64);
        }
        metrics::gauge!("source_stale", &labels).set(f64::from(u8::from(judged.stale)));
        metrics::gauge!("source_overdue", &labels).set(f64::from(u8::from(judged.overdue)));
    }
}

fn describe() {
    metrics::describe_gauge!(
        "source_freshness_age_seconds",
        "Time since the last fetch of a source's data set that worked; absent if none ever did"
    );
    metrics::describe_gauge!("source_stale", "1 while a data set is older than the configured bound");
    metrics::describe_gauge!("source_overdue", "1 while a data set misses a day that is due: what alerts go by");
}
