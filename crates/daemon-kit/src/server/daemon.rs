use std::{io, sync::Arc, time::Duration};

use axum::{Router, routing::MethodRouter};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{Lanes, observe::ObserveLayer, serve, standard};
use crate::{metrics::Metrics, readiness::Readiness};

const DRAIN_DEADLINE: Duration = Duration::from_secs(20);

/// A daemon's routes and how they are served.
pub struct Server {
    service: &'static str,
    metrics: Metrics,
    readiness: Readiness,
    routes: Router,
    lanes: Option<Arc<Lanes>>,
    drain_deadline: Duration,
}

impl Server {
    /// A server with the standard routes only. `service` is the daemon's name, for example `warehouse-api`.
    pub fn new(service: &'static str, metrics: Metrics) -> Self {
        let (readiness, routes) = (Readiness::new(), Router::new());
        Self { service, metrics, readiness, routes, lanes: None, drain_deadline: DRAIN_DEADLINE }
    }

    /// What `/readyz` asks. Without checks the daemon is always ready.
    #[must_use]
    pub fn readiness(mut self, readiness: Readiness) -> Self {
        self.readiness = readiness;
        self
    }

    /// Adds routes. Each request is a span `request` with its id, method and path, and one `info` line when it is done.
    #[must_use]
    pub fn routes(mut self, routes: Router) -> Self {
        self.routes = self.routes.merge(routes.route_layer(ObserveLayer::full()));
        self
    }

    /// Adds routes that a browser asks again and again by itself. As [`routes`](Self::routes), but each request's span and
    /// line are `debug`.
    #[must_use]
    pub fn quiet_routes(mut self, routes: Router) -> Self {
        self.routes = self.routes.merge(routes.route_layer(ObserveLayer::quiet()));
        self
    }

    /// Adds one route that is called thousands of times a second.
    ///
    /// Same request id, panic catch and latency histogram as [`routes`](Self::routes), but its span and its line are
    /// `debug` and its GET histograms are registered beforehand. Failures (5xx) are logged all the same.
    #[must_use]
    pub fn hot_route(mut self, path: &'static str, route: MethodRouter) -> Self {
        self.routes = self.routes.route(path, route.layer(ObserveLayer::hot(path)));
        self
    }

    /// Adds one POST route that is called thousands of times a second and whose requests are booked under their ids.
    ///
    /// As [`hot_route`](Self::hot_route), for POST; a caller's own id is not taken, because whoever repeats one would
    /// look like the same request.
    #[must_use]
    pub fn relay_route(mut self, path: &'static str, route: MethodRouter) -> Self {
        self.routes = self.routes.route(path, route.layer(ObserveLayer::relayed(path)));
        self
    }

    /// Serves every connection on one of `lanes` instead of the runtime that [`run`](Self::run) is called in. Keep them
    /// for as long as anything that a request began may go on.
    #[must_use]
    pub fn lanes(mut self, lanes: Arc<Lanes>) -> Self {
        self.lanes = Some(lanes);
        self
    }

    /// How long requests in flight may take once shutdown has begun; then their connections are cut. Default 20 s.
    #[must_use]
    pub fn drain_deadline(mut self, deadline: Duration) -> Self {
        self.drain_deadline = deadline;
        self
    }

    /// The whole application as a router: what [`run`](Self::run) serves.
    pub fn into_router(self) -> Router {
        let unmatched = standard::unmatched().layer(ObserveLayer::full());
        self.routes
            .merge(standard::routes(self.service, self.metrics, self.readiness).route_layer(ObserveLayer::quiet()))
            .method_not_allowed_fallback(standard::method_not_allowed)
            .fallback_service(unmatched)
    }

    /// Serves on `listener` until `shutdown`, then drains: no new connection, requests in flight are finished.
    ///
    /// # Errors
    /// When the listener's own address cannot be read. A failing connection is that connection's affair.
    pub async fn run(self, listener: TcpListener, shutdown: CancellationToken) -> io::Result<()> {
        let (service, address, deadline) = (self.service, listener.local_addr()?, self.drain_deadline);
        tracing::info!(http.address = %address, "{service} listens on {address}");
        let metrics = self.metrics.clone();
        let upkeep = tokio::spawn({
            let shutdown = shutdown.clone();
            async move { metrics.upkeep(shutdown).await }
        });
        let lanes = self.lanes.clone();
        serve::until(listener, self.into_router(), lanes.as_deref(), shutdown, deadline).await;
        upkeep.abort();
        Ok(())
    }
}
