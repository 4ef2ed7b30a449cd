//! How old a replica is, in headers, in `/quality/status` and in `/readyz`.

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::Value;
use warehouse::{ReplicaFile, write_replica};

use crate::{
    app::{TestApp, eventually},
    market::{self, published_at},
};

const DAILY: &str = "/warehouse/daily?code=600519.SH";

async fn ready(app: &TestApp) -> (u16, Value) {
    let response = app.request(Method::GET, "/readyz").send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

#[tokio::test]
async fn a_replica_says_how_old_it_is_and_that_it_is_too_old() {
    let root = tempfile::tempdir().unwrap();
    market::build(root.path());
    let published = root.path().join("published");
    let app = TestApp::over(&published)
        .with(|config| config.replica_unready_after = Some(TimeDelta::hours(30)))
        .start()
        .await;
    // The folder of a writer has no age.
    let headers = app.get(DAILY).await.headers().clone();
    assert!(!headers.contains_key("x-replica-age-seconds") && !headers.contains_key("x-replica-verified-at"));
    assert_eq!(app.json::<Value>("/quality/status").await["replica"]["sync_age_seconds"], Value::Null);

    let replica = ReplicaFile {
        synced_at: Some(published_at() + TimeDelta::minutes(20)),
        verified_at: Some(published_at() + TimeDelta::minutes(19)),
        generation: Some(1),
        from: "push from mac-mini".to_owned(),
        ..ReplicaFile::default()
    };
    write_replica(&published, &replica).unwrap();
    app.clock.set(published_at() + TimeDelta::minutes(25));
    eventually("the header tells", async || {
        app.get(DAILY).await.headers().get("x-replica-age-seconds").is_some_and(|age| age == "300")
    })
    .await;
    assert_eq!(app.get(DAILY).await.headers()["x-replica-verified-at"], "2026-04-29T19:19:00+08:00");
    let told = app.json::<Value>("/quality/status").await["replica"].clone();
    assert_eq!((&told["sync_age_seconds"], &told["from"]), (&300.into(), &"push from mac-mini".into()));
    assert_eq!(told["synced_at"], "2026-04-29T19:20:00+08:00");
    assert_eq!(ready(&app).await.0, 200);

    app.clock.set(published_at() + TimeDelta::minutes(20) + TimeDelta::hours(30));
    assert_eq!(ready(&app).await.0, 200, "as old as may be");
    app.clock.advance(TimeDelta::seconds(1));
    let (status, body) = ready(&app).await;
    let reason = body["checks"]["replica"]["reason"].as_str().unwrap();
    assert_eq!(status, 503);
    assert_eq!(
        reason,
        "the replica was last brought up to date at 2026-04-29T19:20:00+08:00 by `push from mac-mini`, more than 30 h ago"
    );
    assert_eq!(app.get(DAILY).await.status(), 200, "it answers all the same");

    // Damage to the note is no reason to forget it, and no reason not to serve.
    std::fs::write(published.join("replica.json"), "{").unwrap();
    assert_eq!(app.get(DAILY).await.status(), 200);
    write_replica(&published, &ReplicaFile { synced_at: Some(app.clock.now()), ..replica }).unwrap();
    eventually("it is ready again", async || ready(&app).await.0 == 200).await;
    app.stop().await;
}
