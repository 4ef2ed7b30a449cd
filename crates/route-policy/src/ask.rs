//! What a request asks for.

use std::sync::Arc;

use crate::{ChannelKey, Cny, Tick};

/// One attempt of one request.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Who asks: the unit of fairness and of caps.
    pub profile: Arc<str>,
    /// The profile's cap per day.
    pub profile_cap: Option<Cny>,
    /// The model by its public name.
    pub model: Arc<str>,
    /// Only channels of this group; `None` is any.
    pub group: Option<Arc<str>>,
    /// The most tokens that the prompt can have: bounds the money.
    pub input_tokens: u64,
    /// The most tokens that the answer can have: bounds the money.
    pub output_tokens: u64,
    /// The tokens that the request will probably use: what tokens-per-minute limits are reserved by.
    pub estimated_tokens: u64,
    /// When the caller stops waiting; [`RouterOptions::max_wait`](crate::RouterOptions) may be sooner.
    pub deadline: Tick,
    /// Channels that this request has tried: never again.
    pub tried: Vec<ChannelKey>,
    /// Whether it may wait. Otherwise a full pool refuses it at once.
    pub wait: bool,
}
