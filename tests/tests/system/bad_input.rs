//! What the programs are given may be wrong: each says so, names the place, and ends or waits as it should.

use std::{fs, net::TcpListener, process::Command, time::Duration};

use serde_json::Value;
use system_tests::{Http, Stage, binary, eventually, market, run};

const BOUND: Duration = Duration::from_secs(60);
/// A person waits no longer than this for "Redis is unreachable".
const PATIENCE: Duration = Duration::from_secs(20);

/// The standard error of a program that must fail with exit code 1.
async fn fails(command: Command, bound: Duration) -> String {
    let answer = run(command, bound).await;
    assert_eq!(answer.code, Some(1), "{answer:?}");
    answer.stderr
}

fn program(name: &str, config: &std::path::Path) -> Command {
    let mut command = Command::new(binary(name));
    command.arg("--config").arg(config);
    command
}

#[tokio::test]
async fn a_configuration_with_a_mistake_names_key_line_and_nearest_key() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("twilight.toml");
    fs::write(&config, "[ingest-worker]\nfetch_concurency = 4\n").unwrap();
    for name in ["ingest-worker", "warehouse-api", "twilight"] {
        let mut command = program(name, &config);
        if name == "twilight" {
            command.args(["jobs", "stats"]);
        }
        let said = fails(command, BOUND).await;
        assert!(said.contains("twilight.toml:2: unknown key `ingest-worker.fetch_concurency`"), "{name}: {said}");
        assert!(said.contains("did you mean `fetch_concurrency`?"), "{name}: {said}");
    }
    fs::write(&config, "[ingest-worker\n").unwrap();
    let said = fails(program("ingest-worker", &config), BOUND).await;
    assert!(said.contains("twilight.toml:1"), "{said}");
    let said = fails(program("ingest-worker", &folder.path().join("absent.toml")), BOUND).await;
    assert!(said.contains("absent.toml"), "{said}");
}

#[tokio::test]
async fn an_unreachable_redis_is_named_within_seconds() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("twilight.toml");
    // One that takes connections and never answers, and one that takes none: nobody listens on port 1.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    for address in [silent.local_addr().unwrap().to_string(), "127.0.0.1:1".to_owned()] {
        fs::write(&config, format!("[queue]\nredis_url = \"redis://:secret-password@{address}/\"\n")).unwrap();
        for words in [&["jobs", "stats"][..], &["enqueue", "compact"]] {
            let mut command = program("twilight", &config);
            command.args(words);
            let said = fails(command, PATIENCE).await;
            assert!(said.contains("redis is unreachable") && said.contains(&address), "{said}");
            assert!(!said.contains("secret-password"), "{said}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_without_redis_waits_for_it_and_says_so() {
    let mut stage = Stage::new(&market(20, 3)).await;
    stage.redis.stop().unwrap();
    let worker = stage.worker().await;
    let http = Http::new(&worker.url);
    let (status, body) = http.get("/readyz").await;
    assert_eq!((status, &body["checks"]["queue"]["ok"]), (503, &Value::Bool(false)), "{body}");
    stage.redis.start_again().await.unwrap();
    eventually("the worker is ready", async || (http.get("/readyz").await.0 == 200).then_some(())).await;
    stage.done(&stage.ask_for(&stage.days(1)).await).await;
    worker.stop().await;
}

#[tokio::test]
async fn a_database_that_is_none_is_named_and_left_alone() {
    let stage = Stage::new(&market(20, 3)).await;
    let tail = stage.root().join("tail.duckdb");
    fs::create_dir_all(stage.root()).unwrap();
    fs::write(&tail, [7; 9_000]).unwrap();
    let said = fails(stage.command("ingest-worker"), BOUND).await;
    assert!(said.contains(&format!("{} is damaged", tail.display())), "{said}");
    assert!(fs::read(&tail).unwrap() == [7; 9_000]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_writer_is_refused_and_the_first_works_on() {
    let stage = Stage::new(&market(20, 3)).await;
    let worker = stage.worker().await;
    let said = fails(stage.command("ingest-worker"), BOUND).await;
    assert!(said.contains("another process is writing to this warehouse") && said.contains("writer.lock"), "{said}");
    stage.done(&stage.ask_for(&stage.days(1)).await).await;
    worker.stop().await;
}

/// The database of a newer schema is the warehouse's own test; here the generation that a replica may receive.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_generation_of_a_newer_schema_is_refused_and_the_older_one_served() {
    let stage = Stage::new(&market(20, 3)).await;
    let worker = stage.worker().await;
    stage.done(&stage.ask_for(&stage.days(1)).await).await;
    worker.stop().await;
    let api = stage.api().await;
    let http = Http::new(&api.url);
    let (_, before) = http.get("/quality/status").await;
    let number = before["generation"]["number"].as_u64().unwrap_or_else(|| panic!("{before}"));

    let published = stage.published();
    let manifest = fs::read_to_string(published.join(format!("gen-{number:06}.json"))).unwrap();
    let mut manifest: Value = serde_json::from_str(&manifest).unwrap();
    manifest["schema_version"] = 99.into();
    manifest["generation"] = (number + 1).into();
    let name = format!("gen-{:06}.json", number + 1);
    fs::write(published.join(&name), manifest.to_string()).unwrap();
    fs::write(published.join("CURRENT.new"), &name).unwrap();
    fs::rename(published.join("CURRENT.new"), published.join("CURRENT")).unwrap();

    let reason = "the warehouse has schema 99";
    let (status, body) = eventually("the API notes the newer schema", async || {
        let (status, body) = http.get("/readyz").await;
        body.to_string().contains(reason).then_some((status, body))
    })
    .await;
    assert_eq!(status, 200, "the older one is served: {body}");
    let (_, after) = http.get("/quality/status").await;
    assert_eq!(after["generation"]["number"], number);
    let mut verify = stage.command("twilight");
    verify.args(["generations", "verify"]);
    let said = fails(verify, BOUND).await;
    assert!(said.contains(reason) && said.contains("upgrade it"), "{said}");
    api.stop().await;
}
