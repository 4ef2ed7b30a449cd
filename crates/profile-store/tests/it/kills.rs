//! A process that commits is killed, again and again, at whatever it is doing.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, Command, Stdio},
};

use profile_store::{Base, Change, Store, allow_list::Limits};

use crate::support::{Fixture, alice, author, files, name, scratch, told};

const CHILD: &str = "PROFILE_STORE_KILLED";
const KILLS: usize = 25;

#[test]
fn child() {
    let Some(what) = told(CHILD) else { return };
    let (root, round) = what.rsplit_once('|').unwrap();
    let store = Store::open_or_create(root.as_ref(), Limits::default()).unwrap();
    for number in 0.. {
        let file = format!("skills/r{round}/{number}.md");
        let change = Change::put(&name("alice"), &file, file.clone());
        store.commit(Base::Any, &alice(), &author(), &file, &[change]).unwrap();
        // One write, so that a kill leaves whole lines.
        std::io::stdout().write_all(format!("> {file}\n").as_bytes()).unwrap();
    }
}

fn start(root: &Path, round: usize) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kills::child", "--nocapture"])
        .env(CHILD, format!("{}|{round}", root.display()))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn no_acknowledged_commit_is_lost_when_the_writer_is_killed() {
    let fixture = Fixture::new();
    let mut acknowledged: Vec<String> = Vec::new();
    for round in 0..KILLS {
        let mut child = start(fixture.root.path(), round);
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let said = |line: String| line.split_once("> ").map(|(_, file)| file.to_owned());
        let wanted = 1 + round % 4;
        acknowledged.extend(lines.by_ref().filter_map(said).take(wanted));
        // Somewhere in the next commit, another place every time.
        (0..round * 400).for_each(|_| std::thread::yield_now());
        child.kill().unwrap();
        child.wait().unwrap();
        acknowledged.extend(lines.filter_map(said));
        fixture.fsck();
    }
    assert!(acknowledged.len() >= KILLS);
    for file in &acknowledged {
        assert_eq!(fixture.text("alice", file).as_deref(), Some(file.as_str()));
    }
    // Of what was never acknowledged at most the last commit of each round is there.
    let there = fixture.store.head().unwrap().files(&name("alice")).unwrap().len() - 3;
    assert!((acknowledged.len()..=acknowledged.len() + KILLS).contains(&there), "{there} {}", acknowledged.len());
    fixture.put("alice", "SOUL.md", "still here\n");
}

#[test]
fn the_lock_of_a_dead_writer_does_not_stop_the_next_one() {
    let fixture = Fixture::new();
    let lock = fixture.store.git_dir().join("refs/heads/main.lock");
    let announced = "1234567890123456789012345678901234567890";
    for held in [format!("{announced}\n"), announced.to_owned(), announced[..7].to_owned()] {
        std::fs::write(fixture.root.path().join("writer.lock"), announced).unwrap();
        std::fs::write(&lock, &held).unwrap();
        fixture.put("alice", "SOUL.md", &format!("after {} bytes\n", held.len()));
        assert!(!lock.exists());
    }
}

#[test]
fn a_lock_that_somebody_else_holds_is_waited_for() {
    let fixture = Fixture::new();
    let lock = fixture.store.git_dir().join("refs/heads/main.lock");
    std::fs::write(&lock, "").unwrap();
    let before = fixture.head();
    let objects = || files(&fixture.store.git_dir().join("objects")).len();
    let at_first = objects();
    std::thread::scope(|scope| {
        let store = fixture.store.clone();
        let writer = scope.spawn(move || {
            let change = Change::put(&name("alice"), "SOUL.md", "waited\n");
            store.commit(Base::Any, &alice(), &author(), "Edit", &[change]).unwrap()
        });
        // The commit's objects are there, and main has not moved.
        while objects() == at_first && !writer.is_finished() {
            std::thread::yield_now();
        }
        assert_eq!(fixture.head(), before);
        std::fs::remove_file(&lock).unwrap();
        assert!(writer.join().unwrap().is_new);
    });
    assert_eq!(fixture.text("alice", "SOUL.md").as_deref(), Some("waited\n"));
}

#[test]
fn a_store_that_was_killed_while_it_was_made_is_completed() {
    let whole = scratch();
    let id = Store::open_or_create(whole.path(), Limits::default()).unwrap().head().unwrap().id();
    for missing in ["refs/heads/main", "config", "HEAD"] {
        let folder = scratch();
        let store = Store::open_or_create(folder.path(), Limits::default()).unwrap();
        std::fs::remove_file(store.git_dir().join(missing)).unwrap();
        let store = Store::open_or_create(folder.path(), Limits::default()).unwrap();
        assert_eq!(store.head().unwrap().id(), id, "{missing}");
        crate::work::git(&store.git_dir(), &["fsck", "--strict"]);
    }
}
