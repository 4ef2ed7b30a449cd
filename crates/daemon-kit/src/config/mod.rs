//! One `twilight.toml` for all daemons: a section each, defaults in code, everything unknown refused.
//!
//! The file is read in two steps. `sections/*` hold the *settings*, exactly what may stand in the file; each section
//! resolves to a *configuration*, checked and typed, which is what daemons get. [`Config::load`] checks every section,
//! whoever asks, so that a typo anywhere is found everywhere; secrets are fetched only for the section that a daemon
//! asks for ([`Config::ingest_worker`] …), so that a host needs no secret of a daemon it does not run.
//!
//! **Secrets.** A secret key `x` is given as `x`, as `x_file` (a file that holds nothing else), or in the environment
//! as `TWILIGHT_<SECTION>_<KEY>` or `TWILIGHT_<SECTION>_<KEY>_FILE`, for example
//! `TWILIGHT_INGEST_WORKER_TUSHARE_TOKEN`. The environment wins over the file; giving two of one kind is an error; an
//! empty variable counts as not set.
//!
//! To add a key: the field with its doc comment and default in `sections/<section>.rs`, its line in
//! `twilight.example.toml` (a test compares the two), its check in `resolve`.

mod context;
mod environment;
mod error;
#[cfg(test)]
mod example;
mod explain;
mod load;
mod locate;
mod pace;
mod secret;
mod sections;

pub use environment::Environment;
pub use error::ConfigError;
pub use load::Config;
pub use secret::Secret;
pub(crate) use sections::status::reachable;
pub use sections::{
    aktools::AktoolsConfig,
    alerts::{AlertConfig, AlertKind, AlertSeverity},
    alpha_vantage::AlphaVantageConfig,
    api_search::ApiSearchConfig,
    backfill::BackfillConfig,
    backup::BackupConfig,
    console::{ConsoleAddress, ConsoleConfig},
    gateway_accounts::{GatewayAccountConfig, GatewayLimitConfig},
    gateway_channels::GatewayChannelConfig,
    gateway_choices::{GatewayMode, GatewayRouting, OnDisconnect, ProfileCapMode},
    gateway_jobs::GatewayJobConfig,
    gateway_models::{GatewayDefaultPrice, GatewayModelConfig},
    gateway_proxy::{GatewayAdminConfig, GatewayConfig},
    gateway_search::GatewaySearchConfig,
    ingest_worker::IngestWorkerConfig,
    networks::{Network, NotANetwork},
    no_limit_days::NoLimitDayConfig,
    profile_registry::RegistryConfig,
    quality_disk::QualityDiskConfig,
    quality_schedule::QualityScheduleConfig,
    quality_worker::{Checks, QualityWorkerConfig},
    queue::QueueConfig,
    registry_products::{RegistryChannel, RegistryProductConfig},
    registry_telegram::RegistryTelegramConfig,
    registry_wechat::{RegistryMerchantConfig, RegistryWechatConfig},
    replica::ReplicaConfig,
    schedule::ScheduleConfig,
    search_fresh::SearchFreshConfig,
    source_priority::SourcePriority,
    status::{DAEMONS, DaemonAddress, Seen, StatusConfig},
    tdx::TdxConfig,
    telemetry::{LogFormat, TelemetryConfig},
    tushare::TushareConfig,
    warehouse::WarehouseConfig,
    warehouse_api::{ApiToken, Scope, WarehouseApiConfig},
    warehouse_parquet::ParquetConfig,
    yahoo::YahooConfig,
    yuan::Yuan,
};
