//! The age identity of this host: what its secrets are sealed to, and opened with.

use std::{
    fs,
    io::{self, Read as _},
    os::unix::fs::MetadataExt as _,
    path::Path,
    str::FromStr as _,
};

use age::{Decryptor, Identity, armor::ArmoredReader, secrecy::ExposeSecret as _, x25519};
use daemon_kit::config::Secret;

use crate::{failure::Failure, state::State};

/// No `.env` is longer.
const BYTES_MAX: u64 = 1 << 20;

/// This host's identity. It has no `Debug`: nobody prints it by mistake.
pub(crate) struct HostIdentity(x25519::Identity);

impl HostIdentity {
    /// A new one.
    pub(crate) fn generate() -> Self {
        Self(x25519::Identity::generate())
    }

    /// The one in a file that `age-keygen` or `host init` made.
    ///
    /// # Errors
    /// Where it cannot be read, holds none, or others may read it.
    pub(crate) fn of_file(file: &Path) -> Result<Self, Failure> {
        let failed = |error: io::Error| Failure::io("read", file, &error);
        let mode = fs::metadata(file).map_err(failed)?.mode();
        if mode & 0o077 != 0 {
            let (path, mode) = (file.display(), mode & 0o777);
            return Err(Failure::failed(format!("others may read {path} (mode {mode:o}): chmod 600 {path}")));
        }
        let text = fs::read_to_string(file).map_err(failed)?;
        Self::parse(&text).ok_or_else(|| Failure::failed(format!("{} holds no age identity", file.display())))
    }

    /// The one that `host init` kept.
    ///
    /// # Errors
    /// Where there is none, or it is damaged.
    pub(crate) fn kept(state: &State) -> Result<Self, Failure> {
        let text = state.host_identity()?;
        let text = text.ok_or_else(|| Failure::failed("this host has no identity yet: run `host init` first"))?;
        Self::parse(text.expose()).ok_or_else(|| Failure::failed("the identity that `host init` kept is damaged"))
    }

    /// What values are sealed to: `age1…`.
    pub(crate) fn recipient(&self) -> String {
        self.0.to_public().to_string()
    }

    /// As a file holds it.
    pub(crate) fn to_text(&self) -> Secret {
        let (recipient, identity) = (self.recipient(), self.0.to_string());
        let identity = identity.expose_secret();
        Secret::new(format!(
            "# The identity of this host: secrets of its profiles are sealed to it.\n# public key: {recipient}\n{identity}\n"
        ))
    }

    /// Opens what was sealed to it.
    ///
    /// # Errors
    /// Where it was sealed to another one, or is damaged.
    pub(crate) fn open(&self, sealed: &[u8]) -> Result<Secret, Failure> {
        let other = || {
            Failure::failed(format!(
                "what the registry sealed does not open with this host's identity: register its recipient {} with POST /hosts",
                self.recipient()
            ))
        };
        let decryptor = Decryptor::new_buffered(ArmoredReader::new(sealed)).map_err(|_| other())?;
        let identity = std::iter::once(&self.0 as &dyn Identity);
        let reader = decryptor.decrypt(identity).map_err(|_| other())?;
        let mut text = String::new();
        reader.take(BYTES_MAX).read_to_string(&mut text).map_err(|_| other())?;
        Ok(Secret::new(text))
    }

    fn parse(text: &str) -> Option<Self> {
        let line = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'))?;
        x25519::Identity::from_str(line).ok().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use std::{io::Write as _, os::unix::fs::PermissionsExt as _};

    use age::{
        Encryptor,
        armor::{ArmoredWriter, Format},
    };

    use super::*;

    fn sealed_to(identity: &HostIdentity, text: &str) -> Vec<u8> {
        let recipient = identity.0.to_public();
        let encryptor = Encryptor::with_recipients(std::iter::once(&recipient as &dyn age::Recipient)).unwrap();
        let mut writer =
            encryptor.wrap_output(ArmoredWriter::wrap_output(Vec::new(), Format::AsciiArmor).unwrap()).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
        writer.finish().and_then(|armor| armor.finish()).unwrap()
    }

    #[test]
    fn what_is_sealed_to_a_host_opens_there_and_nowhere_else() {
        let (host, other) = (HostIdentity::generate(), HostIdentity::generate());
        let sealed = sealed_to(&host, "A='1'\n");
        assert_eq!(host.open(&sealed).map(|text| text.expose().to_owned()).ok().as_deref(), Some("A='1'\n"));
        let refused = other.open(&sealed).err().unwrap().to_string();
        assert!(refused.contains(&other.recipient()), "{refused}");
        assert!(host.open(b"nonsense").is_err());
        let kept = HostIdentity::parse(host.to_text().expose()).unwrap();
        assert_eq!(kept.recipient(), host.recipient());
    }

    #[test]
    fn an_identity_that_others_may_read_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("host.age");
        fs::write(&file, HostIdentity::generate().to_text().expose()).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        let refused = HostIdentity::of_file(&file).err().unwrap().to_string();
        assert!(refused.contains("others may read"), "{refused}");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(HostIdentity::of_file(&file).is_ok());
    }
}
