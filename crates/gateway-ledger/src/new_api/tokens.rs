//! The table `tokens`.

use chrono::DateTime;
use ring::digest::{SHA256, digest};

use super::{ImportedToken, NewApiImport, table::Table};

const ENABLED: i64 = 1;
const NEVER: i64 = -1;

pub(super) fn read(table: &Table, import: &mut NewApiImport) {
    let mut limited = 0;
    for row in table.rows.iter().filter(|row| row.text("deleted_at").is_none()) {
        let Some((id, key)) = row.whole("id").zip(row.text("key")) else { continue };
        let sha256 = digest(&SHA256, format!("sk-{key}").as_bytes());
        let Ok(sha256) = sha256.as_ref().try_into() else { continue };
        limited += usize::from(!row.is_true("unlimited_quota") && row.whole("remain_quota").is_some());
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
}
