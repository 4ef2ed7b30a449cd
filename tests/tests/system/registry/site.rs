//! The registry's own program with a folder of its own, and stock git against it.

use std::{
    collections::BTreeMap,
    fs,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use reqwest::Client;
use serde_json::{Value, json};
use system_tests::{Daemon, binary};
use tempfile::TempDir;

/// The operators' token.
pub(crate) const OPERATOR: &str = "the-token-of-operators";
/// Recipient of what a host's secrets are sealed to.
const RECIPIENT: &str = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";

/// A registry that runs, with `alice` of tg:1 and `bob` of tg:2.
pub(crate) struct Site {
    pub(crate) folder: TempDir,
    pub(crate) daemon: Daemon,
    program: PathBuf,
    client: Client,
    /// Of tg:1.
    pub(crate) alice: String,
    /// Of tg:2.
    pub(crate) bob: String,
    /// Of the host `mini`.
    pub(crate) host: String,
}

/// A working copy.
pub(crate) struct Work {
    folder: TempDir,
    pub(crate) path: PathBuf,
}

impl Site {
    pub(crate) async fn start() -> Self {
        Self::start_program(TempDir::new().unwrap(), binary("profile-registry")).await
    }

    /// With this program instead of the workspace's own.
    pub(crate) async fn start_program(folder: TempDir, program: PathBuf) -> Self {
        let state = folder.path().join("registry");
        let text = format!(
            "[profile-registry]\nlisten = \"127.0.0.1:0\"\nstate = \"{}\"\nadmin_token = \"{OPERATOR}\"\n\
             [telemetry]\nformat = \"json\"\n",
            state.display()
        );
        fs::write(folder.path().join("twilight.toml"), text).unwrap();
        let daemon = Self::daemon(&folder, &program).await;
        let client = daemon_kit::http::client(&daemon_kit::http::ClientOptions::default()).unwrap();
        let none = String::new();
        let mut site = Self { folder, daemon, program, client, alice: none.clone(), bob: none.clone(), host: none };
        site.populate().await;
        site
    }

    /// `kill -9`, and a new process over what is there.
    pub(crate) async fn kill_and_restart(self) -> Self {
        let Self { folder, daemon, program, client, alice, bob, host } = self;
        daemon.kill();
        let daemon = Self::daemon(&folder, &program).await;
        Self { folder, daemon, program, client, alice, bob, host }
    }

    async fn daemon(folder: &TempDir, program: &Path) -> Daemon {
        let mut command = Command::new(program);
        command.arg("--config").arg(folder.path().join("twilight.toml"));
        Daemon::start(command).await
    }

    async fn populate(&mut self) {
        let work = self.clone_whole(OPERATOR);
        let owners = fs::read_to_string(work.path.join("OWNERS")).unwrap();
        let line = |name: &str, owner: &str| format!("{name} | {owner} | telegram | 2026-11-22T00:00:00Z\n");
        work.write("OWNERS", format!("{owners}{}{}", line("alice", "tg:1"), line("bob", "tg:2")));
        work.commit("Claim");
        for name in ["alice", "bob"] {
            work.write(&format!("profiles/{name}/SOUL.md"), format!("I am {name}.\n"));
            work.write(&format!("profiles/{name}/config.yaml"), format!("model:\n  default: qwen-{name}\n"));
            work.commit("Begin");
        }
        work.pushes();
        self.alice = self.credential("owner", "tg:1").await;
        self.bob = self.credential("owner", "tg:2").await;
        let host = self.post("/hosts", json!({"name": "mini", "recipient": RECIPIENT})).await;
        self.host = host["token"].as_str().unwrap_or_else(|| panic!("{host}")).to_owned();
    }

    pub(crate) async fn credential(&self, kind: &str, subject: &str) -> String {
        let issued = self.post("/credentials", json!({"kind": kind, "subject": subject})).await;
        issued["token"].as_str().unwrap_or_else(|| panic!("{issued}")).to_owned()
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        let request = self.client.post(format!("{}{path}", self.daemon.url)).bearer_auth(OPERATOR).json(&body);
        request.send().await.unwrap().json().await.unwrap()
    }

    /// Where a repository is, with the token that opens it.
    pub(crate) fn url(&self, repository: &str, token: &str) -> String {
        format!("http://somebody:{token}@{}/git/{repository}", self.daemon.url.trim_start_matches("http://"))
    }

    /// As an operator or a host sees it.
    pub(crate) fn clone_whole(&self, token: &str) -> Work {
        Work::clone_of(&self.url("registry.git", token))
    }

    /// As an owner sees it.
    pub(crate) fn clone_mine(&self, token: &str) -> Work {
        Work::clone_of(&self.url("mine.git", token))
    }

    /// The registry's folder.
    pub(crate) fn state(&self) -> PathBuf {
        self.folder.path().join("registry")
    }

    /// Every loose object, pack and reference of every repository with what it holds, and what waits in quarantine.
    pub(crate) fn kept(&self) -> BTreeMap<String, u64> {
        let mut kept = BTreeMap::new();
        let mut folders = vec![self.state().join("registry.git"), self.state().join("views")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).into_iter().flatten() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if !path.ends_with("view-state") {
                    let mut hasher = DefaultHasher::new();
                    fs::read(&path).unwrap().hash(&mut hasher);
                    kept.insert(path.strip_prefix(self.state()).unwrap().display().to_string(), hasher.finish());
                }
            }
        }
        kept
    }

    /// Folders in which git keeps what it has not accepted yet.
    pub(crate) fn quarantines(&self) -> usize {
        let views = fs::read_dir(self.state().join("views")).into_iter().flatten().map(|view| view.unwrap().path());
        let repositories = views.chain([self.state().join("registry.git")]);
        let objects = repositories.filter_map(|path| fs::read_dir(path.join("objects")).ok());
        let names = objects.flatten().map(|entry| entry.unwrap().file_name());
        names.filter(|name| name.to_string_lossy().starts_with("tmp_objdir")).count()
    }

    /// A text of main, past every door.
    pub(crate) fn text(&self, path: &str) -> String {
        git(&self.state().join("registry.git"), &["show", &format!("main:{path}")])
    }

    /// Everything is whole, the views too.
    pub(crate) fn fsck(&self) {
        let views = fs::read_dir(self.state().join("views")).into_iter().flatten().map(|view| view.unwrap().path());
        let views = views.filter(|path| path.extension().is_some_and(|extension| extension == "git"));
        for repository in views.chain([self.state().join("registry.git")]) {
            git(&repository, &["fsck", "--strict", "--full"]);
        }
    }
}

/// git without anybody's own settings; it asks nobody anything.
pub(crate) fn command(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command.current_dir(folder).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
    command.env("GIT_TERMINAL_PROMPT", "0").args(["-c", "core.fsync=none", "-c", "gc.auto=0"]);
    for who in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{who}_NAME"), "Someone").env(format!("GIT_{who}_EMAIL"), "someone@localhost");
    }
    command.stdin(Stdio::null());
    command
}

/// What git prints.
#[track_caller]
pub(crate) fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = command(folder).args(arguments).output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", told(&output));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// What git tells its user.
pub(crate) fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

impl Work {
    #[track_caller]
    pub(crate) fn clone_of(url: &str) -> Self {
        let folder = TempDir::new().unwrap();
        git(folder.path(), &["clone", "-q", url, "work"]);
        let path = folder.path().join("work");
        Self { folder, path }
    }

    /// Another working copy of the same.
    #[track_caller]
    pub(crate) fn again(&self) -> Self {
        Self::clone_of(&self.git(&["remote", "get-url", "origin"]))
    }

    #[track_caller]
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        git(&self.path, arguments)
    }

    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.path.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    #[track_caller]
    pub(crate) fn commit(&self, message: &str) {
        self.git(&["add", "-A", "-f"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
    }

    #[track_caller]
    pub(crate) fn edit(&self, path: &str, content: impl AsRef<[u8]>) {
        self.write(path, content);
        self.commit("Edit");
    }

    /// Commits an entry that no working copy could hold.
    #[track_caller]
    pub(crate) fn commit_entry(&self, mode: &str, object: &str, path: &str) {
        self.git(&["update-index", "--add", "--cacheinfo", &format!("{mode},{object},{path}")]);
        self.git(&["commit", "-q", "-m", "Entry"]);
    }

    /// An object of its own.
    pub(crate) fn blob(&self, content: &str) -> String {
        let mut child = command(&self.path);
        let child = child.args(["hash-object", "-w", "--stdin"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = child.spawn().unwrap();
        child.stdin.take().unwrap().write_all(content.as_bytes()).unwrap();
        String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap().trim().to_owned()
    }

    pub(crate) fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"])
    }

    /// A push to main that may fail.
    pub(crate) fn push(&self) -> Output {
        self.push_with(&["HEAD:main"])
    }

    /// With these words after `git push origin`.
    pub(crate) fn push_with(&self, words: &[&str]) -> Output {
        command(&self.path).args(["push", "-q", "origin"]).args(words).output().unwrap()
    }

    /// A push to main that lands.
    #[track_caller]
    pub(crate) fn pushes(&self) {
        let output = self.push();
        assert!(output.status.success(), "{}", told(&output));
    }

    /// Pushes until it lands, after whatever others have pushed meanwhile; how often it came too late.
    #[track_caller]
    pub(crate) fn pushes_in_the_end(&self) -> usize {
        for late in 0..500 {
            if self.push().status.success() {
                return late;
            }
            // Somebody may be pushing just now: the next round sees it.
            let _ = command(&self.path).args(["pull", "-q", "--rebase"]).output().unwrap();
        }
        panic!("somebody is always faster: {}", told(&self.push()));
    }

    /// A folder beside the working copy.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}
