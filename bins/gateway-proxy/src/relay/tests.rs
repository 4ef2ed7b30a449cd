//! The relay without a socket on the caller's side: requests that are dropped at any moment.

use std::{sync::Arc, time::Duration};

use access_tokens::{Digest, Directory, Grant, Listing, Scope};
use axum::{body::Body, extract::Request, http::header, response::Response};
use chrono::DateTime;
use daemon_kit::{clock::Clock, config::OnDisconnect};
use gateway_ledger::{Ledger, LedgerOptions, RequestFilter, RequestRow};
use http_body_util::BodyExt as _;
use llm_upstream::{ApiKey, Dialect, Endpoint, Target, UpstreamOptions, Upstreams};
use route_policy::{ChannelSpec, Cny, DefaultPrice, ModelOffer, PriceTable, Router, RouterOptions};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use upstream_simulators::{LlmDialect, LlmFault, LlmOptions, LlmServer};

use super::{RelayOptions, relay};
use crate::{
    channel_table::{Channel, ChannelTable},
    gateway::{Gateway, Parts},
    lifecycle,
    time::Time,
};

const TOKEN: &str = "tw-tester";
const ASK: &str = r#"{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"hi"}]}"#;
const ASK_STREAM: &str = r#"{"model":"m","max_tokens":9,"stream":true,"messages":[{"role":"user","content":"hi"}]}"#;

struct World {
    gateway: Arc<Gateway>,
    llm: LlmServer,
    _folder: TempDir,
}

async fn world(on_disconnect: OnDisconnect) -> World {
    let llm = LlmServer::start(LlmOptions::with_keys(LlmDialect::OpenAi, 1)).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::fixed("2026-11-23T04:00:00Z".parse().unwrap());
    let (ledger, _) = Ledger::open(folder.path(), LedgerOptions::default(), clock.now()).unwrap();
    let default = DefaultPrice { input: Cny::from_yuan(1), output: Cny::from_yuan(2) };
    let prices = Arc::new(PriceTable::from_rows(&[], default).unwrap());
    let gateway = Gateway::new(Parts {
        options: options(on_disconnect),
        router: Router::new(RouterOptions::default()),
        upstreams: Upstreams::new(UpstreamOptions::default()).unwrap(),
        ledger,
        directory: Arc::new(Directory::new()),
        time: Time::new(clock),
        prices: prices.clone(),
        crash_at: None,
    });
    let offer = ModelOffer { public: "m".into(), upstream: "m".into() };
    let spec = ChannelSpec {
        name: "a".into(),
        account: "a".into(),
        group: "default".into(),
        models: vec![offer],
        priority: 0,
        weight: 1,
        rpm: None,
        tpm: None,
        max_in_flight: None,
        budget_per_day: Some(Cny::from_yuan(500)),
        enabled: true,
    };
    let target = Target::new(Dialect::OpenAi, &llm.base_url(), &ApiKey::new("sk-sim-key-1")).unwrap();
    gateway.desk.act(|router, at| {
        router.configure(vec![spec], Vec::new(), prices, at);
        let key = router.key("a").unwrap();
        let channel = Channel::new(key, "a".into(), "a".into(), Dialect::OpenAi, target);
        gateway.channels.store(Arc::new(ChannelTable::new([channel])));
    });
    gateway.directory.replace(&listing());
    lifecycle::start(&gateway, &CancellationToken::new());
    World { gateway, llm, _folder: folder }
}

fn options(on_disconnect: OnDisconnect) -> RelayOptions {
    RelayOptions {
        max_body: 1 << 20,
        body_within: Duration::from_secs(60),
        hold: 1 << 20,
        max_wait: Duration::from_secs(30),
        content_within: Duration::from_secs(60),
        on_disconnect,
        drain_for: Duration::from_secs(30),
        recovery_every: Duration::from_secs(1_800),
        default_max_output_tokens: 100,
        max_output_tokens: Default::default(),
    }
}

fn listing() -> Listing {
    let grant = Grant {
        id: "t".into(),
        name: "t".into(),
        profile: "p".into(),
        scopes: [Scope::Llm].into_iter().collect(),
        models: None,
        daily_cap: None,
        expires_at: None,
        digest: Digest::of(TOKEN.as_bytes()),
    };
    Listing { version: 1, as_of: DateTime::UNIX_EPOCH, tokens: vec![Arc::new(grant)] }
}

impl World {
    fn ask(&self, body: &'static str) -> impl Future<Output = Response> + use<> {
        let request = Request::post("/v1/chat/completions").header(header::AUTHORIZATION, format!("Bearer {TOKEN}"));
        relay(self.gateway.clone(), Endpoint::ChatCompletions, request.body(Body::from(body)).unwrap())
    }

    /// Everything that goes on without a caller has come to its end; what the books hold, and nothing is reserved.
    async fn rows(&self) -> Vec<RequestRow> {
        let status = || self.gateway.desk.read(|router, at| router.status(at).remove(0));
        let settled = async {
            while status().in_flight > 0 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), settled).await.expect("something is still reserved");
        assert_eq!(status().budget.reserved, Cny::ZERO);
        self.gateway.ledger.flush().await.unwrap();
        self.gateway.ledger.requests(RequestFilter::default(), None, 1000).await.unwrap().rows
    }

    /// Nothing is lost between the router, the books and what the provider bills.
    async fn agree(&self) -> Vec<RequestRow> {
        let rows = self.rows().await;
        let settled = self.gateway.desk.read(|router, at| router.status(at).remove(0).budget.settled);
        let recorded: Cny = rows.iter().map(RequestRow::cny).sum();
        assert_eq!(settled, recorded, "the router and the books count the same");
        rows
    }
}

async fn read_all(answer: impl Future<Output = Response>) {
    // It may break off, which is its own affair.
    let _ = answer.await.into_body().collect().await;
}

/// Polls a future so many times, and drops it. True when it was done before.
async fn drop_after<F: Future>(polls: usize, future: F) -> bool {
    let mut future = Box::pin(future);
    let mut left = polls;
    std::future::poll_fn(move |context| {
        if left == 0 {
            return std::task::Poll::Ready(false);
        }
        left -= 1;
        future.as_mut().poll(context).map(|_| true)
    })
    .await
}

#[tokio::test]
async fn a_request_that_is_dropped_at_any_moment_leaves_one_record_and_no_reservation() {
    for on_disconnect in [OnDisconnect::Drain, OnDisconnect::Cancel] {
        for body in [ASK, ASK_STREAM] {
            let world = world(on_disconnect).await;
            world.llm.faults().always("", LlmFault::Drip(256));
            let mut dropped = 0;
            for polls in 1_usize.. {
                let whole = drop_after(polls, read_all(world.ask(body))).await;
                let rows = world.agree().await;
                assert_eq!(rows.len(), polls, "one record for each, {body}");
                let newest = &rows[0];
                let expected = if newest.outcome == "ok" { 200 } else { 499 };
                assert!(newest.status == expected || newest.status == 200, "{newest:?}");
                assert!(newest.charges.len() <= 1, "{newest:?}");
                if whole {
                    assert_eq!((&*newest.outcome, newest.charges[0].estimated), ("ok", false));
                    break;
                }
                dropped += 1;
            }
            assert!(dropped >= 3, "it was dropped at {dropped} moments");
        }
    }
}

#[tokio::test]
async fn what_is_drained_is_charged_as_it_is_billed() {
    let world = world(OnDisconnect::Drain).await;
    world.llm.faults().always("", LlmFault::Drip(256));
    for (body, polls) in [(ASK, 2), (ASK_STREAM, 2), (ASK_STREAM, 4), (ASK_STREAM, 8)] {
        drop_after(polls, read_all(world.ask(body))).await;
        world.agree().await;
    }
    let rows = world.agree().await;
    let (input, output) = rows.iter().flat_map(|row| &row.charges).fold((0, 0), |(input, output), charge| {
        assert!(!charge.estimated, "{charge:?}");
        (input + charge.usage.input, output + charge.usage.output)
    });
    let billed = world.llm.book("key-1");
    assert_eq!((input, output), (billed.billed_input, billed.billed_output));
}

#[tokio::test]
async fn a_stream_at_the_end_of_a_shutdown_is_told_so_and_settled() {
    let world = world(OnDisconnect::Drain).await;
    world.llm.faults().always("", LlmFault::StallAfter(2));
    let mut body = world.ask(ASK_STREAM).await.into_body();
    let mut text = Vec::new();
    while !String::from_utf8_lossy(&text).contains("content\":\"t") && text.len() < 300 {
        text.extend_from_slice(&body.frame().await.unwrap().unwrap().into_data().unwrap());
    }
    world.gateway.closing.cancel();
    text.extend_from_slice(&body.collect().await.unwrap().to_bytes());
    let text = String::from_utf8(text).unwrap();
    assert!(text.contains("shutting_down") && !text.contains("[DONE]"), "{text}");
    let rows = world.agree().await;
    assert_eq!((rows.len(), &*rows[0].outcome, rows[0].charges[0].estimated), (1, "cut", true), "{rows:?}");
    lifecycle::finish(&world.gateway).await;
}

#[tokio::test]
async fn a_drain_does_not_outlast_a_shutdown() {
    let world = world(OnDisconnect::Drain).await;
    world.llm.faults().always("", LlmFault::StallAfter(2));
    drop(world.ask(ASK_STREAM).await);
    lifecycle::finish(&world.gateway).await;
    let rows = world.agree().await;
    assert_eq!((rows.len(), &*rows[0].outcome, rows[0].charges[0].estimated), (1, "client_gone", true), "{rows:?}");
}

#[tokio::test]
async fn prices_that_change_while_an_answer_runs_are_not_for_it() {
    let world = world(OnDisconnect::Drain).await;
    world.llm.faults().always("", LlmFault::Drip(64));
    let mut body = world.ask(ASK_STREAM).await.into_body();
    body.frame().await.unwrap().unwrap();
    let dear = DefaultPrice { input: Cny::from_yuan(1_000), output: Cny::from_yuan(2_000) };
    world.gateway.take_prices(Arc::new(PriceTable::from_rows(&[], dear).unwrap()));
    body.collect().await.unwrap();
    let rows = world.agree().await;
    let charge = &rows[0].charges[0];
    assert_eq!(charge.cny.nano(), i64::try_from(charge.usage.input + 2 * charge.usage.output).unwrap() * 1_000);
    assert!(charge.breach.is_none() && charge.cny <= charge.reserved, "{charge:?}");
    read_all(world.ask(ASK)).await;
    let rows = world.agree().await;
    assert!(rows[0].cny() > rows[1].cny() + rows[1].cny(), "the next one pays them");
}

#[tokio::test]
async fn a_budget_that_is_set_while_there_was_none_leaves_what_is_left_of_it() {
    let world = world(OnDisconnect::Drain).await;
    let set = |budget: Option<Cny>| world.gateway.desk.act(|router, _| router.set_budget("a", budget));
    set(None);
    let yuan = |yuan: &str| yuan.parse::<Cny>().unwrap();
    let price = DefaultPrice { input: Cny::ZERO, output: Cny::from_yuan(100_000) };
    world.gateway.take_prices(Arc::new(PriceTable::from_rows(&[], price).unwrap()));
    // Nine tokens, ¥0.9 each time.
    for _ in 0..7 {
        assert_eq!(world.ask(ASK).await.status(), 200);
    }
    let spent: Cny = world.agree().await.iter().map(RequestRow::cny).sum();
    assert_eq!(spent, yuan("6.3"));
    set(Some(yuan("10")));
    for left in (0..6).rev() {
        let status = world.ask(ASK).await.status().as_u16();
        assert_eq!(status, if left >= 2 { 200 } else { 429 }, "{left}");
        world.agree().await;
    }
    let status = world.gateway.desk.read(|router, at| router.status(at).remove(0).budget);
    assert_eq!(status.settled, yuan("9.9"));
}
