//! The registry's own age identity, and what is sealed to it.
//!
//! A value rests sealed to two recipients: the registry, and an offline recovery recipient whose identity is kept
//! elsewhere. The books alone open nothing: the registry's identity is a file of its own, which backups of the books leave
//! out. A host gets its values sealed to its own recipient, so that they cross the network and any proxy closed.

use std::{
    fmt,
    fs::{self, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    str::FromStr as _,
};

use age::{
    Decryptor, Encryptor, Recipient,
    armor::{ArmoredWriter, Format},
    secrecy::ExposeSecret as _,
    x25519,
};
use daemon_kit::config::Secret;
use ring::hmac;

/// The identity's file in the registry's folder.
const FILE: &str = "registry.age";
/// No value is longer.
const MAX_BYTES: u64 = 64 << 10;

/// Why values cannot be sealed or opened. No text holds any of them.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The identity's file cannot be read or made.
    #[error("{}: {problem}", .file.display())]
    Identity {
        /// The file.
        file: PathBuf,
        /// Why.
        problem: String,
    },
    /// A text is no age recipient.
    #[error("{0:?} is no age recipient (`age1…`, as `age-keygen -y` prints it)")]
    Recipient(String),
    /// What is in the books was sealed to somebody else, or is damaged.
    #[error("a value in the books cannot be opened with {FILE}: it was sealed to another identity, or is damaged")]
    Opening,
    /// The value is empty or too long.
    #[error("a secret's value has 1 to {MAX_BYTES} bytes")]
    Size,
    /// Encryption failed.
    #[error("a value could not be sealed")]
    Sealing(#[source] io::Error),
}

/// A value as the books keep it.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    /// An age file.
    pub bytes: Vec<u8>,
    /// HMAC-SHA-256 of the value, 64 hexadecimal digits: the same value has the same one, and nobody without the
    /// registry's identity can tell which value it is.
    pub fingerprint: String,
}

/// Where a host's values are sealed to.
#[derive(Clone)]
pub struct HostRecipient(x25519::Recipient);

/// Seals and opens.
pub struct Vault {
    identity: x25519::Identity,
    recovery: Option<x25519::Recipient>,
    fingerprints: hmac::Key,
}

impl Vault {
    /// Opens the vault of `folder`; makes an identity where there is none.
    ///
    /// # Errors
    /// [`VaultError`], also where others than the owner may read the identity.
    pub fn open(folder: &Path, recovery: Option<&str>) -> Result<Self, VaultError> {
        let file = folder.join(FILE);
        let problem = |problem: String| VaultError::Identity { file: file.clone(), problem };
        let identity = match fs::read_to_string(&file) {
            Ok(text) => {
                let mode = fs::metadata(&file).map_err(|error| problem(error.to_string()))?.permissions().mode();
                if mode & 0o077 != 0 {
                    return Err(problem(format!("others may read it (mode {:o}): chmod 600", mode & 0o777)));
                }
                let line = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
                let identity = line.and_then(|line| x25519::Identity::from_str(line).ok());
                identity.ok_or_else(|| problem("it holds no line `AGE-SECRET-KEY-1…`".to_owned()))?
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let identity = x25519::Identity::generate();
                create(&file, &identity).map_err(|error| problem(error.to_string()))?;
                identity
            }
            Err(error) => return Err(problem(error.to_string())),
        };
        let recovery = recovery.map(parse_recipient).transpose()?;
        let own = hmac::Key::new(hmac::HMAC_SHA256, identity.to_string().expose_secret().as_bytes());
        let derived = hmac::sign(&own, b"twilight profile-registry fingerprints v1");
        let fingerprints = hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref());
        Ok(Self { identity, recovery, fingerprints })
    }

    /// Seals a value for the books.
    ///
    /// # Errors
    /// [`VaultError::Size`], [`VaultError::Sealing`].
    pub fn seal(&self, value: &Secret) -> Result<Sealed, VaultError> {
        let value = value.expose().as_bytes();
        if value.is_empty() || value.len() as u64 > MAX_BYTES {
            return Err(VaultError::Size);
        }
        let own = self.identity.to_public();
        let recovery = self.recovery.as_ref().map(|recipient| recipient as &dyn Recipient);
        let recipients = std::iter::once(&own as &dyn Recipient).chain(recovery);
        let mut bytes = Vec::new();
        encrypt(recipients, value, &mut bytes).map_err(VaultError::Sealing)?;
        let fingerprint = hmac::sign(&self.fingerprints, value);
        let fingerprint = fingerprint.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Sealed { bytes, fingerprint })
    }

    /// Opens a value of the books.
    ///
    /// # Errors
    /// [`VaultError::Opening`].
    pub fn open_value(&self, sealed: &[u8]) -> Result<Secret, VaultError> {
        let decryptor = Decryptor::new_buffered(sealed).map_err(|_| VaultError::Opening)?;
        let identities = std::iter::once(&self.identity as &dyn age::Identity);
        let reader = decryptor.decrypt(identities).map_err(|_| VaultError::Opening)?;
        let mut text = String::new();
        reader.take(MAX_BYTES).read_to_string(&mut text).map_err(|_| VaultError::Opening)?;
        Ok(Secret::new(text))
    }

    /// Seals `text` for a host, armored: text that it opens with its own identity.
    ///
    /// # Errors
    /// [`VaultError::Sealing`].
    pub fn seal_for(&self, host: &HostRecipient, text: &Secret) -> Result<String, VaultError> {
        let sealing = VaultError::Sealing;
        let mut armored = ArmoredWriter::wrap_output(Vec::new(), Format::AsciiArmor).map_err(sealing)?;
        encrypt(std::iter::once(&host.0 as &dyn Recipient), text.expose().as_bytes(), &mut armored).map_err(sealing)?;
        let bytes = armored.finish().map_err(sealing)?;
        String::from_utf8(bytes).map_err(|error| sealing(io::Error::other(error)))
    }
}

impl HostRecipient {
    /// Reads `age1…`.
    ///
    /// # Errors
    /// [`VaultError::Recipient`].
    pub fn parse(text: &str) -> Result<Self, VaultError> {
        parse_recipient(text).map(Self)
    }
}

fn parse_recipient(text: &str) -> Result<x25519::Recipient, VaultError> {
    x25519::Recipient::from_str(text.trim()).map_err(|_| {
        // Whoever pastes the identity instead of the recipient must not find it in a log.
        let shown: String = text.trim().chars().take(8).collect();
        VaultError::Recipient(format!("{shown}…"))
    })
}

fn encrypt<'a>(
    recipients: impl Iterator<Item = &'a dyn Recipient>,
    value: &[u8],
    output: impl io::Write,
) -> io::Result<()> {
    let encryptor = Encryptor::with_recipients(recipients).map_err(io::Error::other)?;
    let mut writer = encryptor.wrap_output(output)?;
    writer.write_all(value)?;
    writer.finish().map(drop)
}

/// Whole or not at all: a half-written identity would lock its values away.
fn create(file: &Path, identity: &x25519::Identity) -> io::Result<()> {
    let staged = file.with_extension("age.new");
    let _ = fs::remove_file(&staged);
    let mut staging = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&staged)?;
    writeln!(
        staging,
        "# The registry's own identity: without it no secret of the books can be opened. Keep it apart."
    )?;
    writeln!(staging, "# public key: {}", identity.to_public())?;
    writeln!(staging, "{}", identity.to_string().expose_secret())?;
    staging.sync_all()?;
    fs::rename(&staged, file)?;
    if let Some(folder) = file.parent() {
        fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}

impl fmt::Debug for Vault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Vault").field("recipient", &self.identity.to_public().to_string()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Sealed({}…)", self.fingerprint.get(..8).unwrap_or_default())
    }
}

impl fmt::Debug for HostRecipient {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "HostRecipient({})", self.0)
    }
}

#[cfg(test)]
mod tests;
