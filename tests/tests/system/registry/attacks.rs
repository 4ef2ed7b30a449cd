//! Pushes that must not get in, through the real doors: each is refused in words, and nothing of it is kept.

use std::fs;

use super::site::{OPERATOR, Site, Work, told};

/// The push is refused by these words, and every object, pack and reference is what it was.
#[track_caller]
fn refused_with(site: &Site, work: &Work, words: &[&str], why: &str) {
    let before = site.kept();
    let output = work.push_with(words);
    let told = told(&output);
    assert!(!output.status.success() && told.contains(why), "{why}: {told}");
    let readable = told.lines().any(|line| line.starts_with("remote: refused: ") && line.len() > 30);
    assert!(readable, "the reason can be read: {told}");
    assert_eq!(site.kept(), before, "a refused push leaves nothing behind");
}

#[track_caller]
fn refused(site: &Site, work: &Work, why: &str) {
    refused_with(site, work, &["HEAD:main"], why);
}

/// What looks like a key, put together here so that no file holds it.
fn secret() -> String {
    format!("sk-{}", "a1B2c3D4e5F6g7H8i9J0k1L2")
}

#[tokio::test]
async fn a_foreign_path_is_refused() {
    let site = Site::start().await;
    let work = site.clone_mine(&site.alice);
    work.edit("profiles/bob/SOUL.md", "I am not bob.\n");
    refused(&site, &work, "refused: profiles/bob/SOUL.md: this profile is not yours [foreign-profile]");
    let work = site.clone_mine(&site.alice);
    work.edit("profiles/carol/SOUL.md", "I am new.\n");
    refused(&site, &work, "[unclaimed-profile]");
    let work = site.clone_whole(&site.host);
    work.edit("profiles/carol/SOUL.md", "I am new.\n");
    refused(&site, &work, "[unclaimed-profile]");
    let work = site.clone_mine(&site.alice);
    work.edit("README.md", "Owned.\n");
    refused(&site, &work, "[outside-profiles]");
}

#[tokio::test]
async fn a_foreign_path_is_refused_although_the_next_commit_reverts_it() {
    let site = Site::start().await;
    let work = site.clone_mine(&site.alice);
    work.edit("profiles/alice/SOUL.md", "honest\n");
    work.edit("profiles/bob/SOUL.md", "smuggled\n");
    work.git(&["revert", "--no-edit", "HEAD"]);
    assert_eq!(work.git(&["diff", "--name-only", "origin/main", "HEAD"]), "profiles/alice/SOUL.md");
    refused(&site, &work, "refused: profiles/bob/SOUL.md: ");
}

#[tokio::test]
async fn a_merge_that_smuggles_is_refused() {
    let site = Site::start().await;
    // The side branch is honest in the end; the merge itself brings what neither parent has.
    for (token, mine) in [(site.alice.as_str(), true), (site.host.as_str(), false)] {
        let work = if mine { site.clone_mine(token) } else { site.clone_whole(token) };
        let foreign = if mine { "profiles/bob/SOUL.md" } else { "OWNERS" };
        work.git(&["checkout", "-q", "-b", "side"]);
        work.edit("profiles/alice/skills/market/side/SKILL.md", "side\n");
        work.git(&["checkout", "-q", "main"]);
        work.edit("profiles/alice/SOUL.md", "main\n");
        work.git(&["merge", "-q", "--no-commit", "--no-ff", "side"]);
        work.write(foreign, "smuggled\n");
        work.commit("Merge");
        refused(&site, &work, &format!("refused: {foreign}: "));
        // In a branch whose changes the merge throws away.
        let work = work.again();
        work.git(&["checkout", "-q", "-b", "side"]);
        work.edit(foreign, "smuggled\n");
        work.git(&["checkout", "-q", "main"]);
        work.edit("profiles/alice/SOUL.md", "main\n");
        work.git(&["merge", "-q", "--no-edit", "-s", "ours", "side"]);
        assert_eq!(work.git(&["diff", "--name-only", "origin/main", "HEAD"]), "profiles/alice/SOUL.md");
        refused(&site, &work, &format!("refused: {foreign}: "));
    }
}

#[tokio::test]
async fn a_symlink_is_refused() {
    let site = Site::start().await;
    for work in [site.clone_mine(&site.alice), site.clone_whole(&site.host), site.clone_whole(OPERATOR)] {
        let target = work.blob("/etc/passwd");
        work.commit_entry("120000", &target, "profiles/alice/skills/market/link/SKILL.md");
        refused(&site, &work, "[symlink]");
        // In place of a file that is there.
        let work = work.again();
        work.commit_entry("120000", &work.blob("/etc/passwd"), "profiles/alice/config.yaml");
        refused(&site, &work, "refused: profiles/alice/config.yaml: ");
    }
}

#[tokio::test]
async fn a_submodule_is_refused() {
    let site = Site::start().await;
    for work in [site.clone_mine(&site.alice), site.clone_whole(OPERATOR)] {
        work.commit_entry("160000", &work.head(), "profiles/alice/skills/market/module");
        refused(&site, &work, "[submodule]");
        let work = work.again();
        work.edit("profiles/alice/skills/.gitmodules", "[submodule \"x\"]\n\tpath = x\n\turl = ../x\n");
        refused(&site, &work, "[path]");
    }
}

#[tokio::test]
async fn names_that_are_one_on_some_host_are_refused() {
    let site = Site::start().await;
    for work in [site.clone_mine(&site.alice), site.clone_whole(OPERATOR)] {
        work.commit_entry("100644", &work.blob("x\n"), "profiles/alice/soul.md");
        refused(&site, &work, "[collision]");
        let work = work.again();
        work.commit_entry("100644", &work.blob("x\n"), "profiles/Alice/SOUL.md");
        refused(&site, &work, "refused: profiles/");
    }
}

#[tokio::test]
async fn a_new_branch_is_refused_and_takes_main_with_it() {
    let site = Site::start().await;
    for work in [site.clone_mine(&site.alice), site.clone_whole(&site.host), site.clone_whole(OPERATOR)] {
        work.edit("profiles/alice/SOUL.md", "honest\n");
        for words in
            [["HEAD:main", "HEAD:other"], ["HEAD:refs/tags/v1", "HEAD:main"], ["HEAD:refs/heads/Main", "HEAD:main"]]
        {
            refused_with(&site, &work, &words, "there is only refs/heads/main [other-reference]");
        }
        refused_with(&site, &work, &["HEAD:refs/for/main"], "[other-reference]");
    }
    assert_eq!(site.text("profiles/alice/SOUL.md"), "I am alice.");
}

#[tokio::test]
async fn a_forced_push_and_a_deletion_are_refused() {
    let site = Site::start().await;
    for is_whole in [false, true] {
        let clone = || if is_whole { site.clone_whole(OPERATOR) } else { site.clone_mine(&site.alice) };
        let (work, other) = (clone(), clone());
        let marker = work.head();
        other.edit("profiles/alice/SOUL.md", format!("after {marker}\n"));
        other.pushes();
        work.git(&["fetch", "-q"]);
        // Rewritten, back to what was, and without any past.
        work.edit("profiles/alice/SOUL.md", "rewritten\n");
        refused_with(&site, &work, &["+HEAD:main"], "refused: the push: ");
        refused_with(&site, &work, &[&format!("+{marker}:main")], "refused: the push: ");
        work.git(&["checkout", "-q", "--orphan", "fresh"]);
        work.commit("Root");
        refused_with(&site, &work, &["+HEAD:main"], "[unrelated-history]");
        refused_with(&site, &work, &[":main"], "main cannot be deleted");
        assert!(site.text("profiles/alice/SOUL.md").starts_with("after "));
    }
}

#[tokio::test]
async fn owners_is_neither_deleted_nor_broken_even_by_an_operator() {
    let site = Site::start().await;
    let owners = site.text("OWNERS");
    for token in [&site.host, OPERATOR] {
        let work = site.clone_whole(token);
        work.git(&["rm", "-q", "OWNERS"]);
        work.commit("Delete");
        refused(&site, &work, "refused: OWNERS: ");
        // Also where the next commit brings it back.
        work.edit("OWNERS", format!("{owners}\n"));
        refused(&site, &work, "refused: OWNERS: ");
        for broken in ["alice | tg:1\n", "", "<<<<<<< HEAD\n"] {
            let work = site.clone_whole(token);
            work.edit("OWNERS", broken);
            refused(&site, &work, "refused: OWNERS: ");
        }
    }
    let work = site.clone_whole(OPERATOR);
    work.edit("OWNERS", "alice | tg:1\n");
    refused(&site, &work, "[owners-broken]");
}

#[tokio::test]
async fn owners_is_edited_by_nobody_but_operators() {
    let site = Site::start().await;
    let owners = format!("{}\n", site.text("OWNERS"));
    let taken = owners.replace("tg:2", "tg:1");
    assert_ne!(taken, owners);
    let work = site.clone_whole(&site.host);
    work.edit("OWNERS", &taken);
    refused(&site, &work, "[owners-file]");
    // An owner has none, and brings one that gives away what is bob's, along with the booty.
    let work = site.clone_mine(&site.alice);
    work.write("profiles/bob/SOUL.md", "mine now\n");
    work.edit("OWNERS", &taken);
    refused(&site, &work, "[owners-file]");
    let work = site.clone_whole(OPERATOR);
    work.edit("OWNERS", &taken);
    work.pushes();
    assert!(fs::exists(site.clone_mine(&site.alice).path.join("profiles/bob/SOUL.md")).unwrap());
}

#[tokio::test]
async fn a_secret_in_any_file_of_any_commit_is_refused_and_repeated_nowhere() {
    let site = Site::start().await;
    for token in [&site.alice, &site.host, OPERATOR] {
        let clone = || if *token == site.alice { site.clone_mine(token) } else { site.clone_whole(token) };
        // Taken out again by the next commit.
        let first = clone();
        first.edit("profiles/alice/config.yaml", format!("model:\n  api_key: {}\n", secret()));
        first.edit("profiles/alice/config.yaml", "model:\n  api_key: ${TWILIGHT_TOKEN}\n");
        // In a branch that the merge leaves behind.
        let second = clone();
        second.git(&["checkout", "-q", "-b", "side"]);
        second.edit("profiles/alice/skills/market/x/SKILL.md", format!("KEY={}\n", secret()));
        second.git(&["checkout", "-q", "main"]);
        second.edit("profiles/alice/SOUL.md", "y\n");
        second.git(&["merge", "-q", "--no-edit", "-s", "ours", "side"]);
        // In what the commit says.
        let third = clone();
        third.write("profiles/alice/SOUL.md", "x\n");
        third.commit(&format!("Use {}", secret()));
        for work in [&first, &second, &third] {
            refused(&site, work, "[secret]");
            assert!(!told(&work.push()).contains(&secret()));
        }
        let work = clone();
        work.edit("profiles/alice/config.yaml", "model:\n  api_key: '***'\n");
        refused(&site, &work, "[redaction-placeholder]");
    }
    let log = site.daemon.log();
    assert!(log.contains("is refused") && !log.contains(&secret()), "{log}");
}
