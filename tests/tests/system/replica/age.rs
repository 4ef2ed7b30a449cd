//! A replica's age, as its readers are told.

use system_tests::{
    Daemon, Http, eventually,
    replica::{Replica, Source},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_api_beside_a_replica_tells_its_age_and_follows_every_copy() {
    let mut source = Source::new();
    let replica = Replica::new();
    let text = std::fs::read_to_string(replica.config()).unwrap();
    let api_keys = format!(
        "unready_after_h = 1\n[warehouse-api]\nlisten = \"127.0.0.1:0\"\npoll_ms = 10\ntoken_cache = \"{}\"\n\
         tokens = [{{ name = \"tests\", token = \"{}\", scopes = [\"read\"] }}]\n[telemetry]\nformat = \"json\"\n",
        replica.folder().join("tokens.json").display(),
        system_tests::API_TOKEN,
    );
    std::fs::write(replica.config(), text + &api_keys).unwrap();
    let mut command = std::process::Command::new(system_tests::binary("warehouse-api"));
    command.arg("--config").arg(replica.config());
    let api = Daemon::start(command).await;
    let http = Http::new(&api.url);
    assert_eq!(http.get("/healthz").await.0, 200);
    assert_eq!(http.get("/quality/status").await.1["replica"]["state"], "empty");

    let from = source.root().display().to_string();
    for generation in [1, 2] {
        replica.done(&["pull", "--from", &from]).await;
        eventually("it is served", async || {
            let (status, body) = http.get("/quality/status").await;
            let told = &body["replica"];
            assert_eq!(status, 200);
            (told["generation"] == generation && told["sync_age_seconds"].as_i64()? < 60).then(|| {
                assert_eq!(told["state"], "current");
                assert!(told["verified_at"].is_string() && told["synced_at"].is_string(), "{told}");
            })
        })
        .await;
        source.publish_a_day();
    }
    eventually("it is ready", async || (http.get("/readyz").await.0 == 200).then_some(())).await;
    let mut old = replica.says();
    old.synced_at = old.synced_at.map(|at| at - chrono::TimeDelta::minutes(61));
    warehouse::write_replica(&replica.published(), &old).unwrap();
    eventually("it says that it is too old", async || {
        let (status, body) = http.get("/readyz").await;
        let reason = body["checks"]["replica"]["reason"].as_str()?;
        (status == 503 && reason.contains("was last brought up to date")).then_some(())
    })
    .await;
    replica.done(&["pull", "--from", &from]).await;
    eventually("it is ready again", async || (http.get("/readyz").await.0 == 200).then_some(())).await;
    api.stop().await;
}
