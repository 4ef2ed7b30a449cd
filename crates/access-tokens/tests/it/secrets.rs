//! What must not be seen is not.

use std::fs;

use access_tokens::{Follower, LastKnownGood, Publisher, TokenStore};
use job_queue::private_redis::RedisServer;

use crate::{
    log_capture,
    support::{Daemon, Files, Gateway, SOON, Watch, eventually, redis_command, token},
};

const PASSWORD: &str = "hunter2-hunter2";

#[tokio::test]
async fn no_token_is_in_redis_in_the_file_in_the_log_or_in_debug() {
    log_capture::start();
    let (redis, files, watch) = (RedisServer::start().await.unwrap(), Files::new(), Watch::new());
    let alice = token("alice");
    let gateway = Gateway::start(&redis.url(), &watch, &[&alice]);
    let daemon = Daemon::start(&redis.url(), &files.path("a"), &watch, SOON);
    eventually("it is on disk", async || files.path("a").exists()).await;
    gateway.set(&[]);
    eventually("alice is revoked", async || !daemon.lets_in(&alice)).await;
    let in_redis: Vec<String> = redis_command(&redis.url(), &["HVALS", "access-tokens"]).await;
    let in_file = fs::read_to_string(files.path("a")).unwrap();
    let printed = format!("{:?} {:?} {:?} {:?}", alice.text, alice.grant, gateway.publisher, daemon.directory);
    let secret = &alice.text.expose()[3..];
    for (place, text) in
        [("redis", in_redis.concat()), ("file", in_file), ("log", log_capture::text()), ("debug", printed)]
    {
        assert!(!text.contains(secret), "in {place}");
    }
}

#[tokio::test]
async fn the_password_of_redis_is_in_no_error_and_in_no_debug() {
    let (files, watch) = (Files::new(), Watch::new());
    let url = format!("redis://user:{PASSWORD}@127.0.0.1:1/");
    let store = TokenStore::new(&url).unwrap();
    let error = store.fetch().await.unwrap_err();
    let invalid = TokenStore::new(&format!("http://user:{PASSWORD}@127.0.0.1/")).unwrap_err();
    let directory = std::sync::Arc::new(access_tokens::Directory::new());
    let publisher = Publisher::new(directory.clone(), watch.reader());
    let file = LastKnownGood::at(files.path("a"));
    let follower = Follower::new(directory, store.clone(), file, watch.reader());
    let printed = format!("{error} {error:?} {invalid} {invalid:?} {store:?} {publisher:?} {follower:?}");
    assert!(!printed.contains(PASSWORD), "{printed}");
    assert!(error.to_string().contains("127.0.0.1:1"), "{error}");
}
