//! The file of the last known tokens.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use access_tokens::{CacheError, LastKnownGood, Listing};
use job_queue::private_redis::RedisServer;

use crate::{
    log_capture,
    support::{Daemon, Files, Gateway, SOON, Watch, eventually, token},
};

/// Nothing listens there.
const NOWHERE: &str = "redis://127.0.0.1:1/";

fn listing(watch: &Watch, version: u64, ids: &[&str]) -> Listing {
    Listing { version, as_of: watch.now(), tokens: ids.iter().map(|id| token(id).grant).collect() }
}

#[test]
fn it_is_replaced_as_a_whole_and_readable_by_its_owner_only() {
    let (files, watch) = (Files::new(), Watch::new());
    let path = files.path("deep/down/tokens.json");
    let file = LastKnownGood::at(&path);
    assert!(file.load().unwrap().is_none(), "nothing was kept yet");
    let (one, two) = (listing(&watch, 1, &["a"]), listing(&watch, 2, &["a", "b"]));
    file.save(&one).unwrap();
    assert_eq!(file.load().unwrap(), Some(one));
    // A crash while it was written left half of it behind, open to everybody.
    let unfinished = path.with_file_name("tokens.json.new");
    fs::write(&unfinished, "{\"format\":1,").unwrap();
    fs::set_permissions(&unfinished, fs::Permissions::from_mode(0o666)).unwrap();
    file.save(&two).unwrap();
    assert_eq!(file.load().unwrap(), Some(two));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "nothing is left beside it");
}

#[tokio::test]
async fn a_damaged_file_is_named_in_the_log_and_not_used_and_the_daemon_starts_and_replaces_it() {
    log_capture::start();
    let (redis, files, watch) = (RedisServer::start().await.unwrap(), Files::new(), Watch::new());
    let alice = token("alice");
    let good = Listing { version: 1, as_of: watch.now(), tokens: vec![alice.grant.clone()] }.to_bytes().unwrap();
    let mut flipped = good.clone();
    let at = flipped.len() / 2;
    flipped[at] ^= 1;
    let gateway = Gateway::start(&redis.url(), &watch, &[&alice]);
    for (name, bytes) in [
        ("flipped", flipped),
        ("cut", good[..good.len() - 10].to_vec()),
        ("empty", Vec::new()),
        ("foreign", b"tw-not-a-listing".to_vec()),
        ("later", String::from_utf8(good.clone()).unwrap().replace("\"format\":1", "\"format\":9").into_bytes()),
    ] {
        let path = files.path(name);
        fs::write(&path, bytes).unwrap();
        assert!(matches!(LastKnownGood::at(&path).load(), Err(CacheError::Damaged { .. })), "{name}");
        let daemon = Daemon::start(NOWHERE, &path, &watch, SOON);
        assert!(daemon.directory.is_empty() && !daemon.lets_in(&alice), "{name}");
        daemon.stop().await;
        let said = format!("the last known tokens in {} are damaged and not used", path.display());
        assert!(log_capture::text().contains(&said), "{name}: {}", log_capture::text());
        let daemon = Daemon::start(&redis.url(), &path, &watch, SOON);
        eventually("alice is known", async || daemon.lets_in(&alice)).await;
        eventually("the file is good again", async || LastKnownGood::at(&path).load().is_ok()).await;
    }
    drop(gateway);
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_said_and_callers_get_in() {
    log_capture::start();
    let (redis, files, watch) = (RedisServer::start().await.unwrap(), Files::new(), Watch::new());
    let alice = token("alice");
    let gateway = Gateway::start(&redis.url(), &watch, &[&alice]);
    fs::write(files.path("no-folder"), "").unwrap();
    let path = files.path("no-folder").join("tokens.json");
    let daemon = Daemon::start(&redis.url(), &path, &watch, SOON);
    eventually("alice is known", async || daemon.lets_in(&alice)).await;
    let said = "a restart without redis would not know the latest tokens";
    eventually("it is said", async || log_capture::text().contains(said)).await;
    drop(gateway);
}

#[tokio::test]
async fn its_age_is_kept_fresh_while_nothing_changes() {
    let (redis, files, watch) = (RedisServer::start().await.unwrap(), Files::new(), Watch::new());
    let alice = token("alice");
    let gateway = Gateway::start(&redis.url(), &watch, &[&alice]);
    let path = files.path("a");
    let daemon = Daemon::start(&redis.url(), &path, &watch, SOON);
    eventually("it is on disk", async || as_of(&path).is_some()).await;
    let first = as_of(&path).unwrap();
    watch.advance(chrono::TimeDelta::minutes(11));
    eventually("the file is brought up to date", async || as_of(&path).is_some_and(|later| later > first)).await;
    drop((gateway, daemon));
}

fn as_of(path: &Path) -> Option<chrono::DateTime<chrono::Utc>> {
    LastKnownGood::at(path).load().ok()?.map(|listing| listing.as_of)
}
