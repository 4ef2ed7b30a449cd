//! Questions that cost nothing.

use std::time::Duration;

use llm_upstream::{ApiKey, BalanceError, Dialect, ProbeResult, Target, UpstreamOptions};
use route_policy::Verdict;
use tokio::{io::AsyncWriteExt as _, sync::mpsc};

use crate::kit::{KEY, SHORT, Server, closed, read_request, sized, upstreams};

#[tokio::test]
async fn a_probe_lists_the_models_and_sends_the_key() {
    let (sent, mut seen) = mpsc::unbounded_channel();
    let server = Server::start(move |_, mut socket| {
        let sent = sent.clone();
        async move {
            sent.send(read_request(&mut socket).await.unwrap()).unwrap();
            let list = r#"{"object":"list","data":[{"id":"Qwen/Qwen3-8B","object":"model"},{"id":"BAAI/bge-m3"}]}"#;
            socket.write_all(sized(list).as_bytes()).await.unwrap();
        }
    })
    .await;
    let probe = upstreams(UpstreamOptions::default()).probe(&server.target).await;
    let models = vec!["Qwen/Qwen3-8B".to_owned(), "BAAI/bge-m3".to_owned()];
    assert_eq!(probe.result, ProbeResult::Ok { models });
    assert!(probe.latency > Duration::ZERO);
    let head = seen.recv().await.unwrap().head;
    assert!(
        head.starts_with("GET /v1/models HTTP/1.1\r\n") && head.contains(&format!("authorization: Bearer {KEY}\r\n"))
    );
}

#[tokio::test]
async fn a_probe_tells_a_dead_key_a_sick_host_and_a_page_apart() {
    for (answer, verdict) in [
        ("HTTP/1.1 401 Unauthorized\r\ncontent-length: 15\r\n\r\n\"Invalid token\"", Verdict::KeyDead),
        ("HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n", Verdict::Overloaded),
        ("HTTP/1.1 404 Not Found\r\ncontent-length: 18\r\n\r\n404 page not found", Verdict::Misconfigured),
        ("HTTP/1.1 200 OK\r\ncontent-length: 30\r\n\r\n<html><title>Log in</title>....", Verdict::Broken),
    ] {
        let server = Server::answering(answer).await;
        let probe = upstreams(UpstreamOptions::default()).probe(&server.target).await;
        let ProbeResult::Refused(refused) = probe.result else { panic!("{answer}: {probe:?}") };
        assert_eq!(refused.verdict, verdict, "{answer}");
    }
}

#[tokio::test]
async fn a_probe_of_a_provider_without_a_list_is_content_with_its_not_found() {
    let server = Server::answering("HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\n{}").await;
    let target = Target::new(Dialect::DashScope, server.target.base_url(), &ApiKey::new(KEY)).unwrap();
    let probe = upstreams(UpstreamOptions::default()).probe(&target).await;
    assert_eq!(probe.result, ProbeResult::Ok { models: Vec::new() });
}

#[tokio::test]
async fn a_probe_ends_in_time_even_if_the_answer_does_not() {
    let server = Server::start(|_, mut socket| async move {
        read_request(&mut socket).await.unwrap();
        socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{").await.unwrap();
        closed(&mut socket).await;
    })
    .await;
    let options = UpstreamOptions { probe_timeout: SHORT, ..UpstreamOptions::default() };
    let probe = upstreams(options).probe(&server.target).await;
    assert!(matches!(&probe.result, ProbeResult::Unreachable { error } if error.contains("within 60ms")), "{probe:?}");
    assert!(probe.latency >= SHORT);
}

#[tokio::test]
async fn the_balance_is_read_where_there_is_one_and_none_where_the_question_is_gone() {
    let balance =
        sized(r#"{"code":20000,"message":"OK","status":true,"data":{"balance":"0.88","totalBalance":"88.88"}}"#);
    let server = Server::answering(balance).await;
    let upstreams = upstreams(UpstreamOptions::default());
    assert_eq!(upstreams.balance(&server.target).await, Ok(Some("88.88".parse().unwrap())));
    for status in ["404 Not Found", "410 Gone"] {
        let server = Server::answering(format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n")).await;
        assert_eq!(upstreams.balance(&server.target).await, Ok(None));
    }
    let server = Server::answering("").await;
    for dialect in [Dialect::DashScope, Dialect::OpenAi, Dialect::NewApi] {
        let target = Target::new(dialect, server.target.base_url(), &ApiKey::new(KEY)).unwrap();
        assert_eq!(upstreams.balance(&target).await, Ok(None));
    }
    assert_eq!(server.accepted(), 0, "who has no balance is not asked");
}

#[tokio::test]
async fn a_balance_that_is_refused_or_nonsense_is_an_error_not_zero() {
    let upstreams = upstreams(UpstreamOptions::default());
    let server = Server::answering("HTTP/1.1 401 Unauthorized\r\ncontent-length: 15\r\n\r\n\"Invalid token\"").await;
    let error = upstreams.balance(&server.target).await.unwrap_err();
    assert!(matches!(&error, BalanceError::Refused(refused) if refused.verdict == Verdict::KeyDead), "{error}");
    let server = Server::answering(sized(r#"{"code":20000,"data":{}}"#)).await;
    let error = upstreams.balance(&server.target).await.unwrap_err();
    assert!(matches!(&error, BalanceError::Unreadable { .. }), "{error}");
}
