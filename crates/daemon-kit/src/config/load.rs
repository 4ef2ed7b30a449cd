use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use reqwest::Url;
use serde::{Deserialize, Serialize};

use super::{
    context::{Context, Secrets},
    environment::Environment,
    error::ConfigError,
    explain,
    locate::Keys,
    sections::{
        backup::{BackupConfig, BackupSettings, Elsewhere},
        console::{ConsoleConfig, ConsoleSettings},
        gateway_proxy::{GatewayAdminConfig, GatewayConfig, GatewayProxySettings},
        gateway_search::GatewaySearchConfig,
        ingest_worker::{IngestWorkerConfig, IngestWorkerSettings},
        profile_registry::{ProfileRegistrySettings, RegistryConfig},
        quality_worker::{QualityWorkerConfig, QualityWorkerSettings},
        queue::{QueueConfig, QueueSettings},
        replica::{ReplicaConfig, ReplicaSettings},
        status::{DAEMONS, Listens, Seen, StatusConfig, StatusSettings},
        telemetry::{TelemetryConfig, TelemetrySettings},
        warehouse::{WarehouseConfig, WarehouseSettings},
        warehouse_api::{WarehouseApiConfig, WarehouseApiSettings},
    },
};

/// Read when no file is named and it exists.
const DEFAULT_FILE: &str = "twilight.toml";
/// Names the file where the command line does not.
const FILE_VARIABLE: &str = "TWILIGHT_CONFIG";

/// All that may stand in the file.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Settings {
    pub(super) warehouse: WarehouseSettings,
    pub(super) queue: QueueSettings,
    pub(super) telemetry: TelemetrySettings,
    pub(super) ingest_worker: IngestWorkerSettings,
    pub(super) quality_worker: QualityWorkerSettings,
    pub(super) warehouse_api: WarehouseApiSettings,
    pub(super) gateway_proxy: GatewayProxySettings,
    pub(super) profile_registry: ProfileRegistrySettings,
    pub(super) replica: ReplicaSettings,
    pub(super) backup: BackupSettings,
    pub(super) status: StatusSettings,
    pub(super) console: ConsoleSettings,
}

/// A configuration whose every section has been checked; ask it for the sections that the daemon uses.
#[derive(Clone, Debug)]
pub struct Config {
    settings: Settings,
    context: Context,
    path: Option<PathBuf>,
    warehouse: WarehouseConfig,
    telemetry: TelemetryConfig,
    replica: ReplicaConfig,
    backup: BackupConfig,
    status: StatusConfig,
    console: ConsoleConfig,
    listens: Listens,
}

impl Config {
    /// Reads the file at `path`; without one the file that `TWILIGHT_CONFIG` names; without that `twilight.toml` in
    /// the working folder if there is one; else all defaults.
    ///
    /// # Errors
    /// See [`ConfigError`]. Secrets are not fetched yet.
    pub fn load(path: Option<&Path>, environment: &Environment) -> Result<Self, ConfigError> {
        let named = path.map(Path::to_owned).or_else(|| environment.get(FILE_VARIABLE).map(PathBuf::from));
        let path = named.or_else(|| Path::new(DEFAULT_FILE).exists().then(|| PathBuf::from(DEFAULT_FILE)));
        let Some(path) = path else { return Self::from_toml("", "(defaults)", environment) };
        let text =
            std::fs::read_to_string(&path).map_err(|source| ConfigError::Unreadable { path: path.clone(), source })?;
        let mut config = Self::from_toml(&text, &path.display().to_string(), environment)?;
        config.path = Some(path);
        Ok(config)
    }

    /// As [`load`](Self::load), from text. `origin` is what errors call it.
    ///
    /// # Errors
    /// See [`ConfigError`]; none is [`ConfigError::Unreadable`].
    pub fn from_toml(text: &str, origin: &str, environment: &Environment) -> Result<Self, ConfigError> {
        let keys = Keys::parse(text).map_err(|error| explain::syntax(origin, text, &error))?;
        let settings: Settings =
            toml::from_str(text).map_err(|error| explain::rejected(origin, text, &keys, &error))?;
        let mut context = Context {
            origin: origin.to_owned(),
            lines: keys.lines(text),
            environment: environment.clone(),
            secrets: Secrets::Check,
        };
        let warehouse = settings.warehouse.resolve(&context)?;
        let telemetry = settings.telemetry.resolve(&context)?;
        let replica = settings.replica.resolve(&context)?;
        settings.queue.resolve(&context)?;
        let ingest = settings.ingest_worker.resolve(&context)?;
        let quality = settings.quality_worker.resolve(&context, &warehouse, &settings.status)?;
        let api = settings.warehouse_api.resolve(&context, &warehouse)?;
        let gateway = settings.gateway_proxy.resolve(&context)?;
        let registry = settings.profile_registry.resolve(&context, &settings.status)?;
        let [of_ingest, of_quality, of_api, of_gateway, of_registry] = DAEMONS;
        let listens = [
            (of_ingest, ingest.listen),
            (of_quality, quality.listen),
            (of_api, api.listen),
            (of_gateway, gateway.listen),
            (of_registry, registry.listen),
        ];
        let elsewhere = Elsewhere {
            warehouse: warehouse.root.clone(),
            gateway: gateway.state.clone(),
            prices: gateway.prices.clone(),
            registry: registry.state.clone(),
            recovery_recipient: registry.recovery_recipient.clone(),
            settings: serde_json::to_value(&settings).unwrap_or_default(),
        };
        let backup = settings.backup.resolve(&context, elsewhere)?;
        let mut published = vec![warehouse.published(), api.published, quality.published];
        published.dedup();
        let seen = Seen {
            published,
            states: vec![(of_quality, quality.state), (of_gateway, gateway.state), (of_registry, registry.state)],
            disk_alarm_percent: quality.disk.alarm_percent,
            stale_after: quality.stale_after,
        };
        let status = settings.status.resolve(&context, listens, seen)?;
        let console = settings.console.resolve(&context, [gateway.listen, api.listen, registry.listen])?;
        context.secrets = Secrets::Fetch;
        Ok(Self { settings, context, path: None, warehouse, telemetry, replica, backup, status, console, listens })
    }

    /// The file it was read from; none when there was none.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// `[warehouse]`
    pub fn warehouse(&self) -> &WarehouseConfig {
        &self.warehouse
    }

    /// `[telemetry]`
    pub fn telemetry(&self) -> &TelemetryConfig {
        &self.telemetry
    }

    /// `listen` of the section `daemon` (`"warehouse-api"`), which needs none of its secrets; none where it has no such key.
    pub fn listen(&self, daemon: &str) -> Option<SocketAddr> {
        self.listens.iter().find(|(name, _)| *name == daemon).map(|(_, listen)| *listen)
    }

    /// `[replica]`
    pub fn replica(&self) -> &ReplicaConfig {
        &self.replica
    }

    /// `[backup]`, and what of the other sections it concerns.
    pub fn backup(&self) -> &BackupConfig {
        &self.backup
    }

    /// `[status]`
    pub fn status(&self) -> &StatusConfig {
        &self.status
    }

    /// `[console]`
    pub fn console(&self) -> &ConsoleConfig {
        &self.console
    }

    /// `[queue]`, with its passwords.
    ///
    /// # Errors
    /// [`ConfigError::Secret`], and [`ConfigError::BadValue`] for a URL from outside the file.
    pub fn queue(&self) -> Result<QueueConfig, ConfigError> {
        self.settings.queue.resolve(&self.context)
    }

    /// `[ingest-worker]`, with its tokens.
    ///
    /// # Errors
    /// [`ConfigError::Secret`]: a token is missing or cannot be read.
    pub fn ingest_worker(&self) -> Result<IngestWorkerConfig, ConfigError> {
        self.settings.ingest_worker.resolve(&self.context)
    }

    /// `[quality-worker]`, with the addresses of its alerts.
    ///
    /// # Errors
    /// [`ConfigError::Secret`]: an address is missing or cannot be read.
    pub fn quality_worker(&self) -> Result<QualityWorkerConfig, ConfigError> {
        self.settings.quality_worker.resolve(&self.context, &self.warehouse, &self.settings.status)
    }

    /// `[warehouse-api]`, with its tokens.
    ///
    /// # Errors
    /// [`ConfigError::Secret`]: a token is missing or cannot be read.
    pub fn warehouse_api(&self) -> Result<WarehouseApiConfig, ConfigError> {
        self.settings.warehouse_api.resolve(&self.context, &self.warehouse)
    }

    /// `[gateway-proxy]`, with its tokens and the keys of its channels.
    ///
    /// # Errors
    /// [`ConfigError::Secret`]: a token or a key is missing or cannot be read.
    pub fn gateway_proxy(&self) -> Result<GatewayConfig, ConfigError> {
        self.settings.gateway_proxy.resolve(&self.context)
    }

    /// `[gateway-proxy.search]` for an operator's tool, of the SearXNG at `searxng` where one is given; needs no upstream
    /// key. `None` where there is no SearXNG.
    ///
    /// # Errors
    /// [`ConfigError::Secret`]: the cache's address or its key cannot be read.
    pub fn gateway_search_with(&self, searxng: Option<Url>) -> Result<Option<GatewaySearchConfig>, ConfigError> {
        self.settings.gateway_proxy.search(&self.context, searxng)
    }

    /// `[profile-registry]`, with its tokens and keys.
    ///
    /// # Errors
    /// [`ConfigError::Secret`]: a token or a key is missing or cannot be read.
    pub fn profile_registry(&self) -> Result<RegistryConfig, ConfigError> {
        self.settings.profile_registry.resolve(&self.context, &self.settings.status)
    }

    /// How an operator's tool reaches the gateway's admin API; needs no upstream key.
    ///
    /// # Errors
    /// [`ConfigError::Secret`]: the admin token is missing or cannot be read.
    pub fn gateway_admin(&self) -> Result<GatewayAdminConfig, ConfigError> {
        self.settings.gateway_proxy.admin(&self.context)
    }
}
