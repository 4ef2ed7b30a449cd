//! A replica: a folder, a configuration, and `twilight replica …` on it.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use serde_json::Value;
use tempfile::TempDir;
use warehouse::{ReplicaFile, VerifyReport};

use super::source::current;
use crate::{Answer, binary, eventually, run};

const BOUND: Duration = Duration::from_secs(90);

/// The side that has the copy. For pushes, the same configuration with another root is the side that sends.
pub struct Replica {
    folder: TempDir,
    root: PathBuf,
    config: PathBuf,
}

impl Default for Replica {
    fn default() -> Self {
        Self::new()
    }
}

impl Replica {
    /// An empty one.
    pub fn new() -> Self {
        Self::configured("")
    }

    /// An empty one with keys of `[replica]`.
    pub fn configured(keys: &str) -> Self {
        let folder = tempfile::Builder::new().prefix("twilight-replica-").tempdir().unwrap();
        let root = folder.path().join("warehouse");
        Self::in_folder(folder, root, keys)
    }

    /// One whose warehouse is at `root`.
    pub fn at(root: &Path, keys: &str) -> Self {
        let folder = tempfile::Builder::new().prefix("twilight-replica-").tempdir().unwrap();
        Self::in_folder(folder, root.to_owned(), keys)
    }

    fn in_folder(folder: TempDir, root: PathBuf, keys: &str) -> Self {
        let config = folder.path().join("twilight.toml");
        let text = format!("[warehouse]\nroot = \"{}\"\nkeep_generations = 2\n\n[replica]\n{keys}", root.display());
        fs::write(&config, text).unwrap();
        Self { folder, root, config }
    }

    /// The configuration file.
    pub fn config(&self) -> &Path {
        &self.config
    }

    /// Its warehouse.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A folder for whatever a test needs.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What its readers see.
    pub fn published(&self) -> PathBuf {
        self.root.join("published")
    }

    /// `twilight replica <arguments>` on it.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary("twilight"));
        command.arg("--config").arg(&self.config).args(["--json", "replica"]).args(arguments);
        command
    }

    /// Runs `twilight replica <arguments>`.
    pub async fn run(&self, arguments: &[&str]) -> Answer {
        run(self.command(arguments), BOUND).await
    }

    /// Runs it; what it prints.
    ///
    /// # Panics
    /// If it fails.
    pub async fn done(&self, arguments: &[&str]) -> Value {
        let answer = self.run(arguments).await;
        assert_eq!(answer.code, Some(0), "{arguments:?}: {}", answer.stderr);
        serde_json::from_str(&answer.stdout).unwrap()
    }

    /// Runs it as soon as nobody else holds the replica, as after a kill; what it prints.
    ///
    /// # Panics
    /// If it fails otherwise.
    pub async fn done_when_free(&self, arguments: &[&str]) -> Value {
        eventually("the replica is free", async || {
            let answer = self.run(arguments).await;
            if answer.code != Some(0) && answer.stderr.contains("is being changed by") {
                return None;
            }
            assert_eq!(answer.code, Some(0), "{arguments:?}: {}", answer.stderr);
            Some(serde_json::from_str(&answer.stdout).unwrap())
        })
        .await
    }

    /// Runs it; what it says on stderr.
    ///
    /// # Panics
    /// If it succeeds.
    pub async fn refused(&self, arguments: &[&str]) -> String {
        let answer = self.run(arguments).await;
        assert_ne!(answer.code, Some(0), "{arguments:?}: {}", answer.stdout);
        answer.stderr
    }

    /// The generation that its readers are sent to.
    pub fn generation(&self) -> Option<u64> {
        current(&self.published())
    }

    /// Reads the current generation in full.
    pub async fn verified(&self) -> VerifyReport {
        let published = self.published();
        tokio::task::spawn_blocking(move || warehouse::verify(&published, None)).await.unwrap().unwrap()
    }

    /// # Panics
    /// Unless it serves `generation`, all of it.
    pub async fn serves(&self, generation: u64) {
        let report = self.verified().await;
        assert_eq!(report.manifest.generation, generation);
        assert!(report.is_whole(), "{:?}", report.problems);
    }

    /// What it says of itself.
    pub fn says(&self) -> ReplicaFile {
        warehouse::read_replica(&self.published()).unwrap().unwrap()
    }

    /// Bytes in the files that rsync writes into.
    pub fn staged_bytes(&self) -> u64 {
        let Ok(entries) = fs::read_dir(self.root.join("replica/staging")) else { return 0 };
        entries.map(|entry| entry.unwrap().metadata().unwrap().len()).sum()
    }
}

/// A program in `folder` that a test puts in front of another one: a shell script with `body`.
pub fn wrapper(folder: &Path, name: &str, body: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}
