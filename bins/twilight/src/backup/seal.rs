//! Sealing to the recovery recipient, and opening with the identity that is kept elsewhere.

use std::{fs, io::Read as _, io::Write as _, path::Path, str::FromStr as _};

use age::{Decryptor, Encryptor, Identity, Recipient, x25519};
use anyhow::{Context as _, anyhow, bail};

/// Seals `text` to `recipient` (`age1…`).
///
/// # Errors
/// When it is no recipient; the text of what was given instead is not shown, it may be the identity.
pub(super) fn seal(text: &[u8], recipient: &str) -> anyhow::Result<Vec<u8>> {
    let recipient = x25519::Recipient::from_str(recipient.trim())
        .map_err(|_| anyhow!("backup.recipient is no age recipient (`age1…`, as `age-keygen -y` prints it)"))?;
    let encryptor = Encryptor::with_recipients(std::iter::once(&recipient as &dyn Recipient))?;
    let mut sealed = Vec::new();
    let mut writer = encryptor.wrap_output(&mut sealed)?;
    writer.write_all(text)?;
    writer.finish()?;
    Ok(sealed)
}

/// The identities of a file as `age-keygen` writes it.
pub(crate) struct Identities(Vec<x25519::Identity>);

impl Identities {
    /// Reads the file.
    ///
    /// # Errors
    /// When it holds none.
    pub(crate) fn read(file: &Path) -> anyhow::Result<Self> {
        let text = fs::read_to_string(file).with_context(|| format!("read the identity {}", file.display()))?;
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let identities: Vec<_> = lines.filter_map(|line| x25519::Identity::from_str(line).ok()).collect();
        if identities.is_empty() {
            bail!("{} holds no line `AGE-SECRET-KEY-1…`, as age-keygen writes it", file.display());
        }
        Ok(Self(identities))
    }

    /// Opens what [`seal`] sealed to `recipient`.
    ///
    /// # Errors
    /// When none of the identities is the recipient's, or it is damaged.
    pub(super) fn open(&self, sealed: &[u8], recipient: &str) -> anyhow::Result<Vec<u8>> {
        let decryptor = Decryptor::new(sealed).context("read what is sealed")?;
        let identities = self.0.iter().map(|identity| identity as &dyn Identity);
        let wrong = || format!("the identity does not open the secrets: they are sealed to {recipient}");
        let mut reader = decryptor.decrypt(identities).with_context(wrong)?;
        let mut text = Vec::new();
        reader.read_to_end(&mut text).context("open what is sealed")?;
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use age::secrecy::ExposeSecret as _;

    use super::*;

    fn file(identity: &x25519::Identity) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        writeln!(file, "# public key: {}\n{}", identity.to_public(), identity.to_string().expose_secret()).unwrap();
        file
    }

    #[test]
    fn only_the_recipients_identity_opens_what_is_sealed() {
        let (right, wrong) = (x25519::Identity::generate(), x25519::Identity::generate());
        let recipient = right.to_public().to_string();
        let sealed = seal(b"a secret", &recipient).unwrap();
        assert!(!sealed.windows(8).any(|window| window == b"a secret"));
        let opened = Identities::read(file(&right).path()).unwrap().open(&sealed, &recipient).unwrap();
        assert_eq!(opened, b"a secret");
        let error = Identities::read(file(&wrong).path()).unwrap().open(&sealed, &recipient).unwrap_err();
        assert!(error.to_string().contains(&recipient), "{error}");
        assert!(seal(b"x", right.to_string().expose_secret()).unwrap_err().to_string().contains("no age recipient"));
    }
}
