//! The difference as a person reads it.

use similar::TextDiff;

use crate::{
    secret_scan,
    yaml::{Map, Node},
};

const HIDDEN: &str = "(hidden)";

/// A unified diff of two texts in which no secret shows: none of those that move, and none that stays, as in a comment.
pub(super) fn unified(path: &str, before: &str, after: &str, secrets: &[&str]) -> String {
    let masked = |text: &str| {
        let mut secrets: Vec<&str> = secrets.iter().copied().filter(|secret| !secret.is_empty()).collect();
        // A secret that is part of another must not uncover the rest of it.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        let text = secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, HIDDEN));
        secret_scan::hide(path, &text)
    };
    let (before, after) = (masked(before), masked(after));
    let diff = TextDiff::from_lines(&before, &after);
    diff.unified_diff().context_radius(2).header(&format!("a/{path}"), &format!("b/{path}")).to_string()
}

/// The document with everything hidden that is another value in `moved`. A secret's spelling need not be its value: quotes
/// and escapes.
pub(super) fn hidden(now: &Node, moved: &Node) -> Node {
    match (now, moved) {
        (Node::Map(now), Node::Map(moved)) => {
            let mut shown = Map::default();
            for ((key, now), (_, moved)) in now.iter().zip(moved.iter()) {
                shown.insert(shown.len(), key.clone(), hidden(now, moved));
            }
            Node::Map(shown)
        }
        (Node::List(now), Node::List(moved)) => {
            Node::List(now.iter().zip(moved).map(|(now, moved)| hidden(now, moved)).collect())
        }
        (now, moved) if now == moved => now.clone(),
        _ => Node::text(HIDDEN),
    }
}
