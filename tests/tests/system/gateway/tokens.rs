//! Tokens of the operator's command line, at every daemon that lets callers in, whatever becomes of Redis.

use std::{fs, path::PathBuf, process::Command, time::Duration};

use serde_json::{Value, json};
use system_tests::{
    Answer, Daemon, binary, eventually,
    gateway::{Caller, Gateway, GatewaySettings, GatewayStage},
    run, within,
};

const BOUND: Duration = Duration::from_secs(60);

/// A gateway's stage on which `warehouse-api` runs as well.
async fn stage_with_an_api() -> (GatewayStage, PathBuf) {
    let stage = GatewayStage::new(GatewaySettings::keys(2)).await;
    let (folder, cache) = (stage.folder().display().to_string(), stage.folder().join("access-tokens.json"));
    stage.configure(|settings| {
        settings.more = format!(
            "\n[warehouse]\nroot = \"{folder}/warehouse\"\n\n[warehouse-api]\nlisten = \"127.0.0.1:0\"\n\
             memory_limit_mb = 64\ntoken_cache = \"{}\"\n",
            cache.display()
        );
    });
    (stage, cache)
}

/// `twilight tokens …` against a running gateway.
async fn twilight(stage: &GatewayStage, gateway: &Gateway, arguments: &[&str]) -> Answer {
    // The configuration lets the kernel choose a port; an operator's says which.
    let address = gateway.url().trim_start_matches("http://");
    let text = fs::read_to_string(stage.config()).unwrap();
    let config = stage.folder().join("operator.toml");
    fs::write(&config, text.replacen("listen = \"127.0.0.1:0\"", &format!("listen = \"{address}\""), 1)).unwrap();
    let mut command = Command::new(binary("twilight"));
    command.arg("--config").arg(config).arg("--json").arg("tokens").args(arguments);
    let answer = run(command, BOUND).await;
    assert_eq!(answer.code, Some(0), "{answer:?}");
    answer
}

/// What `warehouse-api` says to a token: 200, or 401 where it does not know it.
async fn at_the_warehouse(api: &Daemon, caller: &Caller) -> u16 {
    caller.at(&api.url).get("/quality/rules").await.status
}

async fn at_the_gateway(gateway: &Gateway, caller: &Caller) -> u16 {
    caller.at(gateway.url()).chat(json!({})).await.status
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_opens_every_daemon_through_restarts_without_redis_until_it_is_revoked() {
    let (mut stage, cache) = stage_with_an_api().await;
    let gateway = stage.gateway().await;
    let api = Daemon::start(stage.command("warehouse-api")).await;
    let made = twilight(&stage, &gateway, &["create", "--profile", "analyst", "--scope", "llm,read"]).await;
    let made: Value = serde_json::from_str(&made.stdout).unwrap();
    let (id, secret) = (made["token"]["id"].as_str().unwrap(), made["secret"].as_str().unwrap());
    let client = daemon_kit::http::client(&daemon_kit::http::ClientOptions::default()).unwrap();
    let caller = Caller::new(gateway.url(), secret, client.clone());
    let stranger = Caller::new(gateway.url(), "tw-nobody", client);

    assert_eq!(at_the_gateway(&gateway, &caller).await, 200, "the gateway lets it in at once");
    within(Duration::from_secs(15), "warehouse-api lets it in", async || {
        (at_the_warehouse(&api, &caller).await == 200).then_some(())
    })
    .await;
    assert_eq!((at_the_gateway(&gateway, &stranger).await, at_the_warehouse(&api, &stranger).await), (401, 401));
    eventually("the token is kept for a restart", async || fs::read_to_string(&cache).ok()?.contains(id).then_some(()))
        .await;
    let kept = fs::read_to_string(&cache).unwrap();
    assert!(!kept.contains(secret), "a file holds no token's text");

    // Redis dies, and everybody is started again without it.
    stage.redis.kill().unwrap();
    gateway.daemon.kill();
    api.kill();
    let gateway = stage.gateway().await;
    let api = Daemon::start(stage.command("warehouse-api")).await;
    for _ in 0..3 {
        assert_eq!((at_the_gateway(&gateway, &caller).await, at_the_warehouse(&api, &caller).await), (200, 200));
        assert_eq!((at_the_gateway(&gateway, &stranger).await, at_the_warehouse(&api, &stranger).await), (401, 401));
    }

    // Revoked: the gateway knows at once, the other daemon cannot know yet, and does once Redis is back.
    let revoked = twilight(&stage, &gateway, &["revoke", id]).await;
    let revoked: Value = serde_json::from_str(&revoked.stdout).unwrap();
    assert_eq!(revoked["tokens"][0]["state"], "revoked", "{revoked}");
    assert_eq!((at_the_gateway(&gateway, &caller).await, at_the_warehouse(&api, &caller).await), (401, 200));
    stage.redis.start_again().await.unwrap();
    within(BOUND, "warehouse-api refuses it", async || (at_the_warehouse(&api, &caller).await == 401).then_some(()))
        .await;
    assert_eq!(at_the_gateway(&gateway, &caller).await, 401);
    gateway.daemon.stop().await;
    api.stop().await;
}
