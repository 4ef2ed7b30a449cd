//! What an owner clones, and what happens to what they push.

use std::{collections::BTreeSet, fs, path::Path};

use profile_store::{Actor, Change, OwnerId, Rule, StoreError};

use crate::{
    doors::{guard, push},
    support::{Fixture, author, files, id, name, noon},
    work::{Work, git},
};

/// Ids of all objects that a repository holds, reachable or not.
fn objects(repository: &Path) -> BTreeSet<String> {
    let all = git(repository, &["cat-file", "--batch-all-objects", "--batch-check=%(objectname)"]);
    all.lines().map(str::to_owned).collect()
}

fn clone(fixture: &Fixture, owner: &OwnerId) -> Work {
    let view = fixture.store.view(owner).unwrap();
    guard(&view.git_dir);
    Work::clone_of(&view.git_dir)
}

/// Brings the view up to date, as a daemon does before it serves a fetch, and pulls.
fn pull(fixture: &Fixture, owner: &OwnerId, work: &Work) {
    fixture.store.view(owner).unwrap();
    work.git(&["pull", "-q", "--no-rebase", "--no-edit"]);
}

/// Pushes as a daemon serves it: with the view locked while git runs.
#[track_caller]
fn push_ok(fixture: &Fixture, owner: &OwnerId, work: &Work) {
    let view = fixture.store.lock_view(owner).unwrap();
    let output = push(work, fixture.root.path(), &format!("view|{owner}"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    drop(view);
    // What was pushed is what main is in the view from now on.
    assert_eq!(fixture.store.view(owner).unwrap().head.to_string(), work.head());
    git(&fixture.store.view(owner).unwrap().git_dir, &["fsck", "--strict"]);
    fixture.fsck();
}

#[track_caller]
fn push_refused(fixture: &Fixture, owner: &OwnerId, work: &Work, reason: &str) {
    let view = fixture.store.lock_view(owner).unwrap();
    let before = (files(&fixture.store.git_dir()), files(&view.view().git_dir));
    let output = push(work, fixture.root.path(), &format!("view|{owner}"));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && told.contains(reason), "{reason}: {told}");
    assert_eq!((files(&fixture.store.git_dir()), files(&view.view().git_dir)), before);
}

#[test]
fn a_clone_holds_the_owners_profiles_and_no_foreign_object() {
    let fixture = Fixture::new();
    fixture.put("bob", "SOUL.md", "Bob's soul, which nobody else may read.\n");
    fixture.put("alice", "SOUL.md", "I am alice, second.\n");
    fixture.admin(&[
        Change::put(&name("alice"), "CLAUDE.md", "both\n"),
        Change::put(&name("bob"), "CLAUDE.md", "bob's half\n"),
    ]);
    let work = clone(&fixture, &id("tg:1"));
    let paths = work.git(&["ls-files"]);
    assert_eq!(
        paths.lines().collect::<Vec<_>>(),
        [
            "README.md",
            "profiles/alice/CLAUDE.md",
            "profiles/alice/SOUL.md",
            "profiles/alice/config.yaml",
            "profiles/alice/skills/market/look/SKILL.md"
        ]
    );
    let foreign: BTreeSet<String> =
        git(&fixture.store.git_dir(), &["rev-list", "--objects", "--all", "--", "profiles/bob", "OWNERS"])
            .lines()
            .filter(|line| line.contains("profiles/bob") || line.contains("OWNERS"))
            .map(|line| line[..40].to_owned())
            .collect();
    assert!(foreign.len() >= 9, "{foreign:?}");
    for repository in [work.path.clone(), fixture.store.view(&id("tg:1")).unwrap().git_dir] {
        let held = objects(&repository);
        assert!(held.is_disjoint(&foreign), "{:?}", held.intersection(&foreign).collect::<Vec<_>>());
        for object in &held {
            let text = git(&repository, &["cat-file", "-p", object]);
            assert!(!text.contains("bob") && !text.contains("tg:2"), "{object}: {text}");
        }
    }
}

#[test]
fn a_message_that_may_speak_of_others_is_not_shown() {
    let fixture = Fixture::new();
    let changes = [Change::put(&name("alice"), "SOUL.md", "x\n"), Change::put(&name("bob"), "SOUL.md", "x\n")];
    fixture.store.commit(profile_store::Base::Any, &Actor::Admin, &author(), "For bob, mostly", &changes).unwrap();
    let own = [Change::put(&name("alice"), "SOUL.md", "y\n")];
    fixture.store.commit(profile_store::Base::Any, &Actor::Admin, &author(), "For alice", &own).unwrap();
    let work = clone(&fixture, &id("tg:1"));
    assert_eq!(work.git(&["log", "-2", "--format=%s"]), "For alice\nChange by an administrator");
}

#[test]
fn an_owner_without_a_profile_has_a_view_of_the_readme() {
    let fixture = Fixture::new();
    let work = clone(&fixture, &id("tg:99"));
    assert_eq!(work.git(&["ls-files"]), "README.md");
    assert_eq!(work.git(&["rev-list", "--count", "HEAD"]), "1");
}

#[test]
fn the_view_is_a_function_of_main_whoever_computes_it_and_when() {
    let fixture = Fixture::new();
    let owner = id("tg:1");
    let mut heads = Vec::new();
    for n in 0..4 {
        fixture.put("alice", "SOUL.md", &format!("{n}\n"));
        fixture.put("bob", "SOUL.md", &format!("{n}\n"));
        heads.push(fixture.store.view(&owner).unwrap().head);
    }
    let view = fixture.store.view(&owner).unwrap();
    for lost in ["view-state", "HEAD", ""] {
        if lost.is_empty() {
            fs::remove_dir_all(&view.git_dir).unwrap();
        } else {
            fs::remove_file(view.git_dir.join(lost)).unwrap();
        }
        assert_eq!(fixture.store.view(&owner).unwrap().head, view.head, "without {lost:?}");
    }
    // Every earlier head is an ancestor of the next one: a clone only ever goes forward.
    for pair in heads.windows(2) {
        git(&view.git_dir, &["merge-base", "--is-ancestor", &pair[0].to_string(), &pair[1].to_string()]);
    }
    let (one, other) = (Fixture::new(), Fixture::new());
    assert_eq!(one.store.view(&owner).unwrap().head, other.store.view(&owner).unwrap().head);
}

#[test]
fn what_is_pushed_lands_on_main_and_keeps_its_id() {
    let fixture = Fixture::new();
    let owner = id("tg:1");
    let work = clone(&fixture, &owner);
    work.edit("profiles/alice/SOUL.md", "pushed\n");
    work.edit("profiles/alice/skills/new/SKILL.md", "# New\n");
    work.git(&["rm", "-q", "profiles/alice/config.yaml"]);
    work.commit("Without configuration");
    push_ok(&fixture, &owner, &work);
    assert_eq!(fixture.text("alice", "SOUL.md").as_deref(), Some("pushed\n"));
    assert_eq!(fixture.text("alice", "config.yaml"), None);
    assert_eq!(fixture.text("bob", "SOUL.md").as_deref(), Some("I am bob.\n"));
    let history = fixture.store.history(&name("alice"), 3, None).unwrap();
    assert_eq!(history[0].message, "Without configuration");
    assert_eq!(history[0].author, "Someone <someone@localhost>");
    // Nothing to pull, and a second clone has the same head.
    pull(&fixture, &owner, &work);
    assert_eq!(work.git(&["status", "--porcelain", "-b"]), "## main...origin/main");
    assert_eq!(clone(&fixture, &owner).head(), work.head());
}

#[test]
fn others_go_on_meanwhile_and_nobody_notices() {
    let fixture = Fixture::new();
    let (one, two) = (id("tg:1"), id("tg:2"));
    let (alice, bob) = (clone(&fixture, &one), clone(&fixture, &two));
    for n in 0..3 {
        alice.edit("profiles/alice/SOUL.md", format!("alice {n}\n"));
        bob.edit("profiles/bob/SOUL.md", format!("bob {n}\n"));
        push_ok(&fixture, &one, &alice);
        push_ok(&fixture, &two, &bob);
        fixture.claim(&format!("other{n}"), "tg:3");
    }
    assert_eq!(fixture.text("alice", "SOUL.md").as_deref(), Some("alice 2\n"));
    assert_eq!(fixture.text("bob", "SOUL.md").as_deref(), Some("bob 2\n"));
}

#[test]
fn a_push_onto_what_has_moved_on_is_refused_and_a_merge_gets_in() {
    let fixture = Fixture::new();
    let owner = id("tg:1");
    let (work, other) = (clone(&fixture, &owner), clone(&fixture, &owner));
    other.edit("profiles/alice/config.yaml", "model:\n  default: other\n");
    push_ok(&fixture, &owner, &other);
    fixture.put("bob", "SOUL.md", "Bob goes on.\n");
    work.edit("profiles/alice/SOUL.md", "mine\n");
    let view = fixture.store.lock_view(&owner).unwrap();
    assert!(!push(&work, fixture.root.path(), "view|tg:1").status.success());
    drop(view);
    pull(&fixture, &owner, &work);
    fixture.put("bob", "SOUL.md", "Bob goes on and on.\n");
    push_ok(&fixture, &owner, &work);
    pull(&fixture, &owner, &other);
    assert_eq!(other.head(), work.head());
    assert_eq!(fixture.text("alice", "config.yaml").as_deref(), Some("model:\n  default: other\n"));
    assert_eq!(fixture.text("bob", "SOUL.md").as_deref(), Some("Bob goes on and on.\n"));
    // Merges that change nothing, and empty commits, keep their ids too.
    work.git(&["checkout", "-q", "-b", "side", "HEAD~1"]);
    work.edit("profiles/alice/SOUL.md", "on the side\n");
    work.git(&["checkout", "-q", "main"]);
    work.git(&["merge", "-q", "--no-edit", "-s", "ours", "side"]);
    work.commit("Nothing");
    push_ok(&fixture, &owner, &work);
}

#[test]
fn a_claim_adds_to_the_view_and_a_transfer_takes_away_without_showing_the_past() {
    let fixture = Fixture::new();
    let (one, two) = (id("tg:1"), id("tg:2"));
    fixture.put("bob", "SOUL.md", "bob's past\n");
    fixture.put("bob", "SOUL.md", "bob's present\n");
    let (alice, bob) = (clone(&fixture, &one), clone(&fixture, &two));
    let transferred = fixture.store.update(&Actor::Admin, &author(), "Transfer", |now| {
        let mut owners = now.owners()?;
        owners.transfer(&name("bob"), &two, &one, "both", noon()).unwrap();
        Ok::<_, StoreError>(vec![Change::owners(&owners)])
    });
    transferred.unwrap();
    pull(&fixture, &one, &alice);
    pull(&fixture, &two, &bob);
    assert_eq!(fs::read_to_string(alice.path.join("profiles/bob/SOUL.md")).unwrap(), "bob's present\n");
    assert!(!bob.path.join("profiles/bob").exists());
    let view = fixture.store.view(&one).unwrap();
    for object in objects(&view.git_dir) {
        assert!(!git(&view.git_dir, &["cat-file", "-p", &object]).contains("bob's past"));
    }
    alice.edit("profiles/bob/SOUL.md", "alice's now\n");
    push_ok(&fixture, &one, &alice);
    bob.edit("profiles/bob/SOUL.md", "still bob's\n");
    push_refused(&fixture, &two, &bob, "[foreign-profile]");
}

#[test]
fn the_same_policy_judges_a_push_to_a_view() {
    let fixture = Fixture::new();
    let owner = id("tg:1");
    let secret = format!("sk-{}", "a1B2c3D4e5F6g7H8i9J0k1L2");
    let config = format!("model:\n  api_key: {secret}\n");
    let cases: &[(&str, &str, &str)] = &[
        ("profiles/bob/SOUL.md", "x\n", "[foreign-profile]"),
        ("profiles/carol/SOUL.md", "x\n", "[unclaimed-profile]"),
        ("OWNERS", "bob | tg:1 | telegram | 2026-11-22T00:00:00Z\n", "[owners-file]"),
        ("README.md", "x\n", "[outside-profiles]"),
        ("other.md", "x\n", "[outside-profiles]"),
        ("profiles/alice/.env", "x\n", "[path]"),
        ("profiles/alice/soul.md", "x\n", "[collision]"),
        ("profiles/alice/config.yaml", &config, "[secret]"),
        ("profiles/alice/config.yaml", "a: '***'\n", "[redaction-placeholder]"),
    ];
    for (path, text, reason) in cases {
        let work = clone(&fixture, &owner);
        work.edit(path, text);
        push_refused(&fixture, &owner, &work, reason);
        // And when the next commit takes it back.
        work.git(&["revert", "--no-edit", "HEAD"]);
        push_refused(&fixture, &owner, &work, reason);
    }
    let work = clone(&fixture, &owner);
    let target = work.blob(b"/etc/passwd");
    work.commit_entry("120000", &target, "profiles/alice/skills/link");
    push_refused(&fixture, &owner, &work, "[symlink]");
    let work = clone(&fixture, &owner);
    work.git(&["checkout", "-q", "--orphan", "fresh"]);
    work.commit("Root");
    let push = profile_store::Push {
        reference: "refs/heads/main",
        old: fixture.store.view(&owner).unwrap().head,
        new: work.head().parse().unwrap(),
        quarantine: Some(&work.path.join(".git/objects")),
    };
    let error = fixture.store.accept(&owner, &push).unwrap_err();
    assert!(matches!(&error, StoreError::Refused(refusals) if refusals.names(Rule::UnrelatedHistory)), "{error}");
}

#[test]
fn a_merge_that_takes_main_back_does_not_take_the_view_back() {
    let fixture = Fixture::new();
    let owner = id("tg:1");
    let work = fixture.work();
    work.edit("profiles/bob/SOUL.md", "on the side\n");
    fixture.put("alice", "SOUL.md", "second\n");
    let before = fixture.store.view(&owner).unwrap().head;
    work.git(&["fetch", "-q"]);
    work.git(&["merge", "-q", "--no-edit", "-s", "ours", "origin/main"]);
    fixture.judge(&work, &Actor::Admin).unwrap();
    work.git(&["push", "-q", "origin", "HEAD:main"]);
    assert_eq!(fixture.text("alice", "SOUL.md").as_deref(), Some("I am alice.\n"));
    let view = fixture.store.view(&owner).unwrap();
    git(&view.git_dir, &["merge-base", "--is-ancestor", &before.to_string(), &view.head.to_string()]);
    assert_eq!(git(&view.git_dir, &["show", "main:profiles/alice/SOUL.md"]), "I am alice.");
}

#[test]
fn a_commit_that_the_view_could_not_give_back_as_it_is_is_refused() {
    let fixture = Fixture::new();
    let owner = id("tg:1");
    let work = clone(&fixture, &owner);
    // A folder without entries: main would not have it, so the next fetch would bring another commit.
    let empty = work.literal("tree", b"");
    let readme = work.git(&["rev-parse", "HEAD:README.md"]);
    let listing = format!("100644 blob {readme}\tREADME.md\n040000 tree {empty}\tprofiles\n");
    let root = crate::work::git_with(&work.path, &["mktree"], listing.as_bytes());
    work.commit_tree(String::from_utf8(root).unwrap().trim());
    let before = (files(&fixture.store.git_dir()), fixture.head());
    let push = profile_store::Push {
        reference: "refs/heads/main",
        old: fixture.store.view(&owner).unwrap().head,
        new: work.head().parse().unwrap(),
        quarantine: Some(&work.path.join(".git/objects")),
    };
    let error = fixture.store.accept(&owner, &push).unwrap_err();
    assert!(matches!(&error, StoreError::Refused(refusals) if refusals.names(Rule::Malformed)), "{error}");
    assert_eq!((files(&fixture.store.git_dir()), fixture.head()), before);
}

#[test]
fn two_owners_and_an_administrator_in_a_random_order_end_with_what_everybody_did() {
    let fixture = Fixture::new();
    let owners = [id("tg:1"), id("tg:2")];
    let works = owners.each_ref().map(|owner| [clone(&fixture, owner), clone(&fixture, owner)]);
    let mut seed = 7_u64;
    let mut next = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % below
    };
    let profiles = ["alice", "bob"];
    let mut expected = Vec::new();
    for round in 0..24 {
        let who = next(2);
        let path = format!("skills/r/{round}.md");
        match next(4) {
            0 => drop(fixture.put(profiles[who], &path, "admin\n")),
            _ => {
                let work = &works[who][next(2)];
                work.edit(&format!("profiles/{}/{path}", profiles[who]), "owner\n");
                pull(&fixture, &owners[who], work);
                push_ok(&fixture, &owners[who], work);
            }
        }
        expected.push((profiles[who], path));
    }
    for (profile, path) in expected {
        assert!(fixture.text(profile, &path).is_some(), "{profile} {path}");
    }
    for (owner, works) in owners.iter().zip(&works) {
        works.iter().for_each(|work| pull(&fixture, owner, work));
        assert_eq!(works[0].head(), works[1].head());
        // Computed from the beginning it is the same.
        let view = fixture.store.view(owner).unwrap();
        fs::remove_dir_all(&view.git_dir).unwrap();
        assert_eq!(fixture.store.view(owner).unwrap().head, view.head);
    }
}
