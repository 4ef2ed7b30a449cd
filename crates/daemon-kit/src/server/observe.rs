//! What is done around every request: id, span, one log line, latency histogram, panic catch.
//!
//! One service does all of it, because a stack of five costs more than a hot route's answer. Headers, query strings
//! and bodies are never logged: they hold tokens and what people asked.

use std::{
    any::Any,
    convert::Infallible,
    panic::AssertUnwindSafe,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    extract::{MatchedPath, Request},
    http::{Method, StatusCode},
    response::{IntoResponse, Response},
};
use futures::FutureExt as _;
use metrics::Histogram;
use tokio::time::Instant;
use tower::{Layer, Service};
use tracing::{Instrument as _, Span};

use crate::{
    problem::Problem,
    request_id::{self, RequestId},
};

const HISTOGRAM: &str = "http_request_seconds";
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

#[derive(Clone)]
pub(super) struct ObserveLayer(Observed);

#[derive(Clone)]
enum Observed {
    /// Span and line at `info`.
    Full,
    /// Span and line at `debug`: `/healthz` and its like.
    Quiet,
    /// As quiet, with the histograms of the route and its usual method by status class.
    Hot { method: Method, route: &'static str, histograms: Arc<[Histogram; 5]>, ids: Ids },
}

/// Where a request's id comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ids {
    /// From the caller, where it gives a sane one.
    Anyones,
    /// Always from here: it keys something.
    OurOwn,
}

impl ObserveLayer {
    pub(super) fn full() -> Self {
        Self(Observed::Full)
    }

    pub(super) fn quiet() -> Self {
        Self(Observed::Quiet)
    }

    pub(super) fn hot(route: &'static str) -> Self {
        Self::hot_of(Method::GET, route, Ids::Anyones)
    }

    pub(super) fn relayed(route: &'static str) -> Self {
        Self::hot_of(Method::POST, route, Ids::OurOwn)
    }

    fn hot_of(method: Method, route: &'static str, ids: Ids) -> Self {
        let histograms = CLASSES.map(|class| histogram(&method, route, class));
        Self(Observed::Hot { method, route, histograms: Arc::new(histograms), ids })
    }
}

impl<S> Layer<S> for ObserveLayer {
    type Service = Observe<S>;

    fn layer(&self, inner: S) -> Observe<S> {
        Observe { inner, observed: self.0.clone() }
    }
}

#[derive(Clone)]
pub(super) struct Observe<S> {
    inner: S,
    observed: Observed,
}

impl<S> Service<Request> for Observe<S>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let started = Instant::now();
        let id = self.observed.id(&request);
        request.extensions_mut().insert(id.clone());
        let span = self.observed.span(&id, &request);
        let seen = Seen {
            method: request.method().clone(),
            route: self.observed.route(&request),
            observed: self.observed.clone(),
            started,
        };
        // The instance that was polled ready does the work, a fresh clone waits for the next request.
        let fresh = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, fresh);
        let answered = async move {
            let outcome = AssertUnwindSafe(async { inner.call(request).await }).catch_unwind().await;
            let mut response = outcome.unwrap_or_else(|panic| Ok(answer_panic(panic.as_ref())))?;
            seen.record(&id, &response);
            response.headers_mut().insert(request_id::HEADER, id.to_header());
            Ok(response)
        };
        if span.is_disabled() { Box::pin(answered) } else { Box::pin(answered.instrument(span)) }
    }
}

impl Observed {
    fn id(&self, request: &Request) -> RequestId {
        match self {
            Self::Hot { ids: Ids::OurOwn, .. } => RequestId::generate(),
            _ => RequestId::of(request.headers()),
        }
    }

    fn span(&self, id: &RequestId, request: &Request) -> Span {
        let (method, path) = (request.method(), request.uri().path());
        match self {
            Self::Full => tracing::info_span!("request", request_id = %id, http.method = %method, http.path = path),
            _ => tracing::debug_span!("request", request_id = %id, http.method = %method, http.path = path),
        }
    }

    fn route(&self, request: &Request) -> Option<MatchedPath> {
        match self {
            Self::Hot { .. } => None,
            _ => request.extensions().get::<MatchedPath>().cloned(),
        }
    }
}

/// What is remembered of a request until its answer is there.
struct Seen {
    method: Method,
    route: Option<MatchedPath>,
    observed: Observed,
    started: Instant,
}

impl Seen {
    fn record(&self, id: &RequestId, response: &Response) {
        let latency = self.started.elapsed();
        let status = response.status();
        let class = usize::from(status.as_u16() / 100).clamp(1, 5) - 1;
        match &self.observed {
            Observed::Hot { method, histograms, .. } if self.method == *method => histograms[class].record(latency),
            _ => histogram(&self.method, self.route(), CLASSES[class]).record(latency),
        }
        self.log(id, status, latency);
    }

    fn route(&self) -> &str {
        match (&self.observed, &self.route) {
            (Observed::Hot { route, .. }, _) => route,
            (_, Some(route)) => route.as_str(),
            (_, None) => "unmatched",
        }
    }

    fn log(&self, id: &RequestId, status: StatusCode, latency: Duration) {
        let (method, route, code) = (&self.method, self.route(), status.as_u16());
        let latency_ms = latency.as_secs_f64() * 1e3;
        // One macro call per level: a level must be a constant. The id is repeated for where the span is off.
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    request_id = %id,
                    http.method = %method,
                    http.route = route,
                    http.status = code,
                    http.latency_ms = latency_ms,
                    "{method} {route} answered {code} in {latency_ms:.3} ms"
                )
            };
        }
        match (&self.observed, code) {
            (_, 500) => line!(error),
            (Observed::Quiet, _) => line!(debug),
            (_, 501..) => line!(warn),
            (Observed::Full, _) => line!(info),
            (Observed::Hot { .. }, _) => line!(debug),
        }
    }
}

fn histogram(method: &Method, route: &str, class: &'static str) -> Histogram {
    metrics::histogram!(HISTOGRAM, "method" => known(method), "route" => route.to_owned(), "status" => class)
}

/// Callers may invent methods; a label's values are ours.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

fn answer_panic(panic: &(dyn Any + Send)) -> Response {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message");
    tracing::error!(panic = text, "a request handler panicked: {text}");
    Problem::internal().into_response()
}
