//! From bytes to what happened.

use std::fmt;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;

use super::{
    payment::{OrderAnswer, Payment, PaymentRefused, Refund},
    resource::{Opener, Resource},
    signature::SignatureHeaders,
    trusted_keys::TrustedKeys,
};

/// Notifications whose signature is older or newer than this are refused, as WeChat's own libraries do.
const MAX_SKEW: TimeDelta = TimeDelta::minutes(5);
/// No notification is longer.
const MAX_BYTES: usize = 64 << 10;

/// Checks notifications to one merchant's app.
#[derive(Debug)]
pub struct Verifier {
    keys: TrustedKeys,
    opener: Opener,
    appid: String,
    mchid: String,
}

/// A notification that WeChat signed for us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// WeChat's number of it; a repetition may have another one.
    pub id: String,
    /// What happened.
    pub event: Event,
}

/// What a notification tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Somebody paid.
    Paid(Payment),
    /// Money went back.
    Refunded(Refund),
    /// Something that changes no order; its name.
    Other(String),
}

/// Why a notification is not believed. The texts hold no part of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotificationRefused {
    /// WeChat's own probe with a wrong signature: refused as it must be, and nothing to worry about.
    #[error("a probe with a wrong signature")]
    Probe,
    /// The key that it names is not known here.
    #[error("the notification names a key that is not configured")]
    UnknownKey,
    /// Signed too long ago, or in the future.
    #[error("the notification's time is {} s away, more than {} s", .skew.num_seconds().abs(), MAX_SKEW.num_seconds())]
    Stale {
        /// How far away.
        skew: TimeDelta,
    },
    /// Somebody else signed it, or it was changed.
    #[error("the notification's signature is wrong")]
    WrongSignature,
    /// It cannot be read.
    #[error("the notification cannot be read: {0}")]
    Malformed(&'static str),
    /// Its content was sealed with another key.
    #[error("the notification's content cannot be opened with the configured API v3 key")]
    WrongSeal,
    /// It is signed and opened, and still no payment of ours.
    #[error(transparent)]
    Content(#[from] PaymentRefused),
}

#[derive(Deserialize)]
struct Envelope {
    id: String,
    event_type: String,
    resource: Resource,
}

impl Verifier {
    /// For one merchant (`mchid`) and app (`appid`); `None` unless the API v3 key has 32 bytes.
    pub fn new(keys: TrustedKeys, api_v3_key: &str, appid: &str, mchid: &str) -> Option<Self> {
        let opener = Opener::new(api_v3_key)?;
        Some(Self { keys, opener, appid: appid.to_owned(), mchid: mchid.to_owned() })
    }

    /// Checks the signature over the raw `body`, opens the content and reads it.
    ///
    /// # Errors
    /// [`NotificationRefused`]; the body is not parsed before its signature was found right.
    pub fn verify(
        &self,
        headers: SignatureHeaders<'_>,
        body: &[u8],
        now: DateTime<Utc>,
    ) -> Result<Notification, NotificationRefused> {
        self.check(headers, body, now)?;
        let envelope: Envelope = serde_json::from_slice(body)
            .map_err(|_| NotificationRefused::Malformed("a field is missing or of another kind"))?;
        let content = self.opener.open(&envelope.resource).ok_or(NotificationRefused::WrongSeal)?;
        let event = match envelope.event_type.as_str() {
            "TRANSACTION.SUCCESS" => Event::Paid(Payment::read(&content, &self.appid, &self.mchid)?),
            "REFUND.SUCCESS" => Event::Refunded(Refund::read(&content, &self.mchid)?),
            _ => Event::Other(envelope.event_type),
        };
        Ok(Notification { id: envelope.id, event })
    }

    /// Checks the signature over the answer to a request of the merchant's, and reads the order in it.
    ///
    /// # Errors
    /// As [`verify`](Self::verify).
    pub fn verify_order(
        &self,
        headers: SignatureHeaders<'_>,
        body: &[u8],
        now: DateTime<Utc>,
    ) -> Result<OrderAnswer, NotificationRefused> {
        self.check(headers, body, now)?;
        Ok(OrderAnswer::read(body, &self.appid, &self.mchid)?)
    }

    /// Whether WeChat signed this, for us, just now.
    fn check(&self, headers: SignatureHeaders<'_>, body: &[u8], now: DateTime<Utc>) -> Result<(), NotificationRefused> {
        if headers.is_probe() {
            return Err(NotificationRefused::Probe);
        }
        if body.len() > MAX_BYTES {
            return Err(NotificationRefused::Malformed("it is longer than 64 KiB"));
        }
        let signed_at = headers.timestamp.parse().ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        let signed_at = signed_at.ok_or(NotificationRefused::Malformed("`Wechatpay-Timestamp` is no time"))?;
        let skew = now.signed_duration_since(signed_at);
        if skew.abs() > MAX_SKEW {
            return Err(NotificationRefused::Stale { skew });
        }
        let message =
            headers.message(body).ok_or(NotificationRefused::Malformed("a header is empty or holds blanks"))?;
        let signature = BASE64_STANDARD.decode(headers.signature).map_err(|_| NotificationRefused::WrongSignature)?;
        match self.keys.verify(headers.serial, &message, &signature) {
            None => Err(NotificationRefused::UnknownKey),
            Some(false) => Err(NotificationRefused::WrongSignature),
            Some(true) => Ok(()),
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Paid(payment) => write!(out, "order {} paid", payment.out_trade_no),
            Self::Refunded(refund) => write!(out, "order {} refunded", refund.out_trade_no),
            Self::Other(name) => write!(out, "{name}"),
        }
    }
}

#[cfg(test)]
mod tests;
