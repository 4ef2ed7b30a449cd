//! The secrets and the configuration of a host, as one text that is sealed.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, ensure};
use serde::{Deserialize, Serialize};

/// Nobody's secret is longer.
const BYTES_MAX: u64 = 1 << 20;

/// JSON, so that a person who has but the identity and `age -d` can read it.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Document {
    pub(super) files: Vec<SecretFile>,
}

/// A file that holds a secret, or the configuration.
#[derive(Serialize, Deserialize)]
pub(super) struct SecretFile {
    /// The key that names it, or what it is.
    pub(super) key: String,
    /// Where it lies, as the configuration says.
    pub(super) path: PathBuf,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// What is no UTF-8, in hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hex: Option<String>,
}

impl Document {
    /// Adds a file; whether it is there. One that several keys name is added once.
    pub(super) fn add(&mut self, key: &str, path: &Path) -> anyhow::Result<bool> {
        if self.files.iter().any(|file| file.path == path) {
            return Ok(true);
        }
        let look = || format!("read {}, which {key} names", path.display());
        match fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            metadata => ensure!(metadata.with_context(look)?.len() <= BYTES_MAX, "{} is no secret", path.display()),
        }
        let bytes = fs::read(path).with_context(look)?;
        let (text, hex) = match String::from_utf8(bytes) {
            Ok(text) => (Some(text), None),
            Err(error) => (None, Some(hex::encode(error.as_bytes()))),
        };
        self.files.push(SecretFile { key: key.to_owned(), path: path.to_owned(), text, hex });
        Ok(true)
    }
}

impl SecretFile {
    pub(super) fn bytes(&self) -> anyhow::Result<Vec<u8>> {
        match (&self.text, &self.hex) {
            (Some(text), None) => Ok(text.clone().into_bytes()),
            (None, Some(digits)) => Ok(hex::decode(digits)?),
            _ => anyhow::bail!("{} is not what was sealed", self.path.display()),
        }
    }
}
