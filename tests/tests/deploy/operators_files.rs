//! The manual of installation and what it names.

use crate::files::{root, text};

#[test]
fn every_file_that_the_manual_names_is_there() {
    let manual = text("docs/install.md");
    let mut seen = 0;
    for start in ["docker/", "scripts/", "docs/"] {
        for (at, _) in manual.match_indices(start) {
            if at > 0 && !matches!(manual.as_bytes()[at - 1], b' ' | b'`' | b'(' | b'/' | b'\n') {
                continue;
            }
            let path: String =
                manual[at..].chars().take_while(|c| c.is_ascii_alphanumeric() || "/._-".contains(*c)).collect();
            // Several files at once, as in `twilight-*.service`: their folder has to be there.
            let many = manual[at + path.len()..].starts_with('*');
            let path = if many { path.rsplit_once('/').unwrap().0 } else { path.trim_end_matches(['.', '/']) };
            assert!(root().join(path).exists(), "docs/install.md names {path}");
            seen += 1;
        }
    }
    assert!(seen > 15, "{seen}");
    for option in ["--vps", "--push-at", "--without", "--system", "--dry-run"] {
        assert!(text("docker/launchd/install.sh").contains(option), "{option}");
    }
    assert!(text("docs/operations.md").contains("(install.md)"), "nobody finds the manual");
}
