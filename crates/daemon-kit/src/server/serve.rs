//! The accept loop: connections until shutdown, then a bounded drain.

use std::{io, time::Duration};

use axum::Router;
use hyper::server::conn::http1;
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

use super::stall::Stallable;

/// Bound on the head of a request, the wait of an idle connection included.
const HEAD_TIMEOUT: Duration = Duration::from_secs(60);
/// A caller that takes nothing of its answer for so long is gone, whatever its network says.
const STALLED_FOR: Duration = Duration::from_secs(60);
/// Pause after a failed accept: out of file descriptors heals only when connections end.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

pub(super) async fn until(listener: TcpListener, app: Router, shutdown: CancellationToken, deadline: Duration) {
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = shutdown.cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => spawn(&mut connections, &graceful, stream, &app),
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

fn spawn(connections: &mut JoinSet<()>, graceful: &GracefulShutdown, stream: TcpStream, app: &Router) {
    // Answers are written whole: waiting to fill a packet only adds latency.
    let _ = stream.set_nodelay(true);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(Stallable::new(TokioIo::new(stream), STALLED_FOR), TowerToHyperService::new(app.clone()));
    let connection = graceful.watch(connection);
    connections.spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(error = %error, "connection ended early: {error}");
        }
    });
}

async fn pause_after(error: &io::Error) {
    if matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset) {
        return;
    }
    tracing::error!(error = %error, "accept failed: {error}");
    tokio::time::sleep(ACCEPT_PAUSE).await;
}
