//! What one request about a profile costs among two thousand with five files each, over HTTP, after as many commits as there
//! are profiles.

#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::{
    io::Write as _,
    net::SocketAddr,
    path::Path,
    process::{Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use chrono::DateTime;
use daemon_kit::{
    clock::Clock,
    config::{Config, Environment},
    http::{self, ClientOptions},
};
use divan::Bencher;
use futures::future::join_all;
use profile_registry::Options;
use profile_store::{OwnerId, Owners, ProfileName, Store, allow_list::Limits};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{net::TcpListener, runtime::Runtime};
use tokio_util::sync::CancellationToken;

const PROFILES: usize = 2_000;
const FILES: [&str; 5] = ["config.yaml", "SOUL.md", "AGENTS.md", "skills/a/SKILL.md", "cron/jobs.json"];
const WRITERS: usize = 4;
const COMMITS: usize = 50;
const ADMIN: &str = "the-token-of-operators";

static ROUND: AtomicUsize = AtomicUsize::new(0);

struct Large {
    _folder: TempDir,
    runtime: Runtime,
    client: Client,
    address: SocketAddr,
    /// Of the owner of `p1234`.
    owner: String,
}

fn content(path: &str, name: &ProfileName) -> String {
    match path {
        "config.yaml" => format!("model:\n  default: \"qwen-{name}\"\n"),
        "cron/jobs.json" => format!("{{\"jobs\": [{{\"id\": \"{name}\", \"enabled\": true}}]}}\n"),
        _ => format!("I am {name}.\n"),
    }
}

/// Every profile came with a commit of its own, as provisioning makes it; packed by stock git.
fn fill(state: &Path) {
    let store = Store::open_or_create(state, Limits::default()).unwrap();
    let (mut owners, mut stream) = (Owners::default(), String::new());
    for number in 0..PROFILES {
        let name = ProfileName::parse(&format!("p{number:04}")).unwrap();
        let id = OwnerId::parse(&format!("tg:{number}")).unwrap();
        owners.claim(&name, &id, "payment", DateTime::UNIX_EPOCH).unwrap();
        stream.push_str("commit refs/heads/main\ncommitter A <a@b> 1795000000 +0000\ndata 9\nProvision\n");
        if number == 0 {
            stream.push_str("from refs/heads/main^0\n");
        }
        let mut file = |path: &str, text: &str| {
            stream.push_str(&format!("M 100644 inline {path}\ndata {}\n{text}\n", text.len()));
        };
        FILES.iter().for_each(|path| file(&format!("profiles/{name}/{path}"), &content(path, &name)));
        file("OWNERS", &String::from_utf8(owners.to_bytes()).unwrap());
    }
    let mut git = Command::new("git");
    git.args(["fast-import", "--quiet"]).current_dir(store.git_dir()).stdin(Stdio::piped());
    let mut git = git.spawn().unwrap();
    git.stdin.take().unwrap().write_all(stream.as_bytes()).unwrap();
    assert!(git.wait().unwrap().success());
}

fn large() -> &'static Large {
    static LARGE: OnceLock<Large> = OnceLock::new();
    LARGE.get_or_init(|| {
        let folder = TempDir::new().unwrap();
        let state = folder.path().join("registry");
        fill(&state);
        let text = format!(
            "[profile-registry]\nlisten = \"127.0.0.1:0\"\nstate = \"{}\"\nadmin_token = \"{ADMIN}\"\n",
            state.display()
        );
        let config = Config::from_toml(&text, "twilight.toml", &Environment::default()).unwrap();
        let runtime = Runtime::new().unwrap();
        let client = http::client(&ClientOptions::default()).unwrap();
        let address = runtime.block_on(async {
            let options = Options {
                registry: config.profile_registry().unwrap(),
                queue: None,
                console: config.console().clone(),
                metrics: daemon_kit::metrics::install().unwrap(),
                clock: Clock::system(),
                program: env!("CARGO_BIN_EXE_profile-registry").into(),
                crash_at: None,
            };
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            tokio::spawn(profile_registry::run(options, listener, CancellationToken::new()));
            address
        });
        let mut large = Large { _folder: folder, runtime, client, address, owner: String::new() };
        let wanted = json!({"kind": "owner", "subject": "tg:1234"});
        let made = large.wait(large.ask(Method::POST, "/credentials", ADMIN, Some(wanted)));
        large.owner = made.1["token"].as_str().unwrap().to_owned();
        large
    })
}

impl Large {
    fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    async fn ask(&self, method: Method, path: &str, token: &str, body: Option<Value>) -> (StatusCode, Value) {
        let mut request = self.client.request(method, format!("http://{}{path}", self.address)).bearer_auth(token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        (answer.status(), serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap())
    }

    async fn get(&self, path: &str, token: &str) -> Value {
        let (status, body) = self.ask(Method::GET, path, token, None).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        body
    }

    /// Changes one file of a profile that is at `base`; where it is then, and whether the change landed.
    async fn push(&self, profile: &str, base: &Value, path: &str) -> (Value, bool) {
        let round = ROUND.fetch_add(1, Ordering::Relaxed);
        let content = BASE64_STANDARD.encode(format!("round {round}\n"));
        let body = json!({"base": base, "message": "Edit", "changes": [{"path": path, "content": content}]});
        let (status, body) = self.ask(Method::POST, &format!("/profiles/{profile}/commits"), ADMIN, Some(body)).await;
        assert!(matches!(status, StatusCode::CREATED | StatusCode::CONFLICT), "{body}");
        (body["content_id"].clone(), status == StatusCode::CREATED)
    }
}

/// The largest page: a thousand of the two thousand.
#[divan::bench(sample_count = 50)]
fn list_a_thousand(bencher: Bencher<'_, '_>) {
    let large = large();
    bencher.bench(|| large.wait(large.get("/profiles?limit=1000", ADMIN)));
}

#[divan::bench(sample_count = 50)]
fn list_ones_own(bencher: Bencher<'_, '_>) {
    let large = large();
    bencher.bench(|| large.wait(large.get("/profiles", &large.owner)));
}

#[divan::bench(sample_count = 50)]
fn show(bencher: Bencher<'_, '_>) {
    let large = large();
    bencher.bench(|| large.wait(large.get("/profiles/p1234", &large.owner)));
}

#[divan::bench(sample_count = 50)]
fn content_of_one(bencher: Bencher<'_, '_>) {
    let large = large();
    bencher.bench(|| large.wait(large.get("/profiles/p1234/content", &large.owner)));
}

#[divan::bench(sample_count = 50)]
fn push_one(bencher: Bencher<'_, '_>) {
    let large = large();
    let base = || large.wait(large.get("/profiles/p1234", ADMIN))["content_id"].clone();
    bencher.with_inputs(base).bench_values(|base| {
        assert!(large.wait(large.push("p1234", &base, "SOUL.md")).1);
    });
}

#[divan::bench(sample_count = 50)]
fn history_of_one(bencher: Bencher<'_, '_>) {
    let large = large();
    bencher.bench(|| large.wait(large.get("/profiles/p1234/history?limit=10", &large.owner)));
}

/// Two hundred commits to one profile: whoever loses a race takes what is there now for the base and pushes again.
#[divan::bench(sample_count = 3, sample_size = 1)]
fn four_writers_fifty_commits_each(bencher: Bencher<'_, '_>) {
    let large = large();
    let writer = async |number: usize| {
        let mut base = large.get("/profiles/p0007", ADMIN).await["content_id"].clone();
        for _ in 0..COMMITS {
            loop {
                let (now, landed) = large.push("p0007", &base, &format!("skills/w{number}/SKILL.md")).await;
                base = now;
                if landed {
                    break;
                }
            }
        }
    };
    let commits = async || {
        let history = large.get("/profiles/p0007/history?limit=200", ADMIN).await;
        history["entries"].as_array().unwrap().iter().filter(|entry| entry["message"] == "Edit").count()
    };
    bencher.bench(|| large.wait(join_all((0..WRITERS).map(writer))));
    assert_eq!(large.wait(commits()), WRITERS * COMMITS, "the newest two hundred are edits, and none is lost");
}

fn main() {
    divan::main();
}
