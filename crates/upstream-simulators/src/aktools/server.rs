//! The server: routes, and the handle that tests hold.

use std::{collections::BTreeMap, io, net::SocketAddr, sync::Arc};

use axum::{
    Router,
    extract::{Path, Query, State},
    response::{IntoResponse, Response},
    routing::get,
};

use super::{
    calls::AktoolsCalls, control, faults::AktoolsFaults, options::AktoolsOptions, refusal::object, respond::Vendor,
    sheet::Figure,
};
use crate::{
    Market,
    http::{HttpServer, Reply},
};

/// A running AKTools. Dropping it closes its sockets.
///
/// It answers `GET /api/public/{function}`, `GET /version`, and `/_sim/*` for tests in other processes.
pub struct AktoolsServer {
    /// Where it listens: `http://127.0.0.1:…`, without a slash at the end.
    pub url: String,
    http: HttpServer,
    vendor: Arc<Vendor>,
}

impl AktoolsServer {
    /// Starts a server. The market's seed makes the economy; its bars and calendar are those of the shares.
    ///
    /// # Errors
    ///
    /// If the address of the options cannot be bound.
    pub async fn start(market: Arc<Market>, options: AktoolsOptions) -> io::Result<Self> {
        let vendor = Arc::new(Vendor::new(market, &options));
        let mut router = Router::new()
            .route("/api/public/{function}", get(call))
            .route("/api/private/{function}", get(private))
            .route("/version", get(version))
            .with_state(Arc::clone(&vendor));
        if options.control {
            router = router.merge(control::router(Arc::clone(&vendor)));
        }
        let http = HttpServer::start(options.address, router).await?;
        Ok(Self { url: http.url.clone(), http, vendor })
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.http.address
    }

    /// The handle that bends its answers.
    pub fn faults(&self) -> &AktoolsFaults {
        &self.vendor.faults
    }

    /// What it was asked.
    pub fn calls(&self) -> &AktoolsCalls {
        &self.vendor.calls
    }

    /// The market behind it.
    pub fn market(&self) -> &Arc<Market> {
        self.vendor.market()
    }

    /// The truth: the figures of one column of a function without arguments that are out at this moment, in the order of
    /// the table. Releases to come are not among them.
    pub fn figures(&self, function: &str, column: &str) -> Vec<Figure> {
        self.vendor.figures(function, column)
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

async fn call(
    State(vendor): State<Arc<Vendor>>,
    Path(function): Path<String>,
    Query(params): Query<BTreeMap<String, String>>,
) -> Response {
    vendor.reply(&function, params).await.into_response()
}

/// Private functions want a login that nobody here has.
async fn private() -> Response {
    Reply::JsonStatus(401, object("detail", "Not authenticated")).into_response()
}

async fn version(State(vendor): State<Arc<Vendor>>) -> Response {
    vendor.version().into_response()
}
