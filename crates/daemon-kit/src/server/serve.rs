//! The accept loop: connections until shutdown, then a bounded drain.

use std::{io, net::SocketAddr, time::Duration};

use axum::{Router, http::Request};
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::{Lanes, linger::Lingering, peer::Peer, stall::Stallable};

/// Bound on the head of a request, the wait of an idle connection included.
const HEAD_TIMEOUT: Duration = Duration::from_secs(60);
/// A caller that takes nothing of its answer for so long is gone, whatever its network says.
const STALLED_FOR: Duration = Duration::from_secs(60);
/// Pause after a failed accept: out of file descriptors heals only when connections end.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

pub(super) async fn until(
    listener: TcpListener,
    app: Router,
    lanes: Option<&Lanes>,
    shutdown: CancellationToken,
    deadline: Duration,
) {
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = shutdown.cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => spawn(&mut connections, &graceful, accepted, &app, lanes),
                Err(error) => pause_after(&error).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
    drop(listener);
    let open = connections.len();
    if tokio::time::timeout(deadline, graceful.shutdown()).await.is_err() {
        let seconds = deadline.as_secs_f64();
        tracing::warn!(http.connections = open, "requests still ran {seconds} s after shutdown, cutting them off");
    }
    connections.shutdown().await;
}

fn spawn(
    connections: &mut JoinSet<()>,
    graceful: &GracefulShutdown,
    (stream, address): (TcpStream, SocketAddr),
    app: &Router,
    lanes: Option<&Lanes>,
) {
    // Answers are written whole: waiting to fill a packet only adds latency.
    let _ = stream.set_nodelay(true);
    let (stream, lane) = match lanes {
        None => (stream, None),
        Some(lanes) => match lanes.take(stream) {
            Ok((stream, lane)) => (stream, Some(lane)),
            Err(error) => return tracing::error!(error = %error, "a connection did not reach its lane: {error}"),
        },
    };
    let app = app.clone().map_request(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(Peer(address));
        Lingering::of(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(Stallable::new(TokioIo::new(stream), STALLED_FOR), TowerToHyperService::new(app));
    let connection = graceful.watch(connection);
    let served = async move {
        if let Err(error) = connection.await {
            tracing::debug!(error = %error, "connection ended early: {error}");
        }
    };
    match lane {
        None => connections.spawn(served),
        Some(lane) => connections.spawn_on(served, lane),
    };
}

async fn pause_after(error: &io::Error) {
    if matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset) {
        return;
    }
    tracing::error!(error = %error, "accept failed: {error}");
    tokio::time::sleep(ACCEPT_PAUSE).await;
}
