//! A daemon of this repository, or a peer, as a child process.

use std::{
    fs::File,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::Context as _;
use serde_json::Value;
use tokio::process::{Child, Command};

use crate::machine::Memory;

const START_PATIENCE: Duration = Duration::from_secs(120);
const STOP_PATIENCE: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// A running process with its log in a file. Killed when dropped.
pub(crate) struct Daemon {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Daemon {
    /// Starts a binary of this build with `--config`, and waits until its log says where it listens.
    ///
    /// # Errors
    /// When it is not built, or ends, or says nothing.
    pub(crate) async fn start(name: &str, config: &Path, folder: &Path) -> anyhow::Result<(Self, SocketAddr)> {
        let mut command = Command::new(binary(name)?);
        command.arg("--config").arg(config);
        Self::serve(name, command, folder).await
    }

    /// Starts a `command` that is one of our servers, and waits until its log says where it listens.
    ///
    /// # Errors
    /// When it ends, or says nothing.
    pub(crate) async fn serve(name: &str, command: Command, folder: &Path) -> anyhow::Result<(Self, SocketAddr)> {
        let mut daemon = Self::spawn(name, command, folder)?;
        let address = daemon.wait_for(|line| {
            let line: Value = serde_json::from_str(line).ok()?;
            let fields = line.get("fields").unwrap_or(&line);
            fields.get("http.address")?.as_str()?.parse().ok()
        });
        let address = address.await?;
        Ok((daemon, address))
    }

    /// Starts any `command`; what it prints goes to `<folder>/<name>.log`.
    ///
    /// # Errors
    /// When it does not start.
    pub(crate) fn spawn(name: &str, mut command: Command, folder: &Path) -> anyhow::Result<Self> {
        let log = folder.join(format!("{name}.log"));
        let file = File::create(&log).with_context(|| format!("create {}", log.display()))?;
        let child = command
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("start {name}"))?;
        Ok(Self { name: name.to_owned(), child, log })
    }

    /// Waits until a line of the log means something to `found`.
    ///
    /// # Errors
    /// When the process ends first, or two minutes pass.
    pub(crate) async fn wait_for<T>(&mut self, found: impl Fn(&str) -> Option<T>) -> anyhow::Result<T> {
        let search = async {
            let mut looks = tokio::time::interval(LOOK_EVERY);
            loop {
                looks.tick().await;
                let ended = self.child.try_wait()?;
                let text = std::fs::read_to_string(&self.log)?;
                if let Some(found) = text.lines().find_map(&found) {
                    return Ok(found);
                }
                if let Some(status) = ended {
                    anyhow::bail!("{} ended with {status}:\n{}", self.name, tail(&text));
                }
            }
        };
        match tokio::time::timeout(START_PATIENCE, search).await {
            Ok(found) => found,
            Err(_) => anyhow::bail!("{} is not ready; its log:\n{}", self.name, self.log_end()),
        }
    }

    /// Its process id.
    ///
    /// # Errors
    /// When it has ended.
    pub(crate) fn id(&self) -> anyhow::Result<u32> {
        self.child.id().with_context(|| format!("{} has ended", self.name))
    }

    /// Its memory so far.
    ///
    /// # Errors
    /// When it has ended.
    pub(crate) fn memory(&self) -> anyhow::Result<Memory> {
        Memory::of(self.id()?)
    }

    /// Everything it has printed.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// The end of what it has printed.
    pub(crate) fn log_end(&self) -> String {
        tail(&self.log())
    }

    /// Kills it and waits until it is gone, and its port free.
    ///
    /// # Errors
    /// When the system refuses.
    pub(crate) async fn kill(mut self) -> anyhow::Result<()> {
        self.child.kill().await.with_context(|| format!("kill {}", self.name))
    }

    /// Asks it to end and waits.
    ///
    /// # Errors
    /// When it ends with an error or not at all.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        if let Some(pid) = self.child.id().and_then(|pid| rustix::process::Pid::from_raw(pid.cast_signed())) {
            // A process that has ended by itself shows in its status.
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
        match tokio::time::timeout(STOP_PATIENCE, self.child.wait()).await {
            Ok(status) => {
                let status = status?;
                anyhow::ensure!(status.success(), "{} ended with {status}:\n{}", self.name, self.log_end());
                Ok(())
            }
            Err(_) => anyhow::bail!("{} did not end within {STOP_PATIENCE:?}", self.name),
        }
    }
}

/// A binary of the build that this program belongs to; `examples/<name>` for an example.
///
/// # Errors
/// When it is not built.
pub(crate) fn binary(name: &str) -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe()?;
    let release = own.parent().and_then(Path::parent).context("no target folder")?;
    let binary = release.join(name);
    anyhow::ensure!(binary.exists(), "{} is not built: run `make bench`", binary.display());
    Ok(binary)
}

fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(12)..].join("\n")
}
