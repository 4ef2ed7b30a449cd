//! `twilight generations`: what is published, and whether it is whole.

use clap::Subcommand;
use daemon_kit::config::Config;
use serde_json::{Value, json};
use warehouse::GenerationInfo;

use crate::table::{Output, count, instant, table};

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Published generations, newest first.
    List,
    /// Reads every file of a generation, and compares sizes, SHA-256, row counts and logical hashes with its manifest.
    Verify {
        /// The generation's number; the current one unless told otherwise.
        generation: Option<u64>,
    },
}

pub(crate) fn run(command: Command, config: &Config, output: Output) -> anyhow::Result<()> {
    let published = config.warehouse().published();
    match command {
        Command::List => {
            let generations = warehouse::list_generations(&published)?;
            let shown: Vec<_> = generations.iter().map(described).collect();
            output.print(&shown, |_| {
                table(
                    ["generation", "published (Shanghai)", "last day", "base", "tail bytes", "logical hash"],
                    generations.iter().map(row),
                )
            })
        }
        Command::Verify { generation } => {
            let report = warehouse::verify(&published, generation)?;
            let shown = json!({
                "generation": report.manifest.generation,
                "whole": report.is_whole(),
                "problems": report.problems,
                "tables": report.manifest.tables,
                "logical_hash": report.manifest.logical_hash,
                "bytes": report.bytes,
                "rows": report.rows,
                "elapsed_ms": report.elapsed_ms,
            });
            output.print(&shown, |_| {
                let rows = report.manifest.tables.iter().map(|(name, table)| [name.clone(), count(table.rows)]);
                let tables = table(["table", "rows"], rows);
                let verdict = if report.is_whole() { "whole".to_owned() } else { report.problems.join("\n") };
                format!("{tables}\ngeneration {}: {verdict}", report.manifest.generation)
            })?;
            anyhow::ensure!(report.is_whole(), "generation {} is damaged", report.manifest.generation);
            Ok(())
        }
    }
}

fn described(generation: &GenerationInfo) -> Value {
    match &generation.manifest {
        Ok(manifest) => json!({ "current": generation.is_current, "manifest": manifest }),
        Err(error) => json!({
            "current": generation.is_current,
            "generation": generation.number,
            "damaged": error.to_string(),
        }),
    }
}

fn row(generation: &GenerationInfo) -> [String; 6] {
    let number = format!("{}{}", generation.number, if generation.is_current { " (current)" } else { "" });
    let none = || "-".to_owned();
    match &generation.manifest {
        Ok(manifest) => [
            number,
            instant(Some(manifest.published_at)),
            manifest.last_trade_date.map_or_else(none, |date| date.to_string()),
            manifest.base.as_ref().map_or_else(none, |base| base.number.to_string()),
            count(manifest.tail.size),
            manifest.logical_hash.chars().take(16).collect(),
        ],
        Err(error) => [number, none(), none(), none(), none(), error.to_string()],
    }
}
