//! Proves that `twilight.example.toml` tells the truth.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    load::{Config, Settings},
    locate::Keys,
    sections::{
        alerts::AlertSettings,
        gateway_accounts::{AccountSettings, LimitSettings},
        gateway_channels::ChannelSettings,
        gateway_models::ModelSettings,
        no_limit_days::NoLimitDaySettings,
        registry_products::RegistryProductSettings,
        registry_wechat::WechatKeySettings,
        warehouse_api::TokenSettings,
    },
};
use crate::config::Environment;

const EXAMPLE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../twilight.example.toml"));

#[test]
fn the_example_holds_the_defaults() {
    let example: Settings = toml::from_str(EXAMPLE).unwrap();
    assert_eq!(example, Settings::default());
    Config::from_toml(EXAMPLE, "twilight.example.toml", &Environment::default()).unwrap();
}

#[test]
fn the_example_names_every_key() {
    let mut settings = Settings::default();
    settings.warehouse_api.tokens.push(TokenSettings::default());
    settings.quality_worker.no_limit_days.push(NoLimitDaySettings::default());
    settings.quality_worker.alerts.push(AlertSettings::default());
    settings.gateway_proxy.models.push(ModelSettings::default());
    settings.gateway_proxy.accounts.push(AccountSettings::default());
    settings.gateway_proxy.accounts[0].limits.push(LimitSettings::default());
    settings.gateway_proxy.channels.push(ChannelSettings::default());
    settings.profile_registry.products.push(RegistryProductSettings::default());
    settings.profile_registry.wechat.keys.push(WechatKeySettings::default());
    let mut known = BTreeSet::new();
    collect(String::new(), &serde_json::to_value(&settings).unwrap(), &mut known);
    let named: BTreeSet<String> = Keys::parse(&uncommented()).unwrap().lines(EXAMPLE).into_keys().collect();
    let missing: Vec<_> = known.difference(&named).collect();
    assert!(missing.is_empty(), "not in twilight.example.toml: {missing:?}");
}

#[test]
fn what_the_example_has_in_comments_is_accepted_too() {
    toml::from_str::<Settings>(&uncommented()).unwrap();
}

#[test]
fn every_key_of_the_example_is_explained() {
    let lines: Vec<&str> = EXAMPLE.lines().collect();
    for pair in lines.windows(2).filter(|pair| is_key(pair[1].trim_start_matches("# "))) {
        let explained = pair[0].starts_with("# ") || pair[0].starts_with('[') || is_key(pair[0]);
        assert!(explained, "no comment above {:?}", pair[1]);
    }
}

/// The example with its commented keys switched on.
fn uncommented() -> String {
    let switch_on = |line: &str| match line.strip_prefix("# ") {
        Some(key) if is_key(key) || key.starts_with("[[") => key.to_owned(),
        _ => line.to_owned(),
    };
    EXAMPLE.lines().map(switch_on).collect::<Vec<_>>().join("\n")
}

fn is_key(line: &str) -> bool {
    line.split_once(" = ").is_some_and(|(key, _)| {
        key.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_')
    })
}

fn collect(path: String, value: &Value, keys: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                collect(path, member, keys);
            }
        }
        Value::Array(items) if items.iter().all(Value::is_object) => {
            items.iter().enumerate().for_each(|(index, item)| collect(format!("{path}[{index}]"), item, keys));
        }
        _ => {}
    }
    if !path.is_empty() {
        keys.insert(path);
    }
}
