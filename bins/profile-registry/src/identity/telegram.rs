//! Telegram Mini Apps: the launch data that Telegram signs with the bot's token.
//!
//! Source: core.telegram.org/bots/webapps, "Validating data received via the Mini App". The data carries no nonce, so
//! that three bounds hold here: it is at most [`MAX_AGE`] old, it names the operation it was opened for (`start_param`,
//! from the link's `startapp`), and its [digest](Proof::digest) is taken once only, which the books see to.

use std::{collections::BTreeMap, fmt};

use chrono::{DateTime, TimeDelta, Utc};
use ring::{digest, hmac};
use serde::Deserialize;

/// Launch data that is older proves nothing.
pub const MAX_AGE: TimeDelta = TimeDelta::minutes(5);
/// Telegram's clock may be this much ahead of ours.
const MAX_AHEAD: TimeDelta = TimeDelta::seconds(30);
/// No launch data is longer; a longer one is not even split.
const MAX_BYTES: usize = 8 << 10;

/// Checks launch data of one bot.
#[derive(Clone)]
pub struct Verifier {
    key: hmac::Key,
}

/// A person, proven for one operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Telegram's number of the person.
    pub user_id: u64,
    /// The operation that the Mini App was opened for.
    pub operation: String,
    /// When Telegram signed.
    pub signed_at: DateTime<Utc>,
    /// SHA-256 of what was signed: the same data has the same digest, whatever the order of its fields.
    pub digest: [u8; 32],
}

/// Why launch data proves nothing. The texts hold no part of the data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It cannot be read.
    #[error("the launch data cannot be read: {0}")]
    Malformed(&'static str),
    /// Somebody else signed it, or it was changed.
    #[error("the launch data was not signed by Telegram for this bot")]
    WrongSignature,
    /// It was signed too long ago.
    #[error("the launch data is {} s old, more than {} s: open the link again", .age.num_seconds(), MAX_AGE.num_seconds())]
    TooOld {
        /// Its age.
        age: TimeDelta,
    },
    /// It was signed in the future.
    #[error("the launch data is dated in the future: the clock of this host is behind")]
    FromTheFuture,
    /// It was not opened through an operation's link.
    #[error("the Mini App was not opened through the link of an operation: `start_param` is missing")]
    NoOperation,
}

#[derive(Deserialize)]
struct User {
    id: u64,
    #[serde(default)]
    is_bot: bool,
}

impl Verifier {
    /// For the bot with this token.
    pub fn new(bot_token: &str) -> Self {
        let secret = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, b"WebAppData"), bot_token.as_bytes());
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, secret.as_ref()) }
    }

    /// Reads and checks `Telegram.WebApp.initData`, as the Mini App got it.
    ///
    /// # Errors
    /// [`Refused`], by the first reason; nothing is said about the content before the signature was found right.
    pub fn verify(&self, init_data: &str, now: DateTime<Utc>) -> Result<Proof, Refused> {
        let mut fields = split(init_data)?;
        let hash = fields.remove("hash").ok_or(Refused::Malformed("`hash` is missing"))?;
        let hash = decode_hex(&hash).ok_or(Refused::Malformed("`hash` is not 64 hexadecimal digits"))?;
        let signed = check_string(&fields);
        hmac::verify(&self.key, signed.as_bytes(), &hash).map_err(|_| Refused::WrongSignature)?;

        let signed_at = fields.get("auth_date").and_then(|text| text.parse().ok());
        let signed_at = signed_at.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        let signed_at = signed_at.ok_or(Refused::Malformed("`auth_date` is no time"))?;
        let age = now.signed_duration_since(signed_at);
        if age > MAX_AGE {
            return Err(Refused::TooOld { age });
        }
        if age < -MAX_AHEAD {
            return Err(Refused::FromTheFuture);
        }
        let user = fields.get("user").and_then(|text| serde_json::from_str::<User>(text).ok());
        let user = user.filter(|user| user.id > 0 && !user.is_bot).ok_or(Refused::Malformed("`user` is no person"))?;
        let operation = fields.remove("start_param").filter(|text| !text.is_empty()).ok_or(Refused::NoOperation)?;
        let mut sha256 = [0; 32];
        sha256.copy_from_slice(digest::digest(&digest::SHA256, signed.as_bytes()).as_ref());
        Ok(Proof { user_id: user.id, operation, signed_at, digest: sha256 })
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Verifier { .. }")
    }
}

/// Fields by name, decoded after splitting: decoding first would let a value smuggle in fields of its own.
fn split(init_data: &str) -> Result<BTreeMap<String, String>, Refused> {
    if init_data.len() > MAX_BYTES {
        return Err(Refused::Malformed("it is longer than 8 KiB"));
    }
    let mut fields = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(init_data.as_bytes()) {
        if value.contains('\n') || name.contains(['\n', '=']) {
            return Err(Refused::Malformed("a field holds what would make two of it"));
        }
        if fields.insert(name.into_owned(), value.into_owned()).is_some() {
            return Err(Refused::Malformed("a field is there twice"));
        }
    }
    Ok(fields)
}

/// What Telegram signs: `name=value` of every field but `hash`, sorted, a line each.
fn check_string(fields: &BTreeMap<String, String>) -> String {
    let lines: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
    lines.join("\n")
}

fn decode_hex(text: &str) -> Option<[u8; 32]> {
    let digits = text.as_bytes();
    let mut bytes = [0; 32];
    if digits.len() != 64 {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let high = char::from(pair[0]).to_digit(16)?;
        let low = char::from(pair[1]).to_digit(16)?;
        *byte = u8::try_from(high * 16 + low).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests;
