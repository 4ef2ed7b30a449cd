//! This program, run as an operator runs it.

use std::{path::Path, process::Stdio, time::Duration};

use anyhow::Context as _;
use serde_json::Value;
use tokio::process::Command;

const PATIENCE: Duration = Duration::from_secs(120);

/// Runs a command with `--json`: its exit code and its answer.
pub(super) async fn twilight(config: &Path, arguments: &[&str]) -> anyhow::Result<(i32, Value)> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("--config").arg(config).arg("--json").args(arguments).stdin(Stdio::null()).kill_on_drop(true);
    let what = arguments.join(" ");
    let output = tokio::time::timeout(PATIENCE, command.output()).await;
    let output = output.with_context(|| format!("twilight {what} does not end"))??;
    let code = output.status.code().with_context(|| format!("twilight {what} was killed"))?;
    let answer = serde_json::from_slice(&output.stdout)
        .with_context(|| format!("twilight {what} ended with {code}: {}", String::from_utf8_lossy(&output.stderr)))?;
    Ok((code, answer))
}

/// The same of a command that has to succeed.
pub(super) async fn done(config: &Path, arguments: &[&str]) -> anyhow::Result<Value> {
    let (code, answer) = twilight(config, arguments).await?;
    anyhow::ensure!(code == 0, "twilight {} ended with {code}: {answer}", arguments.join(" "));
    Ok(answer)
}
