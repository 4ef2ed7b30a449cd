//! What was read from a New-API database.

use chrono::{DateTime, Utc};
use route_policy::Cny;

use crate::seal::PlainKey;

/// What was read from a New-API database.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NewApiImport {
    /// Channels; a row with several keys is several channels of one account.
    pub channels: Vec<ImportedChannel>,
    /// Prices in CNY per 1 M tokens, from the ratios.
    pub prices: Vec<ImportedPrice>,
    /// Client tokens.
    pub tokens: Vec<ImportedToken>,
    /// What was not taken over or understood, in sentences. No keys.
    pub notes: Vec<String>,
}

/// A channel.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportedChannel {
    /// Unique in this import; made of the row's name.
    pub name: String,
    /// The row's id.
    pub source_id: i64,
    /// The dialect by its name in configuration (`openai`, `dashscope`, `siliconflow`); `None` for an unknown type.
    pub dialect: Option<&'static str>,
    /// New-API's number of the type.
    pub kind: i64,
    /// Its address where it differs from the type's own.
    pub base_url: Option<String>,
    /// The account whose limits it shares: that of its row.
    pub account: String,
    /// The key; none if the row has none.
    pub key: Option<PlainKey>,
    /// Public model names.
    pub models: Vec<String>,
    /// Public to upstream name, where they differ.
    pub model_map: Vec<(String, String)>,
    /// Its groups; the first is the one it is imported into.
    pub groups: Vec<String>,
    /// Higher is asked first.
    pub priority: i64,
    /// Within a priority.
    pub weight: u32,
    /// Why it is imported disabled; `None` for an enabled one.
    pub disabled_reason: Option<String>,
    /// The remark that operators left.
    pub remark: Option<String>,
}

/// A price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedPrice {
    /// The model.
    pub model: String,
    /// CNY per 1 M tokens of input.
    pub input: Cny,
    /// CNY per 1 M tokens of output.
    pub output: Cny,
    /// CNY per 1 M tokens of cached input, where it has its own.
    pub cached_input: Option<Cny>,
}

/// A client token. New-API keeps it in clear; only its hash leaves this module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedToken {
    /// The row's id.
    pub source_id: i64,
    /// Its name.
    pub name: String,
    /// SHA-256 of the token as clients send it, `sk-` included.
    pub sha256: [u8; 32],
    /// Whether it is enabled.
    pub enabled: bool,
    /// Until when.
    pub expires_at: Option<DateTime<Utc>>,
    /// The models it may ask for; `None` is all.
    pub models: Option<Vec<String>>,
    /// Its group.
    pub group: Option<String>,
}
