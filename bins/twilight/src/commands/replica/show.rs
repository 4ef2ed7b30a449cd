//! What a transfer and a drill print.

use crate::{
    replica::{Outcome, drill::Rehearsed},
    table::{Output, count, table},
};

pub(super) fn outcome(outcome: &Outcome, output: Output) -> anyhow::Result<()> {
    output.print(outcome, |outcome| {
        let seconds = |ms: u64| format!("{:.1} s", ms as f64 / 1e3);
        let what = if outcome.is_new { "is current now" } else { "was current already" };
        format!(
            "generation {} {what}: {} files copied, {} bytes moved in {}, {} bytes verified, {} in all",
            outcome.generation,
            outcome.files.len(),
            count(outcome.moved_bytes),
            seconds(outcome.copied_ms),
            count(outcome.verified_bytes),
            seconds(outcome.elapsed_ms),
        )
    })
}

/// # Errors
/// When the drill did not pass.
pub(super) fn rehearsed(rehearsed: &Rehearsed, output: Output) -> anyhow::Result<()> {
    output.print(rehearsed, |drill| {
        let steps = drill.asked.iter().map(|part| [part.what.to_owned(), count(part.rows), count(part.elapsed_ms)]);
        let restored = ["restored and verified".to_owned(), count(drill.verified_rows), count(drill.restored_ms)];
        let rows = table(["step", "rows", "ms"], std::iter::once(restored).chain(steps));
        let verdict = if drill.passed { "passed".to_owned() } else { drill.problems.join("\n") };
        let generation =
            drill.generation.map_or_else(|| "no generation".to_owned(), |number| format!("generation {number}"));
        format!("{rows}\n{generation} from {}, {} ms: {verdict}", drill.from, count(drill.elapsed_ms))
    })?;
    anyhow::ensure!(rehearsed.passed, "the drill did not pass");
    Ok(())
}
