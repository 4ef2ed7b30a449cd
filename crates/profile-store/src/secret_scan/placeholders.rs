//! What tools and agents write where they hide a value.

use std::sync::LazyLock;

use regex::bytes::Regex;

/// A whole scalar after `:`, `=` or `- `, quoted or not.
static SCALAR: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?-u)(?:[:=,\[]|^[ \t]*-)[ \t]*(?:"([^"\r\n]*)"|'([^'\r\n]*)'|([^\s"',#\[\]{}][^\r\n,}\]]*))"#).ok()
});

/// Where one stands in a data file.
pub(super) fn find(bytes: &[u8]) -> Vec<usize> {
    let Some(scalar) = SCALAR.as_ref() else { return Vec::new() };
    let mut found = Vec::new();
    let mut start = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let mut at = 0;
        while let Some(parts) = scalar.captures_at(line, at) {
            let Some(value) = parts.iter().skip(1).flatten().next() else { break };
            let text = String::from_utf8_lossy(value.as_bytes());
            let text = text.split(" #").next().unwrap_or_default().trim();
            if is_placeholder(text) || text.split(": ").last().is_some_and(is_placeholder) {
                found.push(start + value.start());
            }
            at = value.end().max(at + 1);
            if at >= line.len() {
                break;
            }
        }
        let lower = String::from_utf8_lossy(line).to_ascii_lowercase();
        if ["[redacted", "<redacted", "(redacted)", "***redacted"].iter().any(|mark| lower.contains(mark)) {
            found.push(start);
        }
        start += line.len();
    }
    found
}

/// Whether the whole value is what stands in for another.
pub(super) fn is_placeholder(text: &str) -> bool {
    let text = text.trim().trim_matches(['"', '\'']);
    let bearer = text.strip_prefix("Bearer ").unwrap_or(text);
    let hidden = |character: char| matches!(character, '*' | '•' | '●' | '█');
    let marks = bearer.chars().filter(|character| hidden(*character)).count();
    // In a row, or it is emphasis or a pattern of paths.
    let is_row = bearer.split(|character| !hidden(character)).any(|row| row.chars().count() >= 3);
    if is_row && bearer.chars().count() <= marks + 16 && !bearer.contains(char::is_whitespace) {
        return true;
    }
    let lower = bearer.to_ascii_lowercase();
    if lower.len() >= 6 && lower.bytes().all(|byte| byte == b'x') {
        return true;
    }
    if ["redacted", "masked", "hidden"].contains(&lower.trim_matches(['<', '>', '[', ']', '(', ')', '_', '-'])) {
        return lower.starts_with(['<', '[', '(']) || lower == "redacted";
    }
    // `sk-...`, `sk-ab...yz`, `tw-…`: a word with a gap in it.
    ["...", "…"].iter().any(|gap| {
        bearer.split_once(gap).is_some_and(|(before, after)| {
            let word = |part: &str| {
                part.len() <= 12 && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
            };
            (3..=12).contains(&before.len()) && word(before) && word(after) && before.contains(['-', '_'])
        })
    })
}
