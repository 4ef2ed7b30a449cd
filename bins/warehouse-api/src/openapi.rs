//! The OpenAPI document: the routes' own declarations, the shapes of what is written by hand, and the standard routes.
//!
//! The types here exist for the document and for the tests, which read every answer back through them.

mod claims;
mod data;
mod problem;
mod quality;
mod search;

use utoipa::{
    Modify, OpenApi,
    openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme},
};

pub use claims::{
    ClaimBody, FundamentalsBody, MacroBody, MacroListBody, MacroListRow, MacroRowBody, MacroSeriesBody,
    MissingObservationsBody, MissingPeriodBody,
};
pub use data::{
    AnchorBody, CuratedBody, CuratedRow, DailyBody, FeatureValues, FeaturesBody, MissingBody, NormalizedBody,
    NormalizedBodyRow, RawBody, RawBodyRow,
};
pub use problem::{Candidate, ProblemBody};
pub use quality::{FindingBody, QuarantinedBody, QuarantinedDetailBody, QuarantinedRawBody, RuleBody};
pub use search::{SearchBody, SearchResultBody};

/// The parts of the document that no route declares for itself.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Twilight warehouse API",
        description = "Daily bars, features, fundamentals, macroeconomic series and the state of the data. Prices in yuan (abroad: the listing currency), volumes in shares, amounts in \
                       yuan; dates are the exchange's own; moments carry their offset. Answers over dates say why a day is absent \
                       (`missing`). Errors are problem documents (RFC 9457).",
        license(name = "MIT OR Apache-2.0")
    ),
    tags(
        (name = "warehouse", description = "Market data"),
        (name = "quality", description = "How fresh and how sound the data is"),
        (name = "search", description = "The web; scope `search`"),
        (name = "admin", description = "Asking the workers for work; scope `admin`"),
        (name = "service", description = "The server itself; open to everybody"),
    ),
    paths(
        crate::routes::daily::get,
        crate::routes::features::get,
        crate::routes::fundamentals::get,
        crate::routes::macro_series::get,
        crate::routes::quality_status::get,
        crate::routes::quality_logs::get,
        crate::routes::quality_rules::get,
        crate::routes::quarantine::list::get,
        crate::routes::quarantine::show::get,
        crate::routes::search::get,
        crate::routes::search::post,
        crate::routes::admin_ingest::run::run,
        crate::routes::admin_ingest::backfill::backfill,
        crate::routes::admin_quality::check,
        crate::routes::admin_quarantine::release,
        crate::routes::admin_quarantine::discard,
        healthz,
        readyz,
        metrics,
        openapi_json,
    ),
    components(schemas(ProblemBody, CuratedBody, NormalizedBody, RawBody, MacroSeriesBody, MacroListBody)),
    modifiers(&BearerToken),
)]
pub(crate) struct ApiDocument;

struct BearerToken;

impl Modify for BearerToken {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        document.components.get_or_insert_default().add_security_scheme("token", scheme);
        document.security = Some(vec![SecurityRequirement::new("token", [] as [&str; 0])]);
    }
}

/// The process lives.
#[utoipa::path(get, path = "/healthz", tag = "service", security(()), responses((status = 200, description = "Alive")))]
#[expect(dead_code, reason = "describes a standard route of the kit")]
fn healthz() {}

/// The server can answer data routes: a generation is loaded. Names each check and why it fails.
#[utoipa::path(get, path = "/readyz", tag = "service", security(()), responses(
    (status = 200, description = "Ready"),
    (status = 503, description = "Not ready: nothing is published yet, or what is published cannot be read"),
))]
#[expect(dead_code, reason = "describes a standard route of the kit")]
fn readyz() {}

/// Prometheus metrics.
#[utoipa::path(get, path = "/metrics", tag = "service", security(()), responses((status = 200, description = "Metrics as text", content_type = "text/plain")))]
#[expect(dead_code, reason = "describes a standard route of the kit")]
fn metrics() {}

/// This document.
#[utoipa::path(get, path = "/openapi.json", tag = "service", security(()), responses((status = 200, description = "OpenAPI 3.1")))]
#[expect(dead_code, reason = "describes a route that cannot declare itself")]
fn openapi_json() {}
