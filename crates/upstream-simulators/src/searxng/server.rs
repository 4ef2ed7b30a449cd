//! The server: routes, and the handle that tests hold.

use std::{collections::BTreeMap, io, net::SocketAddr, sync::Arc};

use axum::{
    Form, Router,
    extract::{OriginalUri, Query, State, rejection::FormRejection},
    http::Method,
    response::{IntoResponse, Response},
    routing::get,
};

use super::{
    calls::SearxngCalls, control, engine::SearxngEngine, faults::SearxngFaults, gate::SearxngGate,
    options::SearxngOptions, page::SearxngPage, page::found_by, python_json, respond::Vendor, settings_report,
};
use crate::http::{HttpServer, Reply};

/// A running SearXNG. Dropping it closes its sockets.
///
/// It answers `GET` and `POST /search`, `/config`, `/healthz`, and `/_sim/*` for tests in other processes.
pub struct SearxngServer {
    /// Where it listens: `http://127.0.0.1:…`, without a slash at the end.
    pub url: String,
    http: HttpServer,
    vendor: Arc<Vendor>,
}

impl SearxngServer {
    /// Starts a server.
    ///
    /// # Errors
    ///
    /// If the address of the options cannot be bound.
    pub async fn start(options: SearxngOptions) -> io::Result<Self> {
        let (address, has_control) = (options.address, options.control);
        let vendor = Arc::new(Vendor::new(options));
        let mut router = Router::new()
            .route("/search", get(search).post(search))
            .route("/config", get(config))
            .route("/healthz", get(health))
            .with_state(Arc::clone(&vendor));
        if has_control {
            router = router.merge(control::router(Arc::clone(&vendor)));
        }
        let http = HttpServer::start(address, router).await?;
        Ok(Self { url: http.url.clone(), http, vendor })
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.http.address
    }

    /// The handle that bends its answers.
    pub fn faults(&self) -> &SearxngFaults {
        &self.vendor.faults
    }

    /// The handle that holds its answers back.
    pub fn gate(&self) -> &SearxngGate {
        &self.vendor.gate
    }

    /// What it was asked.
    pub fn calls(&self) -> &SearxngCalls {
        &self.vendor.calls
    }

    /// The truth: what an engine has for a query on its first page, the best first. Nothing for an engine that there is not.
    pub fn pages(&self, engine: &str, q: &str) -> Vec<SearxngPage> {
        SearxngEngine::named(engine).map(|engine| found_by(engine, q, 1, None)).unwrap_or_default()
    }

    /// Closes the socket and every connection: from now on connections are refused.
    pub async fn go_down(&self) {
        self.http.go_down().await;
    }

    /// Listens again on the same address.
    ///
    /// # Errors
    ///
    /// If somebody else took the port in the meantime.
    pub async fn come_back(&self) -> io::Result<()> {
        self.http.come_back().await
    }
}

/// The fields of the form count, and then those of the address.
async fn search(
    State(vendor): State<Arc<Vendor>>,
    method: Method,
    OriginalUri(uri): OriginalUri,
    Query(address): Query<Vec<(String, String)>>,
    form: Result<Form<Vec<(String, String)>>, FormRejection>,
) -> Response {
    let posted = form.map(|Form(fields)| fields).unwrap_or_default();
    let mut fields = BTreeMap::new();
    for (name, value) in posted.into_iter().chain(address) {
        fields.entry(name).or_insert(value);
    }
    let target = uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    vendor.search(method.as_str(), &target, &fields).await
}

async fn config(State(vendor): State<Arc<Vendor>>) -> Response {
    Reply::Json(python_json::bytes(&settings_report::report(&vendor.options))).into_response()
}

async fn health() -> Response {
    Reply::Text(200, "OK").into_response()
}
