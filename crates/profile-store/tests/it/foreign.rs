//! What an owner knows the ids of and has never been given.

use std::path::Path;

use profile_store::{Push, Rule, StoreError};

use crate::{
    doors::guard,
    support::{Fixture, files, id, scratch},
    work::{Work, git, git_with, receive},
};

/// Pushes HEAD of the work to the view of tg:1 with these objects and no others, as git's receiving side asks its hook
/// even where it has found that some are missing.
fn accept(fixture: &Fixture, work: &Work, brought: &[String]) -> Result<(), StoreError> {
    let owner = id("tg:1");
    let view = fixture.store.lock_view(&owner).unwrap();
    let quarantine = scratch();
    let pack =
        git_with(&work.path, &["pack-objects", "--stdout", "-q"], format!("{}\n", brought.join("\n")).as_bytes());
    receive(&pack, &view.view().git_dir, quarantine.path());
    let (old, new) = (view.view().head, work.head().parse().unwrap());
    let push = Push { reference: "refs/heads/main", old, new, quarantine: Some(quarantine.path()) };
    fixture.store.accept(&owner, &push).map(drop)
}

fn clone(fixture: &Fixture) -> Work {
    let view = fixture.store.view(&id("tg:1")).unwrap();
    guard(&view.git_dir);
    Work::clone_of(&view.git_dir)
}

/// A folder of these entries, whether they are there or not.
fn folder(work: &Work, entries: &str) -> String {
    let made = git_with(&work.path, &["mktree", "--missing"], entries.as_bytes());
    String::from_utf8(made).unwrap().trim().to_owned()
}

/// Commits `profiles/alice` as this folder; the ids of what is new on the way to it.
fn commit_profile(work: &Work, alice: &str) -> Vec<String> {
    let profiles = folder(work, &format!("040000 tree {alice}\talice\n"));
    let readme = work.git(&["rev-parse", "HEAD:README.md"]);
    let root = folder(work, &format!("100644 blob {readme}\tREADME.md\n040000 tree {profiles}\tprofiles\n"));
    vec![work.commit_tree(&root), root, profiles]
}

fn holds(repository: &Path, object: &str) -> bool {
    git(repository, &["cat-file", "--batch-all-objects", "--batch-check=%(objectname)"]).contains(object)
}

#[test]
fn whoever_knows_the_id_of_a_foreign_file_or_folder_is_not_given_it_for_a_push() {
    let fixture = Fixture::new();
    fixture.put("bob", "SOUL.md", "Bob's soul, which nobody else may read.\n");
    let of_bob = |path: &str| git(&fixture.store.git_dir(), &["rev-parse", &format!("main:profiles/bob{path}")]);
    let (soul, profile, skills) = (of_bob("/SOUL.md"), of_bob(""), of_bob("/skills"));
    let before = files(&fixture.store.git_dir());
    let refused = |work: &Work, brought: &[String]| {
        let error = accept(&fixture, work, brought).unwrap_err();
        let StoreError::Refused(refusals) = &error else { panic!("{error}") };
        assert!(refusals.names(Rule::Malformed) && error.to_string().contains("missing"), "{refusals}");
        assert!(!error.to_string().contains("qwen"), "{refusals}");
        assert_eq!(files(&fixture.store.git_dir()), before);
        let view = fixture.store.view(&id("tg:1")).unwrap().git_dir;
        assert!([&soul, &profile, &skills].iter().all(|object| !holds(&view, object)));
    };
    // A file, a folder of the profile, the profile as a whole.
    let work = clone(&fixture);
    let alice = folder(&work, &format!("100644 blob {soul}\tSOUL.md\n"));
    refused(&work, &[commit_profile(&work, &alice), vec![alice]].concat());
    let work = clone(&fixture);
    let alice = folder(&work, &format!("040000 tree {skills}\tskills\n"));
    refused(&work, &[commit_profile(&work, &alice), vec![alice]].concat());
    let work = clone(&fixture);
    let brought = commit_profile(&work, &profile);
    refused(&work, &brought);
    // And what nobody has is told from it by nothing.
    let work = clone(&fixture);
    let brought = commit_profile(&work, &"7".repeat(40));
    refused(&work, &brought);
    // A commit of main as a parent.
    let work = clone(&fixture);
    let main = fixture.head().to_string();
    let tree = work.git(&["rev-parse", "HEAD^{tree}"]);
    let head = work.head();
    let text = format!(
        "tree {tree}\nparent {head}\nparent {main}\nauthor A <a@b> 1795000200 +0000\ncommitter A <a@b> 1795000200 +0000\n\nx\n"
    );
    let commit = work.literal("commit", text.as_bytes());
    work.git(&["update-ref", "HEAD", &commit]);
    refused(&work, &[commit]);
}

#[test]
fn whether_somebody_has_a_file_is_not_found_out_by_a_push() {
    let fixture = Fixture::new();
    fixture.put("bob", "SOUL.md", "What everybody suspects bob of.\n");
    // Beside an honest commit comes what nothing needs: a guess.
    for guess in ["What everybody suspects bob of.\n", "What nobody has.\n"] {
        let work = clone(&fixture);
        work.edit("profiles/alice/SOUL.md", "mine\n");
        let ids = ["HEAD", "HEAD^{tree}", "HEAD:profiles", "HEAD:profiles/alice", "HEAD:profiles/alice/SOUL.md"];
        let mut brought: Vec<String> = ids.iter().map(|id| work.git(&["rev-parse", id])).collect();
        brought.push(work.blob(guess.as_bytes()));
        let error = accept(&fixture, &work, &brought).unwrap_err();
        assert!(matches!(&error, StoreError::Refused(refusals) if refusals.names(Rule::Stowaway)), "{guess}: {error}");
    }
}

#[test]
fn a_commit_with_a_thousand_parents_is_refused_before_it_is_compared_with_each() {
    let fixture = Fixture::new();
    let work = clone(&fixture);
    let (tree, head) = (work.git(&["rev-parse", "HEAD^{tree}"]), work.head());
    let parents = format!("parent {head}\n").repeat(1_000);
    let who = "A <a@b> 1795000200 +0000";
    let commit =
        work.literal("commit", format!("tree {tree}\n{parents}author {who}\ncommitter {who}\n\nx\n").as_bytes());
    work.git(&["update-ref", "HEAD", &commit]);
    let error = accept(&fixture, &work, &[commit]).unwrap_err();
    assert!(matches!(&error, StoreError::Refused(refusals) if refusals.names(Rule::PushTooLarge)), "{error}");
    // The same through the door of the whole repository.
    let work = fixture.work();
    let (tree, head) = (work.git(&["rev-parse", "HEAD^{tree}"]), work.head());
    let parents = format!("parent {head}\n").repeat(1_000);
    let commit =
        work.literal("commit", format!("tree {tree}\n{parents}author {who}\ncommitter {who}\n\nx\n").as_bytes());
    work.git(&["update-ref", "HEAD", &commit]);
    fixture.refuses(&work, &profile_store::Actor::Host, Rule::PushTooLarge, "");
}
