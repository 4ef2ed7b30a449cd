use std::path::Path;

use access_tokens::{Digest, Follower, LastKnownGood, TokenText};
use chrono::{DateTime, TimeDelta, Utc};
use gateway_ledger::{AuditFilter, LedgerOptions};
use job_queue::private_redis::RedisServer;
use tempfile::TempDir;

use super::*;

struct Books {
    folder: TempDir,
    clock: Clock,
}

/// A gateway over the books, as far as tokens go.
struct Open {
    tokens: Arc<Tokens>,
    directory: Arc<Directory>,
    ledger: Ledger,
    clock: Clock,
}

impl Books {
    fn new() -> Self {
        let noon = "2026-11-23T04:00:00Z".parse().unwrap();
        Self { folder: tempfile::tempdir().unwrap(), clock: Clock::fixed(noon) }
    }

    async fn open(&self) -> Open {
        let (ledger, _) = Ledger::open(self.folder.path(), LedgerOptions::default(), self.clock.now()).unwrap();
        let directory = Arc::new(Directory::new());
        let tokens = Arc::new(Tokens::new(ledger.clone(), directory.clone(), self.clock.clone()));
        tokens.load().await.unwrap();
        Open { tokens, directory, ledger, clock: self.clock.clone() }
    }
}

impl Open {
    fn lets_in(&self, text: &TokenText) -> bool {
        self.directory.authenticate(text.expose().as_bytes(), self.clock.now()).is_ok()
    }

    async fn close(self) {
        self.ledger.close().await.unwrap();
    }
}

fn record(id: &str, text: &TokenText, now: DateTime<Utc>) -> TokenRecord {
    TokenRecord {
        id: id.to_owned(),
        name: id.to_owned(),
        profile: "alice".to_owned(),
        sha256: *text.digest().as_bytes(),
        scopes: vec!["llm".to_owned(), "read".to_owned()],
        models: Some(vec!["qwen-*".to_owned()]),
        daily_cap: None,
        expires_at: None,
        created_at: now,
        revoked_at: None,
    }
}

#[tokio::test]
async fn a_registered_token_lets_its_owner_in_at_once_and_a_revoked_one_does_not() {
    let books = Books::new();
    let (gateway, text) = (books.open().await, TokenText::generate().unwrap());
    let token = record("a", &text, books.clock.now());
    assert_eq!(gateway.tokens.register(token, "operator").await, Ok(Registered::New));
    let grant = gateway.directory.authenticate(text.expose().as_bytes(), books.clock.now()).unwrap();
    assert_eq!((&*grant.id, &*grant.profile), ("a", "alice"));
    assert!(grant.allows_model("qwen-plus") && !grant.allows_model("gpt-5"));
    let revoked = gateway.tokens.revoke("a", "operator").await.unwrap();
    assert_eq!(revoked.revoked_at, Some(books.clock.now()));
    assert!(!gateway.lets_in(&text));
    books.clock.advance(TimeDelta::minutes(1));
    assert_eq!(gateway.tokens.revoke("a", "operator").await.unwrap(), revoked, "again is harmless");
    assert!(matches!(gateway.tokens.revoke("b", "operator").await, Err(LedgerError::NotFound(_))));
    gateway.close().await;
}

#[tokio::test]
async fn registering_is_idempotent_by_id_and_another_token_under_it_is_a_conflict() {
    let books = Books::new();
    let gateway = books.open().await;
    let (one, two) = (TokenText::generate().unwrap(), TokenText::generate().unwrap());
    let token = record("a", &one, books.clock.now());
    assert_eq!(gateway.tokens.register(token.clone(), "registry").await, Ok(Registered::New));
    books.clock.advance(TimeDelta::hours(1));
    let later = TokenRecord { created_at: books.clock.now(), ..token.clone() };
    assert_eq!(gateway.tokens.register(later, "registry").await, Ok(Registered::Same), "sent again after an hour");
    for other in [
        record("a", &two, books.clock.now()),
        TokenRecord { profile: "bob".to_owned(), ..token.clone() },
        TokenRecord { id: "b".to_owned(), ..token.clone() },
    ] {
        let refused = gateway.tokens.register(other, "registry").await;
        assert!(matches!(refused, Err(LedgerError::Conflict(_))), "{refused:?}");
    }
    gateway.tokens.revoke("a", "operator").await.unwrap();
    let refused = gateway.tokens.register(token, "registry").await;
    assert!(matches!(refused, Err(LedgerError::Conflict(_))), "a revoked token does not come back: {refused:?}");
    assert!(!gateway.lets_in(&one) && !gateway.lets_in(&two));
    gateway.close().await;
}

#[tokio::test]
async fn redis_gone_then_the_gateway_and_another_daemon_restarted_callers_still_get_in() {
    let books = Books::new();
    let (mut redis, file) = (RedisServer::start().await.unwrap(), books.folder.path().join("elsewhere/tokens.json"));
    let (alice, bob) = (TokenText::generate().unwrap(), TokenText::generate().unwrap());
    let gateway = books.open().await;
    for (id, text) in [("alice", &alice), ("bob", &bob)] {
        gateway.tokens.register(record(id, text, books.clock.now()), "operator").await.unwrap();
    }
    gateway.tokens.revoke("bob", "operator").await.unwrap();
    let stop = CancellationToken::new();
    let publishing = publish(&gateway, &redis.url(), &stop);
    let (daemon, following) = follow(&redis.url(), &file, &books.clock, &stop);
    eventually("it is on disk", || file.exists()).await;
    stop.cancel();
    let _ = tokio::join!(publishing, following);
    gateway.close().await;
    drop(daemon);
    redis.kill().unwrap();

    let (gateway, stop) = (books.open().await, CancellationToken::new());
    assert!(gateway.lets_in(&alice) && !gateway.lets_in(&bob));
    let publishing = publish(&gateway, &redis.url(), &stop);
    let (daemon, following) = follow(&redis.url(), &file, &books.clock, &stop);
    let known = |text: &TokenText| daemon.authenticate(text.expose().as_bytes(), books.clock.now()).is_ok();
    assert!(known(&alice) && !known(&bob));
    // A registration that came while Redis was away travels with the next one (or with the next look, ten seconds later).
    let (carol, dave) = (TokenText::generate().unwrap(), TokenText::generate().unwrap());
    gateway.tokens.register(record("carol", &carol, books.clock.now()), "operator").await.unwrap();
    assert!(gateway.lets_in(&carol) && !known(&carol));
    redis.start_again().await.unwrap();
    gateway.tokens.register(record("dave", &dave, books.clock.now()), "operator").await.unwrap();
    eventually("carol and dave are known", || known(&carol) && known(&dave)).await;
    stop.cancel();
    let _ = tokio::join!(publishing, following);
    gateway.close().await;
}

#[tokio::test]
async fn every_change_is_in_the_audit_log_once_without_a_token_or_its_digest() {
    let books = Books::new();
    let (gateway, text) = (books.open().await, TokenText::generate().unwrap());
    let token = record("a", &text, books.clock.now());
    for _ in 0..2 {
        gateway.tokens.register(token.clone(), "operator").await.unwrap();
    }
    for _ in 0..2 {
        gateway.tokens.revoke("a", "alex").await.unwrap();
    }
    let page = gateway.ledger.audit_log(AuditFilter::default(), None, 10).await.unwrap();
    let told: Vec<_> =
        page.entries.iter().map(|entry| (&*entry.actor, &*entry.action, entry.subject.as_str())).collect();
    assert_eq!(told, [("alex", "token.revoke", "a"), ("operator", "token.register", "a")]);
    let printed = format!("{page:?}");
    assert!(!printed.contains(&text.expose()[3..]) && !printed.contains(&text.digest().to_string()), "{printed}");
    gateway.close().await;
}

#[tokio::test]
async fn a_row_that_nobody_can_make_sense_of_opens_nothing() {
    let now = "2026-11-23T04:00:00Z".parse().unwrap();
    let token = record("a", &TokenText::generate().unwrap(), now);
    assert!(convert::grant(&token).is_some());
    assert!(convert::grant(&TokenRecord { models: Some(Vec::new()), ..token.clone() }).is_none());
    assert!(convert::grant(&TokenRecord { revoked_at: Some(now), ..token.clone() }).is_none());
    let odd = TokenRecord { scopes: vec!["everything".to_owned()], ..token };
    assert!(convert::grant(&odd).unwrap().scopes.is_empty());
}

#[test]
fn a_token_is_shown_with_its_state_and_without_its_digest() {
    let now: DateTime<Utc> = "2026-11-23T04:00:00Z".parse().unwrap();
    let text = TokenText::generate().unwrap();
    let token = record("a", &text, now);
    let printed = shown(&token, now).to_string();
    assert!(!printed.contains(&text.digest().to_string()[..16]) && !printed.contains("sha256"), "{printed}");
    let ending = TokenRecord { expires_at: Some(now), ..token.clone() };
    assert_eq!((state(&token, now), state(&ending, now)), ("valid", "expired"));
    assert_eq!(state(&ending, now - TimeDelta::seconds(1)), "valid");
    assert_eq!(state(&TokenRecord { revoked_at: Some(now), ..ending }, now), "revoked");
}

type Task = tokio::task::JoinHandle<()>;

fn publish(gateway: &Open, url: &str, stop: &CancellationToken) -> Task {
    let (tokens, store, stop) = (gateway.tokens.clone(), TokenStore::new(url).unwrap(), stop.clone());
    tokio::spawn(async move { tokens.publish(&store, stop).await })
}

fn follow(url: &str, file: &Path, clock: &Clock, stop: &CancellationToken) -> (Arc<Directory>, Task) {
    let (directory, clock) = (Arc::new(Directory::new()), clock.clone());
    let (store, file) = (TokenStore::new(url).unwrap(), LastKnownGood::at(file));
    let follower = Follower::new(directory.clone(), store, file, Arc::new(move || clock.now()));
    let follower = follower.poll(std::time::Duration::from_millis(20));
    (directory, tokio::spawn(follower.run(stop.clone())))
}

/// Waits until `condition` holds, twenty seconds at most: the gateway looks for Redis every ten.
async fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let waiting = async {
        let mut looks = tokio::time::interval(std::time::Duration::from_millis(5));
        while !condition() {
            looks.tick().await;
        }
    };
    let bound = std::time::Duration::from_secs(20);
    tokio::time::timeout(bound, waiting).await.unwrap_or_else(|_| panic!("never happened: {what}"));
}

#[test]
fn a_digest_in_the_books_is_the_tokens() {
    let text = TokenText::generate().unwrap();
    let token = record("a", &text, DateTime::UNIX_EPOCH);
    assert_eq!(convert::grant(&token).unwrap().digest, Digest::of(text.expose().as_bytes()));
}
