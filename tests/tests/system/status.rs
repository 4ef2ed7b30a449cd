//! `twilight status` over the daemons' own binaries: what is well, what is not, in which exit code, and never for long.

use std::{fs, path::PathBuf, process::Command, time::Duration};

use job_queue::{Broker, JobState, Push, Queue, payload::queue_name::GATEWAY};
use serde_json::{Value, json};
use system_tests::{
    API_TOKEN, Daemon, Stage, binary, eventually,
    gateway::{ADMIN_TOKEN, Gateway, GatewaySettings, GatewayStage},
    market, run,
};

/// Every question of these tests may take this long; a machine under load is slow.
const TIMEOUT_MS: u64 = 8_000;

/// All daemons, as an operator's own machine is told of them.
struct System {
    stage: Stage,
    gateway_stage: GatewayStage,
    worker: Daemon,
    judge: Daemon,
    api: Daemon,
    gateway: Option<Gateway>,
    registry: Daemon,
}

impl System {
    async fn start() -> Self {
        let (stage, gateway_stage) =
            (Stage::new(&market(5, 2)).await, GatewayStage::new(GatewaySettings::keys(2)).await);
        let (worker, judge) = (stage.worker().await, stage.judge().await);
        stage.done(&stage.ask_for(&stage.days(2)).await).await;
        let (api, gateway) = (stage.api().await, gateway_stage.gateway().await);
        let config = stage.folder().join("registry.toml");
        let text = format!(
            "[profile-registry]\nlisten = \"127.0.0.1:0\"\nstate = \"{}\"\n[queue]\nredis_url = \"{}\"\n",
            stage.folder().join("registry").display(),
            stage.redis.url()
        );
        fs::write(&config, text).unwrap();
        let mut registry = Command::new(binary("profile-registry"));
        registry.arg("--config").arg(config);
        let registry = Daemon::start(registry).await;
        let system = Self { stage, gateway_stage, worker, judge, api, gateway: Some(gateway), registry };
        system.configure(&system.url_of_gateway(), TIMEOUT_MS);
        system
    }

    fn url_of_gateway(&self) -> String {
        self.gateway.as_ref().unwrap().url().to_owned()
    }

    fn config(&self) -> PathBuf {
        self.stage.folder().join("operator.toml")
    }

    /// The operator's configuration, with the gateway at `gateway`.
    fn configure(&self, gateway: &str, timeout_ms: u64) {
        let Self { stage, gateway_stage, worker, judge, api, registry, .. } = self;
        let text = format!(
            "[warehouse]\nroot = \"{}\"\n[queue]\nredis_url = \"{}\"\n[queue.urls]\ngateway = \"{}\"\n\
             [quality-worker.disk]\nalarm_percent = 100.0\n\
             [gateway-proxy]\nstate = \"{}\"\nadmin_token = \"{ADMIN_TOKEN}\"\n\
             [status]\ntimeout_ms = {timeout_ms}\ningest_worker = \"{}\"\nquality_worker = \"{}\"\n\
             warehouse_api = \"{}\"\ngateway_proxy = \"{gateway}\"\nprofile_registry = \"{}\"\n",
            stage.root().display(),
            stage.redis.url(),
            gateway_stage.redis.url(),
            stage.folder().join("no-gateway-here").display(),
            worker.url,
            judge.url,
            api.url,
            registry.url,
        );
        fs::write(self.config(), text).unwrap();
    }

    /// Exit code and JSON.
    async fn status(&self) -> (i32, Value) {
        let mut command = Command::new(binary("twilight"));
        command.arg("--config").arg(self.config()).args(["status", "--json"]);
        let answer = run(command, Duration::from_secs(60)).await;
        let said = format!("{}{}", answer.stdout, answer.stderr);
        assert!(!said.contains(ADMIN_TOKEN) && !said.contains(API_TOKEN), "no secret is shown: {said}");
        let report: Value = serde_json::from_str(&answer.stdout).unwrap_or_else(|error| panic!("{error}: {said}"));
        (answer.code.unwrap(), report)
    }

    /// Asks until what is wrong is about `wanted`, each of it named once or more.
    async fn until(&self, code: i32, wanted: &[&str]) -> Value {
        eventually(&format!("{code} {wanted:?}"), async || {
            let (said, report) = self.status().await;
            let mut about = problems(&report);
            about.dedup();
            (said == code && about == wanted).then_some(report)
        })
        .await
    }
}

/// What is wrong, by what it is about.
fn problems(report: &Value) -> Vec<&str> {
    report["problems"].as_array().unwrap().iter().map(|problem| problem["about"].as_str().unwrap()).collect()
}

fn named<'a>(report: &'a Value, list: &str, name: &str) -> &'a Value {
    let found = report[list].as_array().unwrap().iter().find(|entry| entry["name"] == name);
    found.unwrap_or_else(|| panic!("{name}: {report}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_screen_tells_of_every_part_and_the_exit_code_how_bad_it_is() {
    let mut system = System::start().await;
    let report = system.until(0, &[]).await;
    assert_eq!(report["health"], "ok");
    for daemon in report["daemons"].as_array().unwrap() {
        assert_eq!(daemon["state"], "ready", "{daemon}");
        assert!(daemon["memory_bytes"].as_u64().is_some_and(|bytes| bytes > 1_000_000), "{daemon}");
    }
    assert_eq!(report["queues"].as_array().unwrap().len(), 5, "{report}");
    assert_eq!(named(&report, "queues", "ingest")["dead"], 0, "{report}");
    let published = &report["published"][0];
    assert!(published["generation"].as_u64().is_some_and(|number| number > 0), "{published}");
    assert!(!published["sources"].as_array().unwrap().is_empty(), "{published}");
    assert_eq!(named(&report, "channels", "key-1")["state"], "healthy", "{report}");
    assert_eq!(report["orders"]["parked"], 0, "{report}");
    assert!(report["disks"][0]["used_percent"].as_f64().is_some(), "{report}");
    let screen = run(
        {
            let mut command = Command::new(binary("twilight"));
            command.arg("--config").arg(system.config()).arg("status");
            command
        },
        Duration::from_secs(60),
    )
    .await;
    assert!(screen.stdout.starts_with("ok  ") && screen.stdout.contains("everything is well"), "{screen:?}");
    assert!(screen.stdout.lines().count() <= 50, "one screen: {}", screen.stdout);

    // A channel that rests and a dead letter are something to look at.
    let gateway = system.gateway.take().unwrap();
    let broker = Broker::connect(&system.gateway_stage.redis.url()).unwrap();
    let queue: Queue<Value> = Queue::new(&broker, GATEWAY).unwrap();
    queue.push(Push::id("nonsense"), &json!({"version": 1, "job": "make_coffee"})).await.unwrap();
    eventually("it is dead", async || {
        let job = queue.show("nonsense").await.ok()?;
        (job.summary.state == JobState::Dead).then_some(())
    })
    .await;
    let report = system.until(1, &["queue gateway"]).await;
    assert_eq!(report["problems"][0]["section"], "dead-letters", "{report}");

    // Without the gateway: down, and everything else is told all the same.
    gateway.daemon.kill();
    let report = system.until(3, &["gateway-proxy", "queue gateway"]).await;
    assert_eq!(report["channels"], Value::Null, "{report}");
    assert_eq!(named(&report, "daemons", "warehouse-api")["state"], "ready", "{report}");

    // Without Redis: every queue of it, and who needs it is not ready.
    system.stage.redis.kill().unwrap();
    let (code, report) = system.status().await;
    assert_eq!(code, 3);
    for queue in ["queue ingest", "queue quality", "queue warehouse-write", "queue provision"] {
        assert!(problems(&report).contains(&queue), "{report}");
    }
    assert_eq!(named(&report, "daemons", "ingest-worker")["state"], "not-ready", "{report}");
    assert!(report["published"][0]["generation"].is_u64(), "{report}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_never_answers_or_is_somebody_else_is_down_and_nobody_waits_for_it() {
    let system = System::start().await;
    // It accepts connections, and that is all.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    system.configure(&format!("http://{}", silent.local_addr().unwrap()), 1_000);
    let started = tokio::time::Instant::now();
    let (code, report) = system.status().await;
    assert_eq!((code, named(&report, "daemons", "gateway-proxy")["state"].as_str()), (3, Some("down")), "{report}");
    assert!(started.elapsed() < Duration::from_secs(15), "{:?}", started.elapsed());

    system.configure(&system.api.url, TIMEOUT_MS);
    let (code, report) = system.status().await;
    let gateway = named(&report, "daemons", "gateway-proxy");
    assert_eq!((code, gateway["error"].as_str()), (3, Some("warehouse-api answers there")), "{report}");
}
