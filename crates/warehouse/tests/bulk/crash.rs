//! A crash anywhere leaves the old state or the new one, and nothing beside it.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::Arc,
};

use duckdb::Connection;
use warehouse::{StagedCode, Step, WarehouseError, Writer, WriterOptions};

use crate::{
    histories::{days, load, prepare, staged},
    market::{Market, SOURCE, minute, options, writer},
};

/// A warehouse with a base and a tail over it.
fn filled(root: &Path, market: &Market) -> Writer {
    let mut writer = writer(root);
    prepare(&mut writer, market);
    writer.commit(days(market, market.all_days(minute(1)), 0..4), minute(1)).unwrap();
    writer.compact(minute(2)).unwrap();
    writer.commit(market.day_batch(5, minute(3)), minute(3)).unwrap();
    writer
}

fn histories(market: &Market) -> Vec<StagedCode> {
    staged(market, SOURCE, &market.all_days(minute(10)), minute(10))
}

/// The names in the folder that belong to no state, and the ids in the archive that were given out twice or not at all.
pub(crate) fn litter(root: &Path) -> Vec<String> {
    let mut litter: Vec<String> = std::fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains(".tmp") || name.contains("unsettled") || name.ends_with(".wal"))
        .collect();
    let conn = Connection::open_in_memory().unwrap();
    let attach = |file: &str| format!("ATTACH '{}' AS {} (READ_ONLY);", root.join(file).display(), &file[..3]);
    conn.execute_batch(&(attach("tail.duckdb") + &attach("raw-2027.duckdb"))).unwrap();
    let mut tables = conn
        .prepare("SELECT database_name || '.' || table_name FROM duckdb_tables() WHERE starts_with(table_name, 'raw_')")
        .unwrap();
    let tables: Vec<String> = tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    // What the tail still holds may be in the archive already, once.
    let ids: Vec<_> = tables
        .iter()
        .map(|table| format!("SELECT '{}' AS part, '{table}' AS of, id, body_sha256 AS sha FROM {table}", &table[..3]))
        .collect();
    let bad = format!(
        "WITH ids AS ({})
         SELECT id::VARCHAR FROM ids GROUP BY id HAVING count(DISTINCT of[4:] || sha) > 1
         UNION ALL SELECT id::VARCHAR FROM ids GROUP BY part, id HAVING count(*) > 1
         UNION ALL SELECT id::VARCHAR FROM ids WHERE id >= (SELECT value::BIGINT FROM tai.meta WHERE key = 'next_raw_id')",
        ids.join(" UNION ALL ")
    );
    let mut bad = conn.prepare(&bad).unwrap();
    litter.extend(bad.query_map([], |row| row.get::<_, String>(0)).unwrap().map(Result::unwrap));
    litter
}

#[test]
fn at_any_step() {
    let market = Market::generate(101, 6, 10);
    let expected = {
        let folder = tempfile::tempdir().unwrap();
        let mut whole = filled(folder.path(), &market);
        load(&mut whole, SOURCE, &histories(&market), minute(20));
        whole.logical_sums().unwrap()
    };
    let steps = [Step::BulkRowsWritten, Step::BulkBaseWritten, Step::BulkBeforeSwap, Step::BulkAfterSwap];
    for step in steps {
        let folder = tempfile::tempdir().unwrap();
        let before = filled(folder.path(), &market).logical_sums().unwrap();
        let on_step = Arc::new(move |at| assert_ne!(at, step, "crash here"));
        let mut doomed = Writer::open(folder.path(), WriterOptions { on_step: Some(on_step), ..options() }).unwrap();
        let codes = histories(&market);
        let crash = catch_unwind(AssertUnwindSafe(move || load(&mut doomed, SOURCE, &codes, minute(20))));
        assert!(crash.is_err(), "{step:?}");

        let is_new = step == Step::BulkAfterSwap;
        let mut after = writer(folder.path());
        assert_eq!(after.status().unwrap().base, Some(if is_new { 2 } else { 1 }), "{step:?}");
        assert_eq!(after.logical_sums().unwrap(), if is_new { expected.clone() } else { before }, "{step:?}");
        after.commit(market.day_batch(7, minute(11)), minute(30)).unwrap();
        drop(after);
        assert_eq!(litter(folder.path()), Vec::<String>::new(), "{step:?}");
        let mut after = writer(folder.path());
        load(&mut after, SOURCE, &histories(&market), minute(40));
        assert_eq!(after.logical_sums().unwrap(), expected, "{step:?}");
        drop(after);
        assert_eq!(litter(folder.path()), Vec::<String>::new(), "{step:?}");
    }
}

#[test]
fn while_the_histories_are_handed_over() {
    let market = Market::generate(102, 6, 10);
    for panics in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let before = filled(folder.path(), &market).logical_sums().unwrap();
        let mut broken = writer(folder.path());
        let codes = histories(&market).into_iter().enumerate().map(|(at, code)| {
            assert!(!(panics && at == 4), "crash here");
            if at == 4 { Err(WarehouseError::Unavailable("the staged file is gone".to_owned())) } else { Ok(code) }
        });
        let outcome = catch_unwind(AssertUnwindSafe(|| broken.bulk_load(SOURCE, codes, minute(20), |_| ())));
        match outcome {
            Err(_) => drop(broken),
            Ok(result) => {
                assert!(matches!(&result, Err(WarehouseError::Unavailable(_))), "{result:?}");
                assert_eq!(broken.logical_sums().unwrap(), before, "the writer goes on with the old state");
                broken.commit(market.day_batch(7, minute(11)), minute(30)).unwrap();
                drop(broken);
                assert_eq!(litter(folder.path()), Vec::<String>::new());
                continue;
            }
        }
        let after = writer(folder.path());
        assert_eq!(after.logical_sums().unwrap(), before);
        drop(after);
        assert_eq!(litter(folder.path()), Vec::<String>::new());
    }
}
