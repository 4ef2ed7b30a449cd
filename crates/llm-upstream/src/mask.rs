//! Keys out of texts: upstreams echo what they were sent.
//!
//! Masked is whatever looks like a key, by its prefix, by standing after `Bearer`, or by being long and random. A
//! request id of the usual UUID form stays readable; a name of a model too.

/// What keys of providers and of this project begin with, in lower case.
const PREFIXES: [&str; 8] = ["sk-", "tw-", "pk-", "ak-", "rk-", "sess-", "ltai", "akia"];
/// A prefixed word of fewer characters is no key.
const PREFIXED_CHARS_MIN: usize = 10;
/// A run of letters and digits of at least so many characters is random, not a word …
const RANDOM_CHARS_MIN: usize = 32;
/// … if it has at least so many digits, and as many letters.
const RANDOM_EACH_MIN: usize = 6;
const MASK: &str = "***";

/// The text with everything that looks like a key replaced by `***`; of a prefixed key the prefix stays.
pub(crate) fn mask(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    let mut after_bearer = false;
    while !rest.is_empty() {
        let word_end = rest.find(|char| !is_key_char(char)).unwrap_or(rest.len());
        let (word, tail) = rest.split_at(word_end);
        push_word(&mut masked, word, after_bearer);
        let gap_end = tail.find(is_key_char).unwrap_or(tail.len());
        let (gap, tail) = tail.split_at(gap_end);
        // The gap after the word itself belongs to it: `Bearer xyz`, `Bearer: xyz`, but not a new sentence.
        after_bearer = if word.is_empty() { after_bearer } else { word.eq_ignore_ascii_case("bearer") };
        masked.push_str(gap);
        rest = tail;
    }
    masked
}

/// The text without `secret`, which an upstream may have echoed in a form that does not look like a key.
pub(crate) fn hide(text: &str, secret: &str) -> String {
    if secret.is_empty() { text.to_owned() } else { text.replace(secret, MASK) }
}

/// Characters of keys, and those that stand for their hidden middle (`sk-ab***yz`, `sk-ab...yz`).
fn is_key_char(char: char) -> bool {
    char.is_ascii_alphanumeric() || matches!(char, '-' | '_' | '*' | '.' | '•' | '…')
}

fn push_word(masked: &mut String, word: &str, after_bearer: bool) {
    // A full stop at the end is the sentence's.
    let core = word.trim_end_matches('.');
    let stops = &word[core.len()..];
    if after_bearer && !core.is_empty() {
        masked.push_str(MASK);
    } else if let Some(prefix) = prefix_of(core) {
        masked.push_str(prefix);
        masked.push_str(MASK);
    } else if core.split(['-', '.']).any(is_random) && !is_uuid(core) {
        masked.push_str(MASK);
    } else {
        masked.push_str(core);
    }
    masked.push_str(stops);
}

fn prefix_of(word: &str) -> Option<&str> {
    let starts = |prefix: &&str| word.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
    let prefix = PREFIXES.iter().find(|prefix| starts(prefix))?;
    (word.chars().count() >= PREFIXED_CHARS_MIN).then(|| &word[..prefix.len()])
}

fn is_random(part: &str) -> bool {
    let count = |is: fn(&u8) -> bool| part.bytes().filter(is).count();
    part.len() >= RANDOM_CHARS_MIN
        && count(u8::is_ascii_digit) >= RANDOM_EACH_MIN
        && count(u8::is_ascii_alphabetic) >= RANDOM_EACH_MIN
}

fn is_uuid(word: &str) -> bool {
    let lengths = word.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && word.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_masked_in_every_form_that_upstreams_echo() {
        for (text, masked) in [
            ("Incorrect API key provided: sk-abcdefgh12345678.", "Incorrect API key provided: sk-***."),
            ("provided: sk-proj-ab**********yz, see", "provided: sk-***, see"),
            ("provided: SK-AB...YZ123.", "provided: SK-***."),
            ("token tw-Zm9vYmFyYmF6cXV4 is unknown", "token tw-*** is unknown"),
            ("Authorization: Bearer abc.def", "Authorization: Bearer ***"),
            ("{\"key\":\"0123456789abcdef0123456789abcdef\"}", "{\"key\":\"***\"}"),
            ("jwt eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9012345.eyJzdWIiOiIxMjM0NTY3ODkwIn0", "jwt ***"),
            ("无效的令牌 sk-abcdefgh12345678（请检查）", "无效的令牌 sk-***（请检查）"),
        ] {
            assert_eq!(mask(text), masked);
        }
    }

    #[test]
    fn what_is_no_key_stays_readable() {
        for text in [
            "",
            "request id: 5280bfe9-1b2c-4d3e-8f90-1234567890ab",
            "Model Qwen3-Next-80B-A3B-Instruct-FP8-20251124 does not exist. Please check it carefully.",
            "the risk-free rate, the task-12345678 and disk-full",
            "sk-1 is too short",
            "tokens per min (TPM): Limit 30000, Used 29500",
            "该令牌无权访问模型 gpt-4o",
        ] {
            assert_eq!(mask(text), text);
        }
    }

    #[test]
    fn a_secret_that_looks_like_a_word_is_hidden_where_it_is_known() {
        assert_eq!(hide("the key hunter2 is wrong", "hunter2"), "the key *** is wrong");
        assert_eq!(hide("nothing", ""), "nothing");
    }
}
