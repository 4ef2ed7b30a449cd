//! The server: sockets, routes, and the handle that tests hold.

use std::{io, net::SocketAddr, sync::Arc};

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    response::{IntoResponse, Response},
    routing::post,
};

use super::{calls::Calls, control, faults::TushareFaults, options::TushareOptions, respond::Vendor};
use crate::{Market, http::HttpServer};

/// A running Tushare. Dropping it closes its sockets.
///
/// It answers `POST /` and `POST /dataapi/{api_name}`, and `/_sim/*` for tests in other processes.
pub struct TushareServer {
    /// Where it listens: `http://127.0.0.1:…`, without a slash at the end.
    pub url: String,
    http: HttpServer,
    vendor: Arc<Vendor>,
}

impl TushareServer {
    /// Starts a server over `market`.
    ///
    /// # Errors
    ///
    /// If the address of the options cannot be bound.
    pub async fn start(market: Arc<Market>, options: TushareOptions) -> io::Result<Self> {
        let (address, control) = (options.address, options.control);
        let vendor = Arc::new(Vendor::new(market, options));
        let mut router = Router::new()
            .route("/", post(call))
            .route("/dataapi/{api_name}", post(call_of_path))
            .with_state(Arc::clone(&vendor));
        if control {
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
    pub fn faults(&self) -> &TushareFaults {
        &self.vendor.faults
    }

    /// What it was asked.
    pub fn calls(&self) -> &Calls {
        &self.vendor.calls
    }

    /// The truth behind it.
    pub fn market(&self) -> &Arc<Market> {
        &self.vendor.market
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

async fn call(State(vendor): State<Arc<Vendor>>, body: Bytes) -> Response {
    vendor.reply(&body, None).await.into_response()
}

async fn call_of_path(State(vendor): State<Arc<Vendor>>, Path(api): Path<String>, body: Bytes) -> Response {
    vendor.reply(&body, Some(&api)).await.into_response()
}
