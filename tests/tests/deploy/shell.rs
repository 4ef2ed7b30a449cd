//! Scripts that have to run under any POSIX shell.

use std::{
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Output},
};

use crate::files::root;

/// Scripts of deployments; macOS' `sh` and Debian's `dash` run them.
const SCRIPTS: [&str; 7] = [
    "docker/dist.sh",
    "docker/launchd/install.sh",
    "docker/launchd/uninstall.sh",
    "docker/prepare.sh",
    "docker/skeleton.sh",
    "scripts/images.sh",
    "scripts/install.sh",
];

/// Runs `docker/prepare.sh` over a folder, for the user who runs the test.
pub(crate) fn prepare(data: &Path) -> Output {
    let id = |what: &str| {
        let out = Command::new("id").arg(what).output().unwrap();
        String::from_utf8(out.stdout).unwrap().trim().to_owned()
    };
    let owner = format!("{}:{}", id("-u"), id("-g"));
    let mut command = Command::new("sh");
    command.arg(root().join("docker/prepare.sh")).arg(data).env("OWNER", &owner).env("SEARXNG_OWNER", &owner);
    let out = command.output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    out
}

#[test]
fn every_script_is_posix_shell() {
    for script in SCRIPTS {
        let checked = Command::new("sh").arg("-n").arg(root().join(script)).output().unwrap();
        assert!(checked.status.success(), "{script}: {}", String::from_utf8_lossy(&checked.stderr));
        let text = crate::files::text(script);
        assert!(text.starts_with("#!/bin/sh\n") && text.contains("\nset -eu\n"), "{script}");
        for word in [
            "[[ ",
            "\n  local ",
            "\n    local ",
            "sed -i",
            "readlink -f",
            "\nfunction ",
            "echo -e",
            "grep -P",
            "<<<",
            "&>",
        ] {
            assert!(!text.contains(word), "{script}: {word} is not everywhere");
        }
    }
}

#[test]
fn secrets_are_drawn_once_and_are_for_their_reader_alone() {
    let folder = tempfile::tempdir().unwrap();
    let first = prepare(folder.path());
    assert!(String::from_utf8_lossy(&first.stdout).contains("drew gateway-proxy/gateway_master_key"));
    let secret = |path: &str| std::fs::read_to_string(folder.path().join("secrets").join(path)).unwrap();
    let key = secret("gateway-proxy/gateway_master_key");
    assert!(key.len() == 64 && key.chars().all(|letter| letter.is_ascii_hexdigit()), "{} characters", key.len());
    assert_eq!(secret("gateway-proxy/gateway_admin_token"), secret("profile-registry/gateway_admin_token"));
    assert_eq!(secret("gateway-proxy/gateway_admin_token"), secret("twilight/gateway_admin_token"));
    assert_ne!(secret("gateway-proxy/gateway_admin_token"), secret("profile-registry/registry_admin_token"));

    // Somebody was careless with a mode, and a new token came; the next start mends the one and shares the other.
    let place = folder.path().join("secrets/gateway-proxy/gateway_master_key");
    std::fs::set_permissions(&place, std::fs::Permissions::from_mode(0o644)).unwrap();
    std::fs::write(folder.path().join("secrets/gateway-proxy/gateway_admin_token"), "another-token-of-ours").unwrap();
    let again = prepare(folder.path());
    assert!(again.stdout.is_empty(), "{}", String::from_utf8_lossy(&again.stdout));
    assert_eq!(secret("gateway-proxy/gateway_master_key"), key, "a sealed book would not open any more");
    assert_eq!(secret("profile-registry/gateway_admin_token"), "another-token-of-ours");
    let mode = |path: &str| std::fs::metadata(folder.path().join(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("secrets/gateway-proxy/gateway_master_key"), 0o600);
    assert_eq!(mode("secrets/gateway-proxy"), 0o700);
    assert_eq!(mode("warehouse"), 0o750);
}
