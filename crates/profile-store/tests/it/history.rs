//! What was, what changed, and back again.

use profile_store::{Actor, Author, Base, Change, FileState, Rule, StoreError};

use crate::support::{Fixture, alice, author, bob, name, noon};

#[test]
fn a_profiles_history_holds_its_own_commits_newest_first() {
    let fixture = Fixture::new();
    let mut own = Vec::new();
    for n in 0..5 {
        own.push(fixture.put("alice", "SOUL.md", &format!("{n}\n")));
        fixture.put("bob", "SOUL.md", &format!("{n}\n"));
    }
    own.reverse();
    let history = fixture.store.history(&name("alice"), 5, None).unwrap();
    assert_eq!(history.iter().map(|entry| entry.id).collect::<Vec<_>>(), own);
    assert_eq!(history[0].author, "host:mini <mini@localhost>");
    assert_eq!(history[0].message, "By an administrator");
    let more = fixture.store.history(&name("alice"), 5, Some(own[4])).unwrap();
    assert_eq!(more.len(), 1);
    assert!(fixture.store.history(&name("carol"), 5, None).unwrap().is_empty());
    let unknown = "1234567890123456789012345678901234567890".parse().unwrap();
    assert!(matches!(fixture.store.history(&name("alice"), 5, Some(unknown)), Err(StoreError::NoCommit(_))));
}

#[test]
fn a_merge_is_in_the_history_only_where_it_made_something_of_its_own() {
    let fixture = Fixture::new();
    let work = fixture.work();
    work.edit("profiles/alice/SOUL.md", "mine\n");
    fixture.put("bob", "SOUL.md", "Bob goes on.\n");
    work.git(&["pull", "-q", "--no-rebase", "--no-edit"]);
    fixture.judge(&work, &alice()).unwrap();
    work.git(&["push", "-q", "origin", "HEAD:main"]);
    let messages = |profile: &str| -> Vec<String> {
        let history = fixture.store.history(&name(profile), 2, None).unwrap();
        history.into_iter().map(|entry| entry.message).collect()
    };
    assert_eq!(messages("alice"), ["Edit", "By an administrator"]);
    assert_eq!(messages("bob"), ["By an administrator", "By an administrator"]);
}

#[test]
fn who_changed_each_profile_last_is_known_however_often_it_is_asked() {
    let fixture = Fixture::new();
    let last = |profile: &str| fixture.store.last_changes().unwrap().get(&name(profile)).map(|change| change.id);
    let newest = |profile: &str| fixture.store.history(&name(profile), 1, None).unwrap().first().map(|entry| entry.id);
    let agree = || ["alice", "bob", "carol"].map(|profile| assert_eq!(last(profile), newest(profile), "{profile}"));
    agree();
    let alices = fixture.put("alice", "SOUL.md", "mine\n");
    agree();
    assert_eq!(last("alice"), Some(alices));
    // A merge that makes nothing of its own, of commits that came to main at once.
    let work = fixture.work();
    work.edit("profiles/alice/SOUL.md", "more\n");
    fixture.put("bob", "SOUL.md", "Bob goes on.\n");
    work.git(&["pull", "-q", "--no-rebase", "--no-edit"]);
    fixture.judge(&work, &alice()).unwrap();
    work.git(&["push", "-q", "origin", "HEAD:main"]);
    agree();
    let changes = fixture.store.last_changes().unwrap();
    assert_eq!((changes[&name("alice")].subject.as_str(), changes[&name("alice")].is_owners_own), ("Edit", false));
    // Gone, and known to be.
    let gone = ["config.yaml", "SOUL.md", "skills/market/look/SKILL.md"];
    fixture.admin(&gone.map(|path| Change::delete(&name("bob"), path)));
    agree();
    // Another process that begins with all of it.
    let fresh = profile_store::Store::open_or_create(fixture.root.path(), Default::default()).unwrap();
    let ids = |store: &profile_store::Store| -> Vec<_> {
        store.last_changes().unwrap().iter().map(|(name, change)| (name.clone(), change.id)).collect()
    };
    assert_eq!(ids(&fresh), ids(&fixture.store));
    // Whatever time an author says, what came last was changed last.
    let old = Author::new("old", "old@localhost", noon() - chrono::TimeDelta::days(900));
    let change = [Change::put(&name("alice"), "AGENTS.md", "late\n")];
    fixture.store.commit(Base::Any, &Actor::Admin, &old, "Late", &change).unwrap();
    let changes = fixture.store.last_changes().unwrap();
    assert!(changes[&name("alice")].landed > changes[&name("bob")].landed);
}

#[test]
fn what_one_commit_did_is_told_of_the_first_one_as_well() {
    let fixture = Fixture::new();
    let alice = name("alice");
    let states = |commit| -> Vec<(String, FileState)> {
        let changes = fixture.store.change_of(&alice, commit).unwrap();
        changes.into_iter().map(|change| (change.path, change.state)).collect()
    };
    let edit = fixture.put("alice", "SOUL.md", "mine\n");
    assert_eq!(states(edit), [("SOUL.md".to_owned(), FileState::Modified)]);
    let first = fixture.store.history(&alice, 9, None).unwrap().last().unwrap().id;
    assert_eq!(states(first).len(), 3);
    assert!(states(first).iter().all(|(_, state)| *state == FileState::Added));
    assert_eq!(states(fixture.put("bob", "SOUL.md", "his\n")), []);
    let unknown = "1234567890123456789012345678901234567890".parse().unwrap();
    assert!(matches!(fixture.store.change_of(&alice, unknown), Err(StoreError::NoCommit(_))));
}

#[test]
fn drift_tells_what_the_template_changed_from_what_somebody_did() {
    let fixture = Fixture::new();
    let alice = name("alice");
    let made = fixture.head();
    let text = |path| fixture.text("alice", path).unwrap().into_bytes();
    let paths = ["config.yaml", "SOUL.md", "skills/market/look/SKILL.md"];
    let mut today: profile_store::template::Files = paths.map(|path| (path.to_owned(), text(path))).into();
    let drift = |today: &_| fixture.store.drift(&fixture.store.head().unwrap(), &alice, made, today).unwrap();
    assert_eq!(drift(&today), profile_store::Drift::default());
    fixture.put("alice", "SOUL.md", "mine\n");
    fixture.put("alice", "AGENTS.md", "new\n");
    fixture.admin(&[Change::delete(&alice, "skills/market/look/SKILL.md")]);
    let lock = profile_store::secrets_lock::SecretsLock::default().to_bytes();
    fixture.admin(&[Change::put(&alice, "secrets.lock", lock)]);
    today.insert("config.yaml".to_owned(), b"model: {}\n".to_vec());
    today.insert("CLAUDE.md".to_owned(), b"new\n".to_vec());
    let found = drift(&today);
    assert_eq!(found.edited, ["AGENTS.md", "SOUL.md", "skills/market/look/SKILL.md"]);
    assert_eq!(found.newer, ["CLAUDE.md", "config.yaml"]);
}

#[test]
fn a_diff_names_files_and_lines() {
    let fixture = Fixture::new();
    let before = fixture.head();
    let alice = name("alice");
    fixture.admin(&[
        Change::put(&alice, "SOUL.md", "I am alice.\nI changed.\n"),
        Change::put(&alice, "skills/new/x.bin", vec![0, 1, 2]),
        Change::delete(&alice, "config.yaml"),
    ]);
    fixture.put("bob", "SOUL.md", "Bob goes on.\n");
    let diff = fixture.store.diff(&alice, before, fixture.head()).unwrap();
    let states: Vec<_> =
        diff.iter().map(|change| (change.path.as_str(), change.state, change.patch.is_some())).collect();
    assert_eq!(
        states,
        [
            ("SOUL.md", FileState::Modified, true),
            ("config.yaml", FileState::Deleted, true),
            ("skills/new/x.bin", FileState::Added, false)
        ]
    );
    assert!(diff[0].patch.as_ref().unwrap().contains("+I changed."), "{diff:?}");
    assert!(fixture.store.diff(&alice, fixture.head(), fixture.head()).unwrap().is_empty());
}

#[test]
fn a_profile_comes_back_as_it_was_and_the_history_goes_on() {
    let fixture = Fixture::new();
    let alice_name = name("alice");
    let before = fixture.head();
    let content = fixture.store.head().unwrap().content_id(&alice_name).unwrap();
    fixture.put("alice", "skills/other/SKILL.md", "# Other\n");
    fixture.put("alice", "SOUL.md", "changed\n");
    fixture.put("bob", "SOUL.md", "Bob goes on.\n");
    let restored = fixture.store.restore(&alice_name, before, &alice(), &author()).unwrap();
    assert!(restored.is_new);
    assert_eq!(fixture.store.head().unwrap().content_id(&alice_name).unwrap(), content);
    assert_eq!(fixture.text("bob", "SOUL.md").as_deref(), Some("Bob goes on.\n"));
    assert_eq!(fixture.store.history(&alice_name, 10, None).unwrap().len(), 4);
    assert!(!fixture.store.restore(&alice_name, before, &alice(), &author()).unwrap().is_new);
    let foreign = fixture.store.restore(&alice_name, fixture.head(), &bob(), &author()).unwrap();
    assert!(!foreign.is_new, "what changes nothing needs no right");
    fixture.put("alice", "SOUL.md", "changed\n");
    let foreign = fixture.store.restore(&alice_name, before, &bob(), &author()).unwrap_err();
    assert!(matches!(foreign, StoreError::Refused(refusals) if refusals.names(Rule::ForeignProfile)));
    // Deleted, and back.
    fixture.admin(&[Change::delete_profile(&alice_name)]);
    assert_eq!(fixture.store.history(&alice_name, 1, None).unwrap()[0].content_id, None);
    fixture.store.restore(&alice_name, before, &Actor::Admin, &author()).unwrap();
    assert_eq!(fixture.store.head().unwrap().content_id(&alice_name).unwrap(), content);
    let unborn = fixture.store.restore(&name("carol"), before, &Actor::Admin, &author());
    assert!(matches!(unborn, Err(StoreError::NoProfile(_))));
}

#[test]
fn a_commit_that_main_never_was_at_cannot_be_read() {
    let fixture = Fixture::new();
    // In the repository, but on no way to main: as a push that was refused by a race leaves it.
    let work = fixture.work();
    work.edit("profiles/bob/SOUL.md", "not accepted\n");
    work.git(&["push", "-q", "origin", "HEAD:refs/heads/elsewhere"]);
    let stray = work.head().parse().unwrap();
    assert!(matches!(fixture.store.at(stray), Err(StoreError::NoCommit(_))));
    // And it is judged when it is pushed at last, although the repository holds it.
    fixture.refuses(&work, &alice(), Rule::ForeignProfile, "profiles/bob/SOUL.md");
}
