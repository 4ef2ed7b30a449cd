//! The shape of an entry.

use warehouse::QuarantinedRow;

use crate::{openapi::QuarantinedBody, shanghai};

/// The entry as it is answered.
pub(super) fn body(row: QuarantinedRow) -> QuarantinedBody {
    QuarantinedBody {
        id: row.id,
        state: row.state,
        rule: row.rule,
        source: row.source,
        dataset: row.dataset,
        code: row.code,
        trade_date: row.trade_date,
        reason: row.reason,
        value: row.value,
        // Whatever was stored is shown: a text that is no JSON as a text.
        candidate: row.candidate.map(|text| serde_json::from_str(&text).unwrap_or_else(|_| text.into())),
        raw_id: row.raw_id,
        raw_row: row.raw_row,
        quarantined_at: shanghai::text(row.quarantined_at),
        decided_at: row.decided_at.map(shanghai::text),
        decided_by: row.decided_by,
        note: row.note.filter(|note| !note.is_empty()),
    }
}
