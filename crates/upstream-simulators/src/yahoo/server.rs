//! The server: sockets, the route, and the handle that tests hold.

use std::{collections::BTreeMap, io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{OriginalUri, Path, Query, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
    routing::get,
};

use super::{
    faults::YahooFaults,
    options::YahooOptions,
    vendor::{Incoming, Vendor},
};
use crate::{
    World,
    http::HttpServer,
    symbol_vendor::{SymbolCalls, control_router},
};

/// A running Yahoo. Dropping it closes its sockets.
///
/// It answers `GET /v8/finance/chart/{symbol}`, and `/_sim/*` for tests in other processes.
pub struct YahooServer {
    /// Where it listens: `http://127.0.0.1:…`, without a slash at the end.
    pub url: String,
    http: HttpServer,
    vendor: Arc<Vendor>,
}

impl YahooServer {
    /// Starts a server over `world`.
    ///
    /// # Errors
    ///
    /// If the address of the options cannot be bound.
    pub async fn start(world: Arc<World>, options: YahooOptions) -> io::Result<Self> {
        let vendor = Arc::new(Vendor::new(world, &options));
        let mut router = Router::new().route("/v8/finance/chart/{symbol}", get(chart)).with_state(Arc::clone(&vendor));
        if options.control {
            router = router.merge(control_router(vendor.faults.clone(), vendor.calls.clone()));
        }
        let http = HttpServer::start(options.address, router).await?;
        Ok(Self { url: http.url.clone(), http, vendor })
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.http.address
    }

    /// The handle that bends its answers. Symbols in Yahoo's spelling.
    pub fn faults(&self) -> &YahooFaults {
        &self.vendor.faults
    }

    /// What it was asked.
    pub fn calls(&self) -> &SymbolCalls {
        &self.vendor.calls
    }

    /// The truth behind it.
    pub fn world(&self) -> &Arc<World> {
        &self.vendor.world
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

async fn chart(
    State(vendor): State<Arc<Vendor>>,
    Path(symbol): Path<String>,
    OriginalUri(uri): OriginalUri,
    Query(params): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    let user_agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let incoming = Incoming { symbol, path: uri.path().to_owned(), params, user_agent: user_agent.to_owned() };
    let outgoing = vendor.answer(incoming);
    if outgoing.delay_ms > 0 {
        tokio::time::sleep(Duration::from_millis(outgoing.delay_ms)).await;
    }
    outgoing.reply.into_response()
}
