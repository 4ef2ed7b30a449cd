//! Secrets and configuration, sealed.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use daemon_kit::config::BackupConfig;

use super::{
    super::{
        document::Document,
        intake::Intake,
        outlet,
        seal::{Identities, seal},
        snapshot::{About, Part},
        store::Store,
    },
    gateway, registry,
};

const FILE: &str = "secrets.age";

/// What is stored, and files that the configuration names and that are not on this host.
pub(in crate::backup) struct Taken {
    pub(in crate::backup) part: Part,
    pub(in crate::backup) absent: Vec<String>,
}

/// Stores the configuration, every file that it names as holding a secret, and the secrets that daemons made for themselves.
pub(in crate::backup) fn take(
    intake: &mut Intake<'_>,
    config: &BackupConfig,
    configuration: Option<&Path>,
) -> anyhow::Result<Taken> {
    let recipient = config.recipient.as_deref().context(
        "nobody is there to seal secrets to: set backup.recipient or profile-registry.recovery_recipient, or leave them out \
         with --without-secrets",
    )?;
    let (mut document, mut absent) = (Document::default(), Vec::new());
    let own = |folder: &Path, names: &[&str]| -> Vec<PathBuf> {
        names.iter().map(|name| folder.join(name)).filter(|file| file.is_file()).collect()
    };
    let mut add = |key: &str, path: &Path| -> anyhow::Result<()> {
        if !document.add(key, path)? {
            absent.push(format!("{key} ({})", path.display()));
        }
        Ok(())
    };
    if let Some(configuration) = configuration {
        add("configuration", configuration)?;
    }
    for (key, path) in &config.secret_files {
        add(key, path)?;
    }
    for path in own(&config.gateway, gateway::SECRETS) {
        add("gateway-proxy.state", &path)?;
    }
    for path in own(&config.registry, registry::SECRETS) {
        add("profile-registry.state", &path)?;
    }
    if config.prices.is_file() {
        add("gateway-proxy.prices", &config.prices)?;
    }
    let text = serde_json::to_vec_pretty(&document)?;
    let sealed = seal(&text, recipient)?;
    let file = intake.reader(&mut sealed.as_slice(), FILE)?;
    let about = About::Secrets { recipient: recipient.to_owned(), count: document.files.len() };
    Ok(Taken { part: Part { folder: PathBuf::new(), files: vec![file], about }, absent })
}

/// Opens what [`take`] sealed.
pub(in crate::backup) fn open(store: &Store, part: &Part, identities: &Identities) -> anyhow::Result<Document> {
    let (About::Secrets { recipient, .. }, [file]) = (&part.about, part.files.as_slice()) else { bail!("no secrets") };
    let text = identities.open(&outlet::bytes(store, file)?, recipient)?;
    serde_json::from_slice(&text).context("read what was sealed")
}
