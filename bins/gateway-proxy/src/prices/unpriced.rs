//! Models that are offered and have no price.

use std::{collections::BTreeSet, sync::Arc};

use chrono::{DateTime, Utc};
use route_policy::Usage;

use super::PriceBook;
use crate::channels::Channels;

/// The upstream names of offered models that cost the default at `now`.
pub(crate) fn unpriced(prices: &PriceBook, channels: &Channels, now: DateTime<Utc>) -> BTreeSet<Arc<str>> {
    let table = prices.table();
    // By channel and day: a row may be for another channel, or for a day to come.
    let is_without = |channel: &str, model: &str| !table.cost(model, channel, &Usage::default(), now).known;
    let of_channels = channels.usable(|known, usable| {
        let models = usable.spec.models.iter().map(|offer| offer.upstream.clone());
        models.filter(|model| is_without(&known.name, model)).collect::<Vec<_>>()
    });
    of_channels.into_iter().flatten().collect()
}
