//! What the relay must know about a channel to send a request there.

use std::sync::Arc;

use axum::http::HeaderValue;
use llm_upstream::{Dialect, Target};
use route_policy::ChannelKey;

use crate::{fits::Fits, measure::ChannelMeters};

/// A channel as the relay uses it. What may be sent there and when is the router's affair.
#[derive(Debug)]
pub(crate) struct Channel {
    /// Its key in the router that made it.
    pub(crate) key: ChannelKey,
    /// Its name, the same in configuration, logs, books and answers.
    pub(crate) name: Arc<str>,
    /// The upstream's account it belongs to.
    pub(crate) account: Arc<str>,
    /// How its upstream speaks.
    pub(crate) dialect: Dialect,
    /// Where to, and with which key.
    pub(crate) target: Target,
    /// Its name as an answer's header.
    pub(crate) header: HeaderValue,
    /// Its counters.
    pub(crate) meters: ChannelMeters,
    /// What it serves where.
    pub(crate) fits: Fits,
}

impl Channel {
    /// A channel under the key that the router gave its name.
    pub(crate) fn new(key: ChannelKey, name: Arc<str>, account: Arc<str>, dialect: Dialect, target: Target) -> Self {
        let header = HeaderValue::from_str(&name).unwrap_or_else(|_| HeaderValue::from_static("?"));
        let meters = ChannelMeters::new(&name);
        Self { key, name, account, dialect, target, header, meters, fits: Fits::default() }
    }
}

/// The channels of one configuration. A new configuration is a new table.
#[derive(Debug, Default)]
pub(crate) struct ChannelTable {
    by_key: Vec<Option<Arc<Channel>>>,
}

impl ChannelTable {
    /// The table of these channels.
    pub(crate) fn new(channels: impl IntoIterator<Item = Channel>) -> Self {
        let mut by_key = Vec::new();
        for channel in channels {
            let index = channel.key.index();
            if by_key.len() <= index {
                by_key.resize_with(index + 1, || None);
            }
            by_key[index] = Some(Arc::new(channel));
        }
        Self { by_key }
    }

    /// The channel of a grant; none when it was taken out of the configuration since.
    pub(crate) fn get(&self, key: ChannelKey) -> Option<&Arc<Channel>> {
        self.by_key.get(key.index())?.as_ref()
    }

    /// The channel of a name.
    pub(crate) fn named(&self, name: &str) -> Option<&Arc<Channel>> {
        self.iter().find(|channel| &*channel.name == name)
    }

    /// All of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Channel>> {
        self.by_key.iter().flatten()
    }
}
