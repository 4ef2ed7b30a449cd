//! A full disk in the middle of a load: the error says so, the old state is in use, and with room the load comes through.
//!
//! As in the writer's tests, a child process runs under a limit on the size of a file.

use std::{path::PathBuf, process::Command};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use warehouse::{StagedCode, WarehouseError};

use crate::{
    crash::litter,
    histories::{load, prepare, staged, try_load},
    market::{Market, SOURCE, minute, writer},
};

/// Tells the child where to write; the test process itself never has it.
const ROOT: &str = "WAREHOUSE_BULK_DISK_FULL_ROOT";
/// In 512-byte blocks, as `ulimit -f` counts: 12 MB.
const LIMIT_BLOCKS: &str = "24576";

/// Histories with responses that do not fit below the limit and do not compress.
fn bulky(market: &Market) -> Vec<StagedCode> {
    let mut codes = staged(market, SOURCE, &market.all_days(minute(1)), minute(1));
    for (at, response) in codes.iter_mut().flat_map(|code| &mut code.responses).enumerate() {
        response.body = vec![0; 1_500_000];
        ChaCha8Rng::seed_from_u64(at as u64).fill(&mut response.body[..]);
    }
    codes
}

#[test]
fn child() {
    #[expect(clippy::disallowed_methods, reason = "how a parent test tells its child what to do")]
    let Ok(root) = std::env::var(ROOT) else { return };
    let market = Market::generate(121, 6, 8);
    let mut bulk = writer(&PathBuf::from(root));
    prepare(&mut bulk, &market);
    println!("> {}", bulk.logical_sums().unwrap().1);
    let error = try_load(&mut bulk, SOURCE, &bulky(&market), minute(2)).unwrap_err();
    assert!(matches!(error, WarehouseError::DiskFull(_)), "{error:?}");
    println!("> {}", bulk.logical_sums().unwrap().1);
}

#[test]
fn a_disk_that_is_full_leaves_the_old_state() {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new("sh")
        .args(["-c", "ulimit -f \"$1\" && trap '' XFSZ && shift && exec \"$@\"", "sh", LIMIT_BLOCKS])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "disk_full::child", "--nocapture"])
        .env(ROOT, folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    let hashes: Vec<_> = said.lines().filter_map(|line| line.strip_prefix("> ")).collect();
    assert_eq!(hashes[0], hashes[1]);

    // Room again.
    let market = Market::generate(121, 6, 8);
    let mut after = writer(folder.path());
    assert_eq!(after.logical_sums().unwrap().1, hashes[0]);
    assert_eq!(load(&mut after, SOURCE, &bulky(&market), minute(3)).raw_responses, 18);
    drop(after);
    assert_eq!(litter(folder.path()), Vec::<String>::new());
}
