//! What was, what changed, and back again.

use profile_store::{Actor, Change, FileState, Rule, StoreError};

use crate::support::{Fixture, alice, author, bob, name};

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
