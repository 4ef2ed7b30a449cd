//! Commits through the API: judged, never lost, and none where nothing changes.

use std::{
    process::{Command, Stdio},
    thread,
};

use profile_store::{Actor, Base, Change, Rule, Store, StoreError, UpdateError, allow_list::Limits};

use crate::{
    support::{Fixture, alice, author, files, id, name, scratch, told},
    work::git,
};

const CHILD: &str = "PROFILE_STORE_WRITER";
const WRITERS: usize = 4;
const COMMITS: usize = 50;

#[test]
fn a_new_store_is_valid_and_opens_again() {
    let folder = scratch();
    let store = Store::open_or_create(folder.path(), Limits::default()).unwrap();
    let first = store.head().unwrap();
    assert_eq!(first.profiles().unwrap(), []);
    assert_eq!(first.owners().unwrap().lines().count(), 0);
    let again = Store::open_or_create(folder.path(), Limits::default()).unwrap();
    assert_eq!(again.head().unwrap().id(), first.id());
    git(&store.git_dir(), &["fsck", "--strict"]);
}

#[test]
fn a_commit_is_what_is_read_and_one_that_changes_nothing_is_none() {
    let fixture = Fixture::new();
    let changes = [Change::put(&name("alice"), "SOUL.md", "new\n"), Change::delete(&name("alice"), "config.yaml")];
    let commit = || fixture.store.commit(Base::Any, &alice(), &author(), "Edit", &changes).unwrap();
    let first = commit();
    assert!(first.is_new && first.id == fixture.head());
    assert_eq!(fixture.text("alice", "SOUL.md").as_deref(), Some("new\n"));
    assert_eq!(fixture.text("alice", "config.yaml"), None);
    let again = commit();
    assert_eq!((again.id, again.is_new), (first.id, false));
    let snapshot = fixture.store.head().unwrap();
    let paths: Vec<String> = snapshot.files(&name("alice")).unwrap().into_iter().map(|file| file.path).collect();
    assert_eq!(paths, ["SOUL.md", "skills/market/look/SKILL.md"]);
    assert_eq!(snapshot.profiles().unwrap(), [name("alice"), name("bob")]);
    fixture.fsck();
}

#[test]
fn the_api_is_judged_by_the_same_policy_and_leaves_nothing_behind() {
    let fixture = Fixture::new();
    let before = files(fixture.root.path());
    let secret = format!("ghp_{}", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8");
    let put = |path: &str, text: &str| Change::Put { path: path.to_owned(), content: text.into(), executable: false };
    let cases = [
        (put("profiles/bob/SOUL.md", "x\n"), Rule::ForeignProfile),
        (put("profiles/carol/SOUL.md", "x\n"), Rule::UnclaimedProfile),
        (put("OWNERS", ""), Rule::OwnersFile),
        (Change::Delete { path: "OWNERS".to_owned() }, Rule::OwnersMissing),
        (put("README.md", "x\n"), Rule::OutsideProfiles),
        (put("profiles/alice/.env", "A=b\n"), Rule::Path),
        (put("profiles/alice/../bob/SOUL.md", "x\n"), Rule::Path),
        (put("/etc/passwd", "x\n"), Rule::Path),
        (put("profiles/alice/skills/x.md", &secret), Rule::Secret),
        (put("profiles/alice/config.yaml", "a: '***'\n"), Rule::RedactionPlaceholder),
        (put("profiles/alice/soul.md", "x\n"), Rule::Collision),
        (Change::delete_profile(&name("bob")), Rule::ForeignProfile),
    ];
    for (change, rule) in cases {
        let error = fixture.store.commit(Base::Any, &alice(), &author(), "Edit", &[change]).unwrap_err();
        assert!(matches!(&error, StoreError::Refused(refusals) if refusals.names(rule)), "{rule:?}: {error}");
    }
    assert_eq!(files(fixture.root.path()), before);
}

#[test]
fn a_base_protects_what_was_read() {
    let fixture = Fixture::new();
    let base = fixture.head();
    fixture.put("bob", "SOUL.md", "Bob goes on.\n");
    let soul = [Change::put(&name("alice"), "SOUL.md", "mine\n")];
    let commit = |base| fixture.store.commit(base, &alice(), &author(), "Edit", &soul);
    assert!(matches!(commit(Base::Exactly(base)), Err(StoreError::Conflict { .. })));
    commit(Base::SamePaths(base)).unwrap();
    let error = fixture.store.commit(
        Base::SamePaths(base),
        &alice(),
        &author(),
        "Edit",
        &[Change::put(&name("alice"), "SOUL.md", "other\n")],
    );
    assert!(matches!(error, Err(StoreError::Conflict { paths, .. }) if paths == ["profiles/alice/SOUL.md"]));
    let unknown = "1234567890123456789012345678901234567890".parse().unwrap();
    assert!(matches!(commit(Base::SamePaths(unknown)), Err(StoreError::NoCommit(_))));
}

#[test]
fn of_many_claims_of_one_profile_one_wins() {
    let fixture = Fixture::new();
    let won: usize = thread::scope(|scope| {
        let claims: Vec<_> = (0..8)
            .map(|n| {
                let store = fixture.store.clone();
                scope.spawn(move || {
                    let claimed = store.update(&Actor::Admin, &author(), "Claim", |now| {
                        let mut owners = now.owners().unwrap();
                        owners.claim(&name("carol"), &id(&format!("tg:9{n}")), "telegram", crate::support::noon())?;
                        Ok(vec![Change::owners(&owners)])
                    });
                    match claimed {
                        Ok(_) => 1,
                        Err(UpdateError::Declined(profile_store::OwnersError::OwnedByAnother(_))) => 0,
                        Err(other) => panic!("{other}"),
                    }
                })
            })
            .collect();
        claims.into_iter().map(|claim| claim.join().unwrap()).sum()
    });
    assert_eq!(won, 1);
    assert!(fixture.store.head().unwrap().owners().unwrap().owner_of(&name("carol")).is_some());
}

fn write_all(store: &Store, writer: usize) {
    for commit in 0..COMMITS {
        let change = Change::put(&name("alice"), &format!("skills/w{writer}/{commit}.md"), "x\n");
        let committed = store.commit(Base::Any, &alice(), &author(), &format!("{writer}.{commit}"), &[change]).unwrap();
        assert!(committed.is_new);
    }
}

fn assert_all_landed(fixture: &Fixture, before: profile_store::CommitId) {
    let files = fixture.store.head().unwrap().files(&name("alice")).unwrap();
    let landed = files.iter().filter(|file| file.path.starts_with("skills/w")).count();
    assert_eq!(landed, WRITERS * COMMITS);
    let range = format!("{before}..main");
    let commits = git(&fixture.store.git_dir(), &["rev-list", "--count", &range]);
    assert_eq!(commits, (WRITERS * COMMITS).to_string());
    fixture.fsck();
}

#[test]
fn four_threads_with_fifty_commits_each_land_two_hundred() {
    let fixture = Fixture::new();
    let before = fixture.head();
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let store = fixture.store.clone();
            scope.spawn(move || write_all(&store, writer));
        }
    });
    assert_all_landed(&fixture, before);
}

#[test]
fn child() {
    let Some(what) = told(CHILD) else { return };
    let (root, writer) = what.rsplit_once('|').unwrap();
    let store = Store::open_or_create(root.as_ref(), Limits::default()).unwrap();
    write_all(&store, writer.parse().unwrap());
}

#[test]
fn four_processes_with_fifty_commits_each_land_two_hundred() {
    let fixture = Fixture::new();
    let before = fixture.head();
    let start = |writer: usize| {
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "commits::child", "--nocapture"])
            .env(CHILD, format!("{}|{writer}", fixture.root.path().display()))
            .stdout(Stdio::null())
            .spawn()
            .unwrap()
    };
    let children: Vec<_> = (0..WRITERS).map(start).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    assert_all_landed(&fixture, before);
}

#[test]
fn commits_and_stock_gits_pushes_do_not_lose_each_other() {
    let fixture = Fixture::new();
    let before = fixture.head();
    thread::scope(|scope| {
        let store = fixture.store.clone();
        scope.spawn(move || write_all(&store, 0));
        let work = fixture.work();
        for n in 0..15 {
            work.edit(&format!("profiles/bob/skills/p/{n}.md"), "x\n");
            // Refused where main moved on meanwhile: pull and try again, as a person would.
            while !crate::work::run(crate::work::command(&work.path).args(["push", "-q", "origin", "HEAD:main"]), b"")
                .status
                .success()
            {
                work.git(&["pull", "-q", "--rebase"]);
            }
        }
    });
    let snapshot = fixture.store.head().unwrap();
    assert_eq!(snapshot.files(&name("bob")).unwrap().len(), 3 + 15);
    assert_eq!(snapshot.files(&name("alice")).unwrap().len(), 3 + COMMITS);
    let range = format!("{before}..main");
    assert_eq!(git(&fixture.store.git_dir(), &["rev-list", "--count", &range]), (COMMITS + 15).to_string());
    fixture.fsck();
}

#[test]
fn a_garbage_collection_between_commits_changes_nothing() {
    let fixture = Fixture::new();
    for round in 0..4 {
        fixture.put("alice", "SOUL.md", &format!("{round}\n"));
        git(&fixture.store.git_dir(), &["gc", "-q", "--prune=now"]);
    }
    assert_eq!(fixture.text("alice", "SOUL.md").as_deref(), Some("3\n"));
    assert_eq!(fixture.store.history(&name("alice"), 100, None).unwrap().len(), 5);
    fixture.fsck();
}

#[test]
fn many_files_come_as_one_pack_and_what_follows_is_written_as_ever() {
    let fixture = Fixture::new();
    let git_dir = fixture.store.git_dir();
    let packs = || {
        let entries = std::fs::read_dir(git_dir.join("objects/pack")).unwrap().map(|entry| entry.unwrap().path());
        entries.filter(|path| path.extension().is_some_and(|end| end == "pack")).count()
    };
    let alice = name("alice");
    let many: Vec<Change> = (0..300)
        .map(|number| Change::put(&alice, &format!("skills/s{number}/SKILL.md"), format!("{number}\n")))
        .collect();
    assert_eq!(packs(), 0);
    fixture.admin(&many);
    assert_eq!(packs(), 1);
    // The same handle, another one, and stock git find everything.
    fixture.put("alice", "SOUL.md", "After the pack.\n");
    let again = Store::open_or_create(fixture.root.path(), Limits::default()).unwrap();
    assert_eq!(again.head().unwrap().files(&alice).unwrap().len(), 303);
    assert_eq!(fixture.text("alice", "skills/s299/SKILL.md").as_deref(), Some("299\n"));
    assert_eq!(fixture.text("alice", "SOUL.md").as_deref(), Some("After the pack.\n"));
    git(&git_dir, &["fsck", "--strict", "--full"]);
    assert_eq!(packs(), 1);
}
