//! Where the time of an answer went, as its `Server-Timing` header tells.

use std::time::Duration;

use axum::http::HeaderValue;
use tokio::time::Instant;

use crate::write::number::push_f64;

/// Stands at the start of a request and at the end of its read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timing {
    started: Instant,
    read: Duration,
}

impl Timing {
    /// Starts the clock.
    pub(crate) fn start() -> Self {
        Self { started: Instant::now(), read: Duration::ZERO }
    }

    /// Does `read` and counts its time as time spent reading.
    pub(crate) fn reading<T>(&mut self, read: impl FnOnce() -> T) -> T {
        let before = Instant::now();
        let result = read();
        self.read += before.elapsed();
        result
    }

    /// Counts everything from the start to now as time spent reading.
    pub(crate) fn read_until_now(&mut self) {
        self.read = self.started.elapsed();
    }

    /// The header's value: `read;dur=0.012, total;dur=0.034`, in milliseconds.
    pub(crate) fn header(&self) -> HeaderValue {
        let mut text = Vec::with_capacity(40);
        text.extend_from_slice(b"read;dur=");
        push_f64(&mut text, millis(self.read), b"0");
        text.extend_from_slice(b", total;dur=");
        push_f64(&mut text, millis(self.started.elapsed()), b"0");
        HeaderValue::from_bytes(&text).unwrap_or_else(|_| HeaderValue::from_static("total"))
    }
}

/// Whole microseconds as milliseconds: finer digits would be noise.
fn millis(duration: Duration) -> f64 {
    duration.as_micros() as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn reading_and_the_whole_are_told_apart() {
        let mut timing = Timing::start();
        tokio::time::advance(Duration::from_micros(250)).await;
        timing.read_until_now();
        tokio::time::advance(Duration::from_micros(1)).await;
        assert_eq!(timing.header(), "read;dur=0.25, total;dur=0.251");
    }
}
