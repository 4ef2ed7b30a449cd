//! A text as it may be shown.

use std::collections::BTreeSet;

use super::scan::{Sort, every};

const HIDDEN: &str = "(hidden: it looks like a secret)";

/// The text of the file at `path`, with every line hidden that looks like a secret or goes on with one: the body of a
/// private key, and what stands deeper than the name that it is given to.
pub fn hide(path: &str, text: &str) -> String {
    let found = every(path, text.as_bytes()).into_iter().filter(|found| found.sort == Sort::Secret);
    let lines: BTreeSet<usize> = found.map(|found| found.line).collect();
    if lines.is_empty() { text.to_owned() } else { without(text, &lines) }
}

/// What a hidden line is followed by.
enum Rest {
    Nothing,
    /// All up to the line that ends a key.
    Key,
    /// All that stands deeper than this.
    Deeper(usize),
}

fn without(text: &str, secrets: &BTreeSet<usize>) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = Rest::Nothing;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        if line.trim().is_empty() {
            shown.push_str(line);
            continue;
        }
        let is_rest = match rest {
            Rest::Nothing => false,
            Rest::Key => true,
            Rest::Deeper(depth) => indent(line) > depth,
        };
        if secrets.contains(&(index + 1)) {
            rest = if is_begin(line) { Rest::Key } else { Rest::Deeper(indent(line)) };
        } else if !is_rest {
            rest = Rest::Nothing;
            shown.push_str(line);
            continue;
        }
        if matches!(rest, Rest::Key) && line.contains("-----END") {
            rest = Rest::Nothing;
        }
        shown.push_str(HIDDEN);
        if line.ends_with('\n') {
            shown.push('\n');
        }
    }
    shown
}

fn is_begin(line: &str) -> bool {
    line.contains("-----BEGIN") && !line.contains("-----END")
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}
