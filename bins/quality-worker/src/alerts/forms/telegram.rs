//! A Telegram bot: plain text, at most 4,096 UTF-16 units, 20 messages a minute to one group.
//!
//! Without `parse_mode` nothing in the text is markup. `ok` says whether the message was taken; with error 429,
//! `parameters.retry_after` says for how many seconds to be quiet.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Answer, answer::words, text::Lines};
use crate::alerts::{
    message::{Message, Status},
    outbox::Outcome,
};

/// Messages that a group takes in a minute.
pub(super) const PER_MINUTE: usize = 20;

const UNITS_MAX: usize = 4_096;
const METHOD: &str = "/sendMessage";

/// `https://api.telegram.org/bot<token>/sendMessage`, whether or not the configuration names the method.
pub(super) fn address(url: &str) -> String {
    let url = url.trim_end_matches('/');
    if url.ends_with(METHOD) { url.to_owned() } else { format!("{url}{METHOD}") }
}

pub(super) fn body(message: &Message, chat_id: &str) -> Value {
    let mut lines = Lines::of(message);
    let word = match message.status {
        Status::Firing => message.severity.as_str().to_uppercase(),
        Status::Resolved => "RESOLVED".to_owned(),
    };
    if let Some(first) = lines.head.first_mut() {
        *first = format!("{word} {first}");
    }
    let text = lines.fit("• ", UNITS_MAX, |text| text.encode_utf16().count());
    json!({"chat_id": chat_id, "text": text, "link_preview_options": {"is_disabled": true}})
}

pub(super) fn outcome(answer: &Answer) -> Outcome {
    #[derive(Deserialize)]
    struct Said {
        ok: bool,
        #[serde(default)]
        description: String,
        #[serde(default)]
        parameters: Parameters,
    }
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Parameters {
        retry_after: Option<u64>,
    }
    match (answer.json::<Said>(), answer.is_success()) {
        (Some(Said { ok: true, .. }), true) => Outcome::Sent,
        // 5xx: its front may have lost the answer only.
        (_, false) if answer.status >= 500 => answer.by_status(),
        (Some(Said { description, parameters, .. }), _) => {
            let retry_after = parameters.retry_after.map(Duration::from_secs).or(answer.retry_after);
            Outcome::Refused { reason: format!("HTTP status {}: {}", answer.status, words(&description)), retry_after }
        }
        (None, false) => answer.by_status(),
        (None, true) => Outcome::Refused { reason: "the answer is not the bot's".to_owned(), retry_after: None },
    }
}
