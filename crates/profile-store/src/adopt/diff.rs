//! The difference as a person reads it.

use similar::TextDiff;

/// A unified diff of two texts in which no secret shows.
pub(super) fn unified(path: &str, before: &str, after: &str, secrets: &[&str]) -> String {
    let masked = |text: &str| {
        let mut secrets: Vec<&str> = secrets.iter().copied().filter(|secret| !secret.is_empty()).collect();
        // A secret that is part of another must not uncover the rest of it.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, "(hidden)"))
    };
    let (before, after) = (masked(before), masked(after));
    let diff = TextDiff::from_lines(&before, &after);
    diff.unified_diff().context_radius(2).header(&format!("a/{path}"), &format!("b/{path}")).to_string()
}
