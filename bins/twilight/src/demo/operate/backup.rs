//! A backup of everything while everything goes on, proved, and restored to where nothing was.

use std::{
    fs::OpenOptions,
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use age::{secrecy::ExposeSecret as _, x25519};
use anyhow::Context as _;
use serde_json::Value;
use tokio::time::Instant;

use super::tool::done;

/// What was backed up, and restored.
pub(crate) struct Restored {
    pub(crate) parts: Vec<String>,
    pub(crate) bytes: u64,
    /// From the first command to the last.
    pub(crate) took: Duration,
}

/// Makes the identity that opens secrets of a lost host, and tells its public half. It would be kept offline.
pub(super) fn recovery_identity(folder: &Path) -> anyhow::Result<String> {
    let identity = x25519::Identity::generate();
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(recovery(folder))?;
    file.write_all(identity.to_string().expose_secret().as_bytes()).context("keep the recovery identity")?;
    Ok(identity.to_public().to_string())
}

fn recovery(folder: &Path) -> PathBuf {
    folder.join("recovery.age")
}

/// Creates, verifies, restores, and reads every byte of the restored warehouse.
pub(super) async fn run(folder: &Path, config: &Path) -> anyhow::Result<Restored> {
    let begun = Instant::now();
    let identity = recovery(folder);
    let identity = identity.to_str().context("the demo's folder is no text")?;
    let created = done(config, &["backup", "create"]).await?;
    done(config, &["backup", "verify", "--identity", identity]).await?;

    let other = folder.join("restored");
    let map = format!("{}={}", folder.display(), other.display());
    done(config, &["backup", "restore", "--identity", identity, "--map", &map]).await?;
    let published = other.join("warehouse").join("published");
    let verified = tokio::task::spawn_blocking(move || warehouse::verify(&published, None)).await??;
    anyhow::ensure!(verified.is_whole(), "the restored warehouse: {}", verified.problems.join("; "));

    let parts = created["parts"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
    Ok(Restored { parts: parts.collect(), bytes: created["bytes"].as_u64().unwrap_or_default(), took: begun.elapsed() })
}
