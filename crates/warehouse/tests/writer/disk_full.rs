//! A full disk, and a process that dies: what was acknowledged stays, the error says what it is, and room brings the
//! writer back.
//!
//! The disk is filled for real as far as DuckDB can tell: a child process runs under a limit on the size of a file, which
//! makes its writes fail half-way with `EFBIG`.

use std::{path::PathBuf, process::Command};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use warehouse::{Batch, Rejected, WarehouseError, Writer};

use crate::market::{Market, minute, read_tail, response, writer};

/// Tells the child where to write; the test process itself never has it.
const ROOT: &str = "WAREHOUSE_DISK_FULL_ROOT";
/// What the child is to do when the disk is nearly full.
const SCENE: &str = "WAREHOUSE_DISK_FULL_SCENE";
/// In 512-byte blocks, as `ulimit -f` counts: 12 MB.
const LIMIT_BLOCKS: &str = "24576";

/// A response that does not compress, with a row that could not be read.
fn bulky(seed: u64, at: i64) -> Batch {
    let mut body = vec![0; 400_000];
    ChaCha8Rng::seed_from_u64(seed).fill(&mut body[..]);
    let mut response = response("daily", "bulk", minute(at));
    response.body = body;
    let rejected = Rejected {
        dataset: "daily".into(),
        response: 0,
        row: 0,
        reason: "`close`: not a number".into(),
        value: format!("x{seed}"),
    };
    Batch { source: "tushare".into(), responses: vec![response], rejected: vec![rejected], ..Batch::default() }
}

fn kind(error: &WarehouseError) -> &'static str {
    match error {
        WarehouseError::DiskFull(_) => "disk-full",
        _ => "another",
    }
}

/// Runs [`child`] under the limit and returns what it said.
fn run_child(root: &std::path::Path, scene: &str) -> Vec<String> {
    let test = std::env::current_exe().unwrap();
    let output = Command::new("sh")
        .args(["-c", "ulimit -f \"$1\" && trap '' XFSZ && shift && exec \"$@\"", "sh", LIMIT_BLOCKS])
        .arg(test)
        .args(["--exact", "disk_full::child", "--nocapture"])
        .env(ROOT, root)
        .env(SCENE, scene)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let expected = output.status.success() != (scene == "die");
    assert!(expected, "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    said.lines().filter_map(|line| line.strip_prefix("> ")).map(str::to_owned).collect()
}

#[test]
fn child() {
    #[expect(clippy::disallowed_methods, reason = "how a parent test tells its child what to do")]
    let (Ok(root), Ok(scene)) = (std::env::var(ROOT), std::env::var(SCENE)) else { return };
    let root = PathBuf::from(root);
    let market = Market::generate(61, 6, 8);
    let mut writer = writer(&root);
    writer.commit(market.reference(minute(0)), minute(0)).unwrap();
    writer.commit(market.day_batch(0, minute(1)), minute(1)).unwrap();
    println!("> published {}", writer.publish(minute(2)).unwrap().generation);
    writer.commit(market.day_batch(1, minute(3)), minute(3)).unwrap();
    println!("> hash {}", writer.logical_sums().unwrap().1);
    match scene.as_str() {
        "commit" => fill(&mut writer, usize::MAX),
        "die" => {
            fill(&mut writer, 12);
            std::process::abort();
        }
        _ => {
            fill(&mut writer, 27);
            let error = writer.publish(minute(50)).unwrap_err();
            println!("> refused {}: {error}", kind(&error));
        }
    }
    println!("> reopened {}", writer.reopen().is_ok());
    println!("> hash {}", writer.logical_sums().unwrap().1);
}

/// Commits until the disk is full or `most` batches are stored; each is acknowledged on standard output.
fn fill(writer: &mut Writer, most: usize) {
    for at in 0..most {
        match writer.commit(bulky(at as u64, 10), minute(10)) {
            Ok(_) => println!("> acknowledged {at}"),
            Err(error) => {
                println!("> refused {}: {error}", kind(&error));
                return;
            }
        }
    }
}

/// What holds after either scene.
fn check(said: &[String], root: &std::path::Path) {
    let of = |word: &str| -> Vec<&str> { said.iter().filter_map(|line| line.strip_prefix(word)).collect() };
    let refused = of("refused ");

    assert_eq!(refused.len(), 1, "{said:?}");
    assert!(refused[0].starts_with("disk-full: the disk is full"), "{refused:?}");
    assert_eq!(of("reopened "), ["true"], "{said:?}");
    assert_eq!(of("hash ")[0], of("hash ")[1], "{said:?}");
    let acknowledged = of("acknowledged ").len();
    assert!(acknowledged > 5, "{said:?}");

    // Room again.
    let market = Market::generate(61, 6, 8);
    let mut after = writer(root);
    assert_eq!(after.logical_sums().unwrap().1, of("hash ")[0]);
    assert_eq!(after.published_generation(), Some(1), "the old generation is still the current one");
    assert!(after.has_unpublished());
    after.commit(market.day_batch(2, minute(60)), minute(60)).unwrap();
    assert_eq!(after.publish(minute(61)).unwrap().generation, 2);
    drop(after);
    let stored = "SELECT count(*) FROM raw_tushare_daily WHERE octet_length(body) > 9999";
    let stored = read_tail::<i64>(root, stored);
    assert!(stored[0] >= acknowledged as i64, "{stored:?} of {acknowledged}");
    assert_eq!(read_tail::<i64>(root, "SELECT count(*) FROM quarantine WHERE state = 'held'"), stored);
    let open = "SELECT count(*) FROM quality_log WHERE check_name = 'schema' AND closed_at IS NULL";
    assert_eq!(read_tail::<i64>(root, open), stored);
    let broken = "SELECT count(*) FROM raw_tushare_daily WHERE sha256(body) <> body_sha256";
    assert_eq!(read_tail::<i64>(root, broken), [0]);
}

#[test]
fn a_disk_that_is_full_during_a_commit_loses_nothing_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    check(&run_child(folder.path(), "commit"), folder.path());
}

#[test]
fn a_disk_that_is_full_during_a_publish_leaves_the_old_generation_current() {
    let folder = tempfile::tempdir().unwrap();
    check(&run_child(folder.path(), "publish"), folder.path());
}

#[test]
fn a_process_that_dies_between_commits_loses_none_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let said = run_child(folder.path(), "die");
    assert!(folder.path().join("tail.duckdb.wal").exists(), "it had no time for a checkpoint");
    let after = writer(folder.path());
    assert!(said.contains(&format!("hash {}", after.logical_sums().unwrap().1)), "{said:?}");
    drop(after);
    let stored = "SELECT count(*) FROM raw_tushare_daily WHERE octet_length(body) > 9999";
    assert_eq!(read_tail::<i64>(folder.path(), stored), [12], "{said:?}");
}
