//! Which form a target has.

use daemon_kit::config::AlertKind;
use serde_json::Value;

use super::{Answer, telegram, webhook, wecom};
use crate::alerts::{message::Message, outbox::Outcome};

/// The form of a target's messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Form {
    /// JSON of our own.
    Webhook,
    /// The robot of a WeCom group.
    Wecom,
    /// A Telegram bot.
    Telegram {
        /// The chat that it writes to.
        chat_id: String,
    },
}

impl From<&AlertKind> for Form {
    fn from(kind: &AlertKind) -> Self {
        match kind {
            AlertKind::Webhook => Self::Webhook,
            AlertKind::Wecom => Self::Wecom,
            AlertKind::Telegram { chat_id } => Self::Telegram { chat_id: chat_id.clone() },
        }
    }
}

impl Form {
    /// Its name in the configuration.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Wecom => "wecom",
            Self::Telegram { .. } => "telegram",
        }
    }

    /// What is posted.
    pub(crate) fn body(&self, message: &Message) -> Value {
        match self {
            Self::Webhook => webhook::body(message),
            Self::Wecom => wecom::body(message),
            Self::Telegram { chat_id } => telegram::body(message, chat_id),
        }
    }

    /// How the answer is meant.
    pub(crate) fn outcome(&self, answer: &Answer) -> Outcome {
        match self {
            Self::Webhook => webhook::outcome(answer),
            Self::Wecom => wecom::outcome(answer),
            Self::Telegram { .. } => telegram::outcome(answer),
        }
    }

    /// Messages that it takes in a minute.
    pub(crate) fn per_minute(&self) -> Option<usize> {
        match self {
            Self::Webhook => None,
            Self::Wecom => Some(wecom::PER_MINUTE),
            Self::Telegram { .. } => Some(telegram::PER_MINUTE),
        }
    }

    /// Where it is posted, after what the configuration says.
    pub(crate) fn address(&self, url: &str) -> String {
        match self {
            Self::Webhook | Self::Wecom => url.to_owned(),
            Self::Telegram { .. } => telegram::address(url),
        }
    }
}
