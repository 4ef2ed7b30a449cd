//! The robot of a WeCom (企业微信) group: Markdown, at most 4,096 bytes of UTF-8, 20 messages a minute.
//!
//! It answers HTTP 200 whatever happens; `errcode` says whether it took the message. 45009 is "too many".

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Answer, answer::words, text::Lines};
use crate::alerts::{
    message::{Message, Status},
    outbox::Outcome,
};

/// Messages that a robot takes in a minute.
pub(super) const PER_MINUTE: usize = 20;

const BYTES_MAX: usize = 4_096;
const TOO_MANY: i64 = 45_009;

pub(super) fn body(message: &Message) -> Value {
    let mut lines = Lines::of(message);
    let escape = |line: &mut String| *line = escaped(line);
    lines.head.iter_mut().chain(&mut lines.examples).for_each(escape);
    lines.tail = format!("<font color=\"comment\">{}</font>", escaped(&lines.tail));
    let (color, word) = match message.status {
        Status::Firing => ("warning", message.severity.as_str()),
        Status::Resolved => ("info", "resolved"),
    };
    if let Some(first) = lines.head.first_mut() {
        *first = format!("**<font color=\"{color}\">{word}</font>** {first}");
    }
    json!({"msgtype": "markdown", "markdown": {"content": lines.fit("> ", BYTES_MAX, str::len)}})
}

pub(super) fn outcome(answer: &Answer) -> Outcome {
    #[derive(Deserialize)]
    struct Said {
        errcode: i64,
        #[serde(default)]
        errmsg: String,
    }
    if !answer.is_success() {
        return answer.by_status();
    }
    match answer.json::<Said>() {
        Some(Said { errcode: 0, .. }) => Outcome::Sent,
        Some(Said { errcode, errmsg }) => {
            let retry_after = (errcode == TOO_MANY).then_some(Duration::from_secs(60));
            Outcome::Refused { reason: format!("errcode {errcode}: {}", words(&errmsg)), retry_after }
        }
        None => Outcome::Refused { reason: "the answer is not the robot's".to_owned(), retry_after: None },
    }
}

/// `<` opens a tag, among them `<@everybody>`; vendors' words have none to open.
fn escaped(text: &str) -> String {
    text.replace('<', "‹").replace('>', "›")
}
