//! Pushes that must not get in, made with stock git.

use profile_store::{Actor, Push, Rule, StoreError, allow_list::Limits};

use crate::support::{Fixture, alice, bob, scratch};

#[test]
fn an_honest_push_is_let_in() {
    let fixture = Fixture::new();
    let work = fixture.work();
    work.edit("profiles/alice/SOUL.md", "I am alice, and I look at banks.\n");
    work.edit("profiles/alice/skills/new/SKILL.md", "# New\n");
    fixture.judge(&work, &alice()).unwrap();
    fixture.judge(&work, &Actor::Host).unwrap();
    fixture.judge(&work, &Actor::Admin).unwrap();
}

#[test]
fn a_foreign_path_is_refused() {
    let fixture = Fixture::new();
    let work = fixture.work();
    work.edit("profiles/bob/SOUL.md", "I am not bob.\n");
    fixture.refuses(&work, &alice(), Rule::ForeignProfile, "profiles/bob/SOUL.md");
    fixture.judge(&work, &bob()).unwrap();
}

#[test]
fn a_foreign_file_that_is_deleted_or_moved_is_refused() {
    let fixture = Fixture::new();
    let work = fixture.work();
    work.git(&["mv", "profiles/bob/SOUL.md", "profiles/alice/CLAUDE.md"]);
    work.commit("Take");
    fixture.refuses(&work, &alice(), Rule::ForeignProfile, "profiles/bob/SOUL.md");
    let work = fixture.work();
    work.git(&["rm", "-q", "-r", "profiles/bob"]);
    work.commit("Delete");
    fixture.refuses(&work, &alice(), Rule::ForeignProfile, "profiles/bob/SOUL.md");
}

#[test]
fn a_foreign_path_is_refused_although_the_next_commit_reverts_it() {
    let fixture = Fixture::new();
    let work = fixture.work();
    work.edit("profiles/alice/SOUL.md", "honest\n");
    work.edit("profiles/bob/SOUL.md", "smuggled\n");
    work.git(&["revert", "--no-edit", "HEAD"]);
    assert_eq!(work.git(&["diff", "--name-only", "origin/main", "HEAD"]), "profiles/alice/SOUL.md");
    fixture.refuses(&work, &alice(), Rule::ForeignProfile, "profiles/bob/SOUL.md");
}

#[test]
fn a_profile_that_nobody_owns_is_refused() {
    let fixture = Fixture::new();
    let work = fixture.work();
    work.edit("profiles/carol/SOUL.md", "I am new.\n");
    fixture.refuses(&work, &alice(), Rule::UnclaimedProfile, "profiles/carol/SOUL.md");
    fixture.refuses(&work, &Actor::Host, Rule::UnclaimedProfile, "profiles/carol/SOUL.md");
    fixture.judge(&work, &Actor::Admin).unwrap();
}

#[test]
fn a_claim_that_comes_with_the_push_does_not_count() {
    let fixture = Fixture::new();
    let work = fixture.work();
    let owners = std::fs::read_to_string(work.path.join("OWNERS")).unwrap();
    work.write("profiles/bob/SOUL.md", "mine now\n");
    work.edit("OWNERS", owners.replace("tg:2", "tg:1"));
    fixture.refuses(&work, &alice(), Rule::OwnersFile, "OWNERS");
    fixture.refuses(&work, &alice(), Rule::ForeignProfile, "profiles/bob/SOUL.md");
}

#[test]
fn owners_is_changed_by_administrators_only() {
    let fixture = Fixture::new();
    let work = fixture.work();
    let owners = std::fs::read_to_string(work.path.join("OWNERS")).unwrap();
    work.edit("OWNERS", format!("{owners}carol | tg:1 | telegram | 2026-11-22T00:00:00Z\n"));
    for actor in [alice(), Actor::Host] {
        fixture.refuses(&work, &actor, Rule::OwnersFile, "OWNERS");
    }
    fixture.judge(&work, &Actor::Admin).unwrap();
}

#[test]
fn owners_cannot_be_deleted_even_for_one_commit() {
    let fixture = Fixture::new();
    let work = fixture.work();
    let owners = std::fs::read_to_string(work.path.join("OWNERS")).unwrap();
    work.git(&["rm", "-q", "OWNERS"]);
    work.commit("Delete");
    for actor in [alice(), Actor::Admin] {
        fixture.refuses(&work, &actor, Rule::OwnersMissing, "OWNERS");
    }
    work.edit("OWNERS", owners);
    fixture.refuses(&work, &Actor::Admin, Rule::OwnersMissing, "OWNERS");
}

#[test]
fn owners_that_cannot_be_read_is_refused_from_an_administrator_too() {
    let fixture = Fixture::new();
    for broken in ["alice | tg:1\n", "", "alice | tg:1 | telegram | 2026-11-22T00:00:00Z", "<<<<<<< HEAD\n"] {
        let work = fixture.work();
        work.edit("OWNERS", broken);
        fixture.refuses(&work, &Actor::Admin, Rule::OwnersBroken, "OWNERS");
    }
    let work = fixture.work();
    work.git(&["rm", "-q", "OWNERS"]);
    work.edit("OWNERS/x", "a folder\n");
    fixture.refuses(&work, &Actor::Admin, Rule::OwnersMissing, "OWNERS");
}

#[test]
fn while_main_has_broken_owners_only_a_repair_gets_in() {
    let fixture = Fixture::new();
    let good = fixture.work();
    let owners = std::fs::read_to_string(good.path.join("OWNERS")).unwrap();
    // Stock git without the hook: an operator's accident.
    let breaker = fixture.work();
    breaker.edit("OWNERS", "broken\n");
    breaker.git(&["push", "-q", "origin", "HEAD:main"]);
    let work = fixture.work();
    work.edit("profiles/alice/SOUL.md", "honest\n");
    for actor in [alice(), Actor::Host] {
        fixture.refuses(&work, &actor, Rule::OwnersBroken, "");
    }
    fixture.refuses(&work, &Actor::Admin, Rule::OwnersBroken, "OWNERS");
    assert!(matches!(fixture.store.head().unwrap().owners(), Err(StoreError::Owners(_))));
    work.edit("OWNERS", owners);
    fixture.judge(&work, &Actor::Admin).unwrap();
    fixture.refuses(&work, &alice(), Rule::OwnersBroken, "");
}

#[test]
fn what_is_outside_of_profiles_is_refused() {
    let fixture = Fixture::new();
    let work = fixture.work();
    work.edit("README.md", "Owned.\n");
    fixture.refuses(&work, &alice(), Rule::OutsideProfiles, "README.md");
    fixture.judge(&work, &Actor::Admin).unwrap();
    for (path, shown) in
        [("notes.txt", "notes.txt"), ("profiles/notes.txt", "profiles/notes.txt"), ("hooks/update", "hooks")]
    {
        let work = fixture.work();
        work.edit(path, "x\n");
        fixture.refuses(&work, &Actor::Admin, Rule::OutsideProfiles, shown);
    }
}

#[test]
fn symbolic_links_and_submodules_are_refused() {
    let fixture = Fixture::new();
    let work = fixture.work();
    let target = work.blob(b"/etc/passwd");
    work.commit_entry("120000", &target, "profiles/alice/skills/link");
    fixture.refuses(&work, &alice(), Rule::Symlink, "profiles/alice/skills/link");
    let work = fixture.work();
    work.blob(b"/etc/passwd");
    work.git(&["rm", "-q", "profiles/alice/config.yaml"]);
    work.commit_entry("120000", &target, "profiles/alice/config.yaml");
    fixture.refuses(&work, &Actor::Admin, Rule::Symlink, "profiles/alice/config.yaml");
    let work = fixture.work();
    let head = work.head();
    work.commit_entry("160000", &head, "profiles/alice/skills/module");
    fixture.refuses(&work, &alice(), Rule::Submodule, "profiles/alice/skills/module");
    let work = fixture.work();
    work.blob(b"/etc/passwd");
    work.git(&["rm", "-q", "-r", "profiles/alice"]);
    work.commit_entry("120000", &target, "profiles/alice");
    fixture.refuses(&work, &alice(), Rule::Symlink, "profiles/alice");
}

#[test]
fn names_that_collide_on_a_mac_are_refused() {
    let fixture = Fixture::new();
    let blob = |work: &crate::work::Work| work.blob(b"x\n");
    let pairs = [
        ("skills/a/Skill.md", "skills/a/SKILL.md"),
        ("skills/A/x.md", "skills/a/x.md"),
        ("skills/ﬁ.md", "skills/fi.md"),
    ];
    for (one, other) in pairs {
        let work = fixture.work();
        let blob = blob(&work);
        work.git(&["update-index", "--add", "--cacheinfo", &format!("100644,{blob},profiles/alice/{one}")]);
        work.commit_entry("100644", &blob, &format!("profiles/alice/{other}"));
        let StoreError::Refused(refusals) = fixture.judge(&work, &alice()).unwrap_err() else { panic!("{one}") };
        assert!(refusals.names(Rule::Collision), "{one} {other}: {refusals}");
    }
    // Against what is there already, and for profiles.
    let work = fixture.work();
    let blob = blob(&work);
    work.commit_entry("100644", &blob, "profiles/Alice/SOUL.md");
    fixture.refuses(&work, &Actor::Admin, Rule::Collision, "profiles/alice");
    fixture.refuses(&work, &Actor::Admin, Rule::ProfileName, "profiles/Alice");
    // The same word composed and decomposed.
    let work = fixture.work();
    let blob = work.blob(b"x\n");
    work.git(&["update-index", "--add", "--cacheinfo", &format!("100644,{blob},profiles/alice/skills/r\u{e9}.md")]);
    work.commit_entry("100644", &blob, "profiles/alice/skills/re\u{301}.md");
    let StoreError::Refused(refusals) = fixture.judge(&work, &alice()).unwrap_err() else { panic!() };
    assert!(refusals.names(Rule::Collision) && refusals.names(Rule::Path), "{refusals}");
}

#[test]
fn paths_that_no_profile_replicates_are_refused() {
    let fixture = Fixture::new();
    for path in [
        ".env",
        "auth.json",
        "state.db",
        "sessions/1.json",
        "skills/.gitmodules",
        ".gitattributes",
        "skills/.hidden",
        "skills/a/__pycache__/x.pyc",
        "notes.txt",
        "skills/a:b.md",
        "skills/a\tb.md",
        "skills/a\u{200b}b.md",
    ] {
        let work = fixture.work();
        let blob = work.blob(b"x\n");
        work.commit_entry("100644", &blob, &format!("profiles/alice/{path}"));
        let StoreError::Refused(refusals) = fixture.judge(&work, &alice()).unwrap_err() else { panic!("{path}") };
        assert!(refusals.names(Rule::Path), "{path}: {refusals}");
        let text = refusals.to_string();
        assert!(text.lines().all(|line| !line.contains(|character: char| character.is_control())), "{text:?}");
    }
}

#[test]
fn a_secret_in_any_file_of_any_commit_is_refused_without_repeating_it() {
    let fixture = Fixture::new();
    let secret = format!("sk-{}", "a1B2c3D4e5F6g7H8i9J0k1L2");
    let work = fixture.work();
    work.edit("profiles/alice/config.yaml", format!("model:\n  api_key: {secret}\n"));
    work.edit("profiles/alice/config.yaml", "model:\n  api_key: ${TWILIGHT_TOKEN}\n");
    for actor in [alice(), Actor::Host, Actor::Admin] {
        fixture.refuses(&work, &actor, Rule::Secret, "profiles/alice/config.yaml");
    }
    let text = fixture.judge(&work, &alice()).unwrap_err().to_string();
    assert!(!text.contains(&secret) && text.contains("line 2"), "{text}");
    let work = fixture.work();
    work.write("profiles/alice/SOUL.md", "x\n");
    work.commit(&format!("Use {secret}"));
    fixture.refuses(&work, &alice(), Rule::Secret, "");
    // A file that is deleted in the commit that merges it.
    let work = fixture.work();
    work.git(&["checkout", "-q", "-b", "side"]);
    work.edit("profiles/alice/skills/x/run.sh", format!("KEY={secret}\n"));
    work.git(&["checkout", "-q", "main"]);
    work.edit("profiles/alice/SOUL.md", "y\n");
    work.git(&["merge", "-q", "--no-commit", "side"]);
    work.git(&["rm", "-q", "-f", "profiles/alice/skills/x/run.sh"]);
    work.commit("Merge");
    fixture.refuses(&work, &alice(), Rule::Secret, "profiles/alice/skills/x/run.sh");
}

#[test]
fn what_stands_in_for_a_hidden_value_is_refused() {
    let fixture = Fixture::new();
    for value in ["***", "sk-...", "\"[REDACTED]\""] {
        let work = fixture.work();
        work.edit("profiles/alice/config.yaml", format!("model:\n  api_key: {value}\n"));
        fixture.refuses(&work, &alice(), Rule::RedactionPlaceholder, "profiles/alice/config.yaml");
    }
}

#[test]
fn settings_and_jobs_that_hermes_or_the_next_merge_cannot_read_are_refused_in_every_commit() {
    let fixture = Fixture::new();
    for (path, broken) in [
        ("config.yaml", "model: [\n"),
        ("config.yaml", "model: 1\nmodel: 2\n"),
        ("config.yaml", "a: &anchor 1\nb: *anchor\n"),
        ("profile.yaml", "- a list\n"),
        ("cron/jobs.json", "{\"jobs\": [{\"id\": \"a\"}, {\"id\": \"a\"}]}\n"),
        ("cron/jobs.json", "{\"jobs\": [],}\n"),
        ("secrets.lock", "{\"secrets\": {\"A\": {\"fingerprint\": \"hunter2\"}}}\n"),
        ("secrets.schema.json", "{\"type\": \"array\"}\n"),
        ("crontab.json", "[]\n"),
    ] {
        let (work, path) = (fixture.work(), format!("profiles/alice/{path}"));
        work.edit(&path, broken);
        work.edit(&path, "{}\n");
        fixture.refuses(&work, &alice(), Rule::Unreadable, &path);
        let refused = fixture.judge(&work, &profile_store::Actor::Admin).unwrap_err();
        assert!(!refused.to_string().contains("hunter2"), "{refused}");
    }
    let work = fixture.work();
    work.edit(
        "profiles/alice/cron/jobs.json",
        "{\"jobs\": [{\"id\": \"a\", \"enabled\": true}], \"updated_at\": null}\n",
    );
    work.edit("profiles/alice/config.yaml", "# A comment.\nmodel:\n  default: \"qwen-plus\"\n");
    fixture.judge(&work, &alice()).unwrap();
}

#[test]
fn too_large_too_many_and_no_text_are_refused() {
    let limits = Limits { files_max: 10, profile_bytes_max: 2 << 20, commits_max: 5, ..Limits::default() };
    let fixture = Fixture::with_limits(limits);
    let work = fixture.work();
    work.edit("profiles/alice/SOUL.md", "x".repeat(300 << 10));
    fixture.refuses(&work, &alice(), Rule::FileTooLarge, "profiles/alice/SOUL.md");
    let work = fixture.work();
    (0..10).for_each(|n| work.write(&format!("profiles/alice/skills/many/{n}.md"), "x\n"));
    work.commit("Many");
    fixture.refuses(&work, &alice(), Rule::ProfileTooLarge, "profiles/alice");
    let work = fixture.work();
    (0..3).for_each(|n| work.write(&format!("profiles/alice/skills/large/{n}.md"), "x".repeat(900 << 10)));
    work.commit("Large");
    fixture.refuses(&work, &alice(), Rule::ProfileTooLarge, "profiles/alice");
    let work = fixture.work();
    (0..6).for_each(|n| drop(work.edit("profiles/alice/SOUL.md", format!("{n}\n"))));
    fixture.refuses(&work, &alice(), Rule::PushTooLarge, "");
    let work = fixture.work();
    work.edit("profiles/alice/config.yaml", b"model: \xff\n");
    fixture.refuses(&work, &alice(), Rule::NotText, "profiles/alice/config.yaml");
    let work = fixture.work();
    let blob = work.blob(b"x\n");
    work.commit_entry("100755", &blob, "profiles/alice/SOUL.md");
    fixture.refuses(&work, &alice(), Rule::Mode, "profiles/alice/SOUL.md");
}

#[test]
fn what_is_too_large_already_may_become_smaller() {
    let fixture = Fixture::new();
    for n in 0..10 {
        fixture.put("alice", &format!("skills/many/{n}.md"), "x\n");
    }
    let small = profile_store::Store::open_or_create(fixture.root.path(), Limits { files_max: 5, ..Limits::default() })
        .unwrap();
    let tight = Fixture { root: scratch(), store: small };
    let work = tight.work();
    work.git(&["rm", "-q", "profiles/alice/skills/many/1.md"]);
    work.commit("Fewer");
    tight.judge(&work, &alice()).unwrap();
    work.edit("profiles/alice/skills/many/11.md", "x\n");
    work.edit("profiles/alice/skills/many/12.md", "x\n");
    tight.refuses(&work, &alice(), Rule::ProfileTooLarge, "profiles/alice");
}

#[test]
fn only_main_moves_and_only_forward() {
    let fixture = Fixture::new();
    let work = fixture.work();
    work.edit("profiles/alice/SOUL.md", "honest\n");
    let rule = |result: Result<(), StoreError>| match result.unwrap_err() {
        StoreError::Refused(refusals) => refusals.0[0].rule,
        other => panic!("{other}"),
    };
    for reference in ["refs/heads/other", "refs/tags/v1", "refs/heads/main2", "HEAD", "refs/heads/Main"] {
        assert_eq!(rule(fixture.judge_to(&work, reference, &Actor::Admin)), Rule::OtherReference, "{reference}");
    }
    let (head, none) = (fixture.head(), profile_store::CommitId::NONE);
    let judge = |old, new| {
        let push = Push { reference: "refs/heads/main", old, new, quarantine: None };
        rule(fixture.store.judge_push(&push, &Actor::Admin))
    };
    assert_eq!(judge(head, none), Rule::Deletion);
    assert_eq!(judge(none, head), Rule::Stale);
    let parent: profile_store::CommitId = work.git(&["rev-parse", "origin/main~1"]).parse().unwrap();
    assert_eq!(judge(head, parent), Rule::ForcePush);
    assert_eq!(judge(parent, head), Rule::Stale);
    // Rewritten: the same file on top of an older commit.
    let work = fixture.work();
    work.git(&["reset", "-q", "--hard", "HEAD~1"]);
    work.edit("profiles/alice/SOUL.md", "rewritten\n");
    fixture.refuses(&work, &Actor::Admin, Rule::ForcePush, "");
    // No history in common.
    let work = fixture.work();
    work.git(&["checkout", "-q", "--orphan", "fresh"]);
    work.commit("Root");
    fixture.refuses(&work, &Actor::Admin, Rule::UnrelatedHistory, "");
}
