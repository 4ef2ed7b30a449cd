//! Every section with its secrets, as the daemon reads it at its start.

use std::collections::BTreeSet;

use daemon_kit::config::{
    Checks, Config, ConfigError, GatewayConfig, IngestWorkerConfig, QualityWorkerConfig, QueueConfig, RegistryConfig,
    WarehouseApiConfig,
};
use job_queue::{
    Broker,
    payload::queue_name::{GATEWAY, INGEST, PROVISION, QUALITY, WAREHOUSE_WRITE},
};

use super::findings::Findings;

/// What could be read.
#[derive(Default)]
pub(super) struct Sections {
    pub(super) queue: Option<QueueConfig>,
    /// The queues that the wanted daemons work with.
    pub(super) queues: BTreeSet<&'static str>,
    pub(super) ingest: Option<IngestWorkerConfig>,
    pub(super) quality: Option<QualityWorkerConfig>,
    pub(super) api: Option<WarehouseApiConfig>,
    pub(super) gateway: Option<GatewayConfig>,
    pub(super) registry: Option<RegistryConfig>,
}

impl Sections {
    /// Reads the sections of the wanted daemons, and says what is wrong with them.
    pub(super) fn read(config: &Config, wanted: impl Fn(&str) -> bool, findings: &mut Findings) -> Self {
        let mut read = Self::default();
        let mut seen = BTreeSet::new();
        let mut take = |error: ConfigError| {
            // Two sections that need the same secret say the same.
            if seen.insert(error.to_string()) {
                findings.error(key_of(&error), error.to_string());
            }
        };
        if wanted("ingest-worker") {
            read.ingest = config.ingest_worker().map_err(&mut take).ok();
            read.queues.extend([INGEST, WAREHOUSE_WRITE, QUALITY]);
        }
        if wanted("quality-worker") {
            read.quality = config.quality_worker().map_err(&mut take).ok();
            if read.quality.as_ref().is_some_and(|quality| quality.checks == Checks::All) {
                read.queues.extend([QUALITY, WAREHOUSE_WRITE]);
            }
        }
        if wanted("warehouse-api") {
            read.api = config.warehouse_api().map_err(&mut take).ok();
            read.queues.extend([INGEST, GATEWAY]);
        }
        if wanted("gateway-proxy") {
            read.gateway = config.gateway_proxy().map_err(&mut take).ok();
            read.queues.extend([GATEWAY, WAREHOUSE_WRITE]);
        }
        if wanted("profile-registry") {
            read.registry = config.profile_registry().map_err(&mut take).ok();
            read.queues.insert(PROVISION);
        }
        read.queue = config.queue().map_err(&mut take).ok();
        read.judge(findings);
        read
    }

    /// What no section can see by itself.
    fn judge(&self, findings: &mut Findings) {
        if let Some(queue) = &self.queue {
            for name in &self.queues {
                if let Err(error) = Broker::connect(queue.url(name).expose()) {
                    findings.error(format!("queue.urls.{name}"), error.to_string());
                }
            }
        }
        if self.quality.as_ref().is_some_and(|quality| quality.alerts.is_empty()) {
            findings.warning("quality-worker.alerts", "nobody is told about findings");
        }
        if self.api.as_ref().is_some_and(|api| api.tokens.is_empty()) {
            findings.warning("warehouse-api.tokens", "only the gateway's access tokens let anybody in");
        }
        if let Some(gateway) = &self.gateway {
            if gateway.channels.is_empty() && gateway.master_key.is_none() {
                let text = "there is no channel, and without gateway-proxy.master_key none can be stored";
                findings.warning("gateway-proxy.channels", text);
            }
            if gateway.admin_token.is_none() {
                let text = "without it only access tokens with the scope admin may use the admin API";
                findings.warning("gateway-proxy.admin_token", text);
            }
        }
        if let Some(registry) = &self.registry {
            let sells = !registry.products.is_empty();
            if sells && registry.gateway_token.is_none() {
                findings.error("profile-registry.gateway_token", "is missing: nothing that is sold can be provisioned");
            }
            if registry.recovery_recipient.is_none() {
                let text = "without it a lost registry.age makes every secret unreadable for ever";
                findings.warning("profile-registry.recovery_recipient", text);
            }
            if sells && registry.alert_url.is_none() {
                findings.warning("profile-registry.alert_url", "alerts stand in the log only");
            }
        }
    }
}

fn key_of(error: &ConfigError) -> String {
    match error {
        ConfigError::UnknownKey { key, .. } | ConfigError::BadValue { key, .. } | ConfigError::Secret { key, .. } => {
            key.clone()
        }
        ConfigError::Unreadable { .. } | ConfigError::Syntax { .. } => "configuration".to_owned(),
    }
}
