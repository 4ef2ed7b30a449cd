//! A gateway and another daemon, as far as tokens go.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use access_tokens::{Directory, Follower, Grant, LastKnownGood, Now, Publisher, Scope, TokenStore, TokenText};
use chrono::{DateTime, TimeDelta, Utc};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Nothing waits for a poll that long: what happens, happens because of a message.
pub(crate) const NEVER: Duration = Duration::from_secs(3600);
/// Between two looks of a follower that is not told.
pub(crate) const SOON: Duration = Duration::from_millis(20);

/// A clock that tests move.
#[derive(Clone)]
pub(crate) struct Watch(Arc<Mutex<DateTime<Utc>>>);

impl Watch {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new("2026-11-23T04:00:00Z".parse().unwrap())))
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }

    pub(crate) fn advance(&self, delta: TimeDelta) {
        *self.0.lock().unwrap() += delta;
    }

    pub(crate) fn reader(&self) -> Now {
        let watch = self.clone();
        Arc::new(move || watch.now())
    }
}

/// A token and what it grants.
pub(crate) struct Token {
    pub(crate) text: TokenText,
    pub(crate) grant: Arc<Grant>,
}

pub(crate) fn token(id: &str) -> Token {
    let text = TokenText::generate().unwrap();
    let grant = Grant {
        id: id.into(),
        name: id.into(),
        profile: id.into(),
        scopes: [Scope::Llm, Scope::Read].into_iter().collect(),
        models: None,
        daily_cap: None,
        expires_at: None,
        digest: text.digest(),
    };
    Token { text, grant: Arc::new(grant) }
}

/// The publishing side. It ends when this is dropped.
pub(crate) struct Gateway {
    pub(crate) publisher: Arc<Publisher>,
    pub(crate) directory: Arc<Directory>,
    stop: CancellationToken,
}

impl Gateway {
    pub(crate) fn start(url: &str, watch: &Watch, tokens: &[&Token]) -> Self {
        let directory = Arc::new(Directory::new());
        let publisher = Publisher::new(directory.clone(), watch.reader()).confirm_every(SOON);
        let gateway = Self { publisher: Arc::new(publisher), directory, stop: CancellationToken::new() };
        gateway.set(tokens);
        let (publisher, store, stop) = (gateway.publisher.clone(), TokenStore::new(url).unwrap(), gateway.stop.clone());
        tokio::spawn(async move { publisher.run(&store, stop).await });
        gateway
    }

    pub(crate) fn set(&self, tokens: &[&Token]) {
        self.publisher.set(tokens.iter().map(|token| token.grant.clone()).collect());
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// The following side.
pub(crate) struct Daemon {
    pub(crate) directory: Arc<Directory>,
    pub(crate) watch: Watch,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Daemon {
    pub(crate) fn start(url: &str, file: &Path, watch: &Watch, poll: Duration) -> Self {
        let (directory, stop) = (Arc::new(Directory::new()), CancellationToken::new());
        let (store, file) = (TokenStore::new(url).unwrap(), LastKnownGood::at(file));
        let follower = Follower::new(directory.clone(), store, file, watch.reader()).poll(poll);
        let task = tokio::spawn(follower.run(stop.clone()));
        Self { directory, watch: watch.clone(), stop, task }
    }

    pub(crate) fn lets_in(&self, token: &Token) -> bool {
        self.directory.authenticate(token.text.expose().as_bytes(), self.watch.now()).is_ok()
    }

    pub(crate) async fn stop(self) {
        self.stop.cancel();
        self.task.await.unwrap();
    }
}

/// A folder for files of last known tokens.
pub(crate) struct Files(TempDir);

impl Files {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

/// Waits until `condition` holds, ten seconds at most.
pub(crate) async fn eventually(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let waiting = async {
        let mut looks = tokio::time::interval(Duration::from_millis(5));
        while !condition().await {
            looks.tick().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), waiting).await.unwrap_or_else(|_| panic!("never happened: {what}"));
}

/// One command on a connection of its own.
pub(crate) async fn redis_command<R: redis::FromRedisValue>(url: &str, command: &[&str]) -> R {
    let client = redis::Client::open(url).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let mut built = redis::cmd(command[0]);
    for argument in &command[1..] {
        built.arg(argument);
    }
    built.query_async(&mut connection).await.unwrap()
}
