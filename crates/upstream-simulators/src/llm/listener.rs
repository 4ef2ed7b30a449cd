//! Connections: HTTP/1.1, every write at once.

use std::{future::Future, io, net::SocketAddr, sync::Arc};

use hyper::{Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::http::HttpServer;

/// Serves every request on `address` with `answer`; an error ends the connection without an answer.
pub(super) async fn listen<Answer, Answered, Body>(address: SocketAddr, answer: Answer) -> io::Result<HttpServer>
where
    Answer: Fn(Request<Incoming>) -> Answered + Send + Sync + 'static,
    Answered: Future<Output = io::Result<Response<Body>>> + Send + 'static,
    Body: hyper::body::Body<Data = bytes::Bytes> + Send + 'static,
    Body::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let answer = Arc::new(answer);
    HttpServer::start_with(address, move |stream| connection(stream, Arc::clone(&answer))).await
}

async fn connection<Answer, Answered, Body>(stream: TcpStream, answer: Arc<Answer>)
where
    Answer: Fn(Request<Incoming>) -> Answered,
    Answered: Future<Output = io::Result<Response<Body>>>,
    Body: hyper::body::Body<Data = bytes::Bytes> + 'static,
    Body::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    // Nagle's algorithm would keep a frame until the one before is acknowledged: 40 ms.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY");
    }
    let service = service_fn(|request| answer(request));
    let served = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
    if let Err(error) = served {
        tracing::debug!(%error, "connection ended early");
    }
}

/// The end of a connection without an answer.
pub(super) fn hang_up() -> io::Error {
    io::Error::from(io::ErrorKind::ConnectionAborted)
}
