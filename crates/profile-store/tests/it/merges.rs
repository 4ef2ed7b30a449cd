//! Merges: what they bring, take back and hide.

use profile_store::{Actor, Rule};

use crate::support::{Fixture, alice, bob};

#[test]
fn an_honest_merge_of_ones_own_work_with_main_is_let_in() {
    let fixture = Fixture::new();
    let work = fixture.work();
    work.edit("profiles/alice/SOUL.md", "mine\n");
    fixture.put("bob", "SOUL.md", "Bob goes on.\n");
    fixture.put("alice", "config.yaml", "model:\n  default: other\n");
    work.git(&["pull", "-q", "--no-rebase", "--no-edit"]);
    fixture.judge(&work, &alice()).unwrap();
    // And work on top of it, and another merge that goes the other way round.
    work.edit("profiles/alice/SOUL.md", "mine again\n");
    fixture.judge(&work, &alice()).unwrap();
    let work = fixture.work();
    work.git(&["checkout", "-q", "-b", "side"]);
    work.edit("profiles/alice/SOUL.md", "on the side\n");
    work.git(&["checkout", "-q", "main"]);
    work.git(&["merge", "-q", "--no-ff", "--no-edit", "side"]);
    fixture.judge(&work, &alice()).unwrap();
}

#[test]
fn a_merge_that_changes_a_foreign_file_by_itself_is_refused() {
    let fixture = Fixture::new();
    let work = fixture.work();
    work.git(&["checkout", "-q", "-b", "side"]);
    work.edit("profiles/alice/SOUL.md", "on the side\n");
    work.git(&["checkout", "-q", "main"]);
    work.edit("profiles/alice/config.yaml", "model:\n  default: x\n");
    work.git(&["merge", "-q", "--no-commit", "side"]);
    work.write("profiles/bob/SOUL.md", "smuggled\n");
    work.commit("Merge");
    fixture.refuses(&work, &alice(), Rule::ForeignProfile, "profiles/bob/SOUL.md");
}

#[test]
fn a_side_line_with_a_foreign_edit_is_refused_although_the_merge_drops_it() {
    let fixture = Fixture::new();
    let work = fixture.work();
    work.git(&["checkout", "-q", "-b", "side"]);
    work.edit("profiles/bob/SOUL.md", "smuggled\n");
    work.git(&["checkout", "-q", "main"]);
    work.edit("profiles/alice/SOUL.md", "mine\n");
    work.git(&["merge", "-q", "--no-edit", "-s", "ours", "side"]);
    assert_eq!(work.git(&["diff", "--name-only", "origin/main", "HEAD"]), "profiles/alice/SOUL.md");
    fixture.refuses(&work, &alice(), Rule::ForeignProfile, "profiles/bob/SOUL.md");
}

#[test]
fn a_merge_that_takes_a_foreign_profile_back_to_what_it_was_is_refused() {
    let fixture = Fixture::new();
    let work = fixture.work();
    work.git(&["checkout", "-q", "-b", "old"]);
    work.edit("profiles/alice/SOUL.md", "mine\n");
    fixture.put("bob", "SOUL.md", "Bob goes on.\n");
    work.git(&["fetch", "-q"]);
    // Every file in the merge is in one of its parents as it is.
    work.git(&["merge", "-q", "--no-edit", "-s", "ours", "origin/main"]);
    fixture.refuses(&work, &alice(), Rule::ForeignProfile, "profiles/bob/SOUL.md");
    // The parents the other way round, and undone by one more merge.
    work.git(&["merge", "-q", "--no-edit", "origin/main"]);
    work.git(&["checkout", "-q", "origin/main", "--", "profiles/bob"]);
    work.commit("Undo");
    assert_eq!(work.git(&["diff", "--name-only", "origin/main", "HEAD"]), "profiles/alice/SOUL.md");
    fixture.refuses(&work, &alice(), Rule::ForeignProfile, "profiles/bob/SOUL.md");
}

#[test]
fn a_merge_of_two_side_lines_cannot_mix_foreign_states() {
    let fixture = Fixture::new();
    let start = fixture.head().to_string();
    fixture.put("bob", "SOUL.md", "Bob, second.\n");
    let middle = fixture.head().to_string();
    fixture.put("bob", "config.yaml", "model:\n  default: third\n");
    let work = fixture.work();
    work.git(&["checkout", "-q", "-b", "one", &start]);
    work.edit("profiles/alice/SOUL.md", "one\n");
    work.git(&["checkout", "-q", "-b", "two", &middle]);
    work.edit("profiles/alice/config.yaml", "model:\n  default: two\n");
    // Honest: the newer of the two foreign states as a whole.
    work.git(&["merge", "-q", "--no-edit", "one"]);
    work.git(&["merge", "-q", "--no-edit", "origin/main"]);
    fixture.judge(&work, &alice()).unwrap();
    // Mixed: a state of bob's that never was.
    work.git(&["reset", "-q", "--hard", "HEAD~2"]);
    work.git(&["checkout", "-q", "two"]);
    work.git(&["merge", "-q", "--no-commit", "--no-ff", "one"]);
    work.git(&["checkout", "-q", "origin/main", "--", "profiles/bob/config.yaml"]);
    work.git(&["checkout", "-q", "one", "--", "profiles/bob/SOUL.md"]);
    work.commit("Mixed");
    work.git(&["merge", "-q", "--no-edit", "-X", "theirs", "origin/main"]);
    work.git(&["checkout", "-q", "origin/main", "--", "profiles/bob"]);
    work.git(&["commit", "-q", "--amend", "--allow-empty", "--no-edit"]);
    assert!(fixture.judge(&work, &alice()).is_err());
}

#[test]
fn a_host_and_an_administrator_may_merge_what_both_sides_changed() {
    let fixture = Fixture::new();
    let work = fixture.work();
    work.edit("profiles/bob/SOUL.md", "from the host\n");
    work.edit("profiles/alice/SOUL.md", "from the host\n");
    fixture.put("bob", "config.yaml", "model:\n  default: z\n");
    work.git(&["pull", "-q", "--no-rebase", "--no-edit"]);
    fixture.judge(&work, &Actor::Host).unwrap();
    fixture.judge(&work, &Actor::Admin).unwrap();
    assert!(fixture.judge(&work, &bob()).is_err());
}

#[test]
fn what_main_holds_already_is_not_judged_again_when_it_is_merged() {
    let fixture = Fixture::new();
    // Entered before the rule was: through stock git, with no hook.
    let old = fixture.work();
    old.edit("profiles/bob/notes.txt", "of old\n");
    old.git(&["push", "-q", "origin", "HEAD:main"]);
    let work = fixture.work();
    work.git(&["reset", "-q", "--hard", "HEAD~1"]);
    work.edit("profiles/alice/SOUL.md", "mine\n");
    work.git(&["merge", "-q", "--no-edit", "origin/main"]);
    fixture.judge(&work, &alice()).unwrap();
}
