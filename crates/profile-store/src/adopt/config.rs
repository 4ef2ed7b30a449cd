//! The settings that change: the model's door, and the web search's.

use super::{found::Attention, plan::Options};
use crate::yaml::{Map, Node};

/// The variable with this profile's own token for the gateway.
pub(super) const GATEWAY_TOKEN: &str = "TWILIGHT_GATEWAY_TOKEN";

/// Points a configuration at the gateway.
pub(super) fn point_at_gateway(config: &mut Node, options: &Options, attention: &mut Vec<Attention>) {
    let note = |place: &str, what: &str| Attention {
        place: format!("config.yaml: {place}"),
        what: what.to_owned(),
        blocks: false,
    };
    // `model: name` is the short form of `model: {default: name}`.
    if let Some(name) = config.at(&["model"]).and_then(Node::as_text).map(str::to_owned) {
        config.put(&["model"], Node::Map(Map::default()));
        config.put(&["model", "default"], Node::text(name));
    }
    let before = config.at(&["model"]).cloned();
    config.put(&["model", "provider"], Node::text("custom"));
    config.put(&["model", "base_url"], Node::text(format!("{}/v1", options.gateway_url)));
    config.put(&["model", "api_key"], Node::text(format!("${{{GATEWAY_TOKEN}}}")));
    // The gateway speaks OpenAI's dialect only, and a header for the old door has no business at ours.
    for key in ["api_mode", "auth_mode", "entra", "default_headers", "extra_headers"] {
        if config.take(&["model", key]).is_some() {
            attention.push(note(&format!("model.{key}"), "it was for the provider before, and is taken out"));
        }
    }
    match &options.model {
        Some(model) => {
            config.put(&["model", "default"], Node::text(model.clone()));
            // Hermes takes `model` for another spelling of `default`.
            config.take(&["model", "model"]);
        }
        None if before.as_ref().is_none_or(|model| model.at(&["default"]).or(model.at(&["model"])).is_none()) => {
            attention.push(note("model.default", "no model is named: choose one that the gateway offers"));
        }
        None => {}
    }
    config.put(&["web", "search_backend"], Node::text("searxng"));
    for (key, what) in [
        ("fallback_providers", "calls that fall back go around the gateway, its budget and its ledger"),
        ("custom_providers", "calls through them go around the gateway, its budget and its ledger"),
        ("providers", "calls through them go around the gateway, its budget and its ledger"),
    ] {
        let some = |node: &Node| {
            node.as_map().is_some_and(|map| !map.is_empty()) || node.as_list().is_some_and(|list| !list.is_empty())
        };
        if config.at(&[key]).is_some_and(some) {
            attention.push(note(key, what));
        }
    }
}
