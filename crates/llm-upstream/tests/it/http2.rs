//! TLS and HTTP/2.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use bytes::Bytes;
use h2::{
    Reason,
    server::{Connection, SendResponse},
};
use hyper::{Request, Response};
use llm_upstream::{BodyError, CollectError, Endpoint, SendError, UpstreamOptions};
use tokio::{io::AsyncWriteExt as _, net::TcpStream, sync::mpsc};
use tokio_rustls::server::TlsStream;

use crate::{
    kit::{KEY, SHORT, chat, read_request, sized, until, upstreams},
    tls::{Listener, listen, local, trusting},
};

type Http2 = Connection<TlsStream<TcpStream>, Bytes>;
type Asked = (Request<h2::RecvStream>, SendResponse<Bytes>);

/// Counts connections and gives each request with its number to `handle`.
fn serve(listener: Listener, handle: impl Fn(usize, Asked) + Send + Sync + 'static) -> Arc<AtomicUsize> {
    let connections = Arc::new(AtomicUsize::new(0));
    let (count, handle, requests) = (connections.clone(), Arc::new(handle), Arc::new(AtomicUsize::new(0)));
    tokio::spawn(async move {
        loop {
            let Some(tls) = listener.accept().await else { continue };
            count.fetch_add(1, Ordering::SeqCst);
            let (handle, requests) = (handle.clone(), requests.clone());
            tokio::spawn(async move {
                let mut connection: Http2 = h2::server::handshake(tls).await.unwrap();
                while let Some(Ok(asked)) = connection.accept().await {
                    handle(requests.fetch_add(1, Ordering::SeqCst), asked);
                }
            });
        }
    });
    connections
}

fn answer((_, mut respond): Asked, body: &'static str) {
    let mut stream = respond.send_response(Response::new(()), false).unwrap();
    stream.send_data(Bytes::from_static(body.as_bytes()), true).unwrap();
}

#[tokio::test]
async fn http2_is_spoken_where_it_is_offered_and_the_connection_is_shared() {
    let (listener, target) = listen(&["h2", "http/1.1"]).await;
    let (sent, mut seen) = mpsc::unbounded_channel();
    let connections = serve(listener, move |_, (request, respond)| {
        sent.send((request.uri().to_string(), request.headers().clone())).unwrap();
        answer((request, respond), "{}");
    });
    let upstreams = upstreams(trusting());
    // The first request makes the connection; the others come while it stands.
    chat(&upstreams, &target).await.unwrap().body.whole(100).await.unwrap();
    let all = (0..50).map(|_| async { chat(&upstreams, &target).await.unwrap().body.whole(100).await.unwrap() });
    let bodies = futures::future::join_all(all).await;
    assert!(bodies.iter().all(|body| body == "{}"));
    assert_eq!(connections.load(Ordering::SeqCst), 1);
    let (uri, headers) = seen.recv().await.unwrap();
    assert_eq!(uri, format!("{}/chat/completions", target.base_url()));
    assert_eq!(headers["authorization"], format!("Bearer {KEY}"));
    assert_eq!((headers.get("host"), &headers["x-request-id"]), (None, &"req-1".parse().unwrap()));
}

#[tokio::test]
async fn http1_is_spoken_over_tls_where_the_server_or_the_operator_wants_it() {
    for (protocols, http2) in [(&["http/1.1"][..], true), (&["h2", "http/1.1"], false), (&[], true)] {
        let (listener, target) = listen(protocols).await;
        tokio::spawn(async move {
            let mut tls = listener.accept().await.unwrap();
            while read_request(&mut tls).await.is_some() {
                tls.write_all(sized("{}").as_bytes()).await.unwrap();
                tls.flush().await.unwrap();
            }
        });
        let upstreams = upstreams(UpstreamOptions { http2, ..trusting() });
        for _ in 0..3 {
            let mut answer = chat(&upstreams, &target).await.unwrap();
            assert_eq!(answer.body.whole(100).await.unwrap(), "{}");
        }
        assert_eq!(upstreams.idle_connections(), 1);
    }
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_no_connection() {
    let (listener, target) = listen(&["h2"]).await;
    serve(listener, |_, asked| answer(asked, "{}"));
    let error = chat(&upstreams(local()), &target).await.unwrap_err();
    assert!(matches!(&error, SendError::Connect { .. }) && !error.may_be_billed(), "{error:?}");
}

#[tokio::test]
async fn a_stream_that_the_server_refused_unprocessed_is_sent_once_more_on_a_new_connection() {
    let (listener, target) = listen(&["h2"]).await;
    let connections = serve(listener, |number, (request, mut respond)| match number {
        1 => respond.send_reset(Reason::REFUSED_STREAM),
        _ => answer((request, respond), "{}"),
    });
    let upstreams = upstreams(trusting());
    for _ in 0..2 {
        assert_eq!(chat(&upstreams, &target).await.unwrap().body.whole(100).await.unwrap(), "{}");
    }
    assert_eq!(connections.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_new_connection_that_refuses_is_not_tried_again_but_costs_nothing() {
    let (listener, target) = listen(&["h2"]).await;
    let connections = serve(listener, |_, (_, mut respond)| respond.send_reset(Reason::REFUSED_STREAM));
    let error = chat(&upstreams(trusting()), &target).await.unwrap_err();
    assert!(matches!(&error, SendError::Cut { sent: false, .. }) && !error.may_be_billed(), "{error:?}");
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_stream_that_was_reset_for_another_reason_is_not_sent_again() {
    let (listener, target) = listen(&["h2"]).await;
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    serve(listener, move |number, (request, mut respond)| {
        count.fetch_add(1, Ordering::SeqCst);
        match number {
            1 => respond.send_reset(Reason::INTERNAL_ERROR),
            _ => answer((request, respond), "{}"),
        }
    });
    let upstreams = upstreams(trusting());
    chat(&upstreams, &target).await.unwrap().body.whole(100).await.unwrap();
    let error = chat(&upstreams, &target).await.unwrap_err();
    assert!(matches!(&error, SendError::Cut { sent: true, .. }) && error.may_be_billed(), "{error:?}");
    assert_eq!(asked.load(Ordering::SeqCst), 2);
    // One stream's end is not the connection's.
    chat(&upstreams, &target).await.unwrap().body.whole(100).await.unwrap();
}

#[tokio::test]
async fn slow_stalled_and_cut_answers_are_the_same_over_http2() {
    let (listener, target) = listen(&["h2"]).await;
    let (kept, mut keep) = mpsc::unbounded_channel();
    let connections = serve(listener, move |number, (_, mut respond)| {
        if number == 0 {
            // No headers, but held open.
            return drop(kept.send((respond, None)));
        }
        let mut stream = respond.send_response(Response::new(()), false).unwrap();
        stream.send_data(Bytes::from_static(b"data: a\n\n"), false).unwrap();
        drop(kept.send((respond, Some(stream))));
    });
    let upstreams = upstreams(UpstreamOptions { first_byte_timeout: SHORT, idle_timeout: SHORT, ..trusting() });
    let error = chat(&upstreams, &target).await.unwrap_err();
    assert_eq!(error, SendError::FirstByteTimeout { timeout: SHORT });
    let mut stalled = chat(&upstreams, &target).await.unwrap();
    let error = stalled.body.whole(1_000).await.unwrap_err();
    assert_eq!(error, CollectError::Body(BodyError::Idle { timeout: SHORT }));
    // The upstream is told of those that nobody waits for any more.
    let (_, headless) = keep.recv().await.unwrap();
    assert!(headless.is_none());
    let mut stream = keep.recv().await.unwrap().1.unwrap();
    let reset = std::future::poll_fn(|cx| stream.poll_reset(cx)).await.unwrap();
    assert_eq!(reset, Reason::CANCEL);
    let mut cut = chat(&upstreams, &target).await.unwrap();
    cut.body.next().await.unwrap().unwrap();
    keep.recv().await.unwrap().1.unwrap().send_reset(Reason::INTERNAL_ERROR);
    let error = cut.body.next().await.unwrap().unwrap_err();
    assert!(matches!(&error, BodyError::Cut { .. }), "{error:?}");
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_connection_that_says_goodbye_is_replaced_without_an_error() {
    let (listener, target) = listen(&["h2"]).await;
    let connections = Arc::new(AtomicUsize::new(0));
    let count = connections.clone();
    tokio::spawn(async move {
        loop {
            let Some(tls) = listener.accept().await else { continue };
            count.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(async move {
                let mut connection: Http2 = h2::server::handshake(tls).await.unwrap();
                if let Some(Ok(asked)) = connection.accept().await {
                    answer(asked, "{}");
                }
                // As proxies do after so many requests.
                connection.graceful_shutdown();
                while connection.accept().await.is_some() {}
            });
        }
    });
    let upstreams = upstreams(trusting());
    for round in 1..=5 {
        chat(&upstreams, &target).await.unwrap().body.whole(100).await.unwrap();
        until("the connection is gone", || upstreams.idle_connections() == 0).await;
        assert_eq!(connections.load(Ordering::SeqCst), round);
    }
}

#[tokio::test]
async fn more_requests_than_a_connection_takes_at_once_open_another() {
    let (listener, target) = listen(&["h2"]).await;
    let (kept, mut keep) = mpsc::unbounded_channel();
    let connections = serve(listener, move |_, asked| kept.send(asked).unwrap());
    let upstreams = upstreams(trusting());
    let ask = || {
        let sending = upstreams.send(&target, Endpoint::ChatCompletions, Bytes::from_static(b"{}"), false, "r");
        tokio::spawn(async move { sending.await.unwrap().body.whole(100).await.unwrap() })
    };
    let mut asks = vec![ask()];
    let mut open = vec![keep.recv().await.unwrap()];
    asks.extend((1..150).map(|_| ask()));
    while open.len() < 150 {
        open.push(keep.recv().await.unwrap());
    }
    // The requests that came while the second connection was made may have made more; none had to wait.
    assert!(connections.load(Ordering::SeqCst) >= 2);
    open.into_iter().for_each(|asked| answer(asked, "{}"));
    for ask in asks {
        assert_eq!(ask.await.unwrap(), "{}");
    }
}
