//! The contracts between those who push and those who work: one file per queue, and how ids are built.
//!
//! A payload is JSON that an operator can type: `{"version":1,"job":"compact"}`. The version says which shape the rest has; a worker
//! that does not know it refuses the job by name instead of guessing.

mod envelope;
mod gateway;
mod gateway_usage;
mod identity;
mod ids;
mod ingest;
mod quality;
mod registry;
mod warehouse_write;

pub use envelope::PayloadError;
pub use gateway::GatewayJob;
pub use gateway_usage::{GatewayUsageRecord, RecordGatewayUsage};
pub use ids::{on_request_id, scheduled_id};
pub use ingest::IngestJob;
pub use quality::QualityJob;
pub use registry::RegistryJob;
pub use warehouse_write::{Decision, FindingRecord, FindingScope, RecordFindings, WarehouseWriteJob};

/// Names of the queues, as in Redis keys, metrics and on the command line.
pub mod queue_name {
    /// [`GatewayJob`](super::GatewayJob)s, run by `gateway-proxy`.
    pub const GATEWAY: &str = "gateway";
    /// [`IngestJob`](super::IngestJob)s, run by `ingest-worker`.
    pub const INGEST: &str = "ingest";
    /// [`RegistryJob`](super::RegistryJob)s, run by `profile-registry`.
    pub const PROVISION: &str = "provision";
    /// [`QualityJob`](super::QualityJob)s, run by `quality-worker`.
    pub const QUALITY: &str = "quality";
    /// [`WarehouseWriteJob`](super::WarehouseWriteJob)s, run by `ingest-worker`.
    pub const WAREHOUSE_WRITE: &str = "warehouse-write";
    /// All of them.
    pub const ALL: [&str; 5] = [INGEST, QUALITY, WAREHOUSE_WRITE, GATEWAY, PROVISION];
}
