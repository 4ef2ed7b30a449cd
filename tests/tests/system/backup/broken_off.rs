//! Backups and restores that are killed, run out of room, or meet another one.

use std::{fs, process::Command};

use serde_json::Value;

use super::kit::{Host, Site, done, dying_at, ends, failed};

const CREATE_MOMENTS: &[&str] = &["BackupPiece", "BackupBeforeSnapshot"];
const RESTORE_MOMENTS: &[&str] = &["RestoreStaging", "RestoreStaged", "RestorePlaced"];

/// A host that holds something of everything, and does not run.
async fn quiet(site: &Site) -> Host<'_> {
    let host = site.host();
    let running = host.start().await;
    site.stage.fetch("tushare", site.stage.days(1)[0]).await;
    running.gateway.caller("alice").await;
    running.stop().await;
    host
}

async fn list(site: &Site) -> usize {
    let listed: Value = serde_json::from_str(&done(site.backup(&["list", "--json"])).await).unwrap();
    listed.as_array().unwrap().len()
}

fn create(host: &Host<'_>) -> Command {
    let mut command = host.command("twilight");
    command.args(["backup", "create"]);
    command
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_anywhere_it_leaves_no_half_backup_and_no_half_host() {
    let site = Site::new().await;
    let host = quiet(&site).await;
    for moment in CREATE_MOMENTS {
        let answer = ends(dying_at(create(&host), moment)).await;
        assert_eq!(answer.code, None, "{moment}: {answer:?}");
        assert_eq!(list(&site).await, 0, "{moment}");
    }
    let created = host.back_up().await;
    assert_eq!(list(&site).await, 1);
    assert!(created["added_bytes"].as_u64() < created["bytes"].as_u64(), "what killed ones stored counts: {created}");
    done(site.backup(&["verify"])).await;

    let second = site.empty_host("second");
    for moment in RESTORE_MOMENTS {
        let answer = ends(dying_at(site.restore(&second, &[]), moment)).await;
        assert_eq!(answer.code, None, "{moment}: {answer:?}");
        // Whatever is in its place is whole: a registry never without its identity.
        let registry = second.root.join("data/registry");
        assert_eq!(registry.exists(), registry.join("registry.age").exists(), "{moment}");
        let warehouse = second.root.join("data/warehouse");
        assert_eq!(warehouse.exists(), warehouse.join("published/CURRENT").exists(), "{moment}");
    }
    done(site.restore(&second, &[])).await;
    // And again: it is all there.
    done(site.restore(&second, &[])).await;
    assert_eq!(second.generation().await, host.generation().await);
    let left = super::kit::files(&second.root);
    let left: Vec<_> = left.iter().filter(|path| path.to_string_lossy().contains(".restoring")).collect();
    assert!(left.is_empty(), "{left:?}");
    second.start().await.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_costs_this_backup_only_and_gives_its_room_back() {
    let site = Site::new().await;
    let host = quiet(&site).await;
    host.back_up().await;
    let before = site.stored().len();
    let running = host.start().await;
    site.stage.fetch("tushare", site.stage.days(2)[0]).await;
    running.stop().await;

    let limited = |command: Command, blocks: u32| {
        let mut shell = Command::new("sh");
        // Files of more than so many times 512 bytes cannot be written, as on a full disk.
        shell.args(["-c", "trap '' XFSZ && ulimit -f \"$1\" && shift && exec \"$@\"", "sh", &blocks.to_string()]);
        shell.arg(command.get_program()).args(command.get_args());
        if let Some(folder) = command.get_current_dir() {
            shell.current_dir(folder);
        }
        shell
    };
    let answer = ends(limited(create(&host), 600)).await;
    failed(&answer, &["disk", "full"]);
    assert_eq!((list(&site).await, site.stored().len()), (1, before), "{answer:?}");
    host.back_up().await;
    done(site.backup(&["verify", "--all"])).await;

    let second = site.empty_host("second");
    let answer = ends(limited(site.restore(&second, &[]), 600)).await;
    failed(&answer, &["write"]);
    assert!(!second.root.join("data/warehouse").exists(), "{answer:?}");
    done(site.restore(&second, &[])).await;
    assert_eq!(second.generation().await, host.generation().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_at_once_are_told_apart() {
    let site = Site::new().await;
    let host = quiet(&site).await;
    host.back_up().await;
    let held = fs::File::open(site.backups().join("lock")).unwrap();
    held.lock().unwrap();
    failed(&ends(create(&host)).await, &["another process is at these backups"]);
    failed(&ends(site.backup(&["prune"])).await, &["another process is at these backups"]);
    held.unlock().unwrap();
    held.lock_shared().unwrap();
    done(site.backup(&["verify", "--quick"])).await;
    failed(&ends(site.backup(&["prune"])).await, &["another process is at these backups"]);
    drop(held);
    done(create(&host)).await;
}
