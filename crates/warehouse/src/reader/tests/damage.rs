//! Torn, cut, altered and absent files: the reader refuses them or works around them, and `verify` names them.

use std::path::Path;

use super::all_named_bars;
use crate::{
    Reader, ReaderOptions, SeriesState, WarehouseError,
    fixture::{Fixture, code, date, random_rows, reader_options, weekdays},
    verify,
};

/// Two generations over a base.
fn two_generations() -> Fixture {
    let fixture = Fixture::new();
    let codes = ["000001.SZ", "600519.SH", "688981.SH"].map(code);
    let days = weekdays(date("2026-01-05"), 60);
    fixture.build_base(1, &random_rows(1, &codes, &days[..50]));
    fixture.commit(&random_rows(2, &codes, &days[50..55]));
    fixture.publish();
    fixture.commit(&random_rows(3, &codes, &days[55..]));
    fixture.publish();
    fixture
}

/// A copy of the published folder, as a replica has it, and a reader of it that serves the first generation while `CURRENT`
/// names the second already.
struct Replica {
    dir: tempfile::TempDir,
    reader: Reader,
}

impl Replica {
    fn of(fixture: &Fixture) -> Self {
        let dir = tempfile::tempdir().unwrap();
        for name in fixture.names() {
            std::fs::copy(fixture.published().join(&name), dir.path().join(&name)).unwrap();
        }
        let current = dir.path().join("CURRENT");
        std::fs::write(&current, "gen-000001.json\n").unwrap();
        let reader = Reader::open(dir.path(), replica_options()).unwrap();
        std::fs::write(&current, "gen-000002.json\n").unwrap();
        Self { dir, reader }
    }
}

fn replica_options() -> ReaderOptions {
    ReaderOptions { verify_on_open: true, ..reader_options() }
}

fn flip_bit(file: &Path, at: impl Fn(usize) -> usize) {
    let mut bytes = std::fs::read(file).unwrap();
    let at = at(bytes.len());
    bytes[at] ^= 0x10;
    std::fs::write(file, bytes).unwrap();
}

fn cut(file: &Path) {
    let bytes = std::fs::read(file).unwrap();
    std::fs::write(file, &bytes[..bytes.len() * 2 / 3]).unwrap();
}

#[test]
fn a_damaged_generation_is_refused_and_the_old_one_stays() {
    type Damage = fn(&Path);
    let damages: [(&str, Damage); 9] = [
        ("tail-000002.duckdb", |file| flip_bit(file, |len| len / 2)),
        ("tail-000002.duckdb", |file| flip_bit(file, |_| 4_500)),
        ("tail-000002.duckdb", cut),
        ("tail-000002.duckdb", |file| std::fs::remove_file(file).unwrap()),
        ("base-1.duckdb", |file| flip_bit(file, |len| len - 100_000)),
        ("base-1.duckdb", cut),
        ("gen-000002.json", cut),
        ("gen-000002.json", |file| flip_bit(file, |len| len / 2)),
        ("gen-000002.json", |file| std::fs::remove_file(file).unwrap()),
    ];
    let fixture = two_generations();
    for (nth, (name, damage)) in damages.into_iter().enumerate() {
        let Replica { dir, reader } = Replica::of(&fixture);
        damage(&dir.path().join(name));
        let assert_refused = |outcome: Result<(), WarehouseError>| match outcome {
            Err(error @ WarehouseError::Damaged { .. }) => assert!(error.to_string().contains(name), "{nth}: {error}"),
            outcome => panic!("{nth} {name}: {outcome:?}"),
        };
        assert_refused(Reader::open(dir.path(), replica_options()).map(drop));
        // A reader that serves the base already has compared it and does not read it again.
        if !name.starts_with("base") {
            assert_refused(reader.refresh().map(drop));
        }
        let generation = reader.current().unwrap();
        assert_eq!(generation.number(), 1, "{nth} {name}");
        assert!(!all_named_bars(&generation, &code("600519.SH")).is_empty());
        match verify(dir.path(), None) {
            Ok(report) => assert!(report.problems.iter().any(|problem| problem.contains(name)), "{nth} {report:?}"),
            Err(error) => assert!(error.to_string().contains(name), "{nth} {name}: {error}"),
        }
    }
}

#[test]
fn an_undamaged_copy_is_served_and_verified() {
    let Replica { dir, reader } = Replica::of(&two_generations());
    assert!(reader.refresh().unwrap());
    for generation in [None, Some(1), Some(2)] {
        let report = verify(dir.path(), generation).unwrap();
        assert!(report.is_whole(), "{report:?}");
        assert!(report.rows > 100 && report.bytes > 1 << 20, "{report:?}");
    }
}

#[test]
fn a_length_is_checked_even_where_contents_are_trusted() {
    let Replica { dir, .. } = Replica::of(&two_generations());
    cut(&dir.path().join("tail-000002.duckdb"));
    let error = Reader::open(dir.path(), reader_options()).unwrap_err();
    assert!(error.to_string().contains("tail-000002.duckdb"), "{error}");
}

#[test]
fn a_current_file_that_names_no_manifest_is_refused() {
    let Replica { dir, reader } = Replica::of(&two_generations());
    for text in ["", "gen-000009.json", "../gen-000001.json", "tail-000001.duckdb", "gen-000001.json\ngen-000002.json"]
    {
        std::fs::write(dir.path().join("CURRENT"), text).unwrap();
        assert!(matches!(reader.refresh(), Err(WarehouseError::Damaged { .. })), "{text:?}");
        assert_eq!(reader.current().unwrap().number(), 1);
    }
}

#[test]
fn a_newer_schema_is_refused_with_its_number() {
    let Replica { dir, reader } = Replica::of(&two_generations());
    let manifest = dir.path().join("gen-000002.json");
    // A newer manifest need not have any other field that this program knows.
    std::fs::write(&manifest, r#"{"schema_version": 77, "shape": "new"}"#).unwrap();
    assert!(matches!(reader.refresh(), Err(WarehouseError::SchemaTooNew { found: 77, .. })));
    assert_eq!(reader.current().unwrap().number(), 1);
}

#[test]
fn nothing_published_is_no_error() {
    let dir = tempfile::tempdir().unwrap();
    let reader = Reader::open(dir.path().join("not-there-yet"), reader_options()).unwrap();
    assert!(reader.current().is_none());
    assert!(!reader.refresh().unwrap());
    assert!(reader.status().is_none());
    assert!(matches!(verify(dir.path(), None), Err(WarehouseError::NoGeneration)));
}

#[test]
fn a_damaged_series_file_is_worked_around_and_told() {
    type Damage = fn(&mut Vec<u8>);
    let damages: [Damage; 4] = [
        |bytes| bytes.clear(),
        |bytes| bytes.truncate(bytes.len() - 8),
        |bytes| bytes[0] ^= 1,
        // Inside a block: noticed when the code is first read.
        |bytes| bytes[200] ^= 1,
    ];
    let Replica { dir, reader } = Replica::of(&two_generations());
    let codes = ["000001.SZ", "600519.SH", "688981.SH"].map(code);
    reader.refresh().unwrap();
    let expected = codes.map(|code| all_named_bars(&reader.current().unwrap(), &code));
    let file = dir.path().join("base-1.series");
    let whole = std::fs::read(&file).unwrap();
    for (nth, damage) in damages.into_iter().enumerate() {
        let mut bytes = whole.clone();
        damage(&mut bytes);
        std::fs::remove_file(&file).unwrap();
        std::fs::write(&file, bytes).unwrap();
        let generation = Reader::open(dir.path(), reader_options()).unwrap().current().unwrap();
        assert!(codes.map(|code| all_named_bars(&generation, &code)) == expected, "{nth}");
        assert!(matches!(generation.series_state(), SeriesState::Degraded { .. }), "{nth}");
        let report = verify(dir.path(), None).unwrap();
        assert!(report.problems.iter().any(|problem| problem.contains("base-1.series")), "{nth}: {report:?}");
    }
}

#[test]
fn a_damaged_file_that_is_replaced_is_opened_anew_without_a_restart() {
    let Replica { dir, reader } = Replica::of(&two_generations());
    reader.refresh().unwrap();
    assert!(!reader.refresh().unwrap(), "nothing was replaced");
    let codes = ["000001.SZ", "600519.SH", "688981.SH"].map(code);
    let expected = codes.map(|code| all_named_bars(&reader.current().unwrap(), &code));
    for name in ["base-1.duckdb", "base-1.series", "tail-000002.duckdb"] {
        let file = dir.path().join(name);
        let whole = std::fs::read(&file).unwrap();
        // As `adopt` does it: another file under the same name.
        let mended = dir.path().join("mended");
        std::fs::write(&mended, &whole).unwrap();
        let later = std::fs::metadata(&file).unwrap().modified().unwrap() + std::time::Duration::from_secs(5);
        std::fs::File::options().write(true).open(&mended).unwrap().set_modified(later).unwrap();
        std::fs::rename(&mended, &file).unwrap();
        let held = reader.current().unwrap();
        assert!(reader.refresh().unwrap(), "{name}");
        let opened = reader.current().unwrap();
        assert!(!std::sync::Arc::ptr_eq(&held, &opened) && held.number() == opened.number(), "{name}");
        for generation in [&held, &opened] {
            assert!(codes.map(|code| all_named_bars(generation, &code)) == expected, "{name}");
        }
        assert!(!reader.refresh().unwrap(), "{name}: once");
    }
    // What is replaced by rubbish is refused, and the old one stays.
    let tail = dir.path().join("tail-000002.duckdb");
    std::fs::remove_file(&tail).unwrap();
    std::fs::write(&tail, "rubbish").unwrap();
    assert!(matches!(reader.refresh(), Err(WarehouseError::Damaged { .. })));
    assert!(codes.map(|code| all_named_bars(&reader.current().unwrap(), &code)) == expected);
}
