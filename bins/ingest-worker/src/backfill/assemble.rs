//! From the staged codes to the warehouse: one pass on the writer's thread.

use chrono::{DateTime, Utc};
use market_model::Code;
use serde_json::{Value, json};
use warehouse::{Batch, Sourced, StagedCode, WarehouseError, Writer};

use super::{folder::RunFolder, plan::Plan, progress::Tracker, staged::Staged, vendor};

/// Hands `codes` (ascending) to the writer and notes in the folder that it has them. What the writer made of it.
///
/// # Errors
/// The writer's; and a staged file that is not whole any more, which the next stretch fetches again.
pub(crate) fn assemble(
    writer: &mut Writer,
    folder: &RunFolder,
    plan: &Plan,
    codes: &[Code],
    now: DateTime<Utc>,
    tracker: &Tracker,
) -> Result<Value, WarehouseError> {
    let staged = codes.iter().map(|code| read(folder, plan, code));
    let report = if plan.is_small() {
        commit(writer, &plan.source, staged, now)?
    } else {
        let loaded = writer.bulk_load(&plan.source, staged, now, |bars| tracker.taken(bars))?;
        json!({
            "base": loaded.base,
            "rows": loaded.rows,
            "codes": loaded.codes,
            "bars": loaded.bars,
            "inserted": loaded.inserted,
            "replaced": loaded.replaced,
            "unchanged": loaded.unchanged,
            "complete_days": loaded.complete_days,
            "incomplete_days": loaded.incomplete_days,
            "elapsed_ms": loaded.elapsed_ms,
            "steps_ms": loaded.steps_ms,
        })
    };
    folder.mark_assembled(&report)?;
    Ok(report)
}

fn read(folder: &RunFolder, plan: &Plan, code: &Code) -> Result<StagedCode, WarehouseError> {
    let unusable = |problem: String| WarehouseError::Other(format!("the staged history of {code}: {problem}"));
    let staged = Staged::read(&folder.staged(code)).map_err(unusable)?;
    vendor::decode(staged, plan.from, plan.until).map_err(unusable)
}

/// A few codes are a batch like any other.
fn commit(
    writer: &mut Writer,
    source: &str,
    staged: impl Iterator<Item = Result<StagedCode, WarehouseError>>,
    now: DateTime<Utc>,
) -> Result<Value, WarehouseError> {
    let mut batch = Batch { source: source.to_owned(), ..Batch::default() };
    let mut codes = 0;
    for code in staged {
        let StagedCode { bars, places, actions, responses, rejected, .. } = code?;
        let shift = batch.responses.len();
        let place = |value, (response, row): (usize, u32)| Sourced { value, response: response + shift, row };
        batch.daily.extend(bars.into_iter().zip(places).map(|(bar, at)| place(bar, at)));
        let place = |value, response: usize, row| Sourced { value, response: response + shift, row };
        batch.actions.extend(actions.into_iter().map(|(action, response, row)| place(action, response, row)));
        batch
            .rejected
            .extend(rejected.into_iter().map(|row| warehouse::Rejected { response: row.response + shift, ..row }));
        batch.responses.extend(responses);
        codes += 1;
    }
    let bars = batch.daily.len();
    let committed = writer.commit(batch, now)?;
    Ok(json!({
        "codes": codes,
        "bars": bars,
        "inserted": committed.inserted,
        "replaced": committed.replaced,
        "unchanged": committed.unchanged,
    }))
}
