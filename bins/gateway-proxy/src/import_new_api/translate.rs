//! From New-API's words to ours.

use chrono::NaiveDate;
use daemon_kit::config::Secret;
use gateway_ledger::new_api::{ImportedChannel, ImportedPrice};
use route_policy::PriceRow;

use crate::channels::{ChannelDefinition, Wanted};

/// A channel as it is stored, and why it is switched off, if it is.
///
/// Limits and budget are this gateway's defaults: New-API has none.
pub(super) fn translate(channel: &ImportedChannel) -> (Wanted, Option<String>) {
    let mut definition = ChannelDefinition {
        dialect: channel.dialect.unwrap_or_default().to_owned(),
        base_url: channel.base_url.clone(),
        account: Some(channel.account.clone()),
        models: channel.models.clone(),
        // A mapping of a name that the channel does not offer maps nothing.
        model_map: channel.model_map.iter().filter(|(public, _)| channel.models.contains(public)).cloned().collect(),
        group: group(channel),
        priority: channel.priority.clamp(-1_000_000, 1_000_000),
        weight: channel.weight.min(1_000_000),
        ..ChannelDefinition::default()
    };
    definition.models.sort();
    definition.models.dedup();
    let key = channel.key.as_ref().map(|key| Secret::new(key.expose()));
    let cannot = || {
        let checked = definition.spec(&channel.name).map(|_| ());
        let key = key.as_ref().map(Secret::expose).unwrap_or_default();
        checked.and_then(|()| definition.target(key).map(|_| ())).err().map(|unusable| unusable.to_string())
    };
    let off = channel.disabled_reason.clone().or_else(cannot);
    definition.enabled = off.is_none();
    let origin = format!("imported from New-API, channel {}", channel.source_id);
    let told = [Some(origin), off.clone(), channel.remark.clone()];
    definition.note = Some(told.into_iter().flatten().collect::<Vec<_>>().join("; "));
    (Wanted { name: channel.name.clone(), definition, key }, off)
}

/// New-API's groups may have any name; ours are plain.
fn group(channel: &ImportedChannel) -> String {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '-' };
    let name: String = channel.groups.first().map(String::as_str).unwrap_or("default").chars().map(plain).collect();
    let name = name.trim_matches('-');
    if name.is_empty() { "default".to_owned() } else { name.chars().take(64).collect() }
}

/// A note about a channel of several groups: here it has one.
pub(super) fn other_groups(channel: &ImportedChannel) -> Option<String> {
    let others = channel.groups.get(1..).filter(|others| !others.is_empty())?;
    let (name, first) = (&channel.name, group(channel));
    Some(format!("channel {name}: of its groups only {first} is taken over, not {}", others.join(", ")))
}

/// Prices from a day on.
pub(super) fn price_rows(prices: &[ImportedPrice], from: NaiveDate) -> Vec<PriceRow> {
    let row = |price: &ImportedPrice| PriceRow {
        model: price.model.clone(),
        channel: None,
        from,
        until_input: None,
        hours: None,
        input: price.input,
        cached_input: price.cached_input,
        output: price.output,
        thinking_output: None,
        source: Some("New-API's ratios: check".to_owned()),
    };
    prices.iter().map(row).collect()
}
