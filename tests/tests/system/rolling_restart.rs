//! Every daemon is ended by SIGTERM and started again while it is used, as an upgrade does. Callers do what any load balancer
//! does: a connection that is refused, or that breaks before an answer began, is tried again. Nothing else may fail, and no
//! job may be lost or take effect twice.

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    process::Command,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use futures::future::join_all;
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use system_tests::{
    API_TOKEN, Daemon, Settings, Stage, binary, eventually,
    gateway::{ADMIN_TOKEN, GatewaySettings, GatewayStage, chat_body},
    market,
};

const RESTARTS: usize = if cfg!(feature = "soak") { 20 } else { 3 };
/// Answers that must have come between two restarts.
const BETWEEN: u64 = 40;
const CALLERS: usize = 4;

/// What callers went through.
#[derive(Clone, Default)]
struct Load {
    answered: Arc<AtomicU64>,
    retried: Arc<AtomicU64>,
    failures: Arc<Mutex<Vec<String>>>,
    is_over: Arc<AtomicBool>,
}

impl Load {
    /// Asks one thing after the other until it is over; `judge` says what is wrong with a status and a body.
    async fn keep_asking(&self, ask: impl Fn(u64) -> RequestBuilder, judge: impl Fn(u16, &str) -> Option<String>) {
        let mut number = 0;
        while !self.is_over.load(Ordering::SeqCst) {
            number += 1;
            let (status, body) = self.answer(|| ask(number)).await;
            match body.map_or_else(Some, |body| judge(status, &body)) {
                None => self.answered.fetch_add(1, Ordering::SeqCst),
                Some(problem) => {
                    self.failures.lock().unwrap().push(format!("{status}: {problem}"));
                    return;
                }
            };
        }
    }

    /// An answer's status, and its body or why it broke off. Without a head of an answer it is asked again.
    async fn answer(&self, ask: impl Fn() -> RequestBuilder) -> (u16, Result<String, String>) {
        eventually("there is an answer", async || match ask().send().await {
            Ok(answer) => {
                let status = answer.status().as_u16();
                Some((status, answer.text().await.map_err(|error| format!("broke off: {error:?}"))))
            }
            Err(error) if error.is_timeout() => Some((0, Err(format!("{error:?}")))),
            Err(_) => {
                self.retried.fetch_add(1, Ordering::SeqCst);
                None
            }
        })
        .await
    }

    /// Waits until so many more answers have come, or one was wrong.
    async fn goes_on(&self) {
        let wanted = self.answered.load(Ordering::SeqCst) + BETWEEN;
        eventually("callers are answered", async || {
            let is_wrong = !self.failures.lock().unwrap().is_empty();
            (is_wrong || self.answered.load(Ordering::SeqCst) >= wanted).then_some(())
        })
        .await;
    }

    fn ends_well(&self, what: &str) {
        self.is_over.store(true, Ordering::SeqCst);
        let failures = self.failures.lock().unwrap();
        let (answered, retried) = (self.answered.load(Ordering::SeqCst), self.retried.load(Ordering::SeqCst));
        assert!(failures.is_empty(), "{what}: {answered} answered, {retried} tried again: {failures:#?}");
        println!("{what}: {RESTARTS} restarts, {answered} requests answered, {retried} tried again, 0 failed");
    }
}

/// Restarts the daemon again and again while `load` goes on.
async fn restart_under(load: &Load, command: impl Fn() -> Command, mut daemon: Daemon) -> Daemon {
    load.goes_on().await;
    for _ in 0..RESTARTS {
        daemon.stop().await;
        daemon = Daemon::start(command()).await;
        load.goes_on().await;
    }
    daemon
}

/// Gives `section` a port of its own in the configuration, so that a daemon comes back where its callers look for it.
fn settle(config: &Path, section: &str) -> String {
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let text = fs::read_to_string(config).unwrap();
    let (anywhere, here) = ("listen = \"127.0.0.1:0\"", format!("listen = \"{address}\""));
    let settled = text.replacen(&format!("[{section}]\n{anywhere}"), &format!("[{section}]\n{here}"), 1);
    assert_ne!(settled, text, "[{section}] listens anywhere");
    fs::write(config, settled).unwrap();
    format!("http://{address}")
}

fn client() -> Client {
    daemon_kit::http::client(&daemon_kit::http::ClientOptions::default()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_api_is_restarted_under_load_and_no_request_fails() {
    let stage = Stage::new(&market(10, 3)).await;
    let worker = stage.worker().await;
    let days = stage.days(3);
    stage.done(&stage.ask_for(&days).await).await;
    worker.stop().await;
    let url = settle(stage.config(), "warehouse-api");
    let api = stage.api().await;
    let (load, client) = (Load::default(), client());
    let codes: Vec<String> = stage.market.expected_codes(days[0]).iter().map(ToString::to_string).collect();
    let ask = |number: u64| {
        let code = &codes[number as usize % codes.len()];
        let path = format!("/warehouse/daily?code={code}&start={}&end={}", days[0], days[2]);
        client.get(format!("{url}{path}")).bearer_auth(API_TOKEN)
    };
    let judge = |status: u16, body: &str| {
        let rows = serde_json::from_str::<Value>(body).ok().and_then(|body| Some(body["rows"].as_array()?.len()));
        (status != 200 || rows != Some(3)).then(|| body.to_owned())
    };
    let callers = join_all((0..CALLERS).map(|_| load.keep_asking(ask, judge)));
    let restarts = async {
        let api = restart_under(&load, || stage.command("warehouse-api"), api).await;
        load.ends_well("warehouse-api");
        api
    };
    let (_, api) = tokio::join!(callers, restarts);
    api.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_gateway_is_restarted_under_load_no_request_fails_and_every_one_is_booked() {
    let stage = GatewayStage::new(GatewaySettings::keys(2)).await;
    let url = settle(&stage.config(), "gateway-proxy");
    let gateway = stage.gateway().await;
    let token = gateway.caller("research-bot").await.token;
    let (load, client) = (Load::default(), client());
    let ask = |number: u64| {
        let body = chat_body(json!({"stream": number.is_multiple_of(2)}));
        client.post(format!("{url}/v1/chat/completions")).bearer_auth(&token).json(&body)
    };
    let judge = |status: u16, body: &str| {
        let is_whole = body.ends_with("data: [DONE]\n\n") || body.contains("\"finish_reason\":\"length\"");
        (status != 200 || !is_whole).then(|| body.to_owned())
    };
    let callers = join_all((0..CALLERS).map(|_| load.keep_asking(ask, judge)));
    let restarts = async {
        let daemon = restart_under(&load, || stage.command("gateway-proxy"), gateway.daemon).await;
        load.ends_well("gateway-proxy");
        daemon
    };
    let (_, daemon) = tokio::join!(callers, restarts);
    // Who was tried again may have been served before: what was answered is booked, and the provider billed no more than that.
    let answered = load.answered.load(Ordering::SeqCst);
    eventually("every request is booked", async || {
        let usage = client.get(format!("{}/admin/usage?by=profile", daemon.url)).bearer_auth(ADMIN_TOKEN);
        let usage: Value = usage.send().await.ok()?.json().await.ok()?;
        let row = &usage["usage"][0];
        let served: u64 = stage.llm.books().values().map(|book| book.answered).sum();
        (row["requests"].as_u64()? - row["failures"].as_u64()? == served && served >= answered).then_some(())
    })
    .await;
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_workers_are_restarted_in_turn_and_no_job_is_lost_or_takes_effect_twice() {
    const DAYS: usize = 12;
    let market = market(12, DAYS as u64);
    let calm = Stage::new(&market).await;
    let worker = calm.worker().await;
    calm.done(&calm.ask_for(&calm.days(DAYS)).await).await;
    worker.stop().await;
    let wanted = calm.published_hash().await;

    let settings = Settings { bookkeeping_every_s: Some(1), ..Settings::default() };
    let stage = Stage::with(&market, settings).await;
    let (mut worker, mut judge) = (stage.worker().await, stage.judge().await);
    let ids = stage.ask_for(&stage.days(DAYS)).await;
    for round in 1..=2 * RESTARTS {
        // After some calls to the vendor each: in the middle of jobs.
        let calls = stage.vendors.tushare.calls().total() + 3;
        eventually("the work goes on", async || {
            let is_over = stage.queue.stats().await.ok()?.done as usize >= DAYS;
            (is_over || stage.vendors.tushare.calls().total() >= calls).then_some(())
        })
        .await;
        if round % 2 == 0 {
            judge.stop().await;
            judge = stage.judge().await;
        } else {
            worker.stop().await;
            worker = stage.worker().await;
        }
    }
    stage.done(&ids).await;
    eventually("every day is checked", async || {
        let stats = stage.checks.stats().await.ok()?;
        assert_eq!(stats.dead, 0, "{stats:?}");
        (stats.done > 0 && stats.waiting + stats.delayed + stats.running == 0).then_some(())
    })
    .await;
    eventually("every finding is recorded", async || {
        let stats = stage.writes.stats().await.ok()?;
        assert_eq!(stats.dead, 0, "{stats:?}");
        (stats.waiting + stats.delayed + stats.running == 0).then_some(())
    })
    .await;
    assert_eq!(stage.queue.stats().await.unwrap().dead, 0);
    worker.stop().await;
    judge.stop().await;
    assert_eq!(stage.published_days(), stage.days(DAYS).into_iter().collect::<BTreeSet<_>>());
    assert_eq!(stage.published_hash().await, wanted);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_registry_is_restarted_while_people_pay_and_everybody_has_one_profile() {
    const OPERATOR: &str = "the-token-of-operators";
    const RECIPIENT: &str = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
    let stage = GatewayStage::new(GatewaySettings::keys(1)).await;
    let gateway = stage.gateway().await;
    let config = stage.folder().join("registry.toml");
    let text = format!(
        "[profile-registry]\nlisten = \"127.0.0.1:0\"\nstate = \"{}\"\nadmin_token = \"{OPERATOR}\"\n\
         gateway_url = \"{}\"\ngateway_token = \"{ADMIN_TOKEN}\"\nanonymous_per_minute = 100000\n\
         [[profile-registry.products]]\nname = \"stock-pro\"\ntemplate = \"template-stock-research-pro\"\n\
         amount_fen = 19900\n[queue]\nredis_url = \"{}\"\n",
        stage.folder().join("registry").display(),
        gateway.url(),
        stage.redis.url()
    );
    fs::write(&config, text).unwrap();
    let url = settle(&config, "profile-registry");
    let command = || {
        let mut command = Command::new(binary("profile-registry"));
        command.arg("--config").arg(&config);
        command
    };
    let mut daemon = Daemon::start(command()).await;
    let (load, client) = (Load::default(), client());
    let post = |path: &str, body: &Value| client.post(format!("{url}{path}")).bearer_auth(OPERATOR).json(body);
    let host = json!({"name": "mini", "recipient": RECIPIENT});
    assert_eq!(load.answer(|| post("/hosts", &host)).await.0, 201);
    let orders: Vec<String> = (0..4 * RESTARTS).map(|number| format!("TW2026-{number:04}")).collect();
    // Two customers at a time; a notification is repeated until it is answered.
    let buys = |half: usize| {
        let (load, orders, post) = (&load, &orders, &post);
        async move {
            for order in orders.iter().skip(half).step_by(2) {
                let body = json!({"out_trade_no": order, "product": "stock-pro", "payer": format!("wx:wx24:{order}")});
                let (status, said) = load.answer(|| post("/provision", &body)).await;
                if !matches!(status, 200..=202) {
                    load.failures.lock().unwrap().push(format!("{order}: {status} {said:?}"));
                }
                load.answered.fetch_add(1, Ordering::SeqCst);
            }
        }
    };
    let restarts = async {
        for round in 1..=RESTARTS as u64 {
            let some = round * orders.len() as u64 / (RESTARTS as u64 + 1);
            eventually("orders come", async || (load.answered.load(Ordering::SeqCst) >= some).then_some(())).await;
            daemon.stop().await;
            daemon = Daemon::start(command()).await;
        }
        daemon
    };
    let (_, _, daemon) = tokio::join!(buys(0), buys(1), restarts);
    load.ends_well("profile-registry");
    let mut profiles = BTreeSet::new();
    for order in &orders {
        let committed = eventually("the order is committed", async || {
            let request = client.get(format!("{url}/orders/{order}")).bearer_auth(OPERATOR);
            let order: Value = request.send().await.ok()?.json().await.ok()?;
            (order["state"] == "committed").then_some(order)
        })
        .await;
        assert!(profiles.insert(committed["profile"].as_str().unwrap().to_owned()), "one profile each: {committed}");
    }
    let tokens = gateway.get("/admin/tokens").await;
    let ours =
        tokens["tokens"].as_array().unwrap().iter().filter(|token| token["id"].as_str().unwrap().contains("order@"));
    assert_eq!(ours.count(), 2 * orders.len(), "two tokens each, however often they were asked for");
    daemon.stop().await;
    gateway.daemon.stop().await;
}
