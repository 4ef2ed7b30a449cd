//! `twilight quarantine show`.

use anyhow::Context as _;
use daemon_kit::config::Config;
use serde::Serialize;
use serde_json::value::RawValue;
use warehouse::{QuarantineEntry, QuarantinedRow};

use crate::{
    commands::published,
    table::{Output, instant, table},
};

/// The entry with the vendor's own row.
#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    row: QuarantinedRow,
    raw: Option<ShownRaw>,
}

#[derive(Serialize)]
struct ShownRaw {
    dataset: String,
    request: String,
    fetched_at: chrono::DateTime<chrono::Utc>,
    fields: Vec<String>,
    row: Option<Box<RawValue>>,
}

pub(super) fn run(id: &str, config: &Config, output: Output) -> anyhow::Result<()> {
    let generation = published::current(config)?;
    let entry = generation
        .quarantined(id)?
        .with_context(|| format!("the quarantine of generation {} has no entry {id}", generation.number()))?;
    let QuarantineEntry { row, raw } = entry;
    let raw = raw.map(|raw| ShownRaw {
        dataset: raw.dataset,
        request: raw.request,
        fetched_at: raw.fetched_at,
        fields: raw.fields,
        row: raw.row,
    });
    output.print(&Shown { row, raw }, described)
}

fn described(Shown { row, raw }: &Shown) -> String {
    let line = |name: &str, value: String| [name.to_owned(), value];
    let none = || "-".to_owned();
    let text = |value: &Option<String>| value.clone().filter(|value| !value.is_empty()).unwrap_or_else(none);
    let number = |value: Option<i64>| value.map_or_else(none, |value| value.to_string());
    let mut lines = vec![
        line("state", row.state.clone()),
        line("refused by", row.rule.clone()),
        line("reason", row.reason.clone()),
        line("value", row.value.clone()),
        line("source", format!("{}, {}", row.source, row.dataset)),
        line("code", text(&row.code)),
        line("day", row.trade_date.map_or_else(none, |date| date.to_string())),
        line("put aside (Shanghai)", instant(Some(row.quarantined_at))),
        line("response, row", format!("{}, {}", number(row.raw_id), number(row.raw_row.map(i64::from)))),
        line("row in our units", text(&row.candidate)),
    ];
    match raw {
        Some(raw) => lines.extend([
            line("fetched (Shanghai)", instant(Some(raw.fetched_at))),
            line("request", raw.request.clone()),
            line("vendor's columns", raw.fields.join(", ")),
            line("vendor's row", raw.row.as_ref().map_or_else(none, |row| row.get().to_owned())),
        ]),
        None => lines.push(line("vendor's row", "not in this generation".to_owned())),
    }
    if row.decided_at.is_some() {
        lines.extend([
            line("decided (Shanghai)", instant(row.decided_at)),
            line("by", text(&row.decided_by)),
            line("note", text(&row.note)),
        ]);
    }
    table(["entry", &row.id], lines)
}
