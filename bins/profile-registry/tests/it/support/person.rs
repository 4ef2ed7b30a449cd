//! People on Telegram.

use chrono::{DateTime, Utc};
use ring::hmac;

/// The token of the bot that the tests configure.
pub(crate) const BOT_TOKEN: &str = "123456789:AAF0rZ0Jc2hDqVbT3m9sYx8uKq1LwEoPn5I";

/// What the Mini App gets when `user` opens it through the link of `operation`: signed as Telegram documents it.
pub(crate) fn launch(bot_token: &str, user: u64, operation: &str, at: DateTime<Utc>) -> String {
    let user = format!("{{\"id\":{user},\"first_name\":\"Wang\"}}");
    let date = at.timestamp().to_string();
    let fields =
        [("auth_date", date.as_str()), ("query_id", "AAHdF6IQ"), ("start_param", operation), ("user", user.as_str())];
    let lines: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let secret = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, b"WebAppData"), bot_token.as_bytes());
    let hash = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_ref()), lines.join("\n").as_bytes());
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .append_pair("hash", &hex::encode(hash))
        .finish()
}
