//! The vendor's answer: `chart.result[0]` with arrays aligned by index, or `chart.error`.
//!
//! Read leniently, for captures of different years differ: everything about the instrument may be absent, `timestamp` is
//! absent where there are no bars, `quote[0]` is then `{}`, events come as maps whose keys mean nothing.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};
use serde_json::Value;

/// Most events of one sort. Without a bound a body of the greatest length could hold millions, each of which would be
/// refused with a sentence.
const MAX_EVENTS: usize = 10_000;

/// What a body says.
#[derive(Debug)]
pub(crate) enum Answer {
    Chart(Box<Chart>),
    /// `chart.error` or `finance.error`.
    Refused {
        code: String,
        description: String,
    },
}

/// Why a body is no answer.
#[derive(Debug)]
pub(crate) enum NoAnswer {
    /// Not JSON at all: cut off, a page of a proxy. Worth another attempt.
    Garbled(String),
    /// JSON of another shape: another attempt would give the same.
    OtherShape(String),
}

/// `chart.result[0]`.
#[derive(Debug, Deserialize)]
pub(crate) struct Chart {
    pub(crate) meta: Meta,
    #[serde(default)]
    pub(crate) timestamp: Option<Vec<i64>>,
    #[serde(default)]
    pub(crate) indicators: Indicators,
    #[serde(default)]
    pub(crate) events: Option<Events>,
}

/// What is used of `meta`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Meta {
    pub(crate) symbol: String,
    #[serde(default)]
    pub(crate) currency: Option<String>,
    #[serde(default)]
    pub(crate) exchange_name: Option<String>,
    #[serde(default)]
    pub(crate) instrument_type: Option<String>,
    #[serde(default)]
    pub(crate) long_name: Option<String>,
    #[serde(default)]
    pub(crate) short_name: Option<String>,
    #[serde(default)]
    pub(crate) first_trade_date: Option<i64>,
    #[serde(default)]
    pub(crate) gmtoffset: Option<i64>,
    #[serde(default)]
    pub(crate) exchange_timezone_name: Option<String>,
    #[serde(default)]
    pub(crate) regular_market_price: Option<f64>,
    #[serde(default)]
    pub(crate) price_hint: Option<i64>,
    #[serde(default)]
    pub(crate) data_granularity: Option<String>,
    #[serde(default)]
    pub(crate) current_trading_period: Option<TradingPeriods>,
}

/// `meta.currentTradingPeriod`.
#[derive(Debug, Deserialize)]
pub(crate) struct TradingPeriods {
    #[serde(default)]
    pub(crate) regular: Option<TradingPeriod>,
}

/// The session that runs, or the next or last one, in unix seconds.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct TradingPeriod {
    pub(crate) start: i64,
    pub(crate) end: i64,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Indicators {
    #[serde(default)]
    quote: Option<Vec<Option<Quote>>>,
}

/// One array per field, any element of which may be null; absent where there are no bars.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Quote {
    #[serde(default)]
    pub(crate) open: Option<Vec<Option<f64>>>,
    #[serde(default)]
    pub(crate) high: Option<Vec<Option<f64>>>,
    #[serde(default)]
    pub(crate) low: Option<Vec<Option<f64>>>,
    #[serde(default)]
    pub(crate) close: Option<Vec<Option<f64>>>,
    #[serde(default)]
    pub(crate) volume: Option<Vec<Option<f64>>>,
}

/// Corporate actions, each list in the order of the body.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Events {
    #[serde(default, deserialize_with = "values")]
    pub(crate) dividends: Vec<Value>,
    #[serde(default, deserialize_with = "values")]
    pub(crate) capital_gains: Vec<Value>,
    #[serde(default, deserialize_with = "values")]
    pub(crate) splits: Vec<Value>,
}

#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    chart: Option<Section>,
    #[serde(default)]
    finance: Option<Section>,
}

#[derive(Deserialize)]
struct Section {
    #[serde(default)]
    result: Option<Vec<Chart>>,
    #[serde(default)]
    error: Option<Refusal>,
}

#[derive(Deserialize)]
struct Refusal {
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    description: Option<String>,
}

impl Indicators {
    /// `quote[0]`.
    pub(crate) fn first_quote(&self) -> Option<&Quote> {
        self.quote.as_ref()?.first()?.as_ref()
    }
}

/// Reads a body, whatever its status was.
pub(crate) fn read(body: &[u8]) -> Result<Answer, NoAnswer> {
    let text = std::str::from_utf8(body).map_err(|_| NoAnswer::Garbled("the body is not UTF-8".to_owned()))?;
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if text.starts_with('<') {
        let page = if text.contains("Will be right back") { "a maintenance page" } else { "HTML" };
        return Err(NoAnswer::Garbled(format!("the body is {page}")));
    }
    let body: Body = serde_json::from_str(text).map_err(|error| not_an_answer(text, &error))?;
    let Some(section) = body.chart.or(body.finance) else {
        return Err(NoAnswer::OtherShape("neither `chart` nor `finance`".to_owned()));
    };
    if let Some(refusal) = section.error {
        let text = |text: Option<String>| text.unwrap_or_default();
        return Ok(Answer::Refused { code: text(refusal.code), description: text(refusal.description) });
    }
    match section.result.and_then(|charts| charts.into_iter().next()) {
        Some(chart) => Ok(Answer::Chart(Box::new(chart))),
        None => Err(NoAnswer::OtherShape("neither a result nor an error".to_owned())),
    }
}

fn not_an_answer(text: &str, error: &serde_json::Error) -> NoAnswer {
    if error.is_eof() {
        NoAnswer::Garbled(format!("the body is cut off after {} bytes", text.len()))
    } else if error.is_data() {
        NoAnswer::OtherShape(error.to_string())
    } else {
        NoAnswer::Garbled(format!("the body is not JSON: {error}"))
    }
}

/// The values of a map whose keys mean nothing, in order; null is an empty map.
fn values<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Value>, D::Error> {
    struct Values;

    impl<'de> Visitor<'de> for Values {
        type Value = Vec<Value>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a map of events")
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(Vec::new())
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut values = Vec::new();
            while let Some((IgnoredAny, value)) = map.next_entry()? {
                if values.len() == MAX_EVENTS {
                    return Err(serde::de::Error::custom("more events than a share can have"));
                }
                values.push(value);
            }
            Ok(values)
        }
    }

    deserializer.deserialize_any(Values)
}

#[cfg(test)]
mod tests;
