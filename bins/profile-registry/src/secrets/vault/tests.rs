use tempfile::TempDir;

use super::*;

fn value() -> Secret {
    Secret::new("sk-a-value-that-nobody-sees")
}

#[test]
fn a_value_is_opened_by_the_registry_and_by_the_recovery_identity() {
    let folder = TempDir::new().unwrap();
    let recovery = x25519::Identity::generate();
    let public = recovery.to_public().to_string();
    let sealed = Vault::open(folder.path(), Some(&public)).unwrap().seal(&value()).unwrap();
    assert!(!sealed.bytes.windows(8).any(|part| part == b"nobody-s"), "it is sealed");
    let again = Vault::open(folder.path(), None).unwrap();
    assert_eq!(again.open_value(&sealed.bytes).unwrap(), value());
    assert_eq!(age::decrypt(&recovery, &sealed.bytes).unwrap(), value().expose().as_bytes());
    let stranger = TempDir::new().unwrap();
    let stranger = Vault::open(stranger.path(), None).unwrap();
    assert!(matches!(stranger.open_value(&sealed.bytes), Err(VaultError::Opening)));
    assert!(matches!(again.open_value(b"no age file"), Err(VaultError::Opening)));
}

#[test]
fn a_fingerprint_tells_equal_values_and_nothing_else() {
    let (one, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let vault = Vault::open(one.path(), None).unwrap();
    let (first, second) = (vault.seal(&value()).unwrap(), vault.seal(&value()).unwrap());
    assert_eq!(first.fingerprint, second.fingerprint);
    assert_ne!(first.bytes, second.bytes);
    assert_ne!(first.fingerprint, vault.seal(&Secret::new("other")).unwrap().fingerprint);
    let elsewhere = Vault::open(other.path(), None).unwrap().seal(&value()).unwrap();
    assert_ne!(first.fingerprint, elsewhere.fingerprint, "it is keyed");
}

#[test]
fn a_host_gets_text_that_only_it_can_open() {
    let folder = TempDir::new().unwrap();
    let vault = Vault::open(folder.path(), None).unwrap();
    let host = x25519::Identity::generate();
    let recipient = HostRecipient::parse(&format!(" {}\n", host.to_public())).unwrap();
    let text = vault.seal_for(&recipient, &value()).unwrap();
    assert!(text.starts_with("-----BEGIN AGE ENCRYPTED FILE-----"));
    let mut opened = String::new();
    let armor = age::armor::ArmoredReader::new(text.as_bytes());
    let decryptor = Decryptor::new(armor).unwrap();
    decryptor.decrypt(std::iter::once(&host as &dyn age::Identity)).unwrap().read_to_string(&mut opened).unwrap();
    assert_eq!(opened, value().expose());
}

#[test]
fn an_identity_that_others_may_read_or_nobody_can_is_refused() {
    let folder = TempDir::new().unwrap();
    drop(Vault::open(folder.path(), None).unwrap());
    let file = folder.path().join(FILE);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let error = Vault::open(folder.path(), None).unwrap_err().to_string();
    assert!(error.ends_with("others may read it (mode 644): chmod 600"), "{error}");
    fs::write(&file, "# nothing\n").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    assert!(
        Vault::open(folder.path(), None).unwrap_err().to_string().ends_with("it holds no line `AGE-SECRET-KEY-1…`")
    );
}

#[test]
fn nothing_shows_a_secret() {
    let folder = TempDir::new().unwrap();
    let vault = Vault::open(folder.path(), None).unwrap();
    let identity = x25519::Identity::generate().to_string();
    let error = HostRecipient::parse(identity.expose_secret()).unwrap_err().to_string();
    assert!(error.starts_with("\"AGE-SECR…\" is no age recipient"), "{error}");
    let shown = format!("{vault:?} {:?}", vault.seal(&value()).unwrap());
    assert!(!shown.contains("SECRET-KEY") && !shown.contains("nobody"), "{shown}");
    for wrong in [Secret::new(""), Secret::new("x".repeat(65_537))] {
        assert!(matches!(vault.seal(&wrong), Err(VaultError::Size)));
    }
}
