//! A request that is answered before it was read: the answer arrives all the same.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use axum::{Router, http::StatusCode, routing::post};
use daemon_kit::{metrics, server::Server};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use tokio_util::sync::CancellationToken;

/// Far more than the buffers of two sockets hold.
const LONG: usize = 32 << 20;

async fn connect(shutdown: &CancellationToken) -> TcpStream {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let refuses = post(|| async { (StatusCode::UNAUTHORIZED, "who are you?") });
    let server = Server::new("a-daemon", metrics::install().unwrap()).routes(Router::new().route("/refuses", refuses));
    tokio::spawn(server.run(listener, shutdown.clone()));
    TcpStream::connect(address).await.unwrap()
}

/// All that arrives up to the end of one answer.
async fn answer(stream: &mut TcpStream) -> String {
    let mut got = Vec::new();
    while !got.ends_with(b"who are you?") {
        let read = tokio::time::timeout(Duration::from_secs(20), stream.read_buf(&mut got)).await.unwrap().unwrap();
        assert_ne!(read, 0, "{}", String::from_utf8_lossy(&got));
    }
    String::from_utf8(got).unwrap()
}

#[tokio::test]
async fn a_caller_who_writes_all_before_reading_gets_the_refusal_and_keeps_the_connection() {
    let (shutdown, body) = (CancellationToken::new(), vec![b'x'; LONG]);
    let mut stream = connect(&shutdown).await;
    for _ in 0..3 {
        let head = format!("POST /refuses HTTP/1.1\r\nhost: a\r\ncontent-length: {LONG}\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&body).await.unwrap();
        assert!(answer(&mut stream).await.starts_with("HTTP/1.1 401 "));
    }
    shutdown.cancel();
}

#[tokio::test]
async fn a_caller_who_asks_first_is_not_asked_to_send() {
    let shutdown = CancellationToken::new();
    let mut stream = connect(&shutdown).await;
    let head = "POST /refuses HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 1000000\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    assert!(answer(&mut stream).await.starts_with("HTTP/1.1 401 "));
    shutdown.cancel();
}
