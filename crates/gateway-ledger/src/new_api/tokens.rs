//! The table `tokens`.

use chrono::DateTime;
use ring::digest::{SHA256, digest};

use super::{ImportedToken, NewApiImport, table::Table};

const ENABLED: i64 = 1;
const NEVER: i64 = -1;

pub(super) fn read(table: &Table, import: &mut NewApiImport) {
    let (mut limited, mut from_somewhere) = (0, 0);
    for row in table.rows.iter().filter(|row| row.text("deleted_at").is_none()) {
        let Some((id, key)) = row.whole("id").zip(row.text("key")) else { continue };
        // Kept without the prefix that clients send.
        let sent = if key.starts_with("sk-") { key.to_owned() } else { format!("sk-{key}") };
        let sha256 = digest(&SHA256, sent.as_bytes());
        let Ok(sha256) = sha256.as_ref().try_into() else { continue };
        limited += usize::from(!row.is_true("unlimited_quota") && row.whole("remain_quota").is_some());
        from_somewhere += usize::from(row.text("allow_ips").is_some());
        let expires = row.whole("expired_time").filter(|seconds| *seconds != NEVER);
        import.tokens.push(ImportedToken {
            source_id: id,
            name: row.text("name").unwrap_or("token").to_owned(),
            sha256,
            enabled: row.whole("status").unwrap_or(ENABLED) == ENABLED,
            expires_at: expires.and_then(|seconds| DateTime::from_timestamp(seconds, 0)),
            models: row.is_true("model_limits_enabled").then(|| row.list("model_limits")),
            group: row.text("group").map(str::to_owned),
        });
    }
    if limited > 0 {
        import.notes.push(format!("{limited} tokens have a quota in New-API, which is not taken over"));
    }
    if from_somewhere > 0 {
        let note = format!("{from_somewhere} tokens may be used from some addresses only, which is not taken over");
        import.notes.push(note);
    }
}
