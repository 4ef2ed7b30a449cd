//! The three dialects: what a message must hold, and what the answers say.

use serde_json::{Value, json};

use super::fault::AlertFault;
use crate::http::Reply;

/// The key of the WeCom robot's URL.
pub(super) const WECOM_KEY: &str = "693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa";
/// The Telegram bot's token.
pub(super) const TELEGRAM_TOKEN: &str = "123456789:SIMULATED-bot-token";

/// WeCom's bounds on a text and on Markdown, bytes of UTF-8.
const WECOM_TEXT_BYTES: usize = 2048;
const WECOM_MARKDOWN_BYTES: usize = 4096;
/// Telegram's bound on a text, UTF-16 units.
const TELEGRAM_UNITS: usize = 4096;

/// Whose way of talking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AlertForm {
    /// Any JSON, answered with HTTP 204.
    Webhook,
    /// A WeCom group robot: always HTTP 200, the verdict in `errcode`.
    Wecom,
    /// A Telegram bot's `sendMessage`: the verdict in `ok`, and in the HTTP status too.
    Telegram,
}

impl AlertForm {
    /// What a person reads of a message.
    pub(super) fn text(self, body: &Value) -> String {
        let at = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        let text = match self {
            Self::Webhook => None,
            Self::Wecom => at("/text/content").or_else(|| at("/markdown/content")),
            Self::Telegram => at("/text"),
        };
        text.unwrap_or_else(|| body.to_string())
    }

    /// Why the real one would not take this body, as its answer.
    pub(super) fn objection(self, body: &Value) -> Option<Reply> {
        match self {
            Self::Webhook => (!body.is_object()).then_some(Reply::Status(400)),
            Self::Wecom => wecom_objection(body).map(|(code, text)| wecom(code, text)),
            Self::Telegram => telegram_objection(body).map(|text| telegram_error(400, text, None)),
        }
    }

    /// The answer to a message that was taken.
    pub(super) fn thanks(self, number: usize) -> Reply {
        match self {
            Self::Webhook => Reply::Status(204),
            Self::Wecom => wecom(0, "ok"),
            Self::Telegram => json_reply(200, &json!({"ok": true, "result": {"message_id": number}})),
        }
    }

    /// The answer under a fault; `None` where the fault lets the message through.
    pub(super) fn failure(self, fault: AlertFault) -> Option<Reply> {
        Some(match (fault, self) {
            (AlertFault::Slow(_), _) => return None,
            (AlertFault::Status(status), _) => Reply::Status(status),
            (AlertFault::Hangup | AlertFault::TakenWithoutAnswer, _) => Reply::Hangup,
            (AlertFault::TooMany(seconds), Self::Webhook) => Reply::TooMany(Some(seconds)),
            (AlertFault::TooMany(_), Self::Wecom) => wecom(45_009, "api freq out of limit"),
            (AlertFault::TooMany(seconds), Self::Telegram) => {
                telegram_error(429, &format!("Too Many Requests: retry after {seconds}"), Some(seconds))
            }
            (AlertFault::Refused, Self::Webhook) => Reply::Status(400),
            (AlertFault::Refused, Self::Wecom) => wecom(40_008, "invalid message type"),
            // The real one sends an HTTP status of its own; proxies in front of it do not.
            (AlertFault::Refused, Self::Telegram) => {
                json_reply(200, &json!({"ok": false, "error_code": 400, "description": "Bad Request: chat not found"}))
            }
        })
    }

    /// The answer to a wrong key or token.
    pub(super) fn stranger(self) -> Reply {
        match self {
            Self::Webhook => Reply::Status(404),
            Self::Wecom => wecom(93_000, "invalid webhook url"),
            Self::Telegram => telegram_error(401, "Unauthorized", None),
        }
    }
}

fn wecom_objection(body: &Value) -> Option<(i64, &'static str)> {
    let kind = body["msgtype"].as_str().unwrap_or_default();
    let most = match kind {
        "text" => WECOM_TEXT_BYTES,
        "markdown" => WECOM_MARKDOWN_BYTES,
        _ => return Some((40_008, "invalid message type")),
    };
    match body[kind]["content"].as_str() {
        None | Some("") => Some((44_004, "empty content")),
        Some(content) if content.len() > most => Some((45_002, "content size out of limit")),
        Some(_) => None,
    }
}

fn telegram_objection(body: &Value) -> Option<&'static str> {
    let chat = &body["chat_id"];
    if !chat.is_string() && !chat.is_i64() {
        return Some("Bad Request: chat_id is empty");
    }
    match body["text"].as_str() {
        None | Some("") => Some("Bad Request: message text is empty"),
        Some(text) if text.encode_utf16().count() > TELEGRAM_UNITS => Some("Bad Request: message is too long"),
        Some(_) => None,
    }
}

fn wecom(code: i64, text: &str) -> Reply {
    json_reply(200, &json!({"errcode": code, "errmsg": text}))
}

fn telegram_error(status: u16, text: &str, retry_after: Option<u32>) -> Reply {
    let mut body = json!({"ok": false, "error_code": status, "description": text});
    if let Some(seconds) = retry_after {
        body["parameters"] = json!({"retry_after": seconds});
    }
    json_reply(status, &body)
}

fn json_reply(status: u16, body: &Value) -> Reply {
    Reply::JsonStatus(status, body.to_string().into_bytes())
}
