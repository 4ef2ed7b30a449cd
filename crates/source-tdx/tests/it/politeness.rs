//! How the pool spreads its questions, and what it spares its servers.

use std::{collections::BTreeSet, time::Duration};

use futures::{StreamExt as _, stream};
use market_model::Code;
use source_tdx::{Category, Client, ServerState};

use crate::server::{BARS, TestServer, Wrong, client, clock, config, history, impatient};

fn code(n: usize) -> Code {
    format!("{:06}.SH", 600_000 + n).parse().unwrap()
}

async fn three() -> [TestServer; 3] {
    let servers = [
        TestServer::start(Wrong::Nothing).await,
        TestServer::start(Wrong::Nothing).await,
        TestServer::start(Wrong::Nothing).await,
    ];
    for server in &servers {
        let mut script = server.script();
        for n in 0..60 {
            let symbol = format!("{:06}", 600_000 + n).into_bytes().try_into().unwrap();
            script.bars.insert(symbol, history(30, n as u64));
        }
    }
    servers
}

/// Asks for sixty codes at a time.
async fn ask_for_sixty(client: &Client) {
    let rows: Vec<usize> = stream::iter(0..60)
        .map(|n| async move { client.bars(&code(n), Category::Day, 0, 20).await.unwrap().rows.len() })
        .buffer_unordered(60)
        .collect()
        .await;
    assert_eq!(rows, vec![20; 60]);
}

#[tokio::test]
async fn many_questions_at_a_time_spread_over_the_servers_on_one_connection_each() {
    let servers = three().await;
    let client = client(&[&servers[0], &servers[1], &servers[2]]);
    client.probe().await;
    ask_for_sixty(&client).await;
    for server in &servers {
        let log = server.log();
        assert_eq!((log.connections, log.most_open), (1, 1), "the probe's connection is used on");
        let asked = log.calls.iter().filter(|call| call.method == BARS).count();
        assert!(asked > 10, "{asked} of 63");
    }
}

#[tokio::test]
async fn more_connections_are_opened_where_they_are_allowed() {
    let server = &three().await[0];
    let mut config = config(&[server]);
    config.connections_per_server = 4;
    ask_for_sixty(&Client::new(config, clock())).await;
    assert_eq!(server.log().most_open, 4);
    let connections: BTreeSet<_> = server.log().calls.iter().map(|call| call.connection).collect();
    assert_eq!(connections.len(), 4);
}

#[tokio::test]
async fn no_server_is_asked_more_often_than_allowed() {
    let servers = three().await;
    let mut config = config(&[&servers[0], &servers[1], &servers[2]]);
    config.requests_per_second_per_server = 16;
    ask_for_sixty(&Client::new(config, clock())).await;
    for server in &servers {
        let log = server.log();
        let calls: Vec<_> = log.calls.iter().map(|call| call.at).collect();
        assert!(calls.len() > 16, "{} questions", calls.len());
        for (n, call) in calls.iter().enumerate().skip(16) {
            // Sending is what is counted; arriving may bunch up a little.
            assert!(*call - calls[n - 16] >= Duration::from_millis(980), "question {n} came too early");
        }
    }
}

#[tokio::test]
async fn a_connection_that_was_closed_while_idle_is_opened_anew_without_blame() {
    let server = &three().await[0];
    server.script().closes_after = Some(1);
    let client = client(&[server]);
    for _ in 0..3 {
        let fetched = client.bars(&code(1), Category::Day, 0, 20).await.unwrap();
        assert_eq!(fetched.rows.len(), 20);
    }
    let health = client.health();
    assert_eq!((health[0].state, health[0].last_fault.as_deref()), (ServerState::Good, None));
    assert_eq!(server.log().connections, 4, "one for the probe, one for each question");
}

#[tokio::test]
async fn an_abandoned_question_neither_blocks_the_server_nor_mixes_up_answers() {
    let server = &three().await[0];
    let client = client(&[server]);
    client.probe().await;
    for n in 0..20 {
        // Dropped in the middle of its answer, mostly.
        let code = code(n);
        let asking = client.bars(&code, Category::Day, 0, 20);
        let _ = tokio::time::timeout(Duration::from_micros(100 * n as u64), asking).await;
    }
    ask_for_sixty(&client).await;
    assert_eq!(client.health()[0].state, ServerState::Good);
}

#[tokio::test]
async fn a_server_that_recovers_is_used_again_after_its_rest() {
    let servers = three().await;
    servers[1].script().wrong = Wrong::Truncated;
    let mut config = config(&[&servers[1]]);
    config.cooldown = Duration::from_millis(50);
    let client = Client::new(config, clock());
    client.bars(&code(1), Category::Day, 0, 20).await.unwrap_err();
    assert!(matches!(client.health()[0].state, ServerState::Bad { .. }));
    servers[1].script().wrong = Wrong::Nothing;
    let mut patience = tokio::time::interval(Duration::from_millis(10));
    for _ in 0..200 {
        patience.tick().await;
        if client.bars(&code(1), Category::Day, 0, 20).await.is_ok() {
            assert_eq!(client.health()[0].state, ServerState::Good);
            return;
        }
    }
    panic!("it rests for ever");
}

#[tokio::test]
async fn half_of_the_servers_may_be_dead_or_lying() {
    let servers = three().await;
    let (truncated, silent) = (TestServer::start(Wrong::Truncated).await, TestServer::start(Wrong::Silent).await);
    // This one passes its probe and then cuts off everything else.
    let sly = TestServer::start(Wrong::Truncated).await;
    sly.script().bars = servers[0].script().bars.clone();
    sly.script().wrong_for = Some(*b"600007");
    let mut config = impatient(&[&truncated, &servers[0], &silent, &servers[1], &sly, &servers[2]]);
    config.servers.push(crate::server::dead_address().await);
    let client = Client::new(config, clock());
    ask_for_sixty(&client).await;
    assert!(truncated.asked_for(b"600001").is_empty() && silent.asked_for(b"600001").is_empty());
}

#[tokio::test]
async fn a_good_server_is_probed_again_on_the_connection_it_has() {
    let server = TestServer::start(Wrong::Nothing).await;
    let mut config = config(&[&server]);
    config.probe_lifetime = Duration::ZERO;
    let client = Client::new(config, clock());
    for _ in 0..3 {
        client.bars(&"600519.SH".parse().unwrap(), Category::Day, 0, 5).await.unwrap();
    }
    let log = server.log();
    let probes = log.calls.iter().filter(|call| call.symbol == *b"000001").count();
    assert!(probes >= 2, "it was probed again");
    assert_eq!((log.connections, log.most_open), (1, 1));
}
