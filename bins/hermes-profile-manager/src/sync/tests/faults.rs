//! Registries that are away, others who are first, bases that are damaged, files that change under our hands.

use super::{
    Memory, Mode, Site,
    memory::Fault::{AnswerLost, Down, First, Writes},
    task,
};
use crate::client::Change;

const CONFIG: &str = "model:\n  default: a\nweb:\n  backend: x\n";

fn change(path: &str, text: &str) -> Vec<Change> {
    vec![Change { path: path.to_owned(), content: Some((text.as_bytes().to_vec(), false)) }]
}

async fn synced() -> (Memory, Site) {
    let (memory, site) = (Memory::new(), Site::new());
    site.write("config.yaml", CONFIG);
    site.sync(&memory).await;
    (memory, site)
}

#[tokio::test]
async fn whoever_is_first_ten_times_only_delays_a_sync() {
    let (memory, site) = synced().await;
    for nth in 0..10 {
        memory.faults.borrow_mut().push_back(First(change("SOUL.md", &format!("{nth}\n"))));
    }
    site.write("config.yaml", &CONFIG.replace("x", "y"));
    site.sync(&memory).await;
    assert_eq!(memory.commits(), 12);
    assert_eq!((memory.text("SOUL.md").as_str(), site.read("SOUL.md").as_str()), ("9\n", "9\n"));
    assert_eq!(memory.text("config.yaml"), CONFIG.replace("x", "y"));
}

#[tokio::test]
async fn a_push_that_lost_a_race_says_so_and_has_changed_nothing() {
    let (memory, site) = synced().await;
    memory.faults.borrow_mut().push_back(First(change("SOUL.md", "theirs\n")));
    site.write("config.yaml", &CONFIG.replace("x", "y"));
    let failure = site.run(&memory, &task(Mode::Push)).await.unwrap_err();
    assert_eq!(failure.exit_code(), 3, "{failure}");
    assert_eq!(memory.text("config.yaml"), CONFIG);
}

#[tokio::test]
async fn an_answer_that_is_lost_makes_no_second_commit() {
    let (memory, site) = synced().await;
    memory.faults.borrow_mut().push_back(AnswerLost);
    site.write("config.yaml", &CONFIG.replace("x", "y"));
    site.sync(&memory).await;
    assert_eq!((memory.commits(), memory.text("config.yaml")), (2, CONFIG.replace("x", "y")));
    assert!(site.sync(&memory).await.pushed.is_empty());
}

#[tokio::test]
async fn a_registry_that_goes_away_half_way_leaves_everything_for_the_next_run() {
    let (memory, site) = synced().await;
    memory.put("SOUL.md", "theirs\n");
    for _ in 0..3 {
        memory.faults.borrow_mut().push_back(Down);
    }
    site.write("config.yaml", &CONFIG.replace("x", "y"));
    let failure = site.run(&memory, &task(Mode::Sync)).await.unwrap_err();
    assert_eq!(failure.exit_code(), 6, "{failure}");
    assert!(!site.path("SOUL.md").exists(), "nothing is written here before it is committed there");
    site.sync(&memory).await;
    assert_eq!((site.read("SOUL.md").as_str(), memory.text("config.yaml")), ("theirs\n", CONFIG.replace("x", "y")));
}

#[tokio::test]
async fn a_torn_base_is_fetched_again_and_one_past_repair_asks_a_person() {
    for (damage, is_whole) in [(true, false), (false, false)].into_iter().zip([true, false]).map(|((d, _), w)| (d, w)) {
        let (memory, site) = synced().await;
        memory.put("config.yaml", &CONFIG.replace("default: a", "default: b"));
        site.write("config.yaml", &CONFIG.replace("x", "y"));
        let base = site.state.path().join("base/alice.json");
        let mut bytes = std::fs::read(&base).unwrap();
        if damage {
            // The second line is cut off in the middle.
            bytes.truncate(bytes.len() - 10);
        } else {
            bytes = b"{".to_vec();
        }
        std::fs::write(&base, bytes).unwrap();
        if is_whole {
            site.sync(&memory).await;
            assert_eq!(memory.text("config.yaml"), CONFIG.replace("default: a", "default: b").replace("x", "y"));
        } else {
            let failure = site.run(&memory, &task(Mode::Sync)).await.unwrap_err();
            assert_eq!(failure.exit_code(), 3, "without a base nobody knows who changed what: {failure}");
            assert_eq!(site.read("config.yaml"), CONFIG.replace("x", "y"));
        }
    }
}

#[tokio::test]
async fn a_registry_that_moved_is_the_same_and_another_one_is_not_taken_for_it() {
    let (memory, site) = synced().await;
    memory.put("config.yaml", &CONFIG.replace("default: a", "default: b"));
    let memory = memory.moved("http://elsewhere");
    site.sync(&memory).await;
    assert_eq!(site.state.base(&super::alice()).unwrap().unwrap().head.registry, "http://elsewhere");
    assert_eq!(site.read("config.yaml"), CONFIG.replace("default: a", "default: b"));
    let other = Memory::new().moved("http://another");
    other.forgets.set(true);
    other.put("config.yaml", "model:\n  default: c\n");
    let failure = site.run(&other, &task(Mode::Sync)).await.unwrap_err();
    assert_eq!(failure.exit_code(), 3, "its profile was never the base of ours: {failure}");
}

#[tokio::test]
async fn a_decision_survives_a_run_that_did_not_end() {
    let (memory, site) = synced().await;
    memory.put("config.yaml", &CONFIG.replace("default: a", "default: b"));
    site.write("config.yaml", &CONFIG.replace("default: a", "default: c"));
    for _ in 0..3 {
        memory.faults.borrow_mut().push_back(Down);
    }
    let choices = super::Choices::new(&super::alice(), &["config.yaml".to_owned()], &[]).unwrap();
    let decided = super::Task { choices, ..task(Mode::Sync) };
    assert_eq!(site.run(&memory, &decided).await.unwrap_err().exit_code(), 6);
    site.sync(&memory).await;
    assert_eq!(memory.text("config.yaml"), CONFIG.replace("default: a", "default: c"));
    // The next conflict is a new question.
    memory.put("config.yaml", &CONFIG.replace("default: a", "default: d"));
    site.write("config.yaml", &CONFIG.replace("default: a", "default: e"));
    assert_eq!(site.run(&memory, &task(Mode::Sync)).await.unwrap_err().exit_code(), 3);
}

#[tokio::test]
async fn a_full_disk_is_said_and_leaves_every_file_whole() {
    let (memory, site) = synced().await;
    memory.put("config.yaml", &CONFIG.replace("default: a", "default: b"));
    // A folder that nobody may write into fails as a full disk does; root may, so a link stands in for it.
    let scratch = site.state.path().join("tmp");
    std::fs::remove_dir_all(&scratch).unwrap();
    std::os::unix::fs::symlink("/nowhere", &scratch).unwrap();
    let locked =
        crate::state::Locked::acquire(&site.home, &site.state, crate::disk::Disk::new(crate::steps::Steps::default()));
    assert_eq!(locked.await.unwrap_err().exit_code(), 1);
    assert_eq!(site.read("config.yaml"), CONFIG);
    std::fs::remove_file(&scratch).unwrap();
    site.sync(&memory).await;
    assert_eq!(site.read("config.yaml"), CONFIG.replace("default: a", "default: b"));
}

#[tokio::test]
async fn a_decision_is_not_taken_for_another_question() {
    let (memory, site) = synced().await;
    memory.put("config.yaml", &CONFIG.replace("default: a", "default: b"));
    site.write("config.yaml", &CONFIG.replace("default: a", "default: c"));
    for _ in 0..3 {
        memory.faults.borrow_mut().push_back(Down);
    }
    let choices = super::Choices::new(&super::alice(), &["config.yaml".to_owned()], &[]).unwrap();
    let decided = super::Task { choices, ..task(Mode::Sync) };
    assert_eq!(site.run(&memory, &decided).await.unwrap_err().exit_code(), 6);
    // Before the next run, both sides changed something else.
    memory.put("config.yaml", &CONFIG.replace("backend: x", "backend: y"));
    site.write("config.yaml", &CONFIG.replace("backend: x", "backend: z"));
    let failure = site.run(&memory, &task(Mode::Sync)).await.unwrap_err();
    assert_eq!(failure.exit_code(), 3, "{failure}");
}

#[tokio::test]
async fn a_claimed_profile_without_files_is_nothing_to_lay_out_and_no_base() {
    let (memory, site) = (Memory::new(), Site::new());
    for _ in 0..2 {
        let report = site.run(&memory, &super::Task { named: false, ..task(Mode::Sync) }).await.unwrap();
        assert!(report.remarks[0].contains("no files of it yet"), "{report:?}");
    }
    assert!(!site.path("").exists());
    site.write("SOUL.md", "Kind.\n");
    site.sync(&memory).await;
    assert_eq!(memory.text("SOUL.md"), "Kind.\n");
}

#[tokio::test]
async fn a_base_that_was_mended_stands_on_the_disk_again() {
    let (memory, site) = synced().await;
    let base = site.state.path().join("base/alice.json");
    let whole = std::fs::read(&base).unwrap();
    std::fs::write(&base, &whole[..whole.len() - 10]).unwrap();
    assert!(site.sync(&memory).await.written.is_empty());
    assert_eq!(std::fs::read(&base).unwrap(), whole);
    site.sync(&memory.moved("http://elsewhere")).await;
    assert_eq!(site.state.base(&super::alice()).unwrap().unwrap().head.registry, "http://elsewhere");
}

#[tokio::test]
async fn what_hermes_writes_while_a_sync_is_under_way_is_not_written_over() {
    let (memory, site) = synced().await;
    memory.put("config.yaml", &CONFIG.replace("default: a", "default: b"));
    site.write("SOUL.md", "Kind.\n");
    let meanwhile = CONFIG.replace("backend: x", "backend: y");
    memory.faults.borrow_mut().push_back(Writes(site.path("config.yaml"), meanwhile));
    site.sync(&memory).await;
    let both = CONFIG.replace("default: a", "default: b").replace("backend: x", "backend: y");
    assert_eq!((site.read("config.yaml"), memory.text("config.yaml")), (both.clone(), both));
}
