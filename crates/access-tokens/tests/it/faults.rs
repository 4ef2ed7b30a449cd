//! Redis away, emptied, restored from an old copy; clocks that go back; everything restarted.

use chrono::TimeDelta;
use job_queue::private_redis::RedisServer;

use crate::{
    log_capture,
    support::{Daemon, Files, Gateway, NEVER, SOON, Watch, eventually, redis_command, token},
};

#[tokio::test]
async fn redis_gone_and_every_daemon_restarted_callers_still_get_in() {
    let (mut redis, files, watch) = (RedisServer::start().await.unwrap(), Files::new(), Watch::new());
    let (alice, bob) = (token("alice"), token("bob"));
    let gateway = Gateway::start(&redis.url(), &watch, &[&alice, &bob]);
    let daemon = Daemon::start(&redis.url(), &files.path("a"), &watch, SOON);
    eventually("it is on disk", async || files.path("a").exists()).await;
    redis.kill().unwrap();
    daemon.stop().await;
    drop(gateway);

    watch.advance(TimeDelta::hours(9));
    // The gateway's truth is its books: it needs neither Redis nor a file.
    let gateway = Gateway::start(&redis.url(), &watch, &[&alice, &bob]);
    assert!(gateway.directory.authenticate(bob.text.expose().as_bytes(), watch.now()).is_ok());
    let daemon = Daemon::start(&redis.url(), &files.path("a"), &watch, SOON);
    assert!(daemon.lets_in(&alice) && daemon.lets_in(&bob), "from the first request on");
    assert!(daemon.directory.age(watch.now()).unwrap() >= TimeDelta::hours(9), "and it says how old that is");
    // Revoked while nobody can be told: it takes effect as soon as Redis is back.
    gateway.set(&[&bob]);
    assert!(daemon.lets_in(&alice));
    redis.start_again().await.unwrap();
    eventually("alice is revoked", async || !daemon.lets_in(&alice)).await;
    assert!(daemon.lets_in(&bob));
    assert_eq!(daemon.directory.age(watch.now()), Some(TimeDelta::zero()));
}

#[tokio::test]
async fn what_redis_forgets_is_there_again_and_nobody_is_locked_out_meanwhile() {
    log_capture::start();
    let (redis, files, watch) = (RedisServer::start().await.unwrap(), Files::new(), Watch::new());
    let alice = token("alice");
    let gateway = Gateway::start(&redis.url(), &watch, &[&alice]);
    let daemon = Daemon::start(&redis.url(), &files.path("a"), &watch, SOON);
    eventually("alice is known", async || daemon.lets_in(&alice)).await;
    drop(gateway);
    redis_command::<()>(&redis.url(), &["FLUSHALL"]).await;
    let looked = async || log_capture::text().contains("redis holds no list of tokens");
    eventually("the daemon sees that it is gone", looked).await;
    assert!(daemon.lets_in(&alice));

    let gateway = Gateway::start(&redis.url(), &watch, &[&alice]);
    let fresh = Daemon::start(&redis.url(), &files.path("b"), &watch, SOON);
    eventually("a daemon without a file knows alice", async || fresh.lets_in(&alice)).await;
    redis_command::<()>(&redis.url(), &["FLUSHALL"]).await;
    let exists = async || redis_command::<bool>(&redis.url(), &["EXISTS", "access-tokens"]).await;
    eventually("a running gateway puts it back by itself", exists).await;
    drop(gateway);
}

#[tokio::test]
async fn an_older_listing_in_redis_takes_nobodys_place() {
    let (redis, files, watch) = (RedisServer::start().await.unwrap(), Files::new(), Watch::new());
    let (alice, bob) = (token("alice"), token("bob"));
    let old = Gateway::start(&redis.url(), &watch, &[&alice, &bob]);
    let daemon = Daemon::start(&redis.url(), &files.path("a"), &watch, SOON);
    eventually("alice is known", async || daemon.lets_in(&alice)).await;
    let mut copy = Vec::new();
    for field in ["version", "as_of", "listing"] {
        copy.push(field.to_owned());
        copy.push(redis_command::<String>(&redis.url(), &["HGET", "access-tokens", field]).await);
    }
    watch.advance(TimeDelta::seconds(1));
    old.set(&[&bob]);
    eventually("alice is revoked", async || !daemon.lets_in(&alice)).await;
    // The file follows what is believed; a daemon that is killed between the two starts from before.
    let kept = async || std::fs::read_to_string(files.path("a")).is_ok_and(|text| !text.contains("alice"));
    eventually("the revocation is in the file", kept).await;
    drop(old);
    // Redis is restored from a copy of before the revocation, and the daemons are restarted.
    let mut restore = vec!["HSET", "access-tokens"];
    restore.extend(copy.iter().map(String::as_str));
    redis_command::<()>(&redis.url(), &restore).await;
    log_capture::start();
    let from_file = Daemon::start(&redis.url(), &files.path("a"), &watch, SOON);
    eventually("it is noticed", async || log_capture::text().contains(", older than ")).await;
    for daemon in [&daemon, &from_file] {
        assert!(!daemon.lets_in(&alice) && daemon.lets_in(&bob));
    }
}

#[tokio::test]
async fn a_gateway_whose_clock_or_books_went_back_is_right_all_the_same() {
    let (redis, files, watch) = (RedisServer::start().await.unwrap(), Files::new(), Watch::new());
    let (alice, bob) = (token("alice"), token("bob"));
    let gateway = Gateway::start(&redis.url(), &watch, &[&alice]);
    let daemon = Daemon::start(&redis.url(), &files.path("a"), &watch, NEVER);
    eventually("alice is known", async || daemon.lets_in(&alice)).await;
    drop(gateway);
    watch.advance(TimeDelta::days(-30));
    let gateway = Gateway::start(&redis.url(), &watch, &[&bob]);
    eventually("bob is known", async || daemon.lets_in(&bob)).await;
    assert!(!daemon.lets_in(&alice));
    gateway.set(&[&alice]);
    eventually("alice is back", async || daemon.lets_in(&alice) && !daemon.lets_in(&bob)).await;
}

#[tokio::test]
async fn a_damaged_listing_in_redis_is_not_used_and_is_replaced() {
    log_capture::start();
    let (redis, files, watch) = (RedisServer::start().await.unwrap(), Files::new(), Watch::new());
    let alice = token("alice");
    let gateway = Gateway::start(&redis.url(), &watch, &[&alice]);
    let daemon = Daemon::start(&redis.url(), &files.path("a"), &watch, SOON);
    eventually("alice is known", async || daemon.lets_in(&alice)).await;
    drop(gateway);
    for damage in [r#"{"format":1}"#, "\u{0}", ""] {
        let version = "99999999999999";
        redis_command::<()>(&redis.url(), &["HSET", "access-tokens", "version", version, "listing", damage]).await;
    }
    let complained = async || log_capture::text().contains("the list of tokens in redis is not used");
    eventually("it is said", complained).await;
    assert!(daemon.lets_in(&alice));
    let gateway = Gateway::start(&redis.url(), &watch, &[]);
    eventually("the gateway's own counts", async || !daemon.lets_in(&alice)).await;
    drop(gateway);
}

#[tokio::test]
async fn a_server_that_never_answers_costs_two_seconds_and_changes_nothing() {
    let (files, watch) = (Files::new(), Watch::new());
    // It takes connections into its queue and never answers.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("redis://{}/", silent.local_addr().unwrap());
    let begun = tokio::time::Instant::now();
    let store = access_tokens::TokenStore::new(&url).unwrap();
    let error = store.fetch().await.unwrap_err();
    assert!(matches!(error, access_tokens::StoreError::Unreachable(_)), "{error}");
    assert!(begun.elapsed() < std::time::Duration::from_secs(5));
    let daemon = Daemon::start(&url, &files.path("a"), &watch, SOON);
    assert!(daemon.directory.is_empty());
    daemon.stop().await;
}

#[tokio::test]
async fn a_listing_that_redis_holds_damaged_under_its_own_version_is_published_again() {
    let (redis, files, watch) = (RedisServer::start().await.unwrap(), Files::new(), Watch::new());
    let alice = token("alice");
    let gateway = Gateway::start(&redis.url(), &watch, &[&alice]);
    let exists = async || redis_command::<bool>(&redis.url(), &["EXISTS", "access-tokens"]).await;
    eventually("it is published", exists).await;
    redis_command::<()>(&redis.url(), &["HSET", "access-tokens", "listing", "{"]).await;
    let fresh = Daemon::start(&redis.url(), &files.path("a"), &watch, SOON);
    eventually("a daemon without a file knows alice", async || fresh.lets_in(&alice)).await;
    drop(gateway);
}
