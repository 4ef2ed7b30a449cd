//! `[telemetry]`: what is logged and how it looks.

use serde::{Deserialize, Serialize};
use tracing_subscriber::EnvFilter;

use super::super::{context::Context, error::ConfigError};

/// Wins over the file: a filter is what one changes for a single run.
const VARIABLE: &str = "TWILIGHT_LOG";

/// What may stand in the section.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct TelemetrySettings {
    /// Which lines are logged: a level (error, warn, info, debug, trace) or directives as in
    /// "info,warehouse=debug". TWILIGHT_LOG in the environment wins. Default "info".
    pub(super) log: String,
    /// "pretty", "json", or "auto": pretty on a terminal, JSON otherwise. Default "auto".
    pub(super) format: String,
}

impl Default for TelemetrySettings {
    fn default() -> Self {
        Self { log: "info".to_owned(), format: "auto".to_owned() }
    }
}

/// `[telemetry]`, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TelemetryConfig {
    /// Filter directives.
    pub log: String,
    /// How a line looks.
    pub format: LogFormat,
}

/// How a log line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Pretty on a terminal, JSON otherwise.
    Auto,
    /// For people.
    Pretty,
    /// One object per line.
    Json,
}

impl TelemetrySettings {
    pub(in crate::config) fn resolve(&self, context: &Context) -> Result<TelemetryConfig, ConfigError> {
        let allowed = "a level, or directives as in \"info,warehouse=debug\"";
        let check = |log: &str| EnvFilter::builder().parse(log).map(|_| log.to_owned());
        let log = match context.environment.get(VARIABLE) {
            Some(log) => check(log).map_err(|error| ConfigError::BadValue {
                origin: format!("{VARIABLE} in the environment"),
                line: None,
                key: "telemetry.log".to_owned(),
                problem: error.to_string(),
                allowed: allowed.to_owned(),
            })?,
            None => check(&self.log).map_err(|error| context.bad("telemetry.log", error, allowed))?,
        };
        let format = match self.format.as_str() {
            "auto" => LogFormat::Auto,
            "pretty" => LogFormat::Pretty,
            "json" => LogFormat::Json,
            other => {
                return Err(context.bad("telemetry.format", format!("{other:?} is no format"), "auto, pretty, json"));
            }
        };
        Ok(TelemetryConfig { log, format })
    }
}
