//! Which connections are used again, and what happens when they are dead.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use llm_upstream::{SendError, UpstreamOptions};
use tokio::{io::AsyncWriteExt as _, sync::mpsc};

use crate::kit::{STREAM_HEAD, Server, chat, chunk, closed, read_request, sized, until, upstreams};

#[tokio::test]
async fn a_connection_is_used_again_once_its_answer_was_read_to_the_end() {
    let streamed = format!("{STREAM_HEAD}{}0\r\n\r\n", chunk("data: a\n\n"));
    for answer in [sized("{}"), streamed, "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_owned()] {
        let server = Server::answering(&answer).await;
        let upstreams = upstreams(UpstreamOptions::default());
        for _ in 0..20 {
            let mut answer = chat(&upstreams, &server.target).await.unwrap();
            answer.body.whole(1_000).await.unwrap();
            assert_eq!(upstreams.idle_connections(), 1);
        }
        assert_eq!(server.accepted(), 1, "{answer}");
    }
}

#[tokio::test]
async fn each_lane_keeps_its_own_connections() {
    static LANE: AtomicUsize = AtomicUsize::new(0);
    let server = Server::answering(sized("{}")).await;
    let upstreams = upstreams(UpstreamOptions { lane: || LANE.load(Ordering::Relaxed), ..UpstreamOptions::default() });
    // Lanes that have no connection make one, and each takes its own again.
    for (lane, connections) in [(0, 1), (3, 2), (0, 2), (1, 3), (3, 3), (1, 3)] {
        LANE.store(lane, Ordering::Relaxed);
        let mut answer = chat(&upstreams, &server.target).await.unwrap();
        // Read to its end elsewhere, it goes back to where it belongs.
        LANE.store(7, Ordering::Relaxed);
        answer.body.whole(1_000).await.unwrap();
        assert_eq!((server.accepted(), upstreams.idle_connections()), (connections, connections), "lane {lane}");
    }
}

#[tokio::test]
async fn one_whose_answer_was_not_read_or_that_says_close_is_not() {
    for answer in
        [sized(&"x".repeat(500_000)), sized("{}").replace("content-type", "connection: close\r\ncontent-type")]
    {
        let server = Server::start(move |_, mut socket| {
            let answer = answer.clone();
            async move {
                read_request(&mut socket).await.unwrap();
                // Not all of it goes out if the client hangs up.
                let _ = socket.write_all(answer.as_bytes()).await;
                closed(&mut socket).await;
            }
        })
        .await;
        let upstreams = upstreams(UpstreamOptions::default());
        for count in 1..=3 {
            let mut answer = chat(&upstreams, &server.target).await.unwrap();
            answer.body.next().await.unwrap().unwrap();
            drop(answer);
            assert_eq!((server.accepted(), upstreams.idle_connections()), (count, 0));
        }
    }
}

#[tokio::test]
async fn a_pooled_connection_that_the_upstream_has_closed_costs_nobody_an_error() {
    let processed = Arc::new(AtomicUsize::new(0));
    let (close, closing) = tokio::sync::watch::channel(());
    let count = processed.clone();
    let server = Server::start(move |number, mut socket| {
        let (count, mut closing) = (count.clone(), closing.clone());
        async move {
            loop {
                tokio::select! {
                    request = read_request(&mut socket) => match request {
                        Some(_) => {
                            count.fetch_add(1, Ordering::SeqCst);
                            socket.write_all(sized("{}").as_bytes()).await.unwrap();
                        }
                        None => return,
                    },
                    // Its idle time is over.
                    _ = closing.changed(), if number == 0 => return,
                }
            }
        }
    })
    .await;
    let upstreams =
        upstreams(UpstreamOptions { pool_idle_timeout: Duration::from_secs(600), ..UpstreamOptions::default() });
    for round in 1..=2 {
        let mut answer = chat(&upstreams, &server.target).await.unwrap();
        answer.body.whole(100).await.unwrap();
        assert_eq!(processed.load(Ordering::SeqCst), round, "nothing is processed twice");
        if round == 1 {
            close.send(()).unwrap();
            // The socket is closed once the server's side has let go of it.
            until("the server has closed", || close.receiver_count() <= 1 + usize::from(server.accepted() > 1)).await;
        }
    }
    assert_eq!(server.accepted(), 2);
}

#[tokio::test]
async fn a_pooled_connection_that_dies_with_the_request_is_not_tried_again() {
    let (seen, mut requests) = mpsc::unbounded_channel();
    let server = Server::start(move |_, mut socket| {
        let seen = seen.clone();
        async move {
            read_request(&mut socket).await.unwrap();
            socket.write_all(sized("{}").as_bytes()).await.unwrap();
            if let Some(request) = read_request(&mut socket).await {
                // It was read, perhaps worked on, and billed: then the process dies.
                seen.send(request).unwrap();
            }
        }
    })
    .await;
    let upstreams = upstreams(UpstreamOptions::default());
    chat(&upstreams, &server.target).await.unwrap().body.whole(100).await.unwrap();
    let error = chat(&upstreams, &server.target).await.unwrap_err();
    assert!(matches!(&error, SendError::Cut { sent: true, .. }), "{error:?}");
    requests.recv().await.unwrap();
    assert_eq!(server.accepted(), 1);
}

#[tokio::test]
async fn unused_connections_are_closed_after_their_time_without_any_traffic() {
    let (told, mut hung_up) = mpsc::unbounded_channel();
    let server = Server::start(move |_, mut socket| {
        let told = told.clone();
        async move {
            read_request(&mut socket).await.unwrap();
            socket.write_all(sized("{}").as_bytes()).await.unwrap();
            closed(&mut socket).await;
            told.send(()).unwrap();
        }
    })
    .await;
    let options = UpstreamOptions { pool_idle_timeout: Duration::from_millis(120), ..UpstreamOptions::default() };
    let upstreams = upstreams(options);
    chat(&upstreams, &server.target).await.unwrap().body.whole(100).await.unwrap();
    assert_eq!(upstreams.idle_connections(), 1);
    hung_up.recv().await.unwrap();
    assert_eq!(upstreams.idle_connections(), 0);
}

#[tokio::test]
async fn no_more_connections_are_kept_than_allowed() {
    let server = Server::answering(sized("{}")).await;
    let upstreams = upstreams(UpstreamOptions { pool_idle_per_host: 2, ..UpstreamOptions::default() });
    let mut answers = Vec::new();
    for _ in 0..5 {
        answers.push(chat(&upstreams, &server.target).await.unwrap());
    }
    for mut answer in answers {
        answer.body.whole(100).await.unwrap();
    }
    assert_eq!((server.accepted(), upstreams.idle_connections()), (5, 2));
}

#[tokio::test]
async fn an_answer_before_the_request_was_read_is_still_an_answer() {
    let server = Server::start(|_, mut socket| async move {
        let refusal = "HTTP/1.1 413 Payload Too Large\r\ncontent-length: 2\r\n\r\n{}";
        socket.write_all(refusal.as_bytes()).await.unwrap();
        closed(&mut socket).await;
    })
    .await;
    let upstreams = upstreams(UpstreamOptions::default());
    let body = bytes::Bytes::from(vec![b'x'; 16 << 20]);
    let endpoint = llm_upstream::Endpoint::ChatCompletions;
    let mut answer = upstreams.send(&server.target, endpoint, body, false, "r").await.unwrap();
    assert_eq!(answer.status.as_u16(), 413);
    answer.body.whole(100).await.unwrap();
    assert_eq!(upstreams.idle_connections(), 0, "half of a request is still to be written");
}
