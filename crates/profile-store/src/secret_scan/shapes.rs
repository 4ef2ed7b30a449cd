//! Keys that show what they are.

use std::sync::LazyLock;

use regex::bytes::Regex;

/// What it is, and its shape. A word boundary before it, so that the tail of a longer word is none.
const SHAPES: &[(&str, &str)] = &[
    ("a private key", r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----"),
    ("an age identity", r"AGE-SECRET-KEY-(?:PQ-)?1[0-9A-Z]{40,}"),
    ("one of Twilight's tokens", r"\btw-[0-9a-f]{64}\b"),
    ("an API key (sk-…)", r"\bsk-[A-Za-z0-9_-]{20,}"),
    ("a Stripe key", r"\b[sr]k_(?:live|test)_[0-9A-Za-z]{16,}"),
    ("an AWS access key", r"\b(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}\b"),
    ("an Alibaba Cloud access key", r"\bLTAI[0-9A-Za-z]{12,26}\b"),
    ("a Tencent Cloud access key", r"\bAKID[0-9A-Za-z]{32}\b"),
    ("a GitHub token", r"\bgh[pousr]_[A-Za-z0-9]{36,}|\bgithub_pat_[A-Za-z0-9_]{60,}"),
    ("a GitLab token", r"\bglpat-[A-Za-z0-9_-]{20,}"),
    ("a Slack token", r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}|\bxapp-[0-9]-[A-Za-z0-9-]{10,}"),
    ("a Telegram bot token", r"\b[0-9]{8,10}:[A-Za-z0-9_-]{35}\b"),
    ("a Discord bot token", r"\b[MNO][A-Za-z0-9_-]{23,25}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}"),
    ("a signed token (JWT)", r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"),
    ("a Google API key", r"\bAIza[0-9A-Za-z_-]{35}"),
    ("a Google access token", r"\bya29\.[0-9A-Za-z_-]{20,}"),
    ("a Hugging Face token", r"\bhf_[A-Za-z0-9]{30,}"),
    ("a Groq key", r"\bgsk_[A-Za-z0-9]{40,}"),
    ("an xAI key", r"\bxai-[A-Za-z0-9]{40,}"),
    ("an NVIDIA key", r"\bnvapi-[A-Za-z0-9_-]{40,}"),
    ("a Perplexity key", r"\bpplx-[A-Za-z0-9]{40,}"),
    ("a Tavily key", r"\btvly-[A-Za-z0-9-]{20,}"),
    ("a Firecrawl key", r"\bfc-[0-9a-f]{32}\b"),
    ("an npm token", r"\bnpm_[A-Za-z0-9]{36}"),
    ("a WeCom webhook", r"webhook/send\?key=[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
    ("a Slack webhook", r"hooks\.slack\.com/services/T[A-Za-z0-9_]+/B[A-Za-z0-9_]+/[A-Za-z0-9]{16,}"),
    (
        "an address with a password",
        r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@$\{\}<>]{1,100}:[^\s/@$\{\}<>*]{3,100}@[A-Za-z0-9\[]",
    ),
    ("a bearer token", r"(?i)\bbearer[ \t]+[A-Za-z0-9_./+=~-]{20,}"),
];

static COMPILED: LazyLock<Vec<(&str, Regex)>> = LazyLock::new(|| {
    // A shape that does not compile would find nothing: the test below counts them.
    SHAPES.iter().filter_map(|(name, shape)| Some((*name, Regex::new(&format!("(?-u){shape}")).ok()?))).collect()
});

/// Where each one begins, and what it is.
pub(super) fn find(bytes: &[u8]) -> impl Iterator<Item = (usize, &'static str)> {
    COMPILED.iter().flat_map(move |(name, shape)| {
        let is_real =
            |text: &[u8]| *name == "a private key" || *name == "an address with a password" || looks_random(text);
        shape.find_iter(bytes).filter(move |found| is_real(found.as_bytes())).map(move |found| (found.start(), *name))
    })
}

/// Not an example as `sk-xxxxxxxxxxxxxxxxxxxxxxxx` or `sk-your-api-key-goes-here`.
fn looks_random(text: &[u8]) -> bool {
    let mut seen = [false; 256];
    text.iter().for_each(|byte| seen[usize::from(*byte)] = true);
    let different = seen.iter().filter(|seen| **seen).count();
    different >= 10 && text.iter().any(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_compiles() {
        assert_eq!(COMPILED.len(), SHAPES.len());
    }
}
