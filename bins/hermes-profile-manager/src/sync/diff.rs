//! Differences as people read them.

use std::fmt::Write as _;

use profile_store::secret_scan;
use similar::TextDiff;

use super::{File, Tree};

/// How a file differs.
pub(crate) fn status(before: Option<&File>, after: Option<&File>) -> &'static str {
    match (before, after) {
        (None, _) => "added",
        (_, None) => "deleted",
        _ => "changed",
    }
}

/// All differences of two trees, file by file; lines that look like secrets are hidden.
pub(crate) fn unified(before: &Tree, after: &Tree) -> String {
    let mut paths: Vec<&String> =
        before.keys().chain(after.keys().filter(|path| !before.contains_key(*path))).collect();
    paths.sort();
    let mut out = String::new();
    for path in paths {
        let (one, other) = (before.get(path), after.get(path));
        if one == other {
            continue;
        }
        match (text(path, one), text(path, other)) {
            (Some(before), Some(after)) if before != after => {
                let diff = TextDiff::from_lines(&before, &after);
                let names = [(one, 'a'), (other, 'b')].map(|(file, side)| match file {
                    Some(_) => format!("{side}/{path}"),
                    None => "/dev/null".to_owned(),
                });
                let _ = write!(out, "{}", diff.unified_diff().context_radius(3).header(&names[0], &names[1]));
            }
            (Some(_), Some(_)) if one.map(|file| file.executable) != other.map(|file| file.executable) => {
                let now = other.is_some_and(|file| file.executable);
                let _ = writeln!(out, "{path}: {} executable now", if now { "is" } else { "is not" });
            }
            (Some(_), Some(_)) => {
                let _ = writeln!(out, "{path}: {} (a secret in it differs)", status(one, other));
            }
            _ => {
                let _ = writeln!(out, "{path}: {} (no text)", status(one, other));
            }
        }
    }
    out
}

fn text(path: &str, file: Option<&File>) -> Option<String> {
    let Some(file) = file else { return Some(String::new()) };
    let text = std::str::from_utf8(&file.bytes).ok().filter(|text| !text.contains('\0'))?;
    Some(secret_scan::hide(path, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &str)]) -> Tree {
        let file = |text: &str| File { bytes: text.as_bytes().to_vec(), executable: false };
        files.iter().map(|(path, text)| ((*path).to_owned(), file(text))).collect()
    }

    #[test]
    fn a_difference_is_shown_without_the_secrets_in_it() {
        let before = tree(&[("config.yaml", "a: 1\n"), ("SOUL.md", "x\n")]);
        let after = tree(&[("config.yaml", "a: 2\napi_key: sk-4f9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c\n")]);
        let shown = unified(&before, &after);
        assert!(shown.contains("-a: 1\n+a: 2\n+(hidden"), "{shown}");
        assert!(shown.contains("--- a/SOUL.md\n+++ /dev/null"), "{shown}");
        assert!(!shown.contains("4f9a8b"), "{shown}");
        let key = tree(&[(
            "SOUL.md",
            concat!("-----BEGIN ", "PRIVATE KEY-----\nMIIEvQIBADANBg\n-----END PRIVATE KEY-----\n"),
        )]);
        assert!(!unified(&tree(&[]), &key).contains("MIIE"));
    }
}
