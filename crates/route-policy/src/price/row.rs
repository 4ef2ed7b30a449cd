//! A line of the price table, as the operator writes it.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::Hours;
use crate::Cny;

/// What a model costs from a day on. Prices are yuan per million tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceRow {
    /// The model as the upstream names it; `*` at the end stands for any rest: `qwen-plus*`.
    pub model: String,
    /// Only for this channel; a row with a channel goes before one without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// The first day of the price, Asia/Shanghai.
    pub from: NaiveDate,
    /// The tier: for prompts of up to so many tokens. One row without it says what longer prompts cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_input: Option<u64>,
    /// The time of day of the price. One row without it says what the other hours cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<Hours>,
    /// Prompt tokens.
    pub input: Cny,
    /// Prompt tokens that the upstream had cached; as `input` where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cached_input: Option<Cny>,
    /// Tokens of the answer.
    pub output: Cny,
    /// Tokens of thinking; as `output` where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thinking_output: Option<Cny>,
    /// Where the price comes from, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// What a model without a row costs, in yuan per million tokens: dear rather than cheap, never nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DefaultPrice {
    /// Prompt tokens.
    pub input: Cny,
    /// Tokens of the answer, thinking included.
    pub output: Cny,
}

/// A row that cannot stand in the table.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("price {}, model {model:?}, {field}: {problem}; allowed: {allowed}", row + 1)]
pub struct PriceError {
    /// The row's place in the list, from 0.
    pub row: usize,
    /// The model that it is about.
    pub model: String,
    /// The field that is wrong.
    pub field: &'static str,
    /// What is wrong with it.
    pub problem: String,
    /// What is allowed.
    pub allowed: &'static str,
}
