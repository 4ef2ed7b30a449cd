//! The gateway's access tokens open the data routes, with Redis and without.

use std::{path::Path, sync::Arc};

use access_tokens::{Grant, Listing, Scope, TokenStore, TokenText};
use chrono::{DateTime, TimeDelta, Utc};
use daemon_kit::config::Secret;
use job_queue::private_redis::RedisServer;
use reqwest::{Method, StatusCode};

use crate::{
    app::{OPERATOR, TestApp, eventually, problem},
    market,
};

fn grant(id: &str, text: &TokenText, scope: Scope) -> Arc<Grant> {
    Arc::new(Grant {
        id: id.into(),
        name: id.into(),
        profile: "alice".into(),
        scopes: [scope].into_iter().collect(),
        models: None,
        daily_cap: None,
        expires_at: None,
        digest: text.digest(),
    })
}

async fn publish(redis: &RedisServer, version: u64, tokens: &[Arc<Grant>]) {
    let store = TokenStore::new(&redis.url()).unwrap();
    store.publish(&Listing { version, as_of: published_at(), tokens: tokens.to_vec() }).await.unwrap();
}

fn published_at() -> DateTime<Utc> {
    market::published_at() + TimeDelta::minutes(30)
}

async fn start(redis: &RedisServer, cache: &Path) -> TestApp {
    let (url, cache) = (Secret::new(redis.url()), cache.to_owned());
    let change = |config: &mut warehouse_api::ServerConfig| {
        config.queue.redis_url = url;
        config.api.token_cache = cache;
    };
    TestApp::shared().with(change).start().await
}

async fn status(app: &TestApp, method: Method, path: &str, token: &str) -> StatusCode {
    app.request(method, path).bearer_auth(token).send().await.unwrap().status()
}

async fn reads(app: &TestApp, token: &TokenText) -> bool {
    status(app, Method::GET, "/quality/rules", token.expose()).await == StatusCode::OK
}

#[tokio::test]
async fn an_access_token_opens_what_its_scopes_say_until_it_is_revoked() {
    let (redis, folder) = (RedisServer::start().await.unwrap(), tempfile::tempdir().unwrap());
    let (reader, bot) = (TokenText::generate().unwrap(), TokenText::generate().unwrap());
    let app = start(&redis, &folder.path().join("tokens.json")).await;
    assert!(!reads(&app, &reader).await);
    let bots = grant("bot", &bot, Scope::Llm);
    publish(&redis, 1, &[grant("reader", &reader, Scope::Read), bots.clone()]).await;
    // The next poll is ten seconds away, and this waits less: the message brought it.
    eventually("the reader is let in", async || reads(&app, &reader).await).await;
    let admin = status(&app, Method::POST, "/admin/quality/check?all=true", reader.expose()).await;
    assert_eq!(admin, StatusCode::FORBIDDEN);
    let response = app.request(Method::GET, "/quality/rules").bearer_auth(bot.expose()).send().await.unwrap();
    assert_eq!(problem(response).await["scope"], "read");
    publish(&redis, 2, &[bots]).await;
    eventually("the reader is revoked", async || !reads(&app, &reader).await).await;
    assert_eq!(status(&app, Method::GET, "/quality/rules", OPERATOR).await, StatusCode::OK, "configured ones stay");
}

#[tokio::test]
async fn redis_gone_and_the_server_restarted_callers_still_get_in_and_the_age_is_shown() {
    let (mut redis, folder) = (RedisServer::start().await.unwrap(), tempfile::tempdir().unwrap());
    let (reader, cache) = (TokenText::generate().unwrap(), folder.path().join("deep/tokens.json"));
    publish(&redis, 1, &[grant("reader", &reader, Scope::Read)]).await;
    let app = start(&redis, &cache).await;
    eventually("the reader is let in", async || reads(&app, &reader).await).await;
    eventually("the tokens are on disk", async || cache.exists()).await;
    app.stop().await;
    redis.kill().unwrap();

    let app = start(&redis, &cache).await;
    assert!(reads(&app, &reader).await, "from the first request on");
    app.clock.advance(TimeDelta::minutes(5));
    let ready: serde_json::Value = app.json("/readyz").await;
    let note = ready["notes"]["access-tokens"].as_str().unwrap();
    assert!(note.contains("300 s ago"), "{note}");
    assert!(app.text("/metrics").await.contains("access_tokens_age_seconds"));
    let on_disk = std::fs::read_to_string(&cache).unwrap();
    assert!(!on_disk.contains(reader.expose()));
}

#[tokio::test]
async fn a_damaged_file_of_last_known_tokens_does_not_keep_the_server_from_starting() {
    let (redis, folder) = (RedisServer::start().await.unwrap(), tempfile::tempdir().unwrap());
    let (reader, cache) = (TokenText::generate().unwrap(), folder.path().join("tokens.json"));
    std::fs::write(&cache, "{\"format\":1,\"sha256\":\"0").unwrap();
    let app = start(&redis, &cache).await;
    assert_eq!(app.get("/quality/rules").await.status(), StatusCode::OK);
    assert!(!reads(&app, &reader).await);
    publish(&redis, 1, &[grant("reader", &reader, Scope::Read)]).await;
    eventually("the reader is let in", async || reads(&app, &reader).await).await;
}
