//! What is sent, and how the answer comes back.

use bytes::Bytes;
use futures::StreamExt as _;
use llm_upstream::{CollectError, Endpoint, UpstreamOptions};
use tokio::{io::AsyncWriteExt as _, sync::mpsc};

use crate::kit::{KEY, STREAM_HEAD, Server, chat, chunk, read_request, sized, upstreams};

#[tokio::test]
async fn a_request_arrives_with_its_key_its_id_and_an_untouched_body() {
    let (sent, mut seen) = mpsc::unbounded_channel();
    let server = Server::start(move |_, mut socket| {
        let sent = sent.clone();
        async move {
            while let Some(request) = read_request(&mut socket).await {
                sent.send(request).unwrap();
                socket.write_all(sized("{}").as_bytes()).await.unwrap();
            }
        }
    })
    .await;
    let upstreams = upstreams(UpstreamOptions::default());
    let body = Bytes::from_static(b"{ \"model\" : \"m\" , \"x\" : 1.50 }");
    let sending = upstreams.send(&server.target, Endpoint::Embeddings, body.clone(), false, "req-42");
    let mut answer = sending.await.unwrap();
    assert_eq!((answer.status.as_u16(), answer.body.whole(100).await.unwrap()), (200, Bytes::from_static(b"{}")));
    let request = seen.recv().await.unwrap();
    assert_eq!(request.body, body);
    let lines: Vec<&str> = request.head.lines().collect();
    assert_eq!(lines[0], "POST /v1/embeddings HTTP/1.1");
    let host = server.target.base_url().trim_start_matches("http://").trim_end_matches("/v1");
    for header in [
        &format!("authorization: Bearer {KEY}"),
        &format!("host: {host}"),
        &format!("content-length: {}", body.len()),
        "content-type: application/json",
        "accept: application/json",
        "x-request-id: req-42",
    ] {
        assert_eq!(lines.iter().filter(|line| ***line == *header).count(), 1, "{header} in {lines:?}");
    }
    // Compressed frames could not be cut, and a proxy must not ask for what the caller did not.
    assert!(!request.head.contains("accept-encoding"));
    // An id that no header can carry is left out, not a reason to fail.
    let sending = upstreams.send(&server.target, Endpoint::ChatCompletions, body, true, "a\nb");
    sending.await.unwrap();
    let request = seen.recv().await.unwrap();
    assert!(request.head.contains("accept: text/event-stream") && !request.head.contains("x-request-id"));
}

#[tokio::test]
async fn chunks_arrive_one_by_one_while_the_stream_is_still_open() {
    let (go, gate) = mpsc::unbounded_channel::<()>();
    let gate = std::sync::Arc::new(tokio::sync::Mutex::new(gate));
    let server = Server::start(move |_, mut socket| {
        let gate = gate.clone();
        async move {
            read_request(&mut socket).await.unwrap();
            socket.write_all(STREAM_HEAD.as_bytes()).await.unwrap();
            for number in 0..5 {
                gate.lock().await.recv().await.unwrap();
                socket.write_all(chunk(&format!("data: {number}\n\n")).as_bytes()).await.unwrap();
            }
            socket.write_all(b"0\r\n\r\n").await.unwrap();
        }
    })
    .await;
    let upstreams = upstreams(UpstreamOptions::default());
    let mut answer = chat(&upstreams, &server.target).await.unwrap();
    assert!(answer.is_event_stream());
    for number in 0..5 {
        // The server sends the next one only once this one was received.
        go.send(()).unwrap();
        assert_eq!(answer.body.next().await.unwrap().unwrap(), format!("data: {number}\n\n"));
    }
    assert!(answer.body.next().await.is_none() && answer.body.next().await.is_none());
}

#[tokio::test]
async fn the_upstreams_own_request_id_is_found_under_its_names() {
    for (header, expected) in [("x-request-id", Some("a1")), ("X-Siliconcloud-Trace-Id", Some("a1")), ("x-other", None)]
    {
        let server = Server::answering(format!("HTTP/1.1 200 OK\r\n{header}: a1\r\ncontent-length: 0\r\n\r\n")).await;
        let answer = chat(&upstreams(UpstreamOptions::default()), &server.target).await.unwrap();
        assert_eq!((answer.upstream_request_id(), answer.is_event_stream()), (expected, false));
    }
}

#[tokio::test]
async fn a_body_longer_than_the_limit_is_given_back_and_the_rest_can_still_be_read() {
    let body = "x".repeat(300_000);
    let server = Server::answering(sized(&body)).await;
    let mut answer = chat(&upstreams(UpstreamOptions::default()), &server.target).await.unwrap();
    let Err(CollectError::TooLong { limit: 1_000, so_far }) = answer.body.whole(1_000).await else {
        panic!("longer than the limit")
    };
    let mut length: usize = so_far.iter().map(Bytes::len).sum();
    assert!(length > 1_000);
    while let Some(chunk) = answer.body.next().await {
        length += chunk.unwrap().len();
    }
    assert_eq!(length, body.len());
}

#[tokio::test]
async fn a_large_request_and_a_large_answer_pass_whole() {
    let server = Server::start(|_, mut socket| async move {
        while let Some(request) = read_request(&mut socket).await {
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", request.body.len());
            socket.write_all(head.as_bytes()).await.unwrap();
            socket.write_all(&request.body).await.unwrap();
        }
    })
    .await;
    let upstreams = upstreams(UpstreamOptions::default());
    let body: Bytes = (0..4_000_000_u32).map(|index| (index % 251) as u8).collect::<Vec<u8>>().into();
    let mut answer = upstreams.send(&server.target, Endpoint::ChatCompletions, body.clone(), false, "r").await.unwrap();
    assert!(answer.body.whole(body.len()).await.unwrap() == body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_requests_at_once_each_get_their_own_answer() {
    let server = Server::start(|_, mut socket| async move {
        while let Some(request) = read_request(&mut socket).await {
            let body = String::from_utf8(request.body).unwrap();
            socket.write_all(sized(&body).as_bytes()).await.unwrap();
        }
    })
    .await;
    let upstreams = upstreams(UpstreamOptions::default());
    let asks = (0..400).map(|number| {
        let body = Bytes::from(format!("{{\"number\":{number}}}"));
        let sending = upstreams.send(&server.target, Endpoint::ChatCompletions, body.clone(), false, "r");
        tokio::spawn(async move {
            let mut answer = sending.await.unwrap();
            assert_eq!(answer.body.whole(1_000).await.unwrap(), body);
        })
    });
    let asked: Vec<_> = futures::stream::iter(asks).buffer_unordered(32).collect().await;
    assert!(asked.into_iter().all(|asked| asked.is_ok()));
    assert!(server.accepted() <= 64, "{} connections", server.accepted());
}
