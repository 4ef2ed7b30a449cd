//! How the simulated provider counts, and what it says.

/// Twelve words, none of which JSON has to escape; a token each.
const WORDS: [&str; 12] =
    ["The", " market", " closed", " 上证", "指数", " higher", ";", " volume", " rose", " 成交", "额", " today"];

/// The text of token `number` of an answer.
pub(super) fn word(number: u64) -> &'static str {
    WORDS[usize::try_from(number % 12).unwrap_or_default()]
}

/// The text of the tokens `from..to`.
pub(super) fn text(from: u64, to: u64) -> String {
    (from..to).map(word).collect()
}

/// Tokens of a prompt's texts: one for four bytes, and three for each message.
pub(super) fn of_prompt(bytes: usize, messages: usize) -> u64 {
    (bytes as u64).div_ceil(4).max(1) + 3 * messages as u64
}

/// N of the last `[[tokens:N]]` in a prompt.
pub(super) fn asked_for(prompt: &str) -> Option<u64> {
    let (_, rest) = prompt.rsplit_once("[[tokens:")?;
    rest.split_once("]]")?.0.parse().ok()
}
