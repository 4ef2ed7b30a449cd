//! One name in a path: what every file system of every host can hold, and hold apart from every other name.

use unicode_normalization::{UnicodeNormalization as _, is_nfc};

const LENGTH_MAX: usize = 128;

/// What is wrong with one name in a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameProblem {
    /// No name, `.` or `..`.
    #[error("is no name")]
    NoName,
    /// More than 128 bytes.
    #[error("is longer than 128 bytes")]
    TooLong,
    /// Bytes that are no text.
    #[error("is not UTF-8")]
    NotText,
    /// git reads it, or some file system takes it for `.git`.
    #[error("belongs to git")]
    Git,
    /// Begins with a dot.
    #[error("is hidden")]
    Hidden,
    /// A character that some file system or shell cannot hold, or that cannot be seen.
    #[error("has a character that is not allowed")]
    Character,
    /// The same text has another, composed form.
    #[error("is not in the composed Unicode form (NFC)")]
    NotComposed,
}

/// Judges one name of a path.
///
/// # Errors
/// The first [`NameProblem`].
pub fn check_component(name: &[u8]) -> Result<&str, NameProblem> {
    let name = std::str::from_utf8(name).map_err(|_| NameProblem::NotText)?;
    if name.is_empty() || name == "." || name == ".." {
        return Err(NameProblem::NoName);
    }
    if name.len() > LENGTH_MAX {
        return Err(NameProblem::TooLong);
    }
    if looks_like_git(name) {
        return Err(NameProblem::Git);
    }
    if name.starts_with('.') {
        return Err(NameProblem::Hidden);
    }
    if !name.chars().all(is_allowed) || name.starts_with([' ', '-']) || name.ends_with([' ', '.']) {
        return Err(NameProblem::Character);
    }
    if is_nfc(name) { Ok(name) } else { Err(NameProblem::NotComposed) }
}

/// The form in which names are compared: two names with the same form are one file on a Mac.
pub fn fold(name: &str) -> String {
    if name.is_ascii() {
        return name.to_ascii_lowercase();
    }
    let upper: String = name.nfkd().flat_map(char::to_uppercase).collect();
    upper.chars().flat_map(char::to_lowercase).nfkc().collect()
}

/// `.git` and its kin in the spellings that HFS+, NTFS or Windows take for it.
fn looks_like_git(name: &str) -> bool {
    let visible: String =
        name.chars().filter(|character| character.is_alphanumeric() || character.is_ascii()).collect();
    let visible = visible.to_ascii_lowercase();
    visible.starts_with(".git") || visible.starts_with("git~")
}

/// Letters and digits of every script, and the punctuation that no shell, no YAML and no file system minds.
///
/// Combining marks, zero-width and direction characters are neither, so a name is what it looks like.
fn is_allowed(character: char) -> bool {
    if character.is_ascii() {
        character.is_ascii_alphanumeric() || " ._-+@(),=&".contains(character)
    } else {
        character.is_alphanumeric()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_names_pass() {
        for name in ["SKILL.md", "a", "a b", "选股.md", "résumé.txt", "x+y@2(1),z=1&2"] {
            assert_eq!(check_component(name.as_bytes()), Ok(name));
        }
    }

    #[test]
    fn names_that_some_host_cannot_hold_are_told_apart() {
        let cases: &[(&[u8], NameProblem)] = &[
            (b"", NameProblem::NoName),
            (b".", NameProblem::NoName),
            (b"..", NameProblem::NoName),
            (b"\xff", NameProblem::NotText),
            (b".git", NameProblem::Git),
            (b".GIT", NameProblem::Git),
            (b".gitmodules", NameProblem::Git),
            (b".gitattributes", NameProblem::Git),
            (b"git~1", NameProblem::Git),
            (".g\u{200c}it".as_bytes(), NameProblem::Git),
            (b".env", NameProblem::Hidden),
            (b"a\nb", NameProblem::Character),
            (b"a\\b", NameProblem::Character),
            (b"a:b", NameProblem::Character),
            (b"a.", NameProblem::Character),
            (b"-rf", NameProblem::Character),
            ("a\u{202e}b".as_bytes(), NameProblem::Character),
            ("e\u{301}".as_bytes(), NameProblem::Character),
            ("\u{1100}\u{1161}".as_bytes(), NameProblem::NotComposed),
        ];
        for (name, problem) in cases {
            assert_eq!(check_component(name), Err(*problem), "{:?}", String::from_utf8_lossy(name));
        }
        assert_eq!(check_component(&[b'a'; 129]), Err(NameProblem::TooLong));
    }

    #[test]
    fn names_that_a_mac_takes_for_one_have_one_form() {
        for (one, other) in
            [("Skill.md", "SKILL.MD"), ("É", "e\u{301}"), ("Straße", "STRASSE"), ("ﬁ", "fi"), ("Σ", "ς")]
        {
            assert_eq!(fold(one), fold(other), "{one} {other}");
        }
        assert_ne!(fold("a"), fold("b"));
    }
}
