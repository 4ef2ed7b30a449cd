//! Packing, while people push.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use crate::support::{ADMIN, Running, Work, git};

fn configuration(registry: &Running) -> PathBuf {
    let config = registry.folder.path().join("pack.toml");
    fs::write(&config, format!("[profile-registry]\nstate = \"{}\"\n", registry.state().display())).unwrap();
    config
}

fn pack(config: &Path) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_profile-registry"));
    let output = command.arg("--config").arg(config).arg("pack").env_clear().output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

async fn loose(registry: &Running) -> u64 {
    let counted = git(&registry.state().join("registry.git"), &["count-objects"]).await.done();
    counted.split(' ').next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn what_has_gathered_is_packed_while_people_push_and_nothing_is_lost() {
    let registry = Running::start().await;
    let two = registry.two_profiles().await;
    let (mine, all) = (registry.git_url("mine.git", &two.alice), registry.git_url("registry.git", ADMIN));
    let works = [Work::clone(&mine).await, Work::clone(&all).await];
    assert!(loose(&registry).await > 0);
    // What nothing points to may be needed by whoever writes it just now.
    let folder = registry.state().join("registry.git");
    fs::write(folder.join("stray"), "stray\n").unwrap();
    let stray = git(&folder, &["hash-object", "-w", "stray"]).await.done();
    fs::remove_file(folder.join("stray")).unwrap();
    let (config, stop, packed) =
        (configuration(&registry), Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let packing = std::thread::spawn({
        let (config, stop, packed) = (config.clone(), stop.clone(), packed.clone());
        move || {
            while !stop.load(Ordering::Relaxed) {
                assert!(pack(&config).starts_with("packed "));
                packed.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    for round in 0..4 {
        works[0].edit("profiles/alice/SOUL.md", &format!("{round}\n")).await;
        works[0].push().await.done();
        works[1].git(&["pull", "-q", "--rebase"]).await.done();
        works[1].edit("profiles/bob/SOUL.md", &format!("{round}\n")).await;
        works[1].push().await.done();
        let shown = registry.get("/profiles/alice/history", Some(&two.alice)).await;
        assert_eq!(shown.status, 200, "{shown:?}");
    }
    stop.store(true, Ordering::Relaxed);
    packing.join().unwrap();
    assert!(packed.load(Ordering::Relaxed) > 2, "it was packed meanwhile");
    assert_eq!(pack(&config), "packed 2 repositories\n");
    assert_eq!(loose(&registry).await, 0);
    git(&folder, &["cat-file", "-e", &stray]).await.done();
    registry.fsck().await;
    let fresh = Work::clone(&mine).await;
    assert_eq!(fresh.head().await, works[0].head().await);
    assert_eq!(registry.get("/profiles/alice/content", Some(&two.alice)).await.status, 200);
}
