//! `twilight parquet`: generations as Parquet files (docs/parquet.md).

use clap::Subcommand;
use daemon_kit::config::Config;
use serde_json::json;
use warehouse::{ParquetManifest, ParquetOptions, WarehouseError};

use crate::table::{Output, count, table};

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Writes the current generation now, whether or not ingest-worker does; also where only a replica lies.
    Export,
    /// Reads every file of an exported generation, and compares sizes, SHA-256, row counts and logical hashes with its manifest.
    Verify {
        /// The generation's number; the current one unless told otherwise.
        generation: Option<u64>,
    },
    /// The tables of the current export, and how many files and bytes each has.
    Show,
}

pub(crate) fn run(command: Command, config: &Config, output: Output) -> anyhow::Result<()> {
    let parquet = &config.warehouse().parquet;
    let folder = &parquet.folder;
    match command {
        Command::Export => {
            let options = ParquetOptions {
                keep_generations: parquet.keep_generations,
                memory_limit_mb: parquet.memory_limit_mb,
                ..ParquetOptions::default()
            };
            let exported = warehouse::export_generation(&config.warehouse().published(), folder, &options)?;
            let shown = json!({
                "generation": exported.generation,
                "files": exported.files,
                "bytes": exported.bytes,
                "files_written": exported.files_written,
                "bytes_written": exported.bytes_written,
                "elapsed_ms": exported.elapsed_ms,
            });
            output.print(&shown, |_| {
                format!(
                    "generation {}: {} files, {} bytes; written now {} files, {} bytes, in {} ms",
                    exported.generation,
                    exported.files,
                    count(exported.bytes),
                    exported.files_written,
                    count(exported.bytes_written),
                    exported.elapsed_ms
                )
            })
        }
        Command::Verify { generation } => {
            let report = warehouse::verify_parquet(folder, generation)?;
            let shown = json!({
                "generation": report.manifest.generation,
                "whole": report.is_whole(),
                "problems": report.problems,
                "logical_hash": report.manifest.logical_hash,
                "bytes": report.bytes,
                "rows": report.rows,
                "elapsed_ms": report.elapsed_ms,
            });
            output.print(&shown, |_| {
                let verdict = if report.is_whole() { "whole".to_owned() } else { report.problems.join("\n") };
                format!("generation {}, {} rows: {verdict}", report.manifest.generation, count(report.rows))
            })?;
            anyhow::ensure!(report.is_whole(), "the export of generation {} is damaged", report.manifest.generation);
            Ok(())
        }
        Command::Show => {
            let manifest = ParquetManifest::current(folder)?.ok_or(WarehouseError::NoGeneration)?;
            output.print(&manifest, |manifest| {
                let rows = manifest.tables.iter().map(|(name, table)| {
                    let bytes = table.files.iter().map(|file| file.size).sum();
                    [name.clone(), count(table.rows), table.files.len().to_string(), count(bytes)]
                });
                let tables = table(["table", "rows", "files", "bytes"], rows);
                format!("{tables}\ngeneration {} in {}", manifest.generation, folder.display())
            })
        }
    }
}
