//! Damaged copies: named, mended, and never made current.

use std::{fs, path::Path};

use system_tests::{
    replica::{Replica, Source, wrapper},
    run,
};

/// The name of a file, and what happens to it.
type Damage = (&'static str, fn(&Path));

fn flip_a_byte(path: &Path, at_permille: usize) {
    let mut bytes = fs::read(path).unwrap();
    let at = bytes.len() * at_permille / 1000;
    bytes[at] ^= 0x10;
    // Another file under the same name, as a disk that goes bad would have it, and not what the source's link means.
    fs::remove_file(path).unwrap();
    fs::write(path, bytes).unwrap();
}

fn truncate(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    bytes.truncate(bytes.len() / 2);
    fs::write(path, bytes).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn damage_on_the_replicas_disk_is_named_by_verify_and_mended_by_the_next_pull() {
    let source = Source::new();
    let replica = Replica::new();
    let from = source.root().display().to_string();
    replica.done(&["pull", "--from", &from]).await;
    let damages: [Damage; 5] = [
        ("base-1.duckdb", |path| flip_a_byte(path, 700)),
        ("base-1.series", |path| flip_a_byte(path, 990)),
        ("tail-000001.duckdb", |path| flip_a_byte(path, 400)),
        ("tail-000001.duckdb", truncate),
        ("base-1.duckdb", |path| fs::remove_file(path).unwrap()),
    ];
    for (name, damage) in damages {
        let whole = fs::read(replica.published().join(name)).unwrap();
        damage(&replica.published().join(name));
        let verified_at = replica.says().verified_at;
        let answer = replica.run(&["verify"]).await;
        assert_eq!(answer.code, Some(1), "{name}");
        assert!(answer.stdout.contains(name) && answer.stderr.contains("is damaged"), "{}", answer.stdout);
        assert_eq!(replica.says().verified_at, verified_at, "it is not noted as verified");

        let mended = replica.done(&["pull", "--from", &from]).await;
        assert_eq!((&mended["is_new"], &mended["files"]), (&false.into(), &serde_json::json!([name])));
        assert_eq!(replica.generation(), Some(1));
        assert_eq!(fs::read(replica.published().join(name)).unwrap(), whole);
        replica.done(&["verify"]).await;
        assert!(replica.says().verified_at > verified_at);
    }
    // What says which generation it is, and what it must hold.
    for (name, text) in [("CURRENT", "rubbish"), ("gen-000001.json", "{\"generation\": 1")] {
        fs::write(replica.published().join(name), text).unwrap();
        let stderr = replica.refused(&["verify"]).await;
        assert!(stderr.contains(name), "{stderr}");
        replica.done(&["pull", "--from", &from]).await;
        replica.serves(1).await;
    }
}

/// An rsync after which `damage` is done to the tail that it brought, as long as a file `armed` is there.
fn damaging(folder: &Path, damage: &str) -> String {
    let (staged, armed) = (folder.join("warehouse/replica/staging"), folder.join("armed"));
    let body = format!(
        "rsync \"$@\" || exit\nfor tail in {}/tail-*.duckdb; do\n  [ -e {} ] && [ -e \"$tail\" ] && {{ {damage}; }}\ndone\nexit 0",
        staged.display(),
        armed.display()
    );
    format!("rsync = \"{}\"\n", wrapper(folder, "damaging-rsync", &body).display())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_damaged_on_its_way_is_fetched_again_or_named_and_never_becomes_current() {
    let flip = "printf '\\377\\376\\375' | dd of=\"$tail\" bs=1 seek=300000 conv=notrunc 2>/dev/null";
    let cut = "dd if=/dev/null of=\"$tail\" bs=1 seek=100000 2>/dev/null";
    let mut source = Source::new();
    let from = source.root().display().to_string();
    let replica = Replica::new();
    replica.done(&["pull", "--from", &from]).await;
    let new = source.publish_a_day();
    let armed = replica.folder().join("armed");
    fs::write(&armed, "").unwrap();
    for damage in [flip, cut] {
        let broken = Replica::at(replica.root(), &damaging(replica.folder(), damage));
        let stderr = broken.refused(&["pull", "--from", &from]).await;
        assert!(stderr.contains("tail-000002.duckdb is damaged"), "{stderr}");
        assert!(stderr.contains("was not made current"), "{stderr}");
        replica.serves(1).await;
    }
    // Once is no harm: the damaged part is fetched again in the same run.
    let once = damaging(replica.folder(), &format!("{flip}; rm {}", armed.display()));
    Replica::at(replica.root(), &once).done(&["pull", "--from", &from]).await;
    replica.serves(new).await;
    assert!(!armed.exists(), "it was damaged once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_that_is_damaged_itself_is_named_and_not_served() {
    let mut source = Source::new();
    let replica = Replica::new();
    let from = source.root().display().to_string();
    replica.done(&["pull", "--from", &from]).await;
    source.publish_a_day();
    flip_a_byte(&source.published().join("tail-000002.duckdb"), 500);
    let stderr = replica.refused(&["pull", "--from", &from]).await;
    assert!(stderr.contains("tail-000002.duckdb is damaged"), "{stderr}");
    replica.serves(1).await;
    let new = source.publish_a_day();
    replica.done(&["pull", "--from", &from]).await;
    replica.serves(new).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_told_the_old_generation_stays_and_room_is_enough() {
    let mut source = Source::new();
    let replica = Replica::new();
    let from = source.root().display().to_string();
    replica.done(&["pull", "--from", &from]).await;
    let new = source.compact();
    let length = |name: &str| source.published().join(name).metadata().unwrap().len();
    let (tail, base) = (length("tail-000001.duckdb"), length("base-2.duckdb"));
    assert_ne!(tail, base);
    // No file may grow beyond a part of the tail before, which the new one is made from; or beyond the smaller of the two.
    for (bytes, named) in [(tail / 2, "tail-000002.duckdb"), (tail.min(base), ".duckdb")] {
        let pull = replica.command(&["pull", "--from", &from]);
        let mut limited = std::process::Command::new("sh");
        // The signal that would kill the process is ignored.
        limited
            .args(["-c", "trap '' XFSZ && ulimit -f \"$1\" && shift && exec \"$@\"", "sh"])
            .arg((bytes / 512).to_string());
        limited.arg(pull.get_program()).args(pull.get_args());
        let answer = run(limited, std::time::Duration::from_secs(60)).await;
        assert_eq!(answer.code, Some(1));
        let said = &answer.stderr;
        assert!(said.contains("the disk is full") && said.contains(named), "{said}");
        replica.serves(1).await;
    }
    replica.done(&["pull", "--from", &from]).await;
    replica.serves(new).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_without_room_is_told_before_anything_travels() {
    let source = Source::new();
    let folder = tempfile::tempdir().unwrap();
    let mounted = std::process::Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=17m", "tmpfs"])
        .arg(folder.path())
        .output();
    if !mounted.is_ok_and(|output| output.status.success()) {
        println!("skipped: mounting a tmpfs needs root on Linux");
        return;
    }
    let replica = Replica::at(&folder.path().join("warehouse"), "");
    let stderr = replica.refused(&["pull", "--from", &source.root().display().to_string()]).await;
    let staged = replica.staged_bytes();
    let _ = std::process::Command::new("umount").arg("-l").arg(folder.path()).status();
    assert!(stderr.contains("the disk is full: ") && stderr.contains("MB are needed below"), "{stderr}");
    assert!(staged < 10_000, "only the manifest: {staged} bytes");
}
