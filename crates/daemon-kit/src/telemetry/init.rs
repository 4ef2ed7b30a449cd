use std::io::{self, IsTerminal as _};

use tracing_subscriber::{EnvFilter, Layer as _, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use super::json::JsonLines;
use crate::config::{LogFormat, TelemetryConfig};

/// Why telemetry did not start.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter is not in the syntax of `tracing_subscriber::EnvFilter`.
    #[error("log filter {filter:?}: {reason}")]
    Filter {
        /// The filter as configured.
        filter: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The process has a subscriber already.
    #[error("telemetry was started twice")]
    AlreadyStarted,
}

/// Keep it until the end of `main`: it notes the daemon's last line.
#[derive(Debug)]
pub struct Telemetry {
    service: &'static str,
}

/// Starts logging for this process and sends panics to the log as well.
///
/// # Errors
/// See [`TelemetryError`].
pub fn init(service: &'static str, config: &TelemetryConfig) -> Result<Telemetry, TelemetryError> {
    let filter = EnvFilter::builder()
        .parse(&config.log)
        .map_err(|error| TelemetryError::Filter { filter: config.log.clone(), reason: error.to_string() })?;
    let pretty = match config.format {
        LogFormat::Pretty => true,
        LogFormat::Json => false,
        LogFormat::Auto => io::stderr().is_terminal(),
    };
    let lines = tracing_subscriber::fmt::layer().with_writer(io::stderr);
    let lines = if pretty {
        lines.with_ansi(io::stderr().is_terminal()).with_target(false).boxed()
    } else {
        JsonLines::layer(service, io::stderr).boxed()
    };
    tracing_subscriber::registry()
        .with(lines.with_filter(filter))
        .try_init()
        .map_err(|_| TelemetryError::AlreadyStarted)?;
    log_panics();
    tracing::info!(version = env!("CARGO_PKG_VERSION"), "{service} {} starts", env!("CARGO_PKG_VERSION"));
    Ok(Telemetry { service })
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        tracing::info!("{} ends", self.service);
    }
}

fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let text = panic.payload_as_str().unwrap_or("no message");
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(panic.place = place, "panic at {place}: {text}");
    }));
}
