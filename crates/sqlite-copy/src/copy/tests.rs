use std::{
    os::unix::fs::PermissionsExt as _,
    sync::atomic::{AtomicBool, Ordering},
};

use rusqlite::params;
use tempfile::TempDir;

use super::*;
use crate::check;

const OWNER: Owner = Owner::new(*b"Test");

/// Books whose two tables always agree, and their writer.
fn books(folder: &TempDir) -> (std::path::PathBuf, Connection) {
    let file = folder.path().join("books.sqlite");
    let connection = Connection::open(&file).unwrap();
    connection.pragma_update(None, "journal_mode", "WAL").unwrap();
    connection.pragma_update(None, "synchronous", "OFF").unwrap();
    connection.pragma_update(None, "application_id", OWNER_ID).unwrap();
    connection.pragma_update(None, "user_version", 7).unwrap();
    connection.execute_batch("CREATE TABLE entry (n INTEGER, text TEXT); CREATE TABLE total (n INTEGER)").unwrap();
    connection.execute_batch("INSERT INTO total VALUES (0)").unwrap();
    (file, connection)
}

const OWNER_ID: i32 = i32::from_be_bytes(*b"Test");

fn enter(connection: &mut Connection, n: i64) {
    let transaction = connection.transaction().unwrap();
    transaction.execute("INSERT INTO entry VALUES (?, ?)", params![n, "x".repeat(3_000)]).unwrap();
    transaction.execute("UPDATE total SET n = n + ?", [n]).unwrap();
    transaction.commit().unwrap();
}

fn sums(file: &Path) -> (i64, i64, i64) {
    let copy = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let sql = "SELECT (SELECT coalesce(sum(n), 0) FROM entry), (SELECT n FROM total), (SELECT count(*) FROM entry)";
    copy.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap()
}

#[test]
fn a_copy_holds_what_is_still_in_the_log_and_is_private() {
    let folder = TempDir::new().unwrap();
    let (file, mut writer) = books(&folder);
    enter(&mut writer, 5);
    let to = folder.path().join("copy.sqlite");
    copy(&file, &to, OWNER).unwrap();
    assert!(std::fs::metadata(file.with_extension("sqlite-wal")).unwrap().len() > 0, "the log was left alone");
    assert_eq!(check(&to, OWNER).unwrap().version, 7);
    assert_eq!(sums(&to), (5, 5, 1));
    assert_eq!(std::fs::metadata(&to).unwrap().permissions().mode() & 0o777, 0o600);
    let error = copy(&file, &to, OWNER).unwrap_err();
    assert!(matches!(error, CopyError::Io { .. }), "it overwrites nothing: {error}");
}

#[test]
fn copies_amid_a_storm_of_writes_each_show_one_moment() {
    let folder = TempDir::new().unwrap();
    let (file, mut writer) = books(&folder);
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut n = 0;
            while !is_over.load(Ordering::Relaxed) && n < 4_000 {
                n += 1;
                enter(&mut writer, n);
            }
        });
        let mut last = 0;
        for round in 0..12 {
            let to = folder.path().join(format!("copy-{round}.sqlite"));
            copy(&file, &to, OWNER).unwrap();
            check(&to, OWNER).unwrap();
            let (entries, total, count) = sums(&to);
            assert_eq!(entries, total, "of one moment");
            assert!(count >= last, "{count} after {last}");
            last = count;
        }
        is_over.store(true, Ordering::Relaxed);
    });
}

#[test]
fn while_it_is_asked_nobody_writes_and_the_copy_knows_what_was_before() {
    let folder = TempDir::new().unwrap();
    let (file, mut writer) = books(&folder);
    enter(&mut writer, 1);
    writer.busy_timeout(Duration::ZERO).unwrap();
    let to = folder.path().join("copy.sqlite");
    let refused = copy_while_still(&file, &to, OWNER, |_| writer.execute_batch("BEGIN IMMEDIATE").is_err()).unwrap();
    assert!(refused, "a writer has to wait");
    enter(&mut writer, 2);
    assert_eq!(sums(&to), (1, 1, 1));
}

#[test]
fn what_is_damaged_or_another_programs_is_named() {
    let folder = TempDir::new().unwrap();
    let (file, mut writer) = books(&folder);
    (1..200).for_each(|n| enter(&mut writer, n));
    let to = folder.path().join("copy.sqlite");
    copy(&file, &to, OWNER).unwrap();
    assert!(matches!(check(&to, Owner::new(*b"None")), Err(CopyError::Another(_))));
    assert!(matches!(copy(&to, &folder.path().join("c"), Owner::new(*b"None")), Err(CopyError::Another(_))));
    assert!(matches!(check(&folder.path().join("no"), OWNER), Err(CopyError::Absent(_))));

    let whole = std::fs::read(&to).unwrap();
    std::fs::write(&to, &whole[..whole.len() - 4_096]).unwrap();
    assert!(matches!(check(&to, OWNER), Err(CopyError::Damaged { .. })), "cut short");
    let mut flipped = whole.clone();
    // The header of a page in the middle, which says what kind of page it is.
    flipped[whole.len() / 2 / 4_096 * 4_096] ^= 0x5a;
    std::fs::write(&to, &flipped).unwrap();
    let error = check(&to, OWNER).unwrap_err();
    assert!(matches!(&error, CopyError::Damaged { file, .. } if *file == to), "{error}");
    std::fs::write(&to, b"no database at all, but longer than a header of one").unwrap();
    assert!(matches!(check(&to, OWNER), Err(CopyError::Damaged { .. })));
}
