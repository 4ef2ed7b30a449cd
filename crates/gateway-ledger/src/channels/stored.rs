//! Channels that an operator or an import added at run time.

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::seal::Sealed;

/// A channel that stands in no configuration file.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredChannel {
    /// Its name.
    pub name: String,
    /// Everything but the key, as the gateway's own JSON.
    pub config: Value,
    /// Its key, encrypted under the channel's name.
    pub key: Option<Sealed>,
    /// When it was last written.
    pub updated_at: DateTime<Utc>,
}
