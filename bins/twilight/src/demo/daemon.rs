//! A daemon as a child process: its log goes to a file, its address is read from its log.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::Context as _;
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    process::{Child, ChildStderr, Command},
    sync::watch,
};

const START_PATIENCE: Duration = Duration::from_secs(60);
const STOP_PATIENCE: Duration = Duration::from_secs(20);

/// A running daemon. Ends with this process at the latest.
pub(crate) struct Daemon {
    name: &'static str,
    child: Child,
    /// `http://127.0.0.1:port`.
    pub(crate) url: String,
    log: PathBuf,
}

impl Daemon {
    /// Starts the binary `name` beside this one and waits until it says where it listens.
    pub(crate) async fn start(name: &'static str, config: &Path, folder: &Path) -> anyhow::Result<Self> {
        let binary = std::env::current_exe()?.with_file_name(name);
        anyhow::ensure!(binary.exists(), "{} is not built: run `cargo build --workspace`", binary.display());
        let log = folder.join(format!("{name}.log"));
        let mut child = Command::new(&binary)
            .arg("--config")
            .arg(config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("start {}", binary.display()))?;
        let stderr = child.stderr.take().context("the child's log")?;
        let (found, mut address) = watch::channel(None);
        tokio::spawn(keep_log(stderr, log.clone(), found));
        let url = tokio::time::timeout(START_PATIENCE, address.wait_for(Option::is_some)).await;
        let url = match url {
            Ok(Ok(url)) => url.clone().unwrap_or_default(),
            _ => anyhow::bail!("{name} did not start; the end of {}:\n{}", log.display(), tail(&log)),
        };
        Ok(Self { name, child, url, log })
    }

    /// Asks it to end and waits until it has.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        if let Some(pid) = self.child.id().and_then(|pid| rustix::process::Pid::from_raw(pid.cast_signed())) {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
        match tokio::time::timeout(STOP_PATIENCE, self.child.wait()).await {
            Ok(Ok(status)) if status.success() => Ok(()),
            Ok(_) => anyhow::bail!("{} ended with an error:\n{}", self.name, tail(&self.log)),
            Err(_) => anyhow::bail!("{} did not end within {} s", self.name, STOP_PATIENCE.as_secs()),
        }
    }

    /// The end of its log, for an error message.
    pub(crate) fn log_end(&self) -> String {
        tail(&self.log)
    }
}

async fn keep_log(stderr: ChildStderr, path: PathBuf, found: watch::Sender<Option<String>>) -> anyhow::Result<()> {
    let mut file = tokio::fs::File::create(path).await?;
    let mut lines = BufReader::new(stderr).lines();
    while let Some(line) = lines.next_line().await? {
        if found.borrow().is_none()
            && let Some(url) = address(&line)
        {
            found.send_replace(Some(url));
        }
        file.write_all(line.as_bytes()).await?;
        file.write_all(b"\n").await?;
        file.flush().await?;
    }
    Ok(())
}

/// The address in a JSON log line that has the field `http.address`.
fn address(line: &str) -> Option<String> {
    let line: Value = serde_json::from_str(line).ok()?;
    let fields = line.get("fields").unwrap_or(&line);
    Some(format!("http://{}", fields.get("http.address")?.as_str()?))
}

fn tail(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(12)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_found_in_a_log_line_and_nowhere_else() {
        let line = r#"{"level":"INFO","fields":{"http.address":"127.0.0.1:4711","message":"listens"}}"#;
        assert_eq!(address(line).as_deref(), Some("http://127.0.0.1:4711"));
        assert_eq!(address(r#"{"fields":{"message":"127.0.0.1:1"}}"#), None);
        assert_eq!(address("not json"), None);
    }
}
