//! What earlier versions left behind is gone on with.
//!
//! `tests/data/upgrade/<commit>.tar.gz` holds a warehouse with a base and a tail, a gateway's books, a registry and a host as
//! the programs of that commit wrote them; `scripts/upgrade-check.sh --archive <commit>` makes such a file, and
//! `make upgrade FROM=<commit>` does the same for any commit without keeping it.

use std::{fs, path::Path, process::Command};

use system_tests::upgrade::{Programs, goes_on};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_earlier_version_wrote_is_gone_on_with() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/upgrade");
    let archives: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(!archives.is_empty(), "{} holds no archive", folder.display());
    for archive in archives {
        let left = tempfile::Builder::new().prefix("twilight-upgrade-").tempdir().unwrap();
        let unpacked = Command::new("tar").arg("-xzf").arg(&archive).arg("-C").arg(left.path()).status().unwrap();
        assert!(unpacked.success(), "{}", archive.display());
        goes_on(&Programs::own(), left.path()).await;
    }
}
