//! What push, pull and sync do.

use super::{Memory, Mode, Site, Task, alice, task};
use crate::failure::Failure;

const CONFIG: &str = "model:\n  default: a # why\nweb:\n  backend: x\n";

#[tokio::test]
async fn a_first_push_takes_what_is_on_the_list_and_changes_nothing_here() {
    let (memory, site) = (Memory::new(), Site::new());
    site.write("config.yaml", CONFIG);
    site.write("AGENTS.md", "Work.\n");
    site.write(".env", "A=1\n");
    let report = site.run(&memory, &task(Mode::Push)).await.unwrap();
    assert_eq!(report.pushed, [("AGENTS.md".to_owned(), "added"), ("config.yaml".to_owned(), "added")]);
    assert_eq!(memory.tree().keys().collect::<Vec<_>>(), ["AGENTS.md", "config.yaml"]);
    assert_eq!(site.read("config.yaml"), CONFIG);
    assert!(!site.path("workspace").exists());
    assert!(site.run(&memory, &task(Mode::Push)).await.unwrap().pushed.is_empty());
    assert_eq!(memory.commits(), 1);
}

#[tokio::test]
async fn a_push_over_a_newer_commit_is_refused_unless_there_is_nothing_to_push() {
    let (memory, site) = (Memory::new(), Site::new());
    site.write("config.yaml", CONFIG);
    site.sync(&memory).await;
    memory.put("SOUL.md", "Kind.\n");
    let report = site.run(&memory, &task(Mode::Push)).await.unwrap();
    assert!(report.remarks[0].contains("nothing to push"), "{report:?}");
    site.write("config.yaml", &CONFIG.replace("x", "y"));
    let failure = site.run(&memory, &task(Mode::Push)).await.unwrap_err();
    assert_eq!(failure.exit_code(), 3, "{failure}");
    assert_eq!(memory.commits(), 2);
    assert!(!site.path("SOUL.md").exists(), "a push writes nothing here");
}

#[tokio::test]
async fn a_pull_keeps_what_was_changed_here_and_commits_nothing() {
    let (memory, site) = (Memory::new(), Site::new());
    site.write("config.yaml", CONFIG);
    site.sync(&memory).await;
    memory.put("config.yaml", &CONFIG.replace("a #", "b #"));
    site.write("config.yaml", &CONFIG.replace("x", "y"));
    site.run(&memory, &task(Mode::Pull)).await.unwrap();
    assert_eq!(site.read("config.yaml"), CONFIG.replace("a #", "b #").replace("x", "y"));
    assert_eq!(memory.commits(), 2);
    site.run(&memory, &task(Mode::Push)).await.unwrap();
    assert_eq!(memory.text("config.yaml"), site.read("config.yaml"));
}

#[tokio::test]
async fn a_conflict_changes_nothing_anywhere_until_somebody_decides() {
    for (ours, theirs, wanted, kept) in
        [(&["config.yaml"][..], &[][..], "c", "b"), (&[][..], &["config.yaml"][..], "b", "c")]
    {
        let (memory, site) = (Memory::new(), Site::new());
        site.write("config.yaml", CONFIG);
        site.sync(&memory).await;
        memory.put("config.yaml", &CONFIG.replace("a #", "b #"));
        site.write("config.yaml", &CONFIG.replace("a #", "c #").replace("x", "y"));
        site.write("SOUL.md", "New.\n");
        let failure = site.run(&memory, &task(Mode::Sync)).await.unwrap_err();
        let Failure::Conflict { files, .. } = &failure else { panic!("{failure}") };
        let conflict = &files[0].conflicts[0];
        let told = [&conflict.base, &conflict.ours, &conflict.theirs].map(|value| value.as_deref().unwrap());
        assert_eq!((conflict.path.as_str(), told), ("model.default", [r#""a""#, r#""c""#, r#""b""#]));
        assert_eq!(memory.commits(), 2, "not even SOUL.md, which nobody else changed");

        site.decide(&memory, ours, theirs).await;
        let decided = CONFIG.replace("a #", &format!("{wanted} #")).replace("x", "y");
        assert_eq!((site.read("config.yaml"), memory.text("config.yaml")), (decided.clone(), decided));
        assert_eq!(memory.text("SOUL.md"), "New.\n");
        assert!(site.kept().iter().any(|text| text.contains(&format!("default: {kept} #"))), "{:?}", site.kept());
    }
}

#[tokio::test]
async fn prose_of_this_machine_wins_and_the_other_text_is_kept_whole() {
    let (memory, site) = (Memory::new(), Site::new());
    site.write("SOUL.md", "Kind.\n");
    site.sync(&memory).await;
    let long = "Theirs.\n".repeat(2_000);
    memory.put("SOUL.md", &long);
    site.write("SOUL.md", "Ours.\n");
    let report = site.sync(&memory).await;
    assert_eq!((memory.text("SOUL.md").as_str(), report.lost.as_slice()), ("Ours.\n", &["SOUL.md".to_owned()][..]));
    assert_eq!(site.kept(), [long]);
    // Unless somebody says otherwise.
    memory.put("SOUL.md", "Theirs again.\n");
    site.write("SOUL.md", "Ours again.\n");
    site.decide(&memory, &[], &["SOUL.md"]).await;
    assert_eq!(
        (memory.text("SOUL.md").as_str(), site.read("SOUL.md").as_str()),
        ("Theirs again.\n", "Theirs again.\n")
    );
    assert!(site.kept().contains(&"Ours again.\n".to_owned()));
}

#[tokio::test]
async fn deletions_travel_and_what_the_other_side_still_works_on_is_a_conflict() {
    let (memory, site) = (Memory::new(), Site::new());
    site.write("skills/a/SKILL.md", "a\n");
    site.write("skills/b/SKILL.md", "b\n");
    site.write("config.yaml", CONFIG);
    site.sync(&memory).await;
    std::fs::remove_dir_all(site.path("skills/a")).unwrap();
    site.sync(&memory).await;
    assert!(!memory.tree().contains_key("skills/a/SKILL.md"));
    memory.land(&[crate::client::Change { path: "skills/b/SKILL.md".to_owned(), content: None }]);
    site.write("skills/b/SKILL.md", "b2\n");
    let failure = site.run(&memory, &task(Mode::Sync)).await.unwrap_err();
    assert_eq!(failure.exit_code(), 3);
    site.decide(&memory, &[], &["skills/b/SKILL.md"]).await;
    assert!(!site.path("skills").exists(), "with the folders that are empty without it");
    assert_eq!(site.kept(), ["b2\n"]);
}

#[tokio::test]
async fn a_profile_that_is_gone_here_is_neither_deleted_there_nor_brought_back_unasked() {
    let (memory, site) = (Memory::new(), Site::new());
    site.write("config.yaml", CONFIG);
    site.sync(&memory).await;
    std::fs::remove_file(site.path("config.yaml")).unwrap();
    let failure = site.run(&memory, &task(Mode::Sync)).await.unwrap_err();
    assert!(failure.to_string().contains("every file of it is gone"), "{failure}");
    std::fs::remove_dir_all(site.path("")).unwrap();
    let report = site.run(&memory, &Task { named: false, ..task(Mode::Sync) }).await.unwrap();
    assert!(report.remarks[0].contains("no longer here"), "{report:?}");
    assert!(site.run(&memory, &task(Mode::Push)).await.is_err());
    assert_eq!(memory.commits(), 1);
    site.sync(&memory).await;
    assert_eq!(site.read("config.yaml"), CONFIG);
}

#[tokio::test]
async fn a_link_is_left_alone_and_stands_in_the_way_of_what_is_new_there() {
    let (memory, site) = (Memory::new(), Site::new());
    site.write("config.yaml", CONFIG);
    site.write("SOUL.md", "Kind.\n");
    site.sync(&memory).await;
    let elsewhere = site.home.path().join("elsewhere.md");
    std::fs::rename(site.path("SOUL.md"), &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, site.path("SOUL.md")).unwrap();
    site.write("config.yaml", &CONFIG.replace("x", "y"));
    let report = site.sync(&memory).await;
    assert_eq!(report.skipped[0].0, "SOUL.md", "{report:?}");
    assert_eq!(memory.text("SOUL.md"), "Kind.\n", "a link is no deletion");
    memory.put("SOUL.md", "Other.\n");
    let failure = site.run(&memory, &task(Mode::Sync)).await.unwrap_err();
    assert!(failure.to_string().contains("put a plain file in its place"), "{failure}");
    assert_eq!(std::fs::read_to_string(&elsewhere).unwrap(), "Kind.\n");
    std::fs::remove_file(site.path("SOUL.md")).unwrap();
    site.write("SOUL.md", "Kind.\n");
    site.sync(&memory).await;
    assert_eq!(site.read("SOUL.md"), "Other.\n");
}

#[tokio::test]
async fn what_this_program_does_not_know_in_the_registry_stays_there() {
    let (memory, site) = (Memory::new(), Site::new());
    memory.put("config.yaml", CONFIG);
    memory.put("new-kind.bin", "x");
    memory.put("../outside", "x");
    memory.put("memories/USER.md", "Likes tea.\n");
    site.sync(&memory).await;
    site.write("config.yaml", &CONFIG.replace("x", "y"));
    site.write("memories/USER.md", "Likes coffee.\n");
    site.sync(&memory).await;
    assert!(!site.path("new-kind.bin").exists() && !site.path("../outside").exists());
    assert_eq!(memory.tree().len(), 4, "{:?}", memory.tree().keys());
    assert_eq!(memory.text("memories/USER.md"), "Likes tea.\n");
    // Asked for, both sides' memories meet; neither is lost.
    let told = site.run(&memory, &Task { memories: Some(true), ..task(Mode::Sync) }).await.unwrap();
    assert_eq!(told.lost, ["memories/USER.md"]);
    assert_eq!((memory.text("memories/USER.md").as_str(), site.kept().len()), ("Likes coffee.\n", 1));
}

#[tokio::test]
async fn a_secret_stays_here_and_is_never_sent() {
    let (memory, site) = (Memory::new(), Site::new());
    site.write("config.yaml", &format!("{CONFIG}api_key: sk-4f9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c\n"));
    site.write("SOUL.md", "Kind.\n");
    let failure = site.run(&memory, &task(Mode::Push)).await.unwrap_err();
    assert_eq!(failure.exit_code(), 4);
    assert!(failure.to_string().contains("config.yaml: line 5"), "{failure}");
    assert!(!failure.to_string().contains("4f9a8b"), "{failure}");
    assert_eq!(memory.commits(), 0, "whole or nothing");
}

#[tokio::test]
async fn two_profiles_of_one_name_meet_for_the_first_time() {
    let (memory, site) = (Memory::new(), Site::new());
    memory.put("config.yaml", "model:\n  default: a\n");
    memory.put("SOUL.md", "Theirs.\n");
    site.write("config.yaml", "web:\n  backend: x\n");
    site.write("SOUL.md", "Ours.\n");
    site.sync(&memory).await;
    let config = memory.text("config.yaml");
    assert!(config.contains("default: a") && config.contains("backend: x"), "{config}");
    assert_eq!((memory.text("SOUL.md").as_str(), site.kept()), ("Ours.\n", vec!["Theirs.\n".to_owned()]));
    assert_eq!(alice().as_str(), "alice");
}

#[tokio::test]
async fn a_folder_that_became_a_file_elsewhere_becomes_one_here() {
    let (memory, site) = (Memory::new(), Site::new());
    for path in ["skills/own/tool/SKILL.md", "skills/own/tool/more/a.md", "SOUL.md"] {
        site.write(path, "x\n");
    }
    site.sync(&memory).await;
    let gone = |path: &str| crate::client::Change { path: path.to_owned(), content: None };
    memory.land(&[gone("skills/own/tool/SKILL.md"), gone("skills/own/tool/more/a.md")]);
    memory.put("skills/own/tool", "y\n");
    site.sync(&memory).await;
    assert_eq!(site.read("skills/own/tool"), "y\n");
    memory.land(&[gone("skills/own/tool")]);
    memory.put("skills/own/tool/SKILL.md", "z\n");
    site.sync(&memory).await;
    assert_eq!(site.read("skills/own/tool/SKILL.md"), "z\n");
}

#[tokio::test]
async fn a_file_here_and_a_folder_there_are_for_a_person_to_decide() {
    let (memory, site) = (Memory::new(), Site::new());
    site.write("SOUL.md", "x\n");
    site.sync(&memory).await;
    site.write("skills/tool/SKILL.md", "mine\n");
    memory.put("skills/tool", "theirs\n");
    for mode in [Mode::Sync, Mode::Pull] {
        let failure = site.run(&memory, &task(mode)).await.unwrap_err();
        assert_eq!(failure.exit_code(), 3, "{failure}");
        assert!(failure.to_string().contains("skills/tool"), "{failure}");
    }
    assert_eq!((site.read("skills/tool/SKILL.md").as_str(), memory.commits()), ("mine\n", 2));
}
