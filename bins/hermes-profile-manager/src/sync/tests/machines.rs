//! What depends on the machine: where AGENTS.md is read, and which one runs the jobs.

use super::{Memory, Mode, Site, Task, task};

fn jobs(prompt: &str, enabled: bool, rest: &str) -> String {
    format!("{{\"jobs\": [{{\"id\": \"daily\", \"prompt\": \"{prompt}\", \"enabled\": {enabled}{rest}}}]}}\n")
}

#[tokio::test]
async fn jobs_run_where_they_were_made_and_nowhere_else_until_that_is_said() {
    let (memory, one, other) = (Memory::new(), Site::new(), Site::new());
    one.write("cron/jobs.json", &jobs("Greet", true, ""));
    one.sync(&memory).await;
    other.sync(&memory).await;
    assert!(one.read("cron/jobs.json").contains("\"enabled\": true"));
    assert!(other.read("cron/jobs.json").contains("\"enabled\": false"), "{}", other.read("cron/jobs.json"));
    // Neither is anybody's edit.
    for site in [&one, &other, &one] {
        assert!(site.sync(&memory).await.pushed.is_empty());
    }
    // The bot moves house.
    for (site, serve) in [(&one, false), (&other, true)] {
        site.run(&memory, &Task { serve: Some(serve), ..task(Mode::Sync) }).await.unwrap();
    }
    assert!(one.read("cron/jobs.json").contains("\"enabled\": false"));
    assert!(other.read("cron/jobs.json").contains("\"enabled\": true"));
    assert!(memory.text("cron/jobs.json").contains("\"enabled\": true"));
    assert_eq!(memory.commits(), 1);
}

#[tokio::test]
async fn a_registered_host_runs_the_jobs_that_the_registry_gives_it() {
    let (memory, mut mini, laptop) = (Memory::new(), Site::new(), Site::new());
    memory.put("cron/jobs.json", &jobs("Greet", true, ""));
    *memory.serving_host.borrow_mut() = Some("mini".to_owned());
    mini.host = Some("mini");
    mini.sync(&memory).await;
    laptop.sync(&memory).await;
    assert!(mini.read("cron/jobs.json").contains("\"enabled\": true"));
    assert!(laptop.read("cron/jobs.json").contains("\"enabled\": false"));
    let serve = Task { serve: Some(true), ..task(Mode::Sync) };
    let failure = laptop.run(&memory, &serve).await.unwrap_err();
    // A machine that ran the jobs of the same profile hears that it does not any more.
    let old = Site::new();
    old.write("cron/jobs.json", &jobs("Greet", true, ""));
    let report = old.sync(&memory).await;
    assert!(report.remarks[0].contains("switched off here"), "{report:?}");
    assert!(old.read("cron/jobs.json").contains("\"enabled\": false"));
    assert!(failure.to_string().contains("mini runs its jobs"), "{failure}");
}

#[tokio::test]
async fn the_schedulers_state_stays_on_its_machine() {
    let (memory, site) = (Memory::new(), Site::new());
    site.write("cron/jobs.json", &jobs("Greet", true, ", \"last_status\": \"ok\", \"next_run_at\": \"2026-11-23\""));
    site.sync(&memory).await;
    assert!(!memory.text("cron/jobs.json").contains("last_status"));
    let saved = site.read("cron/jobs.json");
    assert!(saved.contains("last_status"), "a sync does not touch what is the same: {saved}");
    site.write("cron/jobs.json", &saved.replace("\"ok\"", "\"failed\""));
    assert!(site.sync(&memory).await.pushed.is_empty());
    let there = memory.text("cron/jobs.json");
    memory.put("cron/jobs.json", &there.replace("Greet", "Greet all"));
    site.sync(&memory).await;
    let merged = site.read("cron/jobs.json");
    assert!(
        merged.contains("Greet all") && merged.contains("\"failed\"") && merged.contains("next_run_at"),
        "{merged}"
    );
}

#[tokio::test]
async fn agents_md_is_laid_out_where_hermes_reads_it_and_an_edit_of_the_copy_counts() {
    let (memory, one, other) = (Memory::new(), Site::new(), Site::new());
    one.write("config.yaml", "model:\n  default: a\n");
    one.write("AGENTS.md", "Work.\n");
    one.sync(&memory).await;
    assert_eq!(memory.text("config.yaml"), "model:\n  default: a\n");
    assert_eq!(one.read("workspace/AGENTS.md"), "Work.\n");
    let workspace = one.path("workspace");
    assert!(one.read("config.yaml").contains(workspace.to_str().unwrap()), "{}", one.read("config.yaml"));
    other.sync(&memory).await;
    one.write("workspace/AGENTS.md", "Work well.\n");
    one.write("workspace/notes.txt", "The agent's own.\n");
    one.sync(&memory).await;
    assert_eq!((memory.text("AGENTS.md").as_str(), one.read("AGENTS.md").as_str()), ("Work well.\n", "Work well.\n"));
    other.sync(&memory).await;
    assert_eq!(other.read("workspace/AGENTS.md"), "Work well.\n");
    // Edited in both places, the source counts and the other is kept.
    one.write("workspace/AGENTS.md", "Copy.\n");
    one.write("AGENTS.md", "Source.\n");
    one.sync(&memory).await;
    assert_eq!((one.read("workspace/AGENTS.md").as_str(), one.kept()), ("Source.\n", vec!["Copy.\n".to_owned()]));
    assert_eq!(memory.tree().len(), 2, "{:?}", memory.tree().keys());
    assert_eq!(one.read("workspace/notes.txt"), "The agent's own.\n");
}

#[tokio::test]
async fn a_workspace_of_the_users_own_is_no_edit_of_agents_md() {
    let (memory, site) = (Memory::new(), Site::new());
    memory.put("AGENTS.md", "Work.\n");
    site.write("config.yaml", "model:\n  default: a\n");
    site.write("workspace/AGENTS.md", "My project.\n");
    site.sync(&memory).await;
    assert_eq!(memory.text("AGENTS.md"), "Work.\n");
    assert_eq!(site.kept(), ["My project.\n"]);
    assert_eq!(site.read("workspace/AGENTS.md"), "Work.\n");
}

#[tokio::test]
async fn an_executable_travels_as_one() {
    use std::os::unix::fs::PermissionsExt as _;

    let (memory, one, other) = (Memory::new(), Site::new(), Site::new());
    one.write("scripts/run.sh", "#!/bin/sh\n");
    std::fs::set_permissions(one.path("scripts/run.sh"), std::fs::Permissions::from_mode(0o755)).unwrap();
    one.sync(&memory).await;
    other.sync(&memory).await;
    let mode = || std::fs::metadata(other.path("scripts/run.sh")).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(), 0o700);
    std::fs::set_permissions(one.path("scripts/run.sh"), std::fs::Permissions::from_mode(0o644)).unwrap();
    other.write("scripts/run.sh", "#!/bin/sh\necho\n");
    one.sync(&memory).await;
    other.sync(&memory).await;
    assert_eq!((mode(), memory.text("scripts/run.sh").as_str()), (0o600, "#!/bin/sh\necho\n"));
    assert!(one.sync(&memory).await.pushed.is_empty());
}

#[tokio::test]
async fn skills_that_came_with_hermes_stay_where_they_are_until_somebody_changes_one() {
    let (memory, one, other) = (Memory::new(), Site::new(), Site::new());
    // MD5 of "SKILL.md" and "Review.\n": as two machines of the same Hermes have it.
    let manifest = "review:4f35999abde7a367c492d661f6dd6f0b\n";
    for site in [&one, &other] {
        site.write("skills/review/SKILL.md", "Review.\n");
        site.write("skills/.bundled_manifest", manifest);
        site.write("SOUL.md", "Kind.\n");
        site.sync(&memory).await;
    }
    assert_eq!(memory.tree().keys().collect::<Vec<_>>(), ["SOUL.md"]);
    one.write("skills/review/SKILL.md", "Review well.\n");
    one.sync(&memory).await;
    assert_eq!(memory.text("skills/review/SKILL.md"), "Review well.\n");
    other.sync(&memory).await;
    assert_eq!(other.read("skills/review/SKILL.md"), "Review well.\n");
    // Reset on one machine, it is reset on both.
    one.write("skills/review/SKILL.md", "Review.\n");
    one.sync(&memory).await;
    other.sync(&memory).await;
    assert_eq!(other.read("skills/review/SKILL.md"), "Review.\n");
}
