//! `[gateway-proxy.jobs]`: how the gateway runs the jobs of its queue, and when it sends itself some.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    super::{context::Context, error::ConfigError},
    values,
};

/// What may stand in the section.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct GatewayJobSettings {
    /// When balances are compared with our own books, six cron fields or "off". Default "0 20 0 * * *".
    pub(super) reconcile_balances: String,
    /// Bound on one try of a job, seconds, 1 to 86400. Default 300.
    pub(super) timeout_s: u64,
    /// Tries of a job, those that died with their process included, before it rests in the dead-letter list, 1 to 100.
    /// Default 4.
    pub(super) max_attempts: u32,
    /// Wait before the second try of a job, ms, 10 to 3600000; it doubles with each further one. Default 10000.
    pub(super) retry_pause_ms: u64,
    /// How often a worker gives Redis a sign of life, ms, 100 to 60000. Default 5000.
    pub(super) heartbeat_ms: u64,
    /// Heartbeats that a worker may miss before its jobs are taken over, 2 to 100. Default 6.
    pub(super) missed_heartbeats: u32,
}

impl Default for GatewayJobSettings {
    fn default() -> Self {
        Self {
            reconcile_balances: "0 20 0 * * *".to_owned(),
            timeout_s: 300,
            max_attempts: 4,
            retry_pause_ms: 10_000,
            heartbeat_ms: 5_000,
            missed_heartbeats: 6,
        }
    }
}

/// `[gateway-proxy.jobs]`, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayJobConfig {
    /// When balances are compared with our own books; `None` is never.
    pub reconcile_balances: Option<String>,
    /// Bound on one try of a job.
    pub timeout: Duration,
    /// Tries of a job before it rests in the dead-letter list.
    pub max_attempts: u32,
    /// Wait before the second try of a job; it doubles with each further one.
    pub retry_pause: Duration,
    /// How often a worker gives Redis a sign of life.
    pub heartbeat: Duration,
    /// Heartbeats that a worker may miss before its jobs are taken over.
    pub missed_heartbeats: u32,
}

impl GatewayJobSettings {
    pub(super) fn resolve(&self, context: &Context) -> Result<GatewayJobConfig, ConfigError> {
        let key = |name: &str| format!("gateway-proxy.jobs.{name}");
        let retry_pause_ms = context.within(&key("retry_pause_ms"), self.retry_pause_ms, 10..=3_600_000)?;
        let heartbeat_ms = context.within(&key("heartbeat_ms"), self.heartbeat_ms, 100..=60_000)?;
        Ok(GatewayJobConfig {
            reconcile_balances: values::cron(context, &key("reconcile_balances"), &self.reconcile_balances)?,
            timeout: values::seconds(context, &key("timeout_s"), self.timeout_s, 1..=86_400)?,
            max_attempts: context.within(&key("max_attempts"), self.max_attempts, 1..=100)?,
            retry_pause: Duration::from_millis(retry_pause_ms),
            heartbeat: Duration::from_millis(heartbeat_ms),
            missed_heartbeats: context.within(&key("missed_heartbeats"), self.missed_heartbeats, 2..=100)?,
        })
    }
}
