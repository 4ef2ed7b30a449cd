//! Stock git, with the hooks that a daemon would give it.

use std::{
    fs,
    io::{BufRead as _, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Output,
};

use profile_store::{Actor, Push, Store, allow_list::Limits};

use crate::{
    support::{Fixture, files, id, told},
    work::{Work, command, run},
};

const HOOK: &str = "PROFILE_STORE_HOOK";

/// Runs as the `pre-receive` hook of a test's repository.
#[test]
fn hook() {
    let Some(what) = told(HOOK) else { return };
    let parts: Vec<&str> = what.split('|').collect();
    let store = Store::open_or_create(parts[0].as_ref(), Limits::default()).unwrap();
    let quarantine = told("GIT_QUARANTINE_PATH").map(PathBuf::from);
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let [old, new, reference] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let (old, new) = (old.parse().unwrap(), new.parse().unwrap());
        let push = Push { reference, old, new, quarantine: quarantine.as_deref() };
        let judged = match parts[1..] {
            ["view", owner] => store.accept(&id(owner), &push).map(|_| ()),
            ["owner", owner] => store.judge_push(&push, &Actor::owner(id(owner))),
            _ => store.judge_push(&push, &Actor::Admin),
        };
        if let Err(error) = judged {
            std::io::stderr().write_all(format!("{error}\n").as_bytes()).unwrap();
            std::process::exit(1);
        }
    }
}

/// Lets the repository ask [`hook`] about every push.
pub(crate) fn guard(git_dir: &Path) {
    let path = git_dir.join("hooks/pre-receive");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let exe = std::env::current_exe().unwrap();
    fs::write(&path, format!("#!/bin/sh\nexec '{}' --exact doors::hook --nocapture >/dev/null\n", exe.display()))
        .unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Pushes HEAD to main. `as_whom`: `admin`, `owner|<id>`, `view|<id>`.
pub(crate) fn push(work: &Work, root: &Path, as_whom: &str) -> Output {
    let mut push = command(&work.path);
    push.args(["push", "-q", "origin", "HEAD:main"]).env(HOOK, format!("{}|{as_whom}", root.display()));
    run(&mut push, b"")
}

#[test]
fn stock_git_pushes_through_the_hook_or_is_told_why_not() {
    let fixture = Fixture::new();
    guard(&fixture.store.git_dir());
    let work = fixture.work();
    work.edit("profiles/alice/SOUL.md", "pushed\n");
    let output = push(&work, fixture.root.path(), "owner|tg:1");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(fixture.text("alice", "SOUL.md").as_deref(), Some("pushed\n"));
    let before = files(&fixture.store.git_dir());
    work.edit("profiles/bob/SOUL.md", "smuggled\n");
    work.git(&["revert", "--no-edit", "HEAD"]);
    let output = push(&work, fixture.root.path(), "owner|tg:1");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success());
    assert!(told.contains("profiles/bob/SOUL.md: this profile is not yours [foreign-profile]"), "{told}");
    assert_eq!(files(&fixture.store.git_dir()), before, "the quarantine is gone with what was in it");
    // A second branch beside main, in one push with an honest one.
    let work = fixture.work();
    work.edit("profiles/alice/SOUL.md", "again\n");
    let mut both = command(&work.path);
    both.args(["push", "-q", "origin", "HEAD:main", "HEAD:other"]);
    let output = run(both.env(HOOK, format!("{}|owner|tg:1", fixture.root.path().display())), b"");
    assert!(!output.status.success());
    assert_eq!(files(&fixture.store.git_dir()), before);
}
