//! Values given to names that secrets have.

use std::sync::LazyLock;

use regex::bytes::Regex;

/// What is looked at of a value: a line may give values to a hundred thousand names, each of which has the rest of it.
const VALUE_BYTES_MAX: usize = 256;
/// Values that are told of: more would help nobody.
const VALUES_MAX: usize = 200;

/// A name that ends in a word for a secret, and a sign that gives it a value: what stands behind it in its line.
static ASSIGNMENT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let words = "api[_-]?key|access[_-]?key|secret[_-]?key|private[_-]?key|app[_-]?key|encoding[_-]?aes[_-]?key|token|\
                 secret|password|passwd|passphrase|authorization|cookie|credential|credentials";
    Regex::new(&format!(r#"(?i-u)["']?\b([A-Za-z0-9_.-]*(?:{words}))\b["']?[ \t]*(?::|=)[ \t]*"#)).ok()
});

/// Where each value stands, and the name it was given to.
pub(super) fn find(bytes: &[u8], is_data: bool) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let Some(assignment) = ASSIGNMENT.as_ref() else { return found };
    // The rest of a line may hold the next one, as in JSON on one line: go on behind the sign.
    let mut at = 0;
    while let Some(parts) = assignment.captures_at(bytes, at) {
        let (Some(whole), Some(name)) = (parts.get(0), parts.get(1)) else { break };
        let start = whole.end();
        at = start.max(at + 1);
        let rest = &bytes[start..bytes.len().min(start + VALUE_BYTES_MAX)];
        let length = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(rest.len());
        let value = &rest[..length];
        let text = if is_data { value_or_next_line(bytes, value, start + length) } else { value };
        let text = String::from_utf8_lossy(&text[..text.len().min(VALUE_BYTES_MAX)]);
        if is_value(scalar(&text), is_data) {
            found.push((name.start(), String::from_utf8_lossy(name.as_bytes()).into_owned()));
        }
        if at >= bytes.len() || found.len() >= VALUES_MAX {
            break;
        }
    }
    found
}

/// YAML lets a value stand on the next line, after nothing or after `|` or `>`.
fn value_or_next_line<'a>(bytes: &'a [u8], value: &'a [u8], end: usize) -> &'a [u8] {
    let text = value.trim_ascii();
    let is_block = matches!(text.first(), Some(b'|' | b'>')) && text.len() <= 3;
    if !text.is_empty() && !is_block {
        return value;
    }
    let rest = bytes.get(end..).unwrap_or_default();
    let mut lines = rest.split(|byte| *byte == b'\n').skip(1).filter(|line| !line.trim_ascii().is_empty());
    let Some(next) = lines.next() else { return value };
    let inner = next.trim_ascii();
    let is_nested = next.starts_with(b" ") || next.starts_with(b"\t");
    let is_mapping = inner.ends_with(b":") || inner.windows(2).any(|pair| pair == b": ");
    if is_nested && (is_block || !(is_mapping || inner.starts_with(b"- ") || inner.starts_with(b"#"))) {
        inner
    } else {
        value
    }
}

/// The scalar at the beginning of a line's rest: what is between quotes, or up to what ends a plain one.
fn scalar(rest: &str) -> &str {
    let rest = rest.trim();
    for quote in ['"', '\''] {
        if let Some(inner) = rest.strip_prefix(quote) {
            return inner.split(quote).next().unwrap_or_default();
        }
    }
    let end = rest.find(" #").unwrap_or(rest.len());
    rest[..end].trim_end_matches([',', '}', ']', ')', ';', '`']).trim()
}

fn is_value(text: &str, is_data: bool) -> bool {
    let nothing = ["", "null", "~", "true", "false", "none", "{", "[", "{}", "[]", "yes", "no"];
    if nothing.iter().any(|word| text.eq_ignore_ascii_case(word)) {
        return false;
    }
    // A reference, a place for a value, an alias, a structure, or what stands in for a value.
    if text.starts_with(['$', '{', '[', '<', '&', '*', '%', '!']) || text.contains("${") || text.contains("{{") {
        return false;
    }
    if super::placeholders::is_placeholder(text) {
        return false;
    }
    if is_data {
        // A number is a limit, not a secret, unless it is a long one.
        return text.len() >= 6 && !(text.len() < 10 && text.bytes().all(|byte| byte.is_ascii_digit()));
    }
    looks_random(text)
}

/// In prose and code: one word of 16 or more characters with digits and letters, no call and no name of a variable.
fn looks_random(text: &str) -> bool {
    let word = text.split_whitespace().next().unwrap_or_default();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-+/=.~:".contains(&byte);
    let is_word = word.len() >= 16 && word.bytes().all(plain);
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let letters = word.bytes().filter(u8::is_ascii_alphabetic).count();
    is_word && digits >= 3 && letters >= 3 && entropy(word) > 3.2
}

/// Bits per character.
fn entropy(text: &str) -> f64 {
    let mut counts = [0_u32; 256];
    text.bytes().for_each(|byte| counts[usize::from(byte)] += 1);
    let length = text.len() as f64;
    let bits = |count: &u32| {
        let share = f64::from(*count) / length;
        -share * share.log2()
    };
    counts.iter().filter(|count| **count > 0).map(bits).sum()
}
