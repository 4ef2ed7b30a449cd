//! Prometheus metrics: the recorder behind the `metrics` macros, and its text.
//!
//! Names end in their unit; histograms of durations end in `_seconds` and share one set of buckets.

use std::{sync::OnceLock, time::Duration};

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tokio_util::sync::CancellationToken;

/// Upper bounds, in seconds, of every histogram whose name ends in `_seconds`: from 50 µs, where the hot routes are,
/// to the five minutes that a day's ingest may take.
pub const DURATION_BUCKETS: [f64; 20] = [
    0.000_05, 0.000_1, 0.000_2, 0.000_5, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
    30.0, 60.0, 300.0,
];

/// How often recorded samples are folded into their buckets. Between two folds they wait in memory.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// The installed recorder; clones render the same metrics.
#[derive(Clone, Debug)]
pub struct Metrics(PrometheusHandle);

/// The recorder could not be installed.
#[derive(Clone, Debug, thiserror::Error)]
#[error("install the metrics recorder: {0}")]
pub struct InstallError(String);

/// Installs the recorder behind the `metrics` macros, once per process: later calls return the same one.
///
/// # Errors
/// When another recorder was installed by other means.
pub fn install() -> Result<Metrics, InstallError> {
    static INSTALLED: OnceLock<Result<Metrics, InstallError>> = OnceLock::new();
    INSTALLED.get_or_init(|| build().map_err(|error| InstallError(error.to_string()))).clone()
}

fn build() -> Result<Metrics, BuildError> {
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &DURATION_BUCKETS)?
        .install_recorder()?;
    metrics::describe_gauge!("process_resident_memory_bytes", "Memory of this process that is in RAM now");
    metrics::describe_gauge!("process_resident_memory_peak_bytes", "The most that was ever in RAM");
    Ok(Metrics(handle))
}

impl Metrics {
    /// The metrics as Prometheus reads them, the process's memory brought up to date first.
    pub fn render(&self) -> String {
        record_memory();
        self.0.render()
    }

    /// Folds waiting samples into buckets until `shutdown`; without it a daemon that nobody scrapes grows.
    pub async fn upkeep(&self, shutdown: CancellationToken) {
        let mut ticks = tokio::time::interval(UPKEEP_EVERY);
        while shutdown.run_until_cancelled(ticks.tick()).await.is_some() {
            self.0.run_upkeep();
        }
    }
}

/// Sets the memory gauges from `/proc`; where there is none (macOS) they stay absent.
fn record_memory() {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else { return };
    for (line, gauge) in [("VmRSS:", "process_resident_memory_bytes"), ("VmHWM:", "process_resident_memory_peak_bytes")]
    {
        if let Some(kib) = kib_of(&status, line) {
            metrics::gauge!(gauge).set(kib * 1024.0);
        }
    }
}

fn kib_of(status: &str, label: &str) -> Option<f64> {
    status.lines().find_map(|line| line.strip_prefix(label))?.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_install_returns_the_same_recorder() {
        let first = install().unwrap();
        metrics::counter!("a_test_total").increment(3);
        let second = install().unwrap();
        assert!(first.render().contains("a_test_total 3"));
        assert!(second.render().contains("a_test_total 3"));
    }

    #[test]
    fn durations_are_histograms_with_our_buckets() {
        let metrics = install().unwrap();
        metrics::histogram!("a_test_seconds").record(Duration::from_millis(3));
        let text = metrics.render();
        assert!(text.contains("a_test_seconds_bucket{le=\"0.002\"} 0"), "{text}");
        assert!(text.contains("a_test_seconds_bucket{le=\"0.005\"} 1"), "{text}");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_process_reports_its_memory() {
        let text = install().unwrap().render();
        let line = text.lines().find(|line| line.starts_with("process_resident_memory_bytes")).unwrap();
        let bytes: f64 = line.rsplit(' ').next().unwrap().parse().unwrap();
        assert!(bytes > 1e6, "{line}");
    }
}
