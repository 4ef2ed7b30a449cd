//! The table `channels`.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    ImportedChannel, NewApiImport,
    kind::{self, Kind},
    table::{Record, Table},
};
use crate::seal::PlainKey;

const ENABLED: i64 = 1;
const SWITCHED_OFF: i64 = 2;

pub(super) fn read(table: &Table, import: &mut NewApiImport) {
    let mut names = BTreeSet::new();
    for row in &table.rows {
        let Some(id) = row.whole("id") else {
            import.notes.push("a channel without an id was left out".to_owned());
            continue;
        };
        channel(row, id, &mut names, import);
    }
}

fn channel(row: &Record, id: i64, names: &mut BTreeSet<String>, import: &mut NewApiImport) {
    let name = unique(&plain(row.text("name").unwrap_or_default()), id, names);
    let number = row.whole("type").unwrap_or_default();
    let kind = kind::of(number);
    let model_map = model_map(row, &name, import);
    for column in ["param_override", "header_override", "status_code_mapping"] {
        if row.text(column).is_some_and(|text| text != "{}") {
            import.notes.push(format!("channel {name}: {column} is not taken over"));
        }
    }
    let keys = keys(row, &name, import);
    let several = keys.len() > 1;
    for (index, key) in keys.iter().enumerate() {
        let imported = ImportedChannel {
            name: if several { unique(&format!("{name}-k{}", index + 1), id, names) } else { name.clone() },
            source_id: id,
            dialect: kind.map(|kind| kind.dialect),
            kind: number,
            base_url: base_url(row, kind),
            account: name.clone(),
            key: (!key.is_empty()).then(|| PlainKey::new(key.as_str())),
            models: row.list("models"),
            model_map: model_map.clone(),
            groups: row.list("group"),
            priority: row.whole("priority").unwrap_or_default(),
            // New-API's 0 is the weight of whoever never set one.
            weight: row.whole("weight").and_then(|weight| u32::try_from(weight).ok()).unwrap_or_default().max(1),
            disabled_reason: disabled(row, number, kind, key, index),
            remark: row.text("remark").map(str::to_owned),
        };
        import.channels.push(imported);
    }
}

fn disabled(row: &Record, number: i64, kind: Option<Kind>, key: &str, index: usize) -> Option<String> {
    if kind.is_none() {
        return Some(format!("New-API's channel type {number} is not known here"));
    }
    if key.is_empty() {
        return Some("it has no key".to_owned());
    }
    match row.whole("status").unwrap_or(ENABLED) {
        ENABLED => {}
        SWITCHED_OFF => return Some("switched off by hand in New-API".to_owned()),
        _ => return Some("switched off by New-API itself".to_owned()),
    }
    let info = row.json("channel_info").and_then(Result::ok)?;
    let status = info.get("multi_key_status_list")?.get(index.to_string())?.as_i64()?;
    (status != ENABLED).then(|| "this key of several is switched off in New-API".to_owned())
}

/// The address with the path that requests are appended to; New-API keeps it without.
fn base_url(row: &Record, kind: Option<Kind>) -> Option<String> {
    let own = row.text("base_url").map(|url| url.trim_end_matches('/'));
    match kind {
        None => own.map(str::to_owned),
        Some(kind) => {
            let base = own.or(kind.base_url)?;
            Some(if base.ends_with(kind.path) { base.to_owned() } else { format!("{base}{}", kind.path) })
        }
    }
}

/// The keys: of a row with several, a line or an item of a JSON array each.
fn keys(row: &Record, name: &str, import: &mut NewApiImport) -> Vec<String> {
    let text = row.text("key").unwrap_or_default();
    let info = row.json("channel_info");
    let several = match &info {
        Some(Ok(info)) => info.get("is_multi_key").and_then(Value::as_bool).unwrap_or_default(),
        Some(Err(_)) => {
            import.notes.push(format!("channel {name}: channel_info cannot be read; keys are told apart by lines"));
            true
        }
        // Before there was that column, several keys were lines.
        None => true,
    };
    // A service account is one key of many lines, and an object.
    if !several || text.starts_with('{') {
        return vec![text.to_owned()];
    }
    if let Ok(Value::Array(items)) = serde_json::from_str(text) {
        let text_of = |item: &Value| item.as_str().map_or_else(|| item.to_string(), str::to_owned);
        let keys: Vec<String> = items.iter().map(text_of).collect();
        if !keys.is_empty() {
            return keys;
        }
    }
    let keys: Vec<String> = text.lines().map(str::trim).filter(|key| !key.is_empty()).map(str::to_owned).collect();
    if keys.is_empty() { vec![String::new()] } else { keys }
}

fn model_map(row: &Record, name: &str, import: &mut NewApiImport) -> Vec<(String, String)> {
    match row.json("model_mapping") {
        None => Vec::new(),
        Some(Ok(Value::Object(pairs))) => {
            let pair = |(public, upstream): (String, Value)| upstream.as_str().map(|to| (public, to.to_owned()));
            pairs.into_iter().filter_map(pair).collect()
        }
        Some(_) => {
            import.notes.push(format!("channel {name}: model_mapping cannot be read and is not taken over"));
            Vec::new()
        }
    }
}

/// Letters, digits and hyphens, as names here are.
fn plain(name: &str) -> String {
    let letter = |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' };
    let dashed: String = name.chars().map(letter).collect();
    let words: Vec<&str> = dashed.split('-').filter(|word| !word.is_empty()).collect();
    if words.is_empty() { "channel".to_owned() } else { words.join("-") }
}

fn unique(name: &str, id: i64, names: &mut BTreeSet<String>) -> String {
    let mut candidate = name.to_owned();
    let mut number = 1;
    while !names.insert(candidate.clone()) {
        candidate = if number == 1 { format!("{name}-{id}") } else { format!("{name}-{id}-{number}") };
        number += 1;
    }
    candidate
}
