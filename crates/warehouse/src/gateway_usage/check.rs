//! Refuses reports that contradict themselves or that no gateway would send.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, Utc};

use super::{GatewayUsage, GatewayUsageRow};
use crate::WarehouseError;

/// More rows than that are no hour of one gateway.
const ROWS_MAX: usize = 200_000;
/// Longest name of a profile, a channel or a model, in bytes.
const NAME_MAX: usize = 256;
/// The most that DECIMAL(18, 9) holds, nano-yuan: just under a billion yuan.
const CNY_NANO_MAX: i64 = 999_999_999_999_999_999;

/// # Errors
/// `BadBatch` naming the field.
pub(super) fn validate(usage: &GatewayUsage) -> Result<(), WarehouseError> {
    let GatewayUsage { hour, version, rows } = usage;
    require(is_hour(*hour), || format!("`hour` is {hour}, not the beginning of an hour"))?;
    require(*version >= 1 && i64::try_from(*version).is_ok(), || format!("`version` is {version}"))?;
    require(!rows.is_empty(), || "`rows` is empty".to_owned())?;
    require(rows.len() <= ROWS_MAX, || format!("`rows` has {} entries", rows.len()))?;
    let mut seen = BTreeSet::new();
    for (at, row) in rows.iter().enumerate() {
        well_formed(row).map_err(|what| bad(&format!("`rows[{at}].{what}")))?;
        let key = (&row.profile, &row.channel, &row.model);
        require(seen.insert(key), || format!("`rows[{at}]` is there twice: {key:?}"))?;
    }
    Ok(())
}

fn well_formed(row: &GatewayUsageRow) -> Result<(), String> {
    for (name, text) in [("profile", &row.profile), ("channel", &row.channel), ("model", &row.model)] {
        if text.len() > NAME_MAX {
            return Err(format!("{name}` has {} bytes, {NAME_MAX} are allowed", text.len()));
        }
    }
    if row.failed > row.requests {
        return Err(format!("failed` is {}, more than `requests` ({})", row.failed, row.requests));
    }
    // That a part of the tokens is more than all of them is for the upstream to explain: its numbers are kept.
    let counts = [
        ("requests", row.requests),
        ("input_tokens", row.input_tokens),
        ("cached_tokens", row.cached_tokens),
        ("output_tokens", row.output_tokens),
        ("thinking_tokens", row.thinking_tokens),
    ];
    if let Some((name, count)) = counts.into_iter().find(|(_, count)| i64::try_from(*count).is_err()) {
        return Err(format!("{name}` is {count}"));
    }
    for (name, nano) in [("cny", row.cny_nano), ("estimated_cny", row.estimated_cny_nano)] {
        if !(0..=CNY_NANO_MAX).contains(&nano) {
            return Err(format!("{name}` is {nano} nano-yuan"));
        }
    }
    Ok(())
}

fn is_hour(at: DateTime<Utc>) -> bool {
    at.timestamp().rem_euclid(3_600) == 0 && at.timestamp_subsec_nanos() == 0 && (2000..2200).contains(&at.year())
}

fn require(condition: bool, what: impl FnOnce() -> String) -> Result<(), WarehouseError> {
    if condition { Ok(()) } else { Err(bad(&what())) }
}

fn bad(what: &str) -> WarehouseError {
    WarehouseError::BadBatch(what.to_owned())
}
