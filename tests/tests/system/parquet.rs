//! Generations as Parquet, written by the real worker and read by somebody who knows only `docs/parquet.md`: the `duckdb`
//! of PyPI, and a DuckLake in which the files are registered.

use std::{
    collections::BTreeMap,
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use job_queue::payload::IngestJob;
use market_model::DailyBar;
use serde::Deserialize;
use system_tests::{Settings, Stage, eventually, interop_script, market, python_with, run};
use warehouse::{ParquetManifest, manifest::TableSum, verify_parquet};

const READERS: &str = "duckdb==1.5.5 duckdb-extension-ducklake==1.5.5";
const READ_BOUND: Duration = Duration::from_secs(120);

/// What the reader made of one generation.
#[derive(Deserialize)]
struct Read {
    generation: u64,
    files: String,
    lake: String,
    tables: BTreeMap<String, TableSum>,
}

/// A stage whose worker exports every generation, and the folder.
async fn stage() -> (Stage, PathBuf) {
    let stage = Stage::with(&market(20, 30), Settings { tdx_servers: 1, ..Settings::default() }).await;
    let mut config = std::fs::OpenOptions::new().append(true).open(stage.config()).unwrap();
    config.write_all(b"\n[warehouse.parquet]\nenabled = true\n").unwrap();
    let folder = stage.root().join("parquet");
    (stage, folder)
}

/// Waits until the newest generation is there as Parquet.
async fn exported(stage: &Stage, folder: &Path) -> ParquetManifest {
    let newest = warehouse::list_generations(&stage.published()).unwrap()[0].number;
    eventually("the export", async || {
        ParquetManifest::current(folder).unwrap().filter(|manifest| manifest.generation >= newest)
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_independent_reader_and_a_ducklake_give_the_logical_hash_of_the_generation() {
    let (stage, folder) = stage().await;
    let days = stage.days(24);
    let worker = stage.worker().await;
    stage.done(&stage.ask_for(&days[..18]).await).await;
    let period = "2024-09-30".parse().unwrap();
    let reports = IngestJob::FetchFundamentals { source: "tushare".to_owned(), period, codes: None };
    let economy = IngestJob::FetchMacro { source: "aktools".to_owned(), series: None };
    stage.done(&[stage.ask(&reports).await, stage.ask(&economy).await]).await;
    stage.done(&[stage.ask(&IngestJob::Compact).await]).await;
    // On the base: new days, and a day of it that the vendor corrects.
    stage.done(&stage.ask_for(&days[18..21]).await).await;
    let before = exported(&stage, &folder).await;
    let code = stage.market.expected_codes(days[2])[0];
    let truth = stage.market.bar(&code, days[2]).unwrap();
    let corrected = DailyBar { volume: truth.volume + 300, close: truth.low, ..truth.clone() };
    stage.vendors.tushare.faults().revise(corrected);
    stage.fetch("tushare", days[2]).await;
    stage.done(&stage.ask_for(&days[21..]).await).await;
    let last = exported(&stage, &folder).await;
    worker.stop().await;
    assert!(last.generation > before.generation);
    let corrected = last.tables["normalized_daily"].files.iter().any(|file| file.path.contains("-less-"));
    assert!(corrected, "a year of the base without the corrected row");
    for table in ["corporate_action", "fundamental_claim", "instrument", "macro_observation", "feature_daily"] {
        assert!(last.tables[table].rows > 0, "{table} is empty: nothing is tested");
    }
    assert!(verify_parquet(&folder, None).unwrap().is_whole());

    let Some(python) = python_with(READERS).await else { return };
    let scratch = stage.folder().join("lake");
    std::fs::create_dir(&scratch).unwrap();
    let mut reader = Command::new(python);
    reader.arg(interop_script("parquet_reader.py")).args([&folder, &scratch]);
    let answer = run(reader, READ_BOUND).await;
    assert_eq!(answer.code, Some(0), "{}", answer.stderr);
    let read: Vec<Read> = serde_json::from_str(&answer.stdout).unwrap();
    assert!(read.len() > 1, "several generations, each a snapshot of the lake");
    for read in &read {
        let published = stage.published().join(format!("gen-{:06}.json", read.generation));
        let published = warehouse::Manifest::read(&published).unwrap();
        assert_eq!(read.tables, published.tables, "generation {}", read.generation);
        assert_eq!((&read.files, &read.lake), (&published.logical_hash, &published.logical_hash));
    }
    assert_eq!(read.last().unwrap().generation, last.generation);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_worker_exports_when_it_is_back_and_a_folder_that_cannot_be_written_stops_no_publish() {
    let (stage, folder) = stage().await;
    let days = stage.days(4);
    // In the folder's place stands a file.
    std::fs::create_dir_all(stage.root()).unwrap();
    std::fs::write(&folder, "").unwrap();
    let worker = stage.worker().await;
    stage.done(&stage.ask_for(&days).await).await;
    assert_eq!(stage.published_days().len(), 4, "published all the same");
    eventually("the failure is told", async || worker.log().contains("the export as Parquet failed").then_some(()))
        .await;
    worker.kill();
    std::fs::remove_file(&folder).unwrap();

    let worker = stage.worker().await;
    let exported = exported(&stage, &folder).await;
    assert_eq!(exported.logical_hash, stage.published_hash().await, "without a new generation");
    worker.stop().await;
}
