//! The secret that the names of cached answers are made with.

use std::{io::Write as _, os::unix::fs::OpenOptionsExt as _, path::Path};

use anyhow::Context as _;
use daemon_kit::config::Secret;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;
use web_search::CacheKey;

/// Below the folder of the books.
const FILE: &str = "search.key";

/// The configured secret; without one that of the folder, which is drawn where there is none, so that answers are found
/// again after a restart. The caller holds the books, so nobody else draws one at the same time.
///
/// # Errors
/// When the file can be neither read nor written, or holds something else.
pub(super) fn cache_key(configured: Option<&Secret>, folder: &Path) -> anyhow::Result<CacheKey> {
    if let Some(secret) = configured {
        return Ok(CacheKey::new(Sha256::digest(secret.expose()).into()));
    }
    let path = folder.join(FILE);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let drawn = hex::encode([Uuid::new_v4().into_bytes(), Uuid::new_v4().into_bytes()].concat());
            write(&path, &drawn).with_context(|| format!("write {}", path.display()))?;
            drawn
        }
        Err(error) => return Err(error).with_context(|| format!("read {}", path.display())),
    };
    let mut key = [0; 32];
    hex::decode_to_slice(text.trim(), &mut key)
        .ok()
        .with_context(|| format!("{} holds no key: remove it, and one is drawn", path.display()))?;
    // Hashed, because the bits of a UUID are not all drawn.
    Ok(CacheKey::new(Sha256::digest(key).into()))
}

/// Whole or not at all, and for nobody else to read.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let draft = path.with_extension("key.new");
    let mut file = std::fs::OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&draft, path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_drawn_key_is_kept_and_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let first = cache_key(None, folder.path()).unwrap();
        assert!(cache_key(None, folder.path()).unwrap() == first);
        let mode = std::fs::metadata(folder.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let other = tempfile::tempdir().unwrap();
        assert!(cache_key(None, other.path()).unwrap() != first);
    }

    #[test]
    fn a_configured_secret_is_used_and_a_damaged_file_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let secret = Secret::new("0123456789abcdef0123456789abcdef");
        let configured = cache_key(Some(&secret), folder.path()).unwrap();
        assert!(cache_key(Some(&secret), Path::new("nowhere")).unwrap() == configured);
        assert!(!folder.path().join(FILE).exists());
        std::fs::write(folder.path().join(FILE), "0123").unwrap();
        let error = cache_key(None, folder.path()).unwrap_err().to_string();
        assert!(error.contains("search.key holds no key"), "{error}");
    }
}
