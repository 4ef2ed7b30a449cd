//! How a change travels.

use std::time::Duration;

use chrono::TimeDelta;
use job_queue::private_redis::RedisServer;

use crate::support::{Daemon, Files, Gateway, NEVER, SOON, Watch, eventually, redis_command, token};

#[tokio::test]
async fn a_new_token_and_a_revocation_reach_every_daemon_at_once() {
    let (redis, files, watch) = (RedisServer::start().await.unwrap(), Files::new(), Watch::new());
    let (alice, bob) = (token("alice"), token("bob"));
    let gateway = Gateway::start(&redis.url(), &watch, &[&alice]);
    let daemons = ["one", "two"].map(|name| Daemon::start(&redis.url(), &files.path(name), &watch, NEVER));
    for daemon in &daemons {
        eventually("alice is known", async || daemon.lets_in(&alice)).await;
        assert!(!daemon.lets_in(&bob));
    }
    // What follows can only arrive by message: the next poll is an hour away.
    watch.advance(TimeDelta::seconds(1));
    gateway.set(&[&alice, &bob]);
    for daemon in &daemons {
        eventually("bob is known", async || daemon.lets_in(&bob)).await;
    }
    gateway.set(&[&bob]);
    assert!(
        gateway.directory.authenticate(alice.text.expose().as_bytes(), watch.now()).is_err(),
        "here before anywhere"
    );
    for daemon in &daemons {
        eventually("alice is revoked", async || !daemon.lets_in(&alice)).await;
        assert!(daemon.lets_in(&bob));
    }
}

#[tokio::test]
async fn a_revocation_whose_message_was_lost_arrives_with_the_next_poll() {
    let (redis, files, watch) = (RedisServer::start().await.unwrap(), Files::new(), Watch::new());
    let (alice, bob) = (token("alice"), token("bob"));
    let elsewhere = RedisServer::start().await.unwrap();
    // Another server's listing, carried over by hand: the key changes without a message.
    let gateway = Gateway::start(&redis.url(), &watch, &[&alice, &bob]);
    let daemon = Daemon::start(&redis.url(), &files.path("a"), &watch, SOON);
    eventually("both are known", async || daemon.lets_in(&alice) && daemon.lets_in(&bob)).await;
    drop(gateway);
    watch.advance(TimeDelta::seconds(1));
    let later = Gateway::start(&elsewhere.url(), &watch, &[&bob]);
    let exists = async || redis_command::<bool>(&elsewhere.url(), &["EXISTS", "access-tokens"]).await;
    eventually("it is published elsewhere", exists).await;
    for field in ["listing", "as_of", "version"] {
        let value: String = redis_command(&elsewhere.url(), &["HGET", "access-tokens", field]).await;
        redis_command::<()>(&redis.url(), &["HSET", "access-tokens", field, &value]).await;
    }
    eventually("alice is revoked", async || !daemon.lets_in(&alice)).await;
    assert!(daemon.lets_in(&bob));
    drop(later);
}

#[tokio::test]
async fn the_age_says_when_the_gateway_last_confirmed_and_grows_when_it_stops() {
    let (redis, files, watch) = (RedisServer::start().await.unwrap(), Files::new(), Watch::new());
    let alice = token("alice");
    let gateway = Gateway::start(&redis.url(), &watch, &[&alice]);
    let daemon = Daemon::start(&redis.url(), &files.path("a"), &watch, SOON);
    eventually("alice is known", async || daemon.lets_in(&alice)).await;
    watch.advance(TimeDelta::seconds(60));
    let age = || daemon.directory.age(watch.now()).unwrap();
    eventually("nothing changed, and it is confirmed all the same", async || age() == TimeDelta::zero()).await;
    drop(gateway);
    watch.advance(TimeDelta::seconds(90));
    assert!(age() >= TimeDelta::seconds(90) && daemon.lets_in(&alice));
}

#[tokio::test]
async fn setting_what_is_set_already_is_no_new_version() {
    let watch = Watch::new();
    let (alice, bob) = (token("alice"), token("bob"));
    let gateway = Gateway::start("redis://127.0.0.1:1/", &watch, &[&alice, &bob]);
    let version = gateway.directory.version();
    watch.advance(TimeDelta::seconds(5));
    gateway.set(&[&bob, &alice]);
    assert_eq!(gateway.directory.version(), version);
    gateway.set(&[&bob]);
    assert!(gateway.directory.version() > version);
}

#[tokio::test]
async fn a_burst_of_changes_ends_in_the_last_of_them() {
    let (redis, files, watch) = (RedisServer::start().await.unwrap(), Files::new(), Watch::new());
    let tokens: Vec<_> = (0..50).map(|number| token(&format!("t{number}"))).collect();
    let gateway = Gateway::start(&redis.url(), &watch, &[]);
    let daemon = Daemon::start(&redis.url(), &files.path("a"), &watch, Duration::from_millis(500));
    for known in 1..=tokens.len() {
        // The clock stands still: every change is a new version nevertheless.
        gateway.set(&tokens[..known].iter().collect::<Vec<_>>());
    }
    eventually("all are known", async || tokens.iter().all(|token| daemon.lets_in(token))).await;
    assert_eq!(daemon.directory.version(), gateway.directory.version());
}
