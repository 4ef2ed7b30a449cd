//! Everything that an upstream and the network between can do wrong.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use llm_upstream::{BodyError, CollectError, Endpoint, SendError, UpstreamOptions};
use route_policy::Verdict;
use tokio::{io::AsyncWriteExt as _, net::TcpListener, sync::mpsc};

use crate::kit::{KEY, SHORT, STREAM_HEAD, Server, chat, chunk, closed, read_request, target, upstreams};

fn impatient() -> UpstreamOptions {
    UpstreamOptions {
        connect_timeout: SHORT,
        first_byte_timeout: SHORT,
        answer_timeout: SHORT,
        idle_timeout: SHORT,
        ..UpstreamOptions::default()
    }
}

#[tokio::test]
async fn headers_that_do_not_come_are_given_up_and_the_upstream_is_told() {
    let (told, mut hung_up) = mpsc::unbounded_channel();
    let server = Server::start(move |_, mut socket| {
        let told = told.clone();
        async move {
            read_request(&mut socket).await.unwrap();
            // Half of a head is no answer either.
            socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-").await.unwrap();
            closed(&mut socket).await;
            told.send(()).unwrap();
        }
    })
    .await;
    let error = chat(&upstreams(impatient()), &server.target).await.unwrap_err();
    assert_eq!(error, SendError::FirstByteTimeout { timeout: SHORT });
    assert!(error.may_be_billed() && error.verdict() == Verdict::Broken && error.name() == "first_byte_timeout");
    hung_up.recv().await.unwrap();
}

#[tokio::test]
async fn a_text_that_is_not_streamed_has_longer_and_an_embedding_has_not() {
    let server = Server::start(|_, mut socket| async move {
        read_request(&mut socket).await.unwrap();
        closed(&mut socket).await;
    })
    .await;
    let patient = UpstreamOptions { answer_timeout: SHORT * 2, ..impatient() };
    let upstreams = upstreams(patient);
    for (endpoint, stream, timeout) in [
        (Endpoint::ChatCompletions, false, SHORT * 2),
        (Endpoint::Completions, false, SHORT * 2),
        (Endpoint::ChatCompletions, true, SHORT),
        (Endpoint::Embeddings, false, SHORT),
    ] {
        let error = upstreams.send(&server.target, endpoint, "{}".into(), stream, "r").await.unwrap_err();
        assert_eq!(error, SendError::FirstByteTimeout { timeout }, "{endpoint:?} {stream}");
    }
}

#[tokio::test]
async fn a_stream_that_stalls_is_given_up_after_the_idle_time() {
    let server = Server::start(|_, mut socket| async move {
        read_request(&mut socket).await.unwrap();
        socket.write_all(format!("{STREAM_HEAD}{}", chunk("data: a\n\n")).as_bytes()).await.unwrap();
        closed(&mut socket).await;
    })
    .await;
    let upstreams = upstreams(impatient());
    let mut answer = chat(&upstreams, &server.target).await.unwrap();
    assert_eq!(answer.body.next().await.unwrap().unwrap(), "data: a\n\n");
    let error = answer.body.next().await.unwrap().unwrap_err();
    assert_eq!(error, BodyError::Idle { timeout: SHORT });
    assert_eq!((error.name(), error.verdict()), ("idle", Verdict::Broken));
    // Over is over, and a connection in the middle of an answer is not used again.
    assert!(answer.body.next().await.is_none());
    assert_eq!(upstreams.idle_connections(), 0);
}

#[tokio::test]
async fn an_answer_that_is_cut_off_is_an_error_not_an_end() {
    let sized_head = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"choices\"".to_owned();
    let chunked = format!("{STREAM_HEAD}{}", chunk("data: a\n\n"));
    let torn_chunk = format!("{STREAM_HEAD}20\r\ndata: a");
    let no_chunk = format!("{STREAM_HEAD}zz\r\n");
    for answer in [sized_head, chunked, torn_chunk, no_chunk] {
        let server = Server::start(move |_, mut socket| {
            let answer = answer.clone();
            async move {
                read_request(&mut socket).await.unwrap();
                socket.write_all(answer.as_bytes()).await.unwrap();
                socket.shutdown().await.unwrap();
            }
        })
        .await;
        let upstreams = upstreams(UpstreamOptions::default());
        let mut answer = chat(&upstreams, &server.target).await.unwrap();
        let error = answer.body.whole(10_000).await.unwrap_err();
        assert!(matches!(&error, CollectError::Body(BodyError::Cut { .. })), "{error:?}");
        assert_eq!(upstreams.idle_connections(), 0);
    }
}

#[tokio::test]
async fn a_connection_that_ends_or_talks_nonsense_before_the_answer_may_have_been_billed() {
    for answer in ["", "HTTP/1.1 200", "SSH-2.0-OpenSSH_9.2\r\n\r\n", "HTTP/1.1 banana\r\n\r\n"] {
        let server = Server::start(move |_, mut socket| async move {
            read_request(&mut socket).await.unwrap();
            socket.write_all(answer.as_bytes()).await.unwrap();
            socket.shutdown().await.unwrap();
        })
        .await;
        let error = chat(&upstreams(UpstreamOptions::default()), &server.target).await.unwrap_err();
        assert!(matches!(&error, SendError::Cut { sent: true, .. }), "{answer:?}: {error:?}");
        assert!(error.may_be_billed() && server.accepted() == 1, "nothing is sent twice");
    }
}

#[tokio::test]
async fn nobody_listening_is_no_connection_and_costs_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = chat(&upstreams(UpstreamOptions::default()), &target(&format!("http://{address}"))).await.unwrap_err();
    assert!(matches!(&error, SendError::Connect { problem } if problem.contains("refused")), "{error:?}");
    assert!(!error.may_be_billed() && error.verdict() == Verdict::Broken);
}

#[tokio::test]
async fn a_name_without_an_address_is_told_from_a_host_that_does_not_answer() {
    let resolve: llm_upstream::Resolve = Arc::new(|host: &str| match host {
        "nowhere.test" => Ok(Vec::new()),
        _ => Err(std::io::Error::other("the name server is gone")),
    });
    let upstreams = upstreams(UpstreamOptions { resolve: Some(resolve), ..UpstreamOptions::default() });
    for (host, problem) in [("nowhere.test", "it has no address"), ("lost.test", "the name server is gone")] {
        for scheme in ["http", "https"] {
            let error = chat(&upstreams, &target(&format!("{scheme}://{host}/v1"))).await.unwrap_err();
            assert_eq!(error, SendError::Dns { host: host.to_owned(), problem: problem.to_owned() });
            assert!(!error.may_be_billed() && error.name() == "dns");
        }
    }
}

#[tokio::test]
async fn a_pinned_address_is_used_instead_of_the_names() {
    let server = Server::answering("HTTP/1.1 204 No Content\r\n\r\n").await;
    let address: SocketAddr =
        server.target.base_url().trim_start_matches("http://").trim_end_matches("/v1").parse().unwrap();
    let resolve: llm_upstream::Resolve = Arc::new(move |_: &str| Ok(vec![SocketAddr::new(address.ip(), 0)]));
    let upstreams = upstreams(UpstreamOptions { resolve: Some(resolve), ..UpstreamOptions::default() });
    let target = target(&format!("http://upstream.test:{}/v1", address.port()));
    assert_eq!(chat(&upstreams, &target).await.unwrap().status.as_u16(), 204);
}

#[tokio::test]
async fn a_handshake_that_does_not_end_is_given_up() {
    // Takes the connection and never speaks TLS.
    let server = Server::start(|_, mut socket| async move { closed(&mut socket).await }).await;
    let url = server.target.base_url().replacen("http://", "https://", 1);
    let error = chat(&upstreams(impatient()), &target(&url)).await.unwrap_err();
    assert_eq!(error, SendError::ConnectTimeout { timeout: SHORT });
    assert!(!error.may_be_billed());
}

#[tokio::test]
async fn plain_http_behind_https_is_no_connection() {
    let server = Server::start(|_, mut socket| async move {
        let _ = socket.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        closed(&mut socket).await;
    })
    .await;
    let url = server.target.base_url().replacen("http://", "https://", 1);
    let error = chat(&upstreams(UpstreamOptions::default()), &target(&url)).await.unwrap_err();
    assert!(matches!(&error, SendError::Connect { .. }), "{error:?}");
}

#[tokio::test]
async fn an_endpoint_that_the_dialect_lacks_is_not_asked_for() {
    let server = Server::answering("").await;
    let address = server.target.base_url();
    let target =
        llm_upstream::Target::new(llm_upstream::Dialect::OpenAi, address, &llm_upstream::ApiKey::new("k")).unwrap();
    let sending =
        upstreams(UpstreamOptions::default()).send(&target, Endpoint::Rerank, bytes::Bytes::new(), false, "r");
    let error = sending.await.unwrap_err();
    assert_eq!((error.verdict(), error.may_be_billed()), (Verdict::ModelMissing, false));
    assert_eq!(server.accepted(), 0);
}

#[tokio::test]
async fn who_stops_waiting_hangs_up_before_the_answer_and_in_the_middle_of_it() {
    let (told, mut hung_up) = mpsc::unbounded_channel();
    let (arrived, mut requests) = mpsc::unbounded_channel();
    let server = Server::start(move |number, mut socket| {
        let (told, arrived) = (told.clone(), arrived.clone());
        async move {
            read_request(&mut socket).await.unwrap();
            arrived.send(()).unwrap();
            if number == 1 {
                socket.write_all(format!("{STREAM_HEAD}{}", chunk("data: a\n\n")).as_bytes()).await.unwrap();
            }
            closed(&mut socket).await;
            told.send(number).unwrap();
        }
    })
    .await;
    let upstreams = upstreams(UpstreamOptions::default());
    let waiting = tokio::spawn(chat_owned(upstreams.clone(), server.target.clone()));
    requests.recv().await.unwrap();
    waiting.abort();
    assert_eq!(hung_up.recv().await, Some(0));
    let mut answer = chat(&upstreams, &server.target).await.unwrap();
    answer.body.next().await.unwrap().unwrap();
    drop(answer);
    assert_eq!(hung_up.recv().await, Some(1));
    assert_eq!(upstreams.idle_connections(), 0);
}

async fn chat_owned(upstreams: llm_upstream::Upstreams, target: llm_upstream::Target) {
    let _ = chat(&upstreams, &target).await;
}

#[tokio::test]
async fn no_error_and_no_debug_text_shows_the_key() {
    let server = Server::start(|_, mut socket| async move {
        let request = read_request(&mut socket).await.unwrap();
        // An upstream that echoes all it got, as its answer's head.
        socket.write_all(request.head.as_bytes()).await.unwrap();
        socket.shutdown().await.unwrap();
    })
    .await;
    let upstreams = upstreams(UpstreamOptions::default());
    let error = chat(&upstreams, &server.target).await.unwrap_err();
    let texts = format!("{error} {error:?} {:?} {:?} {upstreams:?} {:?}", error.error(), server.target, Duration::ZERO);
    assert!(!texts.contains(KEY) && !texts.contains("0123456789abcdef"), "{texts}");
}
