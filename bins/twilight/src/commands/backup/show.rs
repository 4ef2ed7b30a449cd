//! How backups are told of.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::{
    backup::{create::Created, prune::Pruned, restore::Restored, snapshot::Kind, store::Store, verify::Verified},
    table::{count, instant, table},
};

/// A line of the list.
#[derive(Serialize)]
pub(super) struct Listed {
    id: String,
    taken_at: Option<DateTime<Utc>>,
    parts: Vec<Kind>,
    bytes: u64,
    /// Why it cannot be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    damaged: Option<String>,
}

pub(super) fn listed(store: &Store, id: String) -> Listed {
    match store.snapshot(Some(&id)) {
        Ok(snapshot) => Listed {
            id,
            taken_at: Some(snapshot.taken_at),
            parts: snapshot.parts.iter().map(crate::backup::snapshot::Part::kind).collect(),
            bytes: snapshot.bytes(),
            damaged: None,
        },
        Err(error) => Listed { id, taken_at: None, parts: Vec::new(), bytes: 0, damaged: Some(format!("{error:#}")) },
    }
}

pub(super) fn list(listed: &[Listed]) -> String {
    let row = |one: &Listed| {
        let what = one.damaged.clone().unwrap_or_else(|| names(&one.parts));
        [one.id.clone(), instant(one.taken_at), what, count(one.bytes)]
    };
    table(["backup", "taken (Shanghai)", "parts", "bytes"], listed.iter().map(row))
}

pub(super) fn created(created: &Created) -> String {
    let mut text = format!(
        "backup {}: {}; {} bytes, {} of them new",
        created.id,
        names(&created.parts),
        count(created.bytes),
        count(created.added_bytes)
    );
    if !created.nothing_of.is_empty() {
        text += &format!("\nnothing here of: {}", names(&created.nothing_of));
    }
    if !created.absent.is_empty() {
        text += &format!("\nnamed by the configuration and not on this host: {}", created.absent.join(", "));
    }
    text
}

pub(super) fn verified(verified: &Verified) -> String {
    let verdict = match (verified.problems.is_empty(), verified.opened) {
        (true, true) => "whole, and can be restored".to_owned(),
        (true, false) => "every piece is what it was".to_owned(),
        (false, _) => verified.problems.join("\n"),
    };
    let (pieces, bytes) = (count(verified.pieces as u64), count(verified.bytes));
    format!("{}: {pieces} pieces, {bytes} bytes\n{verdict}", verified.backups.join(", "))
}

pub(super) fn restored(restored: &Restored) -> String {
    let mut text = format!("restored the backup {} of {}", restored.id, instant(Some(restored.taken_at)));
    for (kind, place) in &restored.parts {
        text += &format!("\n{kind}: {}", place.display());
    }
    if !restored.secrets.is_empty() {
        text += &format!("\nsecrets and configuration: {} files", restored.secrets.len());
    }
    if restored.budgets_closed {
        text += "\ntoday's bounded budgets are closed until midnight in Shanghai: nobody knows what was spent since";
    }
    text
}

pub(super) fn pruned(pruned: &Pruned, dry_run: bool) -> String {
    let would = if dry_run { "would forget" } else { "forgot" };
    format!(
        "{would} {} of {} backups, {} pieces of {} bytes",
        pruned.forgotten.len(),
        pruned.forgotten.len() + pruned.kept.len(),
        count(pruned.pieces as u64),
        count(pruned.bytes)
    )
}

fn names(kinds: &[Kind]) -> String {
    kinds.iter().map(Kind::to_string).collect::<Vec<_>>().join(", ")
}

/// What may stand in the name of a file.
pub(super) fn plain(name: &str) -> String {
    let name: String = name
        .split('.')
        .next()
        .unwrap_or_default()
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' })
        .take(40)
        .collect();
    if name.is_empty() { "host".to_owned() } else { name }
}
