//! What one profile costs among two thousand, five files each, after as many commits as there are profiles.

#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::{
    io::Write as _,
    process::{Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use chrono::DateTime;
use divan::Bencher;
use profile_store::{Actor, Author, Base, Change, OwnerId, Owners, ProfileName, Store, allow_list::Limits};
use tempfile::TempDir;

const PROFILES: usize = 2_000;
const FILES: [&str; 5] = ["config.yaml", "SOUL.md", "AGENTS.md", "skills/a/SKILL.md", "cron/jobs.json"];

static ROUND: AtomicUsize = AtomicUsize::new(0);

struct Large {
    _root: TempDir,
    store: Store,
}

fn owner() -> OwnerId {
    OwnerId::parse("tg:1234").unwrap()
}

fn mine() -> ProfileName {
    ProfileName::parse("p1234").unwrap()
}

/// Every profile came with a commit of its own, as provisioning makes it; packed by stock git.
fn large() -> &'static Large {
    static LARGE: OnceLock<Large> = OnceLock::new();
    LARGE.get_or_init(|| {
        let root = TempDir::new().unwrap();
        let store = Store::open_or_create(root.path(), Limits::default()).unwrap();
        let mut owners = Owners::default();
        let mut stream = String::new();
        for number in 0..PROFILES {
            let name = ProfileName::parse(&format!("p{number:04}")).unwrap();
            let id = OwnerId::parse(&format!("tg:{number}")).unwrap();
            owners.claim(&name, &id, "payment", DateTime::UNIX_EPOCH).unwrap();
            stream.push_str("commit refs/heads/main\ncommitter A <a@b> 1795000000 +0000\ndata 9\nProvision\n");
            if number == 0 {
                stream.push_str("from refs/heads/main^0\n");
            }
            let mut file = |path: &str, text: &str| {
                stream.push_str(&format!("M 100644 inline {path}\ndata {}\n{text}\n", text.len()));
            };
            FILES
                .iter()
                .for_each(|path| file(&format!("profiles/{name}/{path}"), &format!("{{\"of\": \"{name}\"}}\n")));
            file("OWNERS", &String::from_utf8(owners.to_bytes()).unwrap());
        }
        fast_import(&store, &stream);
        Large { _root: root, store }
    })
}

fn fast_import(store: &Store, stream: &str) {
    let mut git = Command::new("git");
    git.args(["fast-import", "--quiet"]).current_dir(store.git_dir()).stdin(Stdio::piped());
    let mut git = git.spawn().unwrap();
    git.stdin.take().unwrap().write_all(stream.as_bytes()).unwrap();
    assert!(git.wait().unwrap().success());
}

fn commit(store: &Store) {
    let round = ROUND.fetch_add(1, Ordering::Relaxed);
    let author = Author::new("bench", "bench@localhost", DateTime::UNIX_EPOCH);
    let change = [Change::put(&mine(), "SOUL.md", format!("round {round}\n"))];
    store.commit(Base::Any, &Actor::owner(owner()), &author, "Edit", &change).unwrap();
}

#[divan::bench]
fn list(bencher: Bencher<'_, '_>) {
    let store = &large().store;
    bencher.bench(|| store.head().unwrap().profiles().unwrap().len());
}

#[divan::bench]
fn show(bencher: Bencher<'_, '_>) {
    let store = &large().store;
    bencher.bench(|| store.head().unwrap().files(&mine()).unwrap().len());
}

#[divan::bench]
fn commit_one_profile(bencher: Bencher<'_, '_>) {
    let store = &large().store;
    bencher.bench(|| commit(store));
}

#[divan::bench]
fn history_of_ten(bencher: Bencher<'_, '_>) {
    let store = &large().store;
    (0..10).for_each(|_| commit(store));
    bencher.bench(|| store.history(&mine(), 10, None).unwrap().len());
}

#[divan::bench]
fn view_after_a_commit(bencher: Bencher<'_, '_>) {
    let store = &large().store;
    store.view(&owner()).unwrap();
    bencher.with_inputs(|| commit(store)).bench_values(|()| store.view(&owner()).unwrap());
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn view_from_the_beginning(bencher: Bencher<'_, '_>) {
    let store = &large().store;
    let forget = || {
        let view = store.view(&owner()).unwrap();
        std::fs::remove_dir_all(view.git_dir).unwrap();
    };
    bencher.with_inputs(forget).bench_values(|()| store.view(&owner()).unwrap());
}

/// Of an owner whose two thousand commits were made by somebody's script.
#[divan::bench(sample_count = 3, sample_size = 1)]
fn first_view_of_two_thousand_commits(bencher: Bencher<'_, '_>) {
    let store = &large().store;
    static BUSY: OnceLock<()> = OnceLock::new();
    BUSY.get_or_init(|| {
        let mut stream = String::new();
        for number in 0..PROFILES {
            let (text, from) = (format!("edit {number}\n"), if number == 0 { "from refs/heads/main^0\n" } else { "" });
            stream.push_str("commit refs/heads/main\ncommitter A <a@b> 1795000001 +0000\ndata 4\nEdit\n");
            stream.push_str(&format!("{from}M 100644 inline profiles/p1234/SOUL.md\ndata {}\n{text}\n", text.len()));
        }
        fast_import(store, &stream);
    });
    let forget = || {
        let view = store.view(&owner()).unwrap();
        std::fs::remove_dir_all(view.git_dir).unwrap();
    };
    bencher.with_inputs(forget).bench_values(|()| store.view(&owner()).unwrap());
}

/// Two hundred commits, four at a time.
#[divan::bench(sample_count = 3, sample_size = 1)]
fn four_writers_fifty_commits_each(bencher: Bencher<'_, '_>) {
    let store = &large().store;
    bencher.bench(|| {
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..50).for_each(|_| commit(store)));
            }
        });
    });
    assert!(store.history(&mine(), 600, None).unwrap().len() >= 600);
}

fn main() {
    divan::main();
}
