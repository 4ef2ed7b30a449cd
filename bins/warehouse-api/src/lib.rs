//! REST over the published generations of the warehouse.
//!
//! | route | file |
//! |---|---|
//! | `GET /warehouse/daily` | `routes/daily/` |
//! | `GET /warehouse/features` | `routes/features.rs` |
//! | `GET /warehouse/fundamentals` | `routes/fundamentals.rs` |
//! | `GET /warehouse/macro` | `routes/macro_series.rs` |
//! | `GET /quality/status` | `routes/quality_status.rs` |
//! | `GET /quality/logs` | `routes/quality_logs.rs` |
//! | `GET /quality/rules` | `routes/quality_rules.rs` |
//! | `GET /quality/quarantine`, `…/{id}` | `routes/quarantine/` |
//! | `GET`, `POST /search` | `routes/search/` |
//! | `POST /admin/ingest/run`, `…/backfill` | `routes/admin_ingest/` |
//! | `POST /admin/quality/check` | `routes/admin_quality.rs` |
//! | `POST /admin/quarantine/release`, `…/discard` | `routes/admin_quarantine.rs` |
//! | `/console/…` | `console/`, `operator-console` |
//! | `/openapi.json`, `/docs` | `docs.rs`, `openapi/` |
//! | `/healthz`, `/readyz`, `/metrics` | `daemon-kit` |
//!
//! It writes nothing: whoever wants something ingested, checked or decided sends a job. A request holds one generation from its first byte to
//! its last and names it in the answer; a generation never changes, so answers need no cache and no invalidation.
//!
//! `/warehouse/daily` on the curated layer is the hot path: the series file and the tail's few days in memory, read inside
//! the handler and written into the answer by hand. Everything that plans a query runs on a bounded pool of threads.

mod answer;
mod app;
mod auth;
mod console;
mod docs;
mod etag;
mod failure;
mod finding_counts;
mod freshness_metrics;
mod job_queues;
pub mod openapi;
mod publications;
mod query;
mod query_pool;
mod replica_age;
mod router;
mod routes;
mod run;
mod shanghai;
mod timing;
mod token_follower;
mod write;

pub use run::{ServerConfig, run};
