//! Lines of `authorized_keys`, by which `sshd` runs [`serve_ssh`](super::serve_ssh) and nothing else.

use std::path::Path;

use anyhow::{Context as _, bail};
use base64::{Engine as _, prelude::BASE64_STANDARD};

use super::serve_ssh::ADMIN;
use crate::{Books, auth::Credentials};

const TYPES: [&str; 6] = [
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com",
    "ssh-rsa",
];

/// The line for a public key that shall speak for `credential`: `admin`, or the id of a credential. `program` is this one,
/// `state` the registry's folder, both as `sshd` will find them.
///
/// # Errors
/// When the key is none, or nobody has that credential.
pub async fn authorized_keys(
    state: &Path,
    credential: &str,
    public_key: &str,
    program: &Path,
) -> anyhow::Result<String> {
    if credential != ADMIN {
        let books = Books::open(state).context("open the books")?;
        let known = Credentials::new(books, None).of_id(credential).await.context("look the credential up")?;
        if known.is_none() {
            bail!("there is no credential {credential:?} that is not revoked: GET /credentials lists them")
        }
    }
    let key = check(public_key)?;
    let (program, state) = (quoted(program)?, quoted(state)?);
    Ok(format!(r#"command="{program} serve-ssh --state {state} --actor-by-key {credential}",restrict {key}"#))
}

/// A public key, with what may be believed of its comment.
fn check(text: &str) -> anyhow::Result<String> {
    let mut words = text.split_whitespace();
    let (Some(kind), Some(blob)) = (words.next(), words.next()) else {
        bail!("that is no public key: `ssh-ed25519 AAAA…`")
    };
    let bytes = BASE64_STANDARD.decode(blob).unwrap_or_default();
    // Its type stands in the key as well, after its length.
    let is_key = TYPES.contains(&kind) && bytes.get(4..4 + kind.len()) == Some(kind.as_bytes());
    if !is_key {
        bail!("that is no public key: the file that ends in .pub holds it")
    }
    let sane = |letter: &char| letter.is_ascii_alphanumeric() || "@._-".contains(*letter);
    let comment: String = words.next().unwrap_or_default().chars().filter(sane).take(64).collect();
    Ok(format!("{kind} {blob} {comment}").trim_end().to_owned())
}

/// For a shell, within the double quotes of the file.
fn quoted(path: &Path) -> anyhow::Result<String> {
    match path.to_str() {
        Some(text) if text.starts_with('/') && !text.contains(['\'', '"', '\\', '\n']) => Ok(format!("'{text}'")),
        _ => bail!("{} cannot stand in authorized_keys", path.display()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";

    #[tokio::test]
    async fn a_line_runs_one_command_and_lets_the_key_do_nothing_else() {
        let (state, program) = (Path::new("/srv/twilight/registry"), Path::new("/usr/local/bin/profile-registry"));
        let line = authorized_keys(state, ADMIN, &format!("{KEY} wang@mini \"x\n"), program).await.unwrap();
        let command =
            "'/usr/local/bin/profile-registry' serve-ssh --state '/srv/twilight/registry' --actor-by-key admin";
        assert_eq!(line, format!("command=\"{command}\",restrict {KEY} wang@mini"));
        assert!(authorized_keys(Path::new("/srv/\"x"), ADMIN, KEY, program).await.is_err());
        assert!(authorized_keys(Path::new("registry"), ADMIN, KEY, program).await.is_err());
    }

    #[tokio::test]
    async fn what_is_no_key_or_nobodys_credential_gets_no_line() {
        let (folder, program) = (tempfile::tempdir().unwrap(), Path::new("/bin/profile-registry"));
        for text in
            ["", "ssh-ed25519", "ssh-ed25519 AAAA", "ssh-dss AAAAB3NzaC1kc3M=", "-----BEGIN OPENSSH PRIVATE KEY-----"]
        {
            assert!(authorized_keys(folder.path(), ADMIN, text, program).await.is_err(), "{text}");
        }
        let unknown = authorized_keys(folder.path(), "0123456789abcdef", KEY, program).await.unwrap_err();
        assert!(unknown.to_string().contains("no credential"), "{unknown}");
    }
}
