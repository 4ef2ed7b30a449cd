//! What Alpha Vantage says instead of a series: HTTP 200 and an object with one key.

use crate::json::Json;

const PLANS: &str = "You may subscribe to any of the premium plans at https://www.alphavantage.co/premium/ to";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    BadCall,
    BadFunction,
    BadKey,
    /// The text repeats the caller's key.
    PerDay,
    /// The text mentions the limit per day and premium endpoints as well.
    PerSecond,
    PerMinute,
    PremiumEndpoint,
    FullIsPremium,
    Nothing,
    Accept,
}

impl Refusal {
    /// The name in the log of calls.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::BadCall => "bad_call",
            Self::BadFunction => "bad_function",
            Self::BadKey => "bad_key",
            Self::PerDay => "per_day",
            Self::PerSecond => "per_second",
            Self::PerMinute => "per_minute",
            Self::PremiumEndpoint => "premium_endpoint",
            Self::FullIsPremium => "full_is_premium",
            Self::Nothing => "nothing",
            Self::Accept => "accept",
        }
    }

    pub(super) fn body(self, function: &str, key: &str, per_day: Option<u32>) -> Vec<u8> {
        let (name, text) = match self {
            Self::Nothing => return b"{}".to_vec(),
            Self::BadCall => (
                "Error Message",
                format!(
                    "Invalid API call. Please retry or visit the documentation \
                     (https://www.alphavantage.co/documentation/) for {function}."
                ),
            ),
            Self::BadFunction => ("Error Message", format!("This API function ({function}) does not exist.")),
            Self::BadKey => (
                "Error Message",
                "the parameter apikey is invalid or missing. Please claim your free API key on \
                 (https://www.alphavantage.co/support/#api-key). It should take less than 20 seconds."
                    .to_owned(),
            ),
            Self::PerDay => (
                "Information",
                format!(
                    "We have detected your API key as {key} and our standard API rate limit is {} requests per day. \
                     Please subscribe to any of the premium plans at https://www.alphavantage.co/premium/ to instantly \
                     remove all daily rate limits.",
                    per_day.unwrap_or(25)
                ),
            ),
            Self::PerSecond => (
                "Information",
                format!(
                    "Thank you for using Alpha Vantage! Please consider spreading out your free API requests more \
                     sparingly (1 request per second). {PLANS} lift the free key rate limit (25 requests per day), \
                     raise the per-second burst limit, and instantly unlock all premium endpoints"
                ),
            ),
            Self::PerMinute => (
                "Note",
                "Thank you for using Alpha Vantage! Our standard API call frequency is 5 calls per minute and 500 calls \
                 per day. Please visit https://www.alphavantage.co/premium/ if you would like to target a higher API \
                 call frequency."
                    .to_owned(),
            ),
            Self::PremiumEndpoint => (
                "Information",
                format!(
                    "Thank you for using Alpha Vantage! This is a premium endpoint. {PLANS} instantly unlock all premium \
                     endpoints"
                ),
            ),
            Self::FullIsPremium => (
                "Information",
                format!(
                    "Thank you for using Alpha Vantage! The outputsize=full parameter value is a premium feature for the \
                     {function} endpoint. {PLANS} instantly unlock all premium features"
                ),
            ),
            Self::Accept => ("detail", "Could not satisfy the request Accept header.".to_owned()),
        };
        let mut json = Json::default();
        json.raw("{\n    ");
        json.text(name);
        json.raw(": ");
        json.text(&text);
        json.raw("\n}");
        json.into_bytes()
    }
}
