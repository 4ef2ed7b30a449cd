//! The machine that serves the profile: a folder, and the tool that keeps it.

use std::{
    collections::BTreeMap,
    fs::{self, OpenOptions},
    io::Write as _,
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, SystemTime},
};

use anyhow::Context as _;
use serde_json::Value;
use tokio::process::Command;

const PATIENCE: Duration = Duration::from_secs(30);

pub(super) struct Host {
    home: PathBuf,
    token: PathBuf,
    registry: String,
}

/// A file's content and when it was written.
pub(super) type Tree = BTreeMap<PathBuf, (Vec<u8>, Option<SystemTime>)>;

impl Host {
    pub(super) fn new(folder: &Path, registry: &str) -> anyhow::Result<Self> {
        let home = folder.join("host");
        fs::create_dir_all(&home).with_context(|| format!("create {}", home.display()))?;
        Ok(Self { home, token: folder.join("host-token"), registry: registry.to_owned() })
    }

    /// Makes its identity; what secrets are sealed to from now on.
    pub(super) async fn recipient(&self) -> anyhow::Result<String> {
        let told = self.manager(&["host", "init"]).await?;
        Ok(told["recipient"].as_str().with_context(|| format!("no recipient: {told}"))?.to_owned())
    }

    /// Keeps the token that the registry knows it by.
    pub(super) fn known_by(&self, token: &str) -> anyhow::Result<()> {
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&self.token)?;
        file.write_all(token.as_bytes()).context("keep the host's token")
    }

    /// Fetches what it has to serve.
    pub(super) async fn sync(&self) -> anyhow::Result<Value> {
        self.manager(&["host", "sync"]).await
    }

    pub(super) fn folder(&self, profile: &str) -> PathBuf {
        self.home.join("profiles").join(profile)
    }

    /// The variables of a profile's `.env`, which nobody else may read.
    pub(super) fn env(&self, profile: &str) -> anyhow::Result<BTreeMap<String, String>> {
        let file = self.folder(profile).join(".env");
        let mode = fs::metadata(&file).with_context(|| format!("{}", file.display()))?.mode() & 0o777;
        anyhow::ensure!(mode == 0o600, "{} has mode {mode:o}", file.display());
        let text = fs::read_to_string(&file)?;
        let lines = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('='));
        Ok(lines.map(|(name, value)| (name.to_owned(), value.trim_matches('\'').to_owned())).collect())
    }

    /// All of a profile's files.
    pub(super) fn tree(&self, profile: &str) -> anyhow::Result<Tree> {
        let mut files = Tree::new();
        let mut folders = vec![self.folder(profile)];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).with_context(|| format!("{}", folder.display()))? {
                let entry = entry?;
                if entry.file_type()?.is_dir() {
                    folders.push(entry.path());
                } else {
                    files.insert(entry.path(), (fs::read(entry.path())?, entry.metadata()?.modified().ok()));
                }
            }
        }
        Ok(files)
    }

    /// Runs the tool as the host's operator does; its answer.
    async fn manager(&self, words: &[&str]) -> anyhow::Result<Value> {
        let binary = std::env::current_exe()?.with_file_name("hermes-profile-manager");
        anyhow::ensure!(binary.exists(), "{} is not built: run `cargo build --workspace`", binary.display());
        let mut command = Command::new(binary);
        command.arg("--home").arg(&self.home).args(["--registry", &self.registry, "--json"]);
        if self.token.exists() {
            command.arg("--token-file").arg(&self.token);
        }
        command.args(words).stdin(Stdio::null()).kill_on_drop(true);
        let output = tokio::time::timeout(PATIENCE, command.output()).await;
        let output = output.with_context(|| format!("hermes-profile-manager {} took too long", words.join(" ")))??;
        let said = String::from_utf8_lossy(&output.stderr);
        anyhow::ensure!(output.status.success(), "hermes-profile-manager {}: {said}", words.join(" "));
        serde_json::from_slice(&output.stdout).with_context(|| format!("no answer: {said}"))
    }
}
