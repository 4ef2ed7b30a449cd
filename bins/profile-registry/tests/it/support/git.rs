//! Stock git, as people have it, against the doors.

use std::{
    collections::BTreeMap,
    fs,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    path::{Path, PathBuf},
    process::Stdio,
};

use serde_json::json;
use tempfile::TempDir;
use tokio::process::Command;

use super::{ADMIN, Running};

/// Two registered owners, and a profile of each.
pub(crate) struct Two {
    pub(crate) alice: String,
    pub(crate) bob: String,
}

/// A working copy.
pub(crate) struct Work {
    _folder: TempDir,
    pub(crate) path: PathBuf,
}

/// What git said, and whether it was content.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) ok: bool,
    pub(crate) out: String,
    pub(crate) told: String,
}

/// git without anybody's own settings; it asks nobody anything.
pub(crate) fn command(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command.current_dir(folder).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
    command.env("GIT_TERMINAL_PROMPT", "0").args(["-c", "core.fsync=none", "-c", "gc.auto=0"]);
    for who in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{who}_NAME"), "Someone").env(format!("GIT_{who}_EMAIL"), "someone@localhost");
    }
    command.stdin(Stdio::null()).kill_on_drop(true);
    command
}

pub(crate) async fn git(folder: &Path, arguments: &[&str]) -> Said {
    Said::of(&command(folder).args(arguments).output().await.unwrap())
}

impl Said {
    pub(crate) fn of(output: &std::process::Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        Self { ok: output.status.success(), out: text(&output.stdout), told: text(&output.stderr) }
    }

    #[track_caller]
    pub(crate) fn done(self) -> String {
        assert!(self.ok, "{self:?}");
        self.out
    }

    /// It was refused, and these words say why.
    #[track_caller]
    pub(crate) fn refused(self, why: &str) {
        assert!(!self.ok && self.told.contains(why), "{why}: {self:?}");
    }
}

impl Running {
    /// Where a repository is, with the token that opens it.
    pub(crate) fn git_url(&self, repository: &str, token: &str) -> String {
        format!("http://somebody:{token}@{}/git/{repository}", self.address)
    }

    /// A token of an owner, a host …
    pub(crate) async fn token(&self, kind: &str, subject: &str) -> String {
        let issued = self.post("/credentials", Some(ADMIN), json!({"kind": kind, "subject": subject})).await;
        assert_eq!(issued.status, 201, "{issued:?}");
        issued.field("token")
    }

    /// `alice` of tg:1 and `bob` of tg:2, as an operator enters them.
    pub(crate) async fn two_profiles(&self) -> Two {
        let work = Work::clone(&self.git_url("registry.git", ADMIN)).await;
        let line = |name, owner| format!("{name} | {owner} | telegram | 2026-11-22T00:00:00Z\n");
        let owners = fs::read_to_string(work.path.join("OWNERS")).unwrap();
        work.write("OWNERS", &format!("{owners}{}{}", line("alice", "tg:1"), line("bob", "tg:2")));
        work.commit("Claim").await;
        for name in ["alice", "bob"] {
            work.write(&format!("profiles/{name}/SOUL.md"), &format!("I am {name}.\n"));
            work.write(&format!("profiles/{name}/config.yaml"), &format!("model:\n  default: qwen-{name}\n"));
            work.commit("Begin").await;
        }
        work.push().await.done();
        Two { alice: self.token("owner", "tg:1").await, bob: self.token("owner", "tg:2").await }
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.folder.path().join("registry")
    }

    /// Everything that git keeps of everybody: objects, packs, references.
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
                    kept.insert(path.display().to_string(), hasher.finish());
                }
            }
        }
        kept
    }

    /// Registers a host; its token.
    pub(crate) async fn host(&self, name: &str) -> String {
        const RECIPIENT: &str = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
        let made = self.post("/hosts", Some(ADMIN), json!({"name": name, "recipient": RECIPIENT})).await;
        assert_eq!(made.status, 201, "{made:?}");
        made.field("token")
    }

    /// The repository is whole.
    pub(crate) async fn fsck(&self) {
        git(&self.state().join("registry.git"), &["fsck", "--strict", "--full"]).await.done();
    }
}

impl Work {
    pub(crate) async fn clone(url: &str) -> Self {
        let folder = TempDir::new().unwrap();
        git(folder.path(), &["clone", "-q", url, "work"]).await.done();
        let path = folder.path().join("work");
        Self { _folder: folder, path }
    }

    pub(crate) async fn git(&self, arguments: &[&str]) -> Said {
        git(&self.path, arguments).await
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) async fn commit(&self, message: &str) {
        self.git(&["add", "-A", "-f"]).await.done();
        self.git(&["commit", "-q", "-m", message]).await.done();
    }

    pub(crate) async fn edit(&self, path: &str, text: &str) {
        self.write(path, text);
        self.commit("Edit").await;
    }

    pub(crate) async fn push(&self) -> Said {
        self.git(&["push", "-q", "origin", "HEAD:main"]).await
    }

    pub(crate) async fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"]).await.done()
    }
}
