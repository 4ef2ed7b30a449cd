//! What a refusal means, by its key **and** its text: the keys are overloaded, and the texts advertise each other's
//! remedies.

/// A refusal (HTTP 200, an object with one of the keys below).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Too fast: one per second, or the older calls per minute.
    Throttle,
    /// The whole series is for paid accounts; the newest rows are not.
    FullSeriesIsPremium,
    /// The function is for paid accounts.
    PremiumFunction,
    BadKey,
    DayLimit,
    BadCall,
}

/// The keys of refusals, in the order in which they are looked for.
pub(crate) const KEYS: [&str; 4] = ["Error Message", "Information", "Note", "detail"];

/// Judges a refusal.
///
/// The throttle's own words come first: its full text goes on with "to lift the free key rate limit (25 requests per
/// day)" and, in some captures, "unlock all premium endpoints", so every other pattern would take it for its own.
pub(crate) fn classify(key: &str, message: &str) -> Refusal {
    let text = message.to_ascii_lowercase();
    let says = |patterns: &[&str]| patterns.iter().any(|pattern| text.contains(pattern));
    if key == "detail" {
        Refusal::BadCall
    } else if says(&["more sparingly", "call frequency"]) {
        Refusal::Throttle
    } else if says(&["premium"]) && says(&["endpoint", "feature"]) {
        if says(&["outputsize"]) { Refusal::FullSeriesIsPremium } else { Refusal::PremiumFunction }
    } else if says(&["apikey is invalid", "api key is invalid"]) {
        Refusal::BadKey
    } else if says(&["per day"]) {
        Refusal::DayLimit
    } else if says(&["per second", "per minute"]) {
        Refusal::Throttle
    } else {
        Refusal::BadCall
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_refusal_is_told_apart_by_key_and_text() {
        let plans = "You may subscribe to any of the premium plans at https://www.alphavantage.co/premium/ to";
        let cases = [
            (
                "Error Message",
                "Invalid API call. Please retry or visit the documentation (https://www.alphavantage.co/documentation/) \
                 for TIME_SERIES_DAILY."
                    .to_owned(),
                Refusal::BadCall,
            ),
            ("Error Message", "This API function () does not exist.".to_owned(), Refusal::BadCall),
            (
                "Error Message",
                "the parameter apikey is invalid or missing. Please claim your free API key on \
                 (https://www.alphavantage.co/support/#api-key). It should take less than 20 seconds."
                    .to_owned(),
                Refusal::BadKey,
            ),
            ("Information", "the parameter apikey is invalid or missing.".to_owned(), Refusal::BadKey),
            (
                "Information",
                "We have detected your API key as XXXX and our standard API rate limit is 25 requests per day. Please \
                 subscribe to any of the premium plans at https://www.alphavantage.co/premium/ to instantly remove all \
                 daily rate limits."
                    .to_owned(),
                Refusal::DayLimit,
            ),
            (
                "Information",
                "Thank you for using Alpha Vantage! Please consider spreading out your free API requests more sparingly \
                 (1 request per second)."
                    .to_owned(),
                Refusal::Throttle,
            ),
            (
                "Information",
                format!(
                    "Thank you for using Alpha Vantage! Please consider spreading out your free API requests more \
                     sparingly (1 request per second). {plans} lift the free key rate limit (25 requests per day), \
                     raise the per-second burst limit, and instantly unlock all premium endpoints"
                ),
                Refusal::Throttle,
            ),
            (
                "Information",
                format!(
                    "Thank you for using Alpha Vantage! This is a premium endpoint. {plans} instantly unlock all premium \
                     endpoints"
                ),
                Refusal::PremiumFunction,
            ),
            (
                "Information",
                format!(
                    "Thank you for using Alpha Vantage! The outputsize=full parameter value is a premium feature for the \
                     TIME_SERIES_DAILY endpoint. {plans} instantly unlock all premium features"
                ),
                Refusal::FullSeriesIsPremium,
            ),
            (
                "Note",
                "Thank you for using Alpha Vantage! Our standard API call frequency is 5 calls per minute and 500 calls \
                 per day."
                    .to_owned(),
                Refusal::Throttle,
            ),
            ("detail", "Could not satisfy the request Accept header.".to_owned(), Refusal::BadCall),
        ];
        for (key, text, expected) in cases {
            assert_eq!(classify(key, &text), expected, "{key}: {text}");
        }
    }
}
