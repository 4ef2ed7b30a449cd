//! The vendor's answer: one object, whose keys say whether it is a series, a refusal, or nothing.
//!
//! Column names carry a number (`4. close`) that differs between functions: they are looked up by the name behind it.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

use crate::{Function, classify};

/// Most rows of a series: twenty-five years of days are some seven thousand. Without a bound a body of the greatest length
/// could hold millions, each of which would be refused with a sentence.
const MAX_ROWS: usize = 100_000;

/// What a body says.
#[derive(Debug)]
pub(crate) enum Answer {
    Series(Series),
    /// A refusal's key and its text.
    Refused {
        key: &'static str,
        message: String,
    },
    /// `{}`: nothing is known of it.
    Nothing,
}

/// Why a body is no answer.
#[derive(Debug)]
pub(crate) enum NoAnswer {
    /// Not JSON at all: cut off, a page of a proxy. Worth another attempt.
    Garbled(String),
    /// JSON of another shape: another attempt would give the same.
    OtherShape(String),
}

/// A series with its rows in the order of the body: newest first.
#[derive(Debug)]
pub(crate) struct Series {
    /// `Meta Data` by name (`Symbol`, `From Symbol`).
    pub(crate) meta: Vec<(String, String)>,
    pub(crate) rows: Vec<SeriesRow>,
}

/// One date and its values by name (`close`).
#[derive(Debug)]
pub(crate) struct SeriesRow {
    pub(crate) date: String,
    pub(crate) values: Vec<(String, String)>,
}

impl Series {
    pub(crate) fn meta(&self, name: &str) -> Option<&str> {
        self.meta.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

impl SeriesRow {
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.values.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Reads a body as the answer of `function`.
pub(crate) fn read(function: Function, body: &[u8]) -> Result<Answer, NoAnswer> {
    let text = std::str::from_utf8(body).map_err(|_| NoAnswer::Garbled("the body is not UTF-8".to_owned()))?;
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if !text.is_empty() && !text.starts_with('{') {
        let what = if text.starts_with('<') { "the body is HTML" } else { "the body is not a JSON object" };
        return Err(NoAnswer::Garbled(what.to_owned()));
    }
    let object: Entries<&RawValue> = serde_json::from_str(text).map_err(|error| not_an_answer(text, &error))?;
    let entry = |name: &str| object.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.get());
    if let Some(series) = entry(function.series_key()) {
        let rows: Entries<Entries<Scalar<'_>>> =
            serde_json::from_str(series).map_err(|error| other_shape(function.series_key(), &error))?;
        if rows.0.len() > MAX_ROWS {
            return Err(NoAnswer::OtherShape(format!("{} rows are more than there are days", rows.0.len())));
        }
        let meta = match entry("Meta Data") {
            Some(meta) => named(serde_json::from_str(meta).map_err(|error| other_shape("Meta Data", &error))?),
            None => Vec::new(),
        };
        let row = |(date, values): (Cow<'_, str>, _)| SeriesRow { date: date.into_owned(), values: named(values) };
        return Ok(Answer::Series(Series { meta, rows: rows.0.into_iter().map(row).collect() }));
    }
    for key in classify::KEYS {
        if let Some(value) = entry(key) {
            let message = serde_json::from_str::<String>(value).unwrap_or_else(|_| value.to_owned());
            return Ok(Answer::Refused { key, message });
        }
    }
    if object.0.is_empty() {
        return Ok(Answer::Nothing);
    }
    let keys: Vec<&str> = object.0.iter().map(|(key, _)| key.as_ref()).take(5).collect();
    Err(NoAnswer::OtherShape(format!("it holds {} and no `{}`", keys.join(", "), function.series_key())))
}

/// `4. close` → `close`.
fn named(values: Entries<'_, Scalar<'_>>) -> Vec<(String, String)> {
    let name = |key: &str| match key.split_once(". ") {
        Some((number, name)) if number.bytes().all(|byte| byte.is_ascii_digit()) => name.to_owned(),
        _ => key.to_owned(),
    };
    values.0.into_iter().map(|(key, value)| (name(&key), value.0.into_owned())).collect()
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

fn other_shape(key: &str, error: &serde_json::Error) -> NoAnswer {
    NoAnswer::OtherShape(format!("`{key}`: {error}"))
}

/// An object in the order of the body.
struct Entries<'a, T>(Vec<(Cow<'a, str>, T)>);

/// A string or, where the vendor should change its mind, a number.
struct Scalar<'a>(Cow<'a, str>);

impl<'de: 'a, 'a, T: Deserialize<'de>> Deserialize<'de> for Entries<'a, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs<'a, T>(std::marker::PhantomData<(&'a (), T)>);

        impl<'de: 'a, 'a, T: Deserialize<'de>> Visitor<'de> for Pairs<'a, T> {
            type Value = Entries<'a, T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::with_capacity(map.size_hint().unwrap_or(0));
                while let Some((Text(key), value)) = map.next_entry()? {
                    entries.push((key, value));
                }
                Ok(Entries(entries))
            }
        }

        deserializer.deserialize_map(Pairs(std::marker::PhantomData))
    }
}

/// A string, borrowed where it has no escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Scalar<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&'a RawValue>::deserialize(deserializer)?.get();
        if raw.starts_with('"') {
            let text: Text<'a> = serde_json::from_str(raw).map_err(serde::de::Error::custom)?;
            return Ok(Self(text.0));
        }
        Ok(Self(Cow::Borrowed(raw)))
    }
}

#[cfg(test)]
mod tests;
