//! The registry's own program, killed between git and the books, and begun anew.

use std::{
    io::{BufRead as _, BufReader},
    os::unix::process::ExitStatusExt as _,
    path::Path,
    process::{Child, Command, Stdio},
};

use daemon_kit::{clock::Clock, http};
use profile_registry::OPERATION_IN_GIT;
use profile_store::{Store, allow_list::Limits};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Answer, BOT_TOKEN, config, eventually, launch};

/// Ended at the latest when dropped.
struct Program {
    child: Child,
    base: String,
    client: reqwest::Client,
}

impl Program {
    async fn start(folder: &Path, crash_at: Option<&str>) -> Self {
        let file = folder.join("twilight.toml");
        std::fs::write(&file, format!("[telemetry]\nformat = \"json\"\n{}", config(folder, ""))).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_profile-registry"));
        command.arg("--config").arg(file).env_clear().envs(crash_at.map(|step| ("TWILIGHT_CRASH_AT", step)));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let output = child.stderr.take().unwrap();
        let (told, address) = tokio::sync::oneshot::channel();
        std::thread::spawn(move || {
            let lines = BufReader::new(output).lines().map_while(Result::ok);
            let mut values = lines.filter_map(|line| serde_json::from_str::<Value>(&line).ok());
            let address = values.find_map(|line| line["http.address"].as_str().map(str::to_owned));
            let _ = told.send(address.unwrap_or_default());
            // Nobody may fill the pipe.
            values.for_each(drop);
        });
        let base = format!("http://{}", address.await.unwrap());
        Self { child, base, client: http::client(&http::ClientOptions::default()).unwrap() }
    }

    async fn post(&self, path: &str, body: Value) -> reqwest::Result<reqwest::Response> {
        self.client.post(format!("{}{path}", self.base)).json(&body).send().await
    }

    async fn begin(&self, profile: &str) -> Answer {
        Answer::read(self.post("/claims", json!({"profile": profile})).await.unwrap()).await
    }

    async fn confirm(&self, user: u64, begun: &Answer) -> reqwest::Result<reqwest::Response> {
        let operation = begun.field("operation");
        // The program has the machine's clock.
        let data = launch(BOT_TOKEN, user, &operation, Clock::system().now());
        self.post(&format!("/operations/{operation}/telegram"), json!({"init_data": data})).await
    }

    async fn poll(&self, begun: &Answer) -> Answer {
        let request = self.client.get(format!("{}/operations/{}", self.base, begun.field("operation")));
        Answer::read(request.bearer_auth(begun.field("poll")).send().await.unwrap()).await
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // An error says that it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn killed_between_git_and_the_books_a_claim_is_finished_by_the_next_process_and_written_once() {
    let folder = TempDir::new().unwrap();
    let mut program = Program::start(folder.path(), Some(OPERATION_IN_GIT)).await;
    let begun = program.begin("lao-wang").await;
    let rival = program.begin("lao-wang").await;
    assert!(program.confirm(7, &begun).await.is_err(), "it dies instead of answering");
    let ended = eventually("it kills itself", async || program.child.try_wait().unwrap()).await;
    assert_eq!(ended.signal(), Some(9), "{ended}");
    let store = Store::open_or_create(&folder.path().join("registry"), Limits::default()).unwrap();
    let head = store.head().unwrap();
    assert_eq!(head.owners().unwrap().lines().count(), 1, "git has it");

    let program = Program::start(folder.path(), None).await;
    let told = program.poll(&begun).await;
    assert_eq!((told.field("state"), told.field("owner")), ("done".to_owned(), "tg:7".to_owned()));
    assert!(told.field("token").starts_with("tw-"));
    assert_eq!(store.head().unwrap().id(), head.id(), "no second commit");
    let late = Answer::read(program.confirm(8, &rival).await.unwrap()).await;
    assert_eq!(late.field("state"), "refused");
}

#[tokio::test]
async fn killed_between_git_and_the_books_a_transfer_is_finished_by_the_next_process() {
    let folder = TempDir::new().unwrap();
    let program = Program::start(folder.path(), None).await;
    let claim = program.begin("lao-wang").await;
    program.confirm(7, &claim).await.unwrap();
    let token = program.poll(&claim).await.field("token");
    let begin = program.client.post(format!("{}/transfers", program.base)).bearer_auth(&token);
    let begun = begin.json(&json!({"profile": "lao-wang", "to": "tg:9"})).send().await.unwrap();
    let begun = Answer::read(begun).await;
    let half = Answer::read(program.confirm(7, &begun).await.unwrap()).await;
    assert_eq!(half.field("state"), "open");
    drop(program);

    let mut program = Program::start(folder.path(), Some(OPERATION_IN_GIT)).await;
    assert!(program.confirm(9, &begun).await.is_err(), "it dies instead of answering");
    eventually("it kills itself", async || program.child.try_wait().unwrap()).await;
    let store = Store::open_or_create(&folder.path().join("registry"), Limits::default()).unwrap();
    let head = store.head().unwrap().id();

    let program = Program::start(folder.path(), None).await;
    assert_eq!(program.poll(&begun).await.field("state"), "done");
    assert_eq!(store.head().unwrap().id(), head, "no second commit");
    let owners = store.head().unwrap().owners().unwrap();
    assert_eq!(owners.owner_of(&"lao-wang".parse().unwrap()).unwrap().as_str(), "tg:9");
}
