//! The server: sockets, the route, and the handle that tests hold.

use std::{collections::BTreeMap, io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{OriginalUri, Query, State},
    http::{HeaderMap, HeaderName, header},
    response::{IntoResponse, Response},
    routing::get,
};

use super::{
    faults::AlphaVantageFaults,
    options::AlphaVantageOptions,
    vendor::{Incoming, Vendor},
};
use crate::{
    World,
    http::HttpServer,
    symbol_vendor::{SymbolCalls, control_router},
};

/// A running Alpha Vantage. Dropping it closes its sockets.
///
/// It answers `GET /query`, and `/_sim/*` for tests in other processes.
pub struct AlphaVantageServer {
    /// Where it listens: `http://127.0.0.1:…`, without a slash at the end.
    pub url: String,
    http: HttpServer,
    vendor: Arc<Vendor>,
}

impl AlphaVantageServer {
    /// Starts a server over `world`. It has US and mainland shares and currency pairs; Hong Kong and indices are unknown
    /// to it.
    ///
    /// # Errors
    ///
    /// If the address of the options cannot be bound.
    pub async fn start(world: Arc<World>, options: AlphaVantageOptions) -> io::Result<Self> {
        let (address, control) = (options.address, options.control);
        let vendor = Arc::new(Vendor::new(world, options));
        let mut router = Router::new().route("/query", get(query)).with_state(Arc::clone(&vendor));
        if control {
            router = router.merge(control_router(vendor.faults.clone(), vendor.calls.clone()));
        }
        let http = HttpServer::start(address, router).await?;
        Ok(Self { url: http.url.clone(), http, vendor })
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.http.address
    }

    /// The handle that bends its answers. Symbols in the vendor's spelling; a pair is `USDCNY`.
    pub fn faults(&self) -> &AlphaVantageFaults {
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

async fn query(
    State(vendor): State<Arc<Vendor>>,
    OriginalUri(uri): OriginalUri,
    Query(params): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    let header = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let (accept, user_agent) = (header(header::ACCEPT), header(header::USER_AGENT).unwrap_or_default());
    let outgoing = vendor.answer(Incoming { path: uri.path().to_owned(), params, accept, user_agent });
    if outgoing.delay_ms > 0 {
        tokio::time::sleep(Duration::from_millis(outgoing.delay_ms)).await;
    }
    outgoing.reply.into_response()
}
