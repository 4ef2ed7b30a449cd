//! Two thousand profiles with five files each.

use std::{fs, path::Path};

use profile_store::{Actor, Base, Change, Owners, Store, allow_list::Limits};
use tempfile::TempDir;

use crate::{
    support::{author, id, name, noon, scratch},
    work::{git, git_with},
};

const PROFILES: usize = 2_000;
const FILES: [&str; 5] = ["config.yaml", "SOUL.md", "AGENTS.md", "skills/a/SKILL.md", "cron/jobs.json"];

fn profile(number: usize) -> String {
    format!("p{number:04}")
}

/// Made by stock git in one pack, as after `git gc`.
fn large() -> (TempDir, Store) {
    let root = scratch();
    let store = Store::open_or_create(root.path(), Limits::default()).unwrap();
    let mut owners = Owners::default();
    let mut stream = String::from(
        "commit refs/heads/main\ncommitter A <a@b> 1795000000 +0000\ndata 5\nLarge\nfrom refs/heads/main^0\n",
    );
    let mut file = |path: &str, text: &str| {
        stream.push_str(&format!("M 100644 inline {path}\ndata {}\n{text}\n", text.len()));
    };
    for number in 0..PROFILES {
        let profile = profile(number);
        owners.claim(&name(&profile), &id(&format!("tg:{number}")), "payment", noon()).unwrap();
        for path in FILES {
            file(&format!("profiles/{profile}/{path}"), &format!("{{\"of\": \"{profile}\"}}\n"));
        }
    }
    file("OWNERS", &String::from_utf8(owners.to_bytes()).unwrap());
    git_with(&store.git_dir(), &["fast-import", "--quiet"], stream.as_bytes());
    (root, store)
}

/// Takes away every object of every other profile.
fn strip(git_dir: &Path, keep: &str) -> usize {
    let packs = git_dir.join("objects/pack");
    let aside = scratch();
    for entry in fs::read_dir(&packs).unwrap() {
        let path = entry.unwrap().path();
        let to = aside.path().join(path.file_name().unwrap());
        fs::copy(&path, &to).unwrap();
        fs::remove_file(&path).unwrap();
        if to.extension().is_some_and(|end| end == "pack") {
            git_with(git_dir, &["unpack-objects", "-q"], &fs::read(&to).unwrap());
        }
    }
    let listed = git(git_dir, &["rev-list", "--objects", "main"]);
    let kept =
        git(git_dir, &["rev-list", "--objects", "--no-walk", "--all", "--", "OWNERS", &format!("profiles/{keep}")]);
    let kept: Vec<&str> = kept.lines().map(|line| &line[..40]).collect();
    let foreign = listed.lines().filter(|line| line.contains(" profiles/p") && !kept.contains(&&line[..40]));
    let mut removed = 0;
    for line in foreign {
        let path = git_dir.join("objects").join(&line[..2]).join(&line[2..40]);
        fs::remove_file(path).unwrap();
        removed += 1;
    }
    removed
}

#[test]
fn one_profile_is_listed_shown_committed_and_viewed_without_reading_another() {
    let (_root, store) = large();
    let mine = name(&profile(1_234));
    let removed = strip(&store.git_dir(), mine.as_str());
    assert!(removed > 5_000, "{removed}");
    let other = store.head().unwrap().files(&name(&profile(1)));
    assert!(other.is_err(), "the others are gone, so whoever reads them fails");
    let snapshot = store.head().unwrap();
    assert_eq!(snapshot.profiles().unwrap().len(), PROFILES);
    assert_eq!(snapshot.files(&mine).unwrap().len(), FILES.len());
    let actor = Actor::owner(id("tg:1234"));
    let before = store.head().unwrap().id();
    let change = [Change::put(&mine, "SOUL.md", "I am one of many.\n")];
    let committed = store.commit(Base::SamePaths(before), &actor, &author(), "Edit", &change).unwrap();
    assert_eq!(store.history(&mine, 5, None).unwrap().len(), 2);
    assert_eq!(store.diff(&mine, before, committed.id).unwrap().len(), 1);
    store.restore(&mine, before, &actor, &author()).unwrap();
    let view = store.view(&id("tg:1234")).unwrap();
    assert_eq!(git(&view.git_dir, &["rev-list", "--count", "main"]), "4");
}

#[test]
fn list_show_and_commit_are_quick_among_two_thousand_profiles() {
    let (_root, store) = large();
    let mine = name(&profile(1_234));
    let actor = Actor::owner(id("tg:1234"));
    // One round within the bound shows what it costs; the others may have had to wait for other tests.
    let best = |what: &str, run: &mut dyn FnMut(usize)| {
        let mut took = (0..60).map(|round| {
            let started = now();
            run(round);
            started.elapsed().as_millis()
        });
        assert!(took.any(|took| took < 200), "{what} takes 200 ms or more");
    };
    best("list", &mut |_| assert_eq!(store.head().unwrap().profiles().unwrap().len(), PROFILES));
    best("show", &mut |_| assert_eq!(store.head().unwrap().files(&mine).unwrap().len(), FILES.len()));
    best("owners", &mut |_| assert_eq!(store.head().unwrap().owners().unwrap().lines().count(), PROFILES));
    best("commit", &mut |round| {
        let change = [Change::put(&mine, "SOUL.md", format!("round {round}\n"))];
        assert!(store.commit(Base::Any, &actor, &author(), "Edit", &change).unwrap().is_new);
    });
    best("history", &mut |_| assert!(!store.history(&mine, 5, None).unwrap().is_empty()));
    best("view", &mut |round| {
        let change = [Change::put(&mine, "SOUL.md", format!("view {round}\n"))];
        store.commit(Base::Any, &actor, &author(), "Edit", &change).unwrap();
        store.view(&id("tg:1234")).unwrap();
    });
}

/// An owner who has made as many commits as there are profiles.
#[test]
fn the_first_view_of_a_busy_owner_among_two_thousand_profiles_takes_seconds() {
    let (_root, store) = large();
    let mut stream = String::new();
    for number in 0..PROFILES {
        let (text, from) = (format!("edit {number}\n"), if number == 0 { "from refs/heads/main^0\n" } else { "" });
        stream.push_str("commit refs/heads/main\ncommitter A <a@b> 1795000000 +0000\ndata 4\nEdit\n");
        stream.push_str(&format!("{from}M 100644 inline profiles/p1234/SOUL.md\ndata {}\n{text}\n", text.len()));
    }
    git_with(&store.git_dir(), &["fast-import", "--quiet"], stream.as_bytes());
    let started = now();
    let view = store.view(&id("tg:1234")).unwrap();
    let took = started.elapsed();
    assert!(took.as_secs() < 12, "{took:?}: every profile was read for every commit");
    let packs = fs::read_dir(view.git_dir.join("objects/pack")).unwrap().map(|entry| entry.unwrap().path());
    assert_eq!(packs.filter(|path| path.extension().is_some_and(|end| end == "pack")).count(), 1, "flushed once");
    assert_eq!(git(&view.git_dir, &["rev-list", "--count", "main"]), "2002");
    git(&view.git_dir, &["fsck", "--strict"]);
    // The past of a profile that rests, behind two thousand commits of another.
    store.read_ahead().unwrap();
    let started = now();
    assert_eq!(store.history(&name("p0001"), 10, None).unwrap().len(), 1);
    let took = started.elapsed();
    assert!(took.as_secs() < 1, "{took:?}: what was read ahead is read again");
}

#[expect(clippy::disallowed_methods, reason = "the wall's time is what is measured")]
fn now() -> std::time::Instant {
    std::time::Instant::now()
}
