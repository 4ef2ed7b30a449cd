//! Random edits on two machines: both end up the same, and nothing that was written is nowhere.

use proptest::prelude::*;

use super::{Memory, Mode, Site, memory::Fault, task};
use crate::failure::Failure;

/// One edit of one machine.
#[derive(Clone, Debug)]
enum Edit {
    /// A key that both machines know.
    Shared(u8),
    /// A key that only this machine writes.
    Own(u8),
    /// An item of a list that is a set.
    Item,
    /// A job's prompt.
    Job(u8),
    /// A job goes.
    Unjob(u8),
    Soul,
    Agents,
    AgentsCopy,
    Skill(u8),
    Unskill(u8),
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        (0..3_u8).prop_map(Edit::Shared),
        (0..4_u8).prop_map(Edit::Own),
        Just(Edit::Item),
        (0..3_u8).prop_map(Edit::Job),
        (0..3_u8).prop_map(Edit::Unjob),
        Just(Edit::Soul),
        Just(Edit::Agents),
        Just(Edit::AgentsCopy),
        (0..4_u8).prop_map(Edit::Skill),
        (0..4_u8).prop_map(Edit::Unskill),
    ]
}

const CONFIG: &str = "# Settings\nmodel:\n  default: m # the model\n  own-0-0: x\nweb:\n  shared-0: x # first\n  \
                      shared-1: x\n  shared-2: x\nallow_from: [\"1\"]\n";

impl Edit {
    /// Carries it out; the word that it wrote, which is nowhere else.
    fn apply(&self, site: &Site, machine: usize, word: &str) -> Option<String> {
        let said = || Some(word.to_owned());
        let put = |path: &str| {
            site.write(path, &format!("{word}\n"));
            said()
        };
        match self {
            Self::Shared(key) => set(site, &format!("  shared-{key}"), "web:", word),
            Self::Own(key) => set(site, &format!("  own-{machine}-{key}"), "model:", word),
            Self::Item => {
                let config = site.read("config.yaml");
                let flow = config.replace("allow_from: [", &format!("allow_from: [\"{word}\", "));
                // A merge may have laid the list out as a block.
                let (_, items) = config.split_once("allow_from:\n").unwrap_or_default();
                let pad = &items[..items.find('-').unwrap_or_default()];
                let block = config.replace("allow_from:\n", &format!("allow_from:\n{pad}- \"{word}\"\n"));
                site.write("config.yaml", if flow == config { &block } else { &flow });
                said()
            }
            Self::Job(id) => {
                let mut jobs = jobs(site);
                jobs.retain(|(other, _)| *other != format!("job-{id}"));
                jobs.push((format!("job-{id}"), word.to_owned()));
                write_jobs(site, &jobs);
                said()
            }
            Self::Unjob(id) => {
                let mut jobs = jobs(site);
                jobs.retain(|(other, _)| *other != format!("job-{id}"));
                write_jobs(site, &jobs);
                None
            }
            Self::Soul => put("SOUL.md"),
            Self::Agents => put("AGENTS.md"),
            Self::AgentsCopy if site.path("workspace/AGENTS.md").exists() => put("workspace/AGENTS.md"),
            Self::AgentsCopy => None,
            Self::Skill(nth) => put(&format!("skills/s{nth}/SKILL.md")),
            Self::Unskill(nth) => {
                let _ = std::fs::remove_dir_all(site.path(&format!("skills/s{nth}")));
                None
            }
        }
    }
}

fn set(site: &Site, key: &str, section: &str, word: &str) -> Option<String> {
    let config = site.read("config.yaml");
    let known = config.lines().any(|line| line.starts_with(&format!("{key}:")));
    let line = |line: &str| match line {
        line if line.starts_with(&format!("{key}:")) => format!("{key}: {word}\n"),
        line if !known && line == section => format!("{line}\n{key}: {word}\n"),
        line => format!("{line}\n"),
    };
    site.write("config.yaml", &config.lines().map(line).collect::<String>());
    Some(word.to_owned())
}

fn jobs(site: &Site) -> Vec<(String, String)> {
    let read: serde_json::Value = serde_json::from_str(&site.read("cron/jobs.json")).unwrap_or_default();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    read["jobs"].as_array().into_iter().flatten().map(|job| (text(&job["id"]), text(&job["prompt"]))).collect()
}

fn write_jobs(site: &Site, jobs: &[(String, String)]) {
    let jobs: Vec<_> = jobs.iter().map(|(id, prompt)| serde_json::json!({"id": id, "prompt": prompt})).collect();
    site.write("cron/jobs.json", &serde_json::json!({"jobs": jobs, "updated_at": "now"}).to_string());
}

/// Syncs; where both changed the same, a person decides as they like.
async fn settle(site: &Site, memory: &Memory, prefer_ours: bool) {
    match site.run(memory, &task(Mode::Sync)).await {
        Ok(_) => {}
        Err(Failure::Conflict { files, .. }) => {
            let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
            if prefer_ours {
                site.decide(memory, &paths, &[]).await
            } else {
                site.decide(memory, &[], &paths).await
            };
        }
        Err(failure) => panic!("{failure}"),
    }
}

/// Machine, edits, whose word counts, whether a pull comes first, and what goes wrong with the commit.
type Step = (usize, Vec<Edit>, bool, bool, u8);

async fn play(steps: Vec<Step>) {
    let memory = Memory::new();
    let sites = [Site::new(), Site::new()];
    sites[0].write("config.yaml", CONFIG);
    sites[0].write("SOUL.md", "Kind.\n");
    sites[0].write("AGENTS.md", "Work.\n");
    sites[0].sync(&memory).await;
    sites[1].sync(&memory).await;
    let mut words = Vec::new();
    for (nth, (machine, edits, prefer_ours, pull_first, fault)) in steps.into_iter().enumerate() {
        let site = &sites[machine];
        let mut last = std::collections::BTreeMap::new();
        for (index, edit) in edits.iter().enumerate() {
            let word = format!("w{nth}x{index}y{machine}");
            let slot = match edit {
                // Both are the same text for whoever wrote it.
                Edit::Agents | Edit::AgentsCopy => "agents".to_owned(),
                Edit::Unjob(id) => format!("{:?}", Edit::Job(*id)),
                Edit::Unskill(nth) => format!("{:?}", Edit::Skill(*nth)),
                Edit::Item => word.clone(),
                edit => format!("{edit:?}"),
            };
            match edit.apply(site, machine, &word) {
                Some(word) => drop(last.insert(slot, word)),
                None => drop(last.remove(&slot)),
            }
        }
        if pull_first {
            // A pull that finds a conflict leaves everything as it is.
            let _ = site.run(&memory, &task(Mode::Pull)).await;
        }
        match fault {
            0 => memory.faults.borrow_mut().push_back(Fault::AnswerLost),
            1 => {
                // Away for a whole run; what was decided in it still counts in the next.
                memory.faults.borrow_mut().extend([Fault::Down, Fault::Down, Fault::Down]);
                let _ = site.run(&memory, &task(Mode::Sync)).await;
                memory.faults.borrow_mut().clear();
            }
            _ => {}
        }
        settle(site, &memory, prefer_ours).await;
        memory.faults.borrow_mut().clear();
        words.extend(last.into_values());
    }
    for site in [&sites[0], &sites[1], &sites[0]] {
        settle(site, &memory, true).await;
    }
    let commits = memory.commits();
    for site in &sites {
        let report = site.sync(&memory).await;
        assert!(report.pushed.is_empty() && report.written.is_empty(), "it does not come to rest: {report:?}");
    }
    assert_eq!(memory.commits(), commits);
    for path in memory.tree().keys().filter(|path| !["config.yaml", "cron/jobs.json"].contains(&path.as_str())) {
        let texts = [memory.text(path), sites[0].read(path), sites[1].read(path)];
        assert!(texts.iter().all(|text| *text == texts[0]), "{path}: {texts:?}");
    }
    assert_eq!(jobs(&sites[0]), jobs(&sites[1]));
    let without_cwd = |site: &Site| site.read("config.yaml").replace(site.home.path().to_str().unwrap(), "~");
    assert_eq!(without_cwd(&sites[0]), without_cwd(&sites[1]));

    let everything: Vec<String> = memory
        .versions
        .borrow()
        .iter()
        .flat_map(|tree| {
            tree.values().map(|file| String::from_utf8_lossy(&file.bytes).into_owned()).collect::<Vec<_>>()
        })
        .chain(sites.iter().flat_map(Site::kept))
        .collect();
    for word in words {
        assert!(everything.iter().any(|text| text.contains(&word)), "{word} is nowhere");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_edits_on_two_machines_converge_and_nothing_is_lost(
        steps in prop::collection::vec((0..2_usize, prop::collection::vec(edit(), 0..5), any::<bool>(), any::<bool>(), 0..6_u8), 1..8)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(play(steps));
    }
}
