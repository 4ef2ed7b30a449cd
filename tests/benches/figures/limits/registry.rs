//! Profiles in the registry, and a machine that pushes and clones them with stock git.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use anyhow::Context as _;
use tokio::{process::Command, time::MissedTickBehavior};

use super::configuration::ADMIN_TOKEN;

const PROFILES: usize = 300;
const EVERY: Duration = Duration::from_secs(1);

/// A registry with profiles.
pub(super) struct Site {
    pub(super) address: SocketAddr,
    pub(super) profiles: usize,
    work: PathBuf,
    done: AtomicU64,
}

/// A profile's name.
pub(super) fn name(number: usize) -> String {
    format!("profile-{number}")
}

impl Site {
    /// Pushes the profiles, as an operator may.
    ///
    /// # Errors
    /// When git is not there or refused.
    pub(super) async fn populate(address: SocketAddr, folder: &Path) -> anyhow::Result<Self> {
        let work = folder.join("work");
        let site = Self { address, profiles: PROFILES, work, done: AtomicU64::new(0) };
        site.clone_to(&site.work).await?;
        let mut owners = std::fs::read_to_string(site.work.join("OWNERS"))?;
        for number in 0..PROFILES {
            owners.push_str(&format!("{} | tg:{} | telegram | 2026-11-22T00:00:00Z\n", name(number), number + 1));
        }
        std::fs::write(site.work.join("OWNERS"), owners)?;
        site.git(&["add", "--all"]).await?;
        site.git(&["commit", "--quiet", "--message", "Claim"]).await?;
        for number in 0..PROFILES {
            site.edit(number, "first")?;
        }
        site.push().await?;
        Ok(site)
    }

    /// Pushes and clones, a visit a second, until one is refused.
    pub(super) async fn visits(&self) -> anyhow::Error {
        let mut turns = tokio::time::interval(EVERY);
        turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut number = 0;
        loop {
            turns.tick().await;
            if let Err(error) = self.visit(number).await {
                return error;
            }
            number += 1;
        }
    }

    async fn visit(&self, number: usize) -> anyhow::Result<()> {
        self.edit(number % PROFILES, &format!("visit {number}"))?;
        self.push().await?;
        let clone = self.work.with_file_name("clone");
        crate::place::empty(&clone)?;
        self.clone_to(&clone).await?;
        self.done.fetch_add(2, Ordering::Relaxed);
        Ok(())
    }

    /// Pushes and clones so far.
    pub(super) fn count(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    fn edit(&self, number: usize, text: &str) -> anyhow::Result<()> {
        let folder = self.work.join("profiles").join(name(number));
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join("SOUL.md"), format!("I am {}.\n\n{}\n", name(number), text.repeat(100)))?;
        std::fs::write(folder.join("config.yaml"), "model:\n  default: mock\n")?;
        Ok(())
    }

    async fn push(&self) -> anyhow::Result<()> {
        self.git(&["add", "--all"]).await?;
        self.git(&["commit", "--quiet", "--message", "Edit"]).await?;
        self.git(&["push", "--quiet", "origin", "HEAD"]).await
    }

    async fn clone_to(&self, folder: &Path) -> anyhow::Result<()> {
        let url = format!("http://operator:{ADMIN_TOKEN}@{}/git/registry.git", self.address);
        let mut clone = Command::new("git");
        clone.args(["clone", "--quiet", &url]).arg(folder);
        finish(clone).await
    }

    async fn git(&self, arguments: &[&str]) -> anyhow::Result<()> {
        let mut git = Command::new("git");
        git.arg("-C").arg(&self.work).args(["-c", "user.name=Figures", "-c", "user.email=figures@example.com"]);
        git.args(arguments);
        finish(git).await
    }
}

async fn finish(mut command: Command) -> anyhow::Result<()> {
    let output = command.env("GIT_TERMINAL_PROMPT", "0").kill_on_drop(true).output().await.context("run git")?;
    anyhow::ensure!(output.status.success(), "git: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}
