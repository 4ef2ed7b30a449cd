//! Objects that no git writes, and objects that nobody needs.

use profile_store::{Actor, Push, Rule, StoreError};

use crate::{
    support::{Fixture, alice, files, scratch},
    work::{Work, git_with, receive},
};

fn entry(mode: &str, name: &[u8], id: &str) -> Vec<u8> {
    let id: Vec<u8> = (0..20).map(|at| u8::from_str_radix(&id[2 * at..2 * at + 2], 16).unwrap()).collect();
    [mode.as_bytes(), b" ", name, b"\0", &id].concat()
}

/// HEAD with `profiles/alice` replaced by a tree of these bytes.
fn commit_profile(work: &Work, alice: &[u8]) {
    let alice = work.literal("tree", alice);
    let bob = work.git(&["rev-parse", "HEAD:profiles/bob"]);
    let profiles = [entry("40000", b"alice", &alice), entry("40000", b"bob", &bob)].concat();
    let profiles = work.literal("tree", &profiles);
    let (owners, readme) = (work.git(&["rev-parse", "HEAD:OWNERS"]), work.git(&["rev-parse", "HEAD:README.md"]));
    let root = [
        entry("100644", b"OWNERS", &owners),
        entry("100644", b"README.md", &readme),
        entry("40000", b"profiles", &profiles),
    ];
    let root = work.literal("tree", &root.concat());
    work.commit_tree(&root);
}

#[test]
fn trees_that_git_would_not_write_are_refused() {
    let fixture = Fixture::new();
    let work = fixture.work();
    let blob = work.blob(b"x\n");
    let cases: Vec<(Vec<u8>, Rule)> = vec![
        ([entry("100644", b"b", &blob), entry("100644", b"SOUL.md", &blob)].concat(), Rule::Malformed),
        ([entry("100644", b"SOUL.md", &blob), entry("100644", b"SOUL.md", &blob)].concat(), Rule::Malformed),
        (entry("100664", b"SOUL.md", &blob), Rule::Mode),
        (entry("100600", b"SOUL.md", &blob), Rule::Mode),
        (entry("040000", b"skills", &blob), Rule::Mode),
        (entry("40000", b"skills", &blob), Rule::Malformed),
        (entry("100644", b"..", &blob), Rule::Path),
        (entry("100644", b".git", &blob), Rule::Path),
        (entry("100644", b"git~1", &blob), Rule::Path),
        (entry("100644", b"a\xffb", &blob), Rule::Path),
        (Vec::new(), Rule::Malformed),
    ];
    for (tree, rule) in cases {
        let work = fixture.work();
        work.blob(b"x\n");
        commit_profile(&work, &tree);
        let pack = loose_pack(&work);
        let error = judge_pack(&fixture, &work, &pack, &alice()).unwrap_err();
        let StoreError::Refused(refusals) = &error else { panic!("{error}") };
        assert!(refusals.names(rule), "{rule:?}: {refusals}");
    }
}

/// Everything the work has and its origin has not, whether anything points to it or not.
fn loose_pack(work: &Work) -> Vec<u8> {
    let loose = work.git(&["cat-file", "--batch-all-objects", "--batch-check=%(objectname)", "--unordered"]);
    git_with(&work.path, &["pack-objects", "--stdout", "-q"], format!("{loose}\n").as_bytes())
}

fn judge_pack(fixture: &Fixture, work: &Work, pack: &[u8], actor: &Actor) -> Result<(), StoreError> {
    let quarantine = scratch();
    receive(pack, &fixture.store.git_dir(), quarantine.path());
    let before = files(&fixture.store.git_dir());
    let push = Push {
        reference: "refs/heads/main",
        old: fixture.head(),
        new: work.head().parse().unwrap(),
        quarantine: Some(quarantine.path()),
    };
    let judged = fixture.store.judge_push(&push, actor);
    assert_eq!(files(&fixture.store.git_dir()), before);
    judged
}

#[test]
fn an_object_that_no_new_commit_needs_is_refused() {
    let fixture = Fixture::new();
    let work = fixture.work();
    work.edit("profiles/alice/SOUL.md", "honest\n");
    judge_pack(&fixture, &work, &loose_pack(&work), &alice()).unwrap();
    work.blob(b"a stowaway that would lie in the repository for ever\n");
    let error = judge_pack(&fixture, &work, &loose_pack(&work), &alice()).unwrap_err();
    let StoreError::Refused(refusals) = &error else { panic!("{error}") };
    assert!(refusals.names(Rule::Stowaway), "{refusals}");
}

#[test]
fn a_commit_that_git_would_not_write_is_refused() {
    let fixture = Fixture::new();
    let template = {
        let work = fixture.work();
        let tree = work.git(&["rev-parse", "HEAD^{tree}"]);
        let head = work.head();
        format!(
            "tree {tree}\nparent {head}\nauthor A <a@b> 1795000000 +0000\ncommitter A <a@b> 1795000000 +0000\n\nmessage\n"
        )
    };
    let cases = [
        template.replace("author", "auther"),
        template.replace("\n\nmessage", "\nevil-header x\n\nmessage"),
        template.replace("\n\nmessage", "\nprojected-from 1111111111111111111111111111111111111111 \n\nmessage"),
        template.replace("message", &"m".repeat(70 << 10)),
        template.replace("parent ", "parent  "),
    ];
    for case in cases {
        let work = fixture.work();
        let commit = work.literal("commit", case.as_bytes());
        let quarantine = scratch();
        let pack = git_with(&work.path, &["pack-objects", "--stdout", "-q"], format!("{commit}\n").as_bytes());
        receive(&pack, &fixture.store.git_dir(), quarantine.path());
        let new = commit.parse().unwrap();
        let push = Push { reference: "refs/heads/main", old: fixture.head(), new, quarantine: Some(quarantine.path()) };
        let error = fixture.store.judge_push(&push, &Actor::Admin).unwrap_err();
        let StoreError::Refused(refusals) = &error else { panic!("{error}") };
        assert!(refusals.names(Rule::Malformed) || refusals.names(Rule::PushTooLarge), "{refusals}");
    }
}

#[test]
fn a_push_that_lacks_objects_or_is_none_at_all_is_refused() {
    let fixture = Fixture::new();
    let missing = "1234567890123456789012345678901234567890";
    let push = |new: &str| {
        let new = new.parse().unwrap();
        let push = Push { reference: "refs/heads/main", old: fixture.head(), new, quarantine: None };
        fixture.store.judge_push(&push, &Actor::Admin).unwrap_err()
    };
    assert!(matches!(push(missing), StoreError::Refused(refusals) if refusals.names(Rule::Malformed)));
    let blob = crate::work::git(&fixture.store.git_dir(), &["rev-parse", "main:OWNERS"]);
    assert!(matches!(push(&blob), StoreError::Refused(refusals) if refusals.names(Rule::Malformed)));
    // A commit whose folders did not come with it.
    let work = fixture.work();
    work.edit("profiles/alice/SOUL.md", "honest\n");
    let pack = git_with(&work.path, &["pack-objects", "--stdout", "-q"], format!("{}\n", work.head()).as_bytes());
    let error = judge_pack(&fixture, &work, &pack, &alice()).unwrap_err();
    assert!(matches!(error, StoreError::Refused(refusals) if refusals.names(Rule::Malformed)));
}

#[test]
fn folders_that_stand_for_billions_of_files_are_refused_without_counting_them_one_by_one() {
    let fixture = Fixture::new();
    for leaf in ["x\n", ""] {
        let work = fixture.work();
        let blob = work.blob(leaf.as_bytes());
        // Empty folders count as no file: those are refused for being empty.
        let mut inner =
            work.literal("tree", &if leaf.is_empty() { Vec::new() } else { entry("100644", b"a.md", &blob) });
        for _ in 0..6 {
            let many: Vec<u8> = (0..100).flat_map(|n| entry("40000", format!("{n:02}").as_bytes(), &inner)).collect();
            inner = work.literal("tree", &many);
        }
        commit_profile(&work, &entry("40000", b"skills", &inner));
        assert!(fixture.judge(&work, &alice()).unwrap_err().to_string().contains("refused"));
    }
}
