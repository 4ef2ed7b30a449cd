//! `twilight replica verify`.

use daemon_kit::{clock::Clock, config::Config};
use serde_json::json;

use crate::{
    replica,
    table::{Output, count},
};

/// Reads a generation in full; a replica that is whole remembers when that was found.
///
/// # Errors
/// When it is damaged, or there is none.
pub(super) fn run(config: &Config, generation: Option<u64>, clock: &Clock, output: Output) -> anyhow::Result<()> {
    let published = config.warehouse().published();
    let report = warehouse::verify(&published, generation)?;
    let number = report.manifest.generation;
    if report.is_whole() {
        replica::note_verified(&config.warehouse().root, number, clock)?;
    }
    let shown = json!({
        "generation": number,
        "whole": report.is_whole(),
        "problems": report.problems,
        "logical_hash": report.manifest.logical_hash,
        "bytes": report.bytes,
        "rows": report.rows,
        "elapsed_ms": report.elapsed_ms,
    });
    output.print(&shown, |_| {
        let verdict = if report.is_whole() { "whole".to_owned() } else { report.problems.join("\n") };
        let (bytes, rows) = (count(report.bytes), count(report.rows));
        format!("generation {number}, {bytes} bytes, {rows} rows, {} ms: {verdict}", count(report.elapsed_ms))
    })?;
    anyhow::ensure!(
        report.is_whole(),
        "generation {number} is damaged: `twilight replica pull`, or a push from the other side, mends it"
    );
    Ok(())
}
