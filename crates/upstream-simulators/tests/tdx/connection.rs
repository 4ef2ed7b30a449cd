//! Handshake, frames, and more than one request at a time.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use upstream_simulators::TdxOptions;

use crate::harness::{Client, Sim, bars_payload, words};

/// The three frames that common clients begin with.
const HELLOS: [&str; 3] = [
    "0c0218930001030003000d0001",
    "0c0218940001030003000d0002",
    "0c031899000120002000db0fd5d0c9ccd6a4a8af0000008fc22540130000d500c9ccbdf0d7ea00000002",
];

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

#[tokio::test]
async fn the_handshake_is_answered_with_the_servers_clock_and_name() {
    let (sim, _clock) = Sim::at("2024-03-01T10:07:30").await;
    let mut client = sim.client().await;
    for (number, hello) in HELLOS.into_iter().enumerate() {
        let request = bytes(hello);
        client.stream.write_all(&request).await.unwrap();
        let answer = client.receive().await.unwrap();
        assert_eq!((&answer.head[5..9], &answer.head[10..12]), (&request[1..5], &request[10..12]));
        let body = answer.body().unwrap();
        if number == 2 {
            assert_eq!(body, [0; 10]);
            continue;
        }
        assert!(answer.is_deflated() && body.len() == 189);
        assert_eq!((u16::from_le_bytes([body[1], body[2]]), body[3], body[4]), (2024, 1, 3));
        assert_eq!((body[6], body[5], body[8]), (10, 7, 30));
        let (name, _, _) = encoding_rs::GBK.decode(&body[68..90]);
        assert_eq!(name.trim_end_matches('\0'), "模拟主站");
    }
    assert!(!client.call(0x0004, &[]).await.is_empty(), "a heartbeat");
    assert_eq!((sim.server.calls().of("hello"), sim.server.calls().of("heartbeat")), (3, 1));
    assert_eq!(sim.server.calls().total(), 1, "hellos do not count");
}

#[tokio::test]
async fn bodies_of_a_hundred_bytes_and_more_are_deflated() {
    let sim = Sim::start().await;
    let code = sim.steady_code();
    let mut client = sim.client().await;
    for count in [1, 2, 3, 30] {
        let answer = client.ask(0x052d, &bars_payload(&code, 9, 0, count)).await.unwrap();
        let body = answer.body().unwrap();
        assert_eq!(answer.is_deflated(), body.len() >= 100, "{} bytes", body.len());
        if answer.is_deflated() {
            assert_eq!((&answer.wire[..2], answer.head[4]), (&[0x78, 0x9c][..], 0x1c));
        }
    }
    let plain = Sim::with(TdxOptions { compress: false, ..TdxOptions::default() }).await;
    let answer = plain.client().await.ask(0x052d, &bars_payload(&code, 9, 0, 30)).await.unwrap();
    assert!(!answer.is_deflated());
    let deflated = client.ask(0x052d, &bars_payload(&code, 9, 0, 30)).await.unwrap();
    assert_eq!(answer.wire, deflated.body().unwrap());
}

#[tokio::test]
async fn requests_sent_together_are_answered_in_their_order() {
    let sim = Sim::start().await;
    let mut client = sim.client().await;
    let mut together = Vec::new();
    for count in 1..=20 {
        together.extend(client.frame(0x052d, &bars_payload(&sim.steady_code(), 9, 0, count)));
    }
    // Cut in the middle of a head, as TCP may do it.
    let (first, second) = together.split_at(together.len() / 2 + 7);
    client.stream.write_all(first).await.unwrap();
    client.stream.flush().await.unwrap();
    client.stream.write_all(second).await.unwrap();
    for count in 1..=20u32 {
        let answer = client.receive().await.unwrap();
        assert_eq!(answer.sequence(), client.sequence() - 20 + count);
        assert_eq!(answer.body().unwrap()[..2], (count as u16).to_le_bytes());
    }
}

#[tokio::test]
async fn a_fragmented_body_comes_after_a_whole_head() {
    let sim = Sim::with(TdxOptions { fragment: Some(37), ..TdxOptions::default() }).await;
    let mut client = sim.client().await;
    client.send(0x052d, &bars_payload(&sim.steady_code(), 9, 0, 58)).await.unwrap();
    let mut head = [0; 4096];
    // One read, as clients do it that fail on a short one.
    let got = client.stream.read(&mut head).await.unwrap();
    assert!(got >= 16, "{got}");
    let mut rest = usize::from(u16::from_le_bytes([head[12], head[13]])) + 16 - got;
    while rest > 0 {
        rest -= client.stream.read(&mut head[..rest.min(4096)]).await.unwrap();
    }
    assert_eq!(client.bars(&sim.steady_code(), 9, 0, 58).await.len(), 58, "and the next one in step");
}

#[tokio::test]
async fn a_request_nobody_understands_is_not_answered_and_nonsense_ends_the_connection() {
    let sim = Sim::start().await;
    let mut client = sim.client().await;
    client.send(0x0999, &[1, 2, 3]).await.unwrap();
    client.send(0x052d, &[1, 0]).await.unwrap();
    client.send(0x044e, &words(&[1, 0, 0])).await.unwrap();
    let answer = client.receive().await.unwrap();
    assert_eq!(answer.method(), 0x044e, "the first answer is to the third request");
    let outcomes: Vec<_> = sim.server.calls().log().iter().map(|call| (call.method, call.outcome)).collect();
    assert_eq!(outcomes, [("unknown", "no_answer"), ("unknown", "no_answer"), ("security_count", "ok")]);
    client.stream.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    assert_eq!(client.stream.read(&mut [0; 16]).await.unwrap_or(0), 0, "closed");
}

#[tokio::test]
async fn the_log_tells_who_asked_for_what_how_often_and_over_how_many_connections() {
    let sim = Sim::start().await;
    let (calls, code) = (sim.server.calls(), sim.steady_code());
    let other = sim.market().codes().iter().copied().find(|other| *other != code).unwrap();
    let (mut first, mut second) = (sim.client().await, sim.client().await);
    first.bars(&code, 9, 0, 5).await;
    second.bars(&code, 4, 3, 7).await;
    second.bars(&other, 9, 0, 5).await;
    second.bars(&"000300.SH".parse().unwrap(), 9, 0, 5).await;
    first.xdxr(&code).await;
    assert_eq!((calls.of("bars"), calls.of("index_bars"), calls.of("xdxr"), calls.total()), (3, 1, 1, 5));
    assert_eq!((calls.of_code("bars", &code), calls.of_code("bars", &other), calls.of_code("xdxr", &other)), (2, 1, 0));
    assert_eq!(calls.by_code("bars").len(), 2);
    assert_eq!((calls.connections(), calls.open_connections(), calls.most_connections()), (2, 2, 2));
    assert!((2..=5).contains(&calls.most_per_second()), "{}", calls.most_per_second());
    let call = &calls.log()[1];
    assert_eq!(
        (call.code, call.category, call.start, call.count, call.rows),
        (Some(code), Some(4), Some(3), Some(7), 7)
    );
    assert_ne!(call.connection, calls.log()[0].connection);
    drop(first);
    // The server notices an end of a connection before it answers anything that comes later over another one… or not:
    // so it is asked until it has.
    for _ in 0..1000 {
        if calls.open_connections() == 1 {
            break;
        }
        second.bars(&code, 9, 0, 1).await;
    }
    assert_eq!((calls.open_connections(), calls.most_connections()), (1, 2));
    calls.clear();
    assert_eq!((calls.total(), calls.most_connections(), calls.most_per_second(), calls.log().len()), (0, 1, 0, 0));
}

#[tokio::test]
async fn a_dead_server_refuses_and_comes_back_on_the_same_port() {
    let sim = Sim::start().await;
    let mut before = sim.client().await;
    sim.server.go_down().await;
    assert!(before.ask(0x044e, &words(&[1, 0, 0])).await.is_err(), "open connections end");
    assert!(Client::connect(&sim.server.host).await.is_err());
    assert_eq!(sim.server.calls().open_connections(), 0);
    sim.server.come_back().await.unwrap();
    assert!(!sim.client().await.bars(&sim.steady_code(), 9, 0, 5).await.is_empty());
    let host = sim.server.host.clone();
    drop(sim);
    // The task that listens ends with the handle.
    for _ in 0..1000 {
        match Client::connect(&host).await {
            Err(_) => return,
            Ok(mut client) => {
                if client.stream.read(&mut [0]).await.unwrap_or(0) == 0 {
                    continue;
                }
            }
        }
    }
    panic!("a dropped server still listens");
}
