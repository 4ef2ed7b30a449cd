//! `hermes-profile-manager` killed before every step towards the disk, with a full disk, without a registry.

use std::{collections::BTreeMap, path::Path, process::Command, time::Duration};

use serde_json::json;
use system_tests::{Answer, run};

use super::support::{Machine, Registry};

const SETTINGS: &str = "model:\n  default: a # why\n  provider: custom\nweb:\n  backend: x\n";
const BOUND: Duration = Duration::from_secs(60);

/// Every file of a profile.
fn files(machine: &Machine, profile: &str) -> BTreeMap<String, String> {
    fn walk(folder: &Path, root: &Path, files: &mut BTreeMap<String, String>) {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, root, files);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                files.insert(name, std::fs::read_to_string(path).unwrap());
            }
        }
    }
    let (mut found, root) = (BTreeMap::new(), machine.path(profile, ""));
    walk(&root, &root, &mut found);
    // What is laid out names the profile's own folder, and every step has another profile.
    let root = root.to_str().unwrap().trim_end_matches('/').to_owned();
    found.into_iter().map(|(path, text)| (path, text.replace(&root, "~"))).collect()
}

async fn killed_at(machine: &Machine, step: u32, args: &[&str]) -> Answer {
    let mut command = machine.command(args);
    command.env("TWILIGHT_CRASH_AT", format!("step-{step}"));
    run(command, BOUND).await
}

/// A profile that two machines changed, in every kind of file, with a conflict.
async fn changed_on_both_sides(registry: &Registry, here: &Machine, there: &Machine, user: u64, name: &str) {
    registry.claimed_by(user, name).await;
    here.write(name, "config.yaml", SETTINGS);
    here.write(name, "SOUL.md", "Kind.\n");
    here.write(name, "AGENTS.md", "Work.\n");
    here.write(name, "skills/old/SKILL.md", "Old.\n");
    here.write(name, "cron/jobs.json", json!({"jobs": [{"id": "a", "prompt": "1", "enabled": true}]}).to_string());
    here.done(&["sync", name]).await;
    there.done(&["sync", name]).await;
    there.write(name, "SOUL.md", "Theirs.\n");
    there.write(name, "AGENTS.md", "Work well.\n");
    there.write(name, "skills/new/SKILL.md", "New.\n");
    std::fs::remove_dir_all(there.path(name, "skills/old")).unwrap();
    let config = there.read(name, "config.yaml");
    there.write(name, "config.yaml", config.replace("default: a", "default: b"));
    there.done(&["sync", name]).await;
    let config = here.read(name, "config.yaml");
    here.write(name, "config.yaml", config.replace("default: a", "default: c").replace("backend: x", "backend: y"));
    here.write(name, "SOUL.md", "Ours.\n");
    let jobs = here.read(name, "cron/jobs.json");
    here.write(name, "cron/jobs.json", jobs.replace("\"1\"", "\"2\""));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sync_that_is_killed_at_any_step_is_finished_by_the_next_one() {
    let registry = Registry::start().await;
    let token = registry.token_of("tg:111").await;
    let undisturbed = Undisturbed::see(&registry, &token).await;
    // Several at a time, each with machines of its own.
    let lane = async |first: u32| {
        let (here, there) = (registry.machine(Some(&token)), registry.machine(Some(&token)));
        let mut asked_again = 0;
        for step in (first..).step_by(LANES) {
            match undisturbed.holds_at(step, &registry, &token, [&here, &there]).await {
                None => return (step, asked_again),
                Some(asked) => asked_again += usize::from(asked),
            }
        }
        unreachable!("a sync has no end");
    };
    let lanes = futures::join!(lane(1), lane(2), lane(3), lane(4));
    for (steps, asked_again) in <[_; LANES]>::from(lanes) {
        assert!(steps > 20, "{steps} steps are not all there are");
        assert!(asked_again < 4, "a person is asked twice only before the note is written: {asked_again}");
    }
}

const LANES: usize = 4;

/// What comes of the sync when nothing kills it.
struct Undisturbed {
    before: BTreeMap<String, String>,
    after: BTreeMap<String, String>,
    commits: usize,
}

impl Undisturbed {
    async fn see(registry: &Registry, token: &str) -> Self {
        let (here, there) = (registry.machine(Some(token)), registry.machine(Some(token)));
        changed_on_both_sides(registry, &here, &there, 111, "whole").await;
        let before = files(&here, "whole");
        here.done(&["sync", "whole", "--theirs", "config.yaml"]).await;
        Self { before, after: files(&here, "whole"), commits: commits(registry, token, "whole").await }
    }

    /// Kills a sync before its nth step and runs it again; whether a person was asked again, or nothing where it has no such
    /// step.
    async fn holds_at(&self, step: u32, registry: &Registry, token: &str, machines: [&Machine; 2]) -> Option<bool> {
        let ([here, there], name) = (machines, format!("step{step}"));
        changed_on_both_sides(registry, here, there, 111, &name).await;
        let decided = ["sync", &name, "--theirs", "config.yaml"];
        let answer = killed_at(here, step, &decided).await;
        if answer.code == Some(0) {
            return None;
        }
        assert_eq!(answer.code, None, "step {step}: {answer:?}");
        for (path, text) in files(here, &name) {
            let whole = self.before.get(&path) == Some(&text) || self.after.get(&path) == Some(&text);
            assert!(whole, "step {step}: {path} is neither old nor new: {text}");
        }
        // Without the decision: the killed run has noted it before it did anything.
        let next = here.run(&["sync", &name]).await;
        let is_asked = next.code == Some(3);
        if is_asked {
            here.done(&decided).await;
        } else {
            assert_eq!(next.code, Some(0), "step {step}: {next:?}");
        }
        assert_eq!(files(here, &name), self.after, "step {step}");
        assert_eq!(commits(registry, token, &name).await, self.commits, "step {step}");
        there.done(&["sync", &name]).await;
        assert_eq!(there.read(&name, "SOUL.md"), "Ours.\n", "step {step}");
        let left = std::fs::read_dir(here.home().join(".profile-manager/tmp")).unwrap().count();
        assert_eq!(left, 0, "step {step}: the next run clears up");
        Some(is_asked)
    }
}

async fn commits(registry: &Registry, token: &str, profile: &str) -> usize {
    let (status, history) = registry.get(&format!("/profiles/{profile}/history"), token).await;
    assert_eq!(status, 200, "{history}");
    history["entries"].as_array().unwrap().len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_profile_appears_whole_or_not_at_all() {
    let registry = Registry::start().await;
    let token = registry.claimed_by(111, "alice").await;
    let here = registry.machine(Some(&token));
    here.write("alice", "config.yaml", SETTINGS);
    here.write("alice", "AGENTS.md", "Work.\n");
    here.write("alice", "skills/a/SKILL.md", "a\n");
    here.done(&["push", "alice"]).await;
    let whole = registry.machine(Some(&token));
    whole.done(&["pull"]).await;
    let wanted = files(&whole, "alice");
    assert_eq!(wanted[".env"], "");
    for step in 1.. {
        let fresh = registry.machine(Some(&token));
        let answer = killed_at(&fresh, step, &["pull"]).await;
        if answer.code == Some(0) {
            assert!(step > 12, "{step} steps are not all there are");
            break;
        }
        let found = files(&fresh, "alice");
        assert!(found.is_empty() || found == wanted, "step {step}: {found:?}");
        fresh.done(&["pull"]).await;
        assert_eq!(files(&fresh, "alice"), wanted, "step {step}");
        assert!(fresh.json(&["sync"]).await["profiles"][0]["pushed"].as_array().unwrap().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_leaves_every_file_whole_and_the_next_run_finishes() {
    let registry = Registry::start().await;
    let token = registry.claimed_by(111, "alice").await;
    let (here, there) = (registry.machine(Some(&token)), registry.machine(Some(&token)));
    there.write("alice", "config.yaml", SETTINGS);
    there.write("alice", "SOUL.md", "Kind.\n");
    there.done(&["sync", "alice"]).await;
    here.done(&["sync"]).await;
    let before = files(&here, "alice");
    let long = "A long story.\n".repeat(5_000);
    there.write("alice", "SOUL.md", &long);
    there.write("alice", "config.yaml", SETTINGS.replace("default: a", "default: b"));
    there.done(&["sync", "alice"]).await;

    // A limit on the size of a file fails a write half way, as a full disk does.
    let mut command = Command::new("sh");
    let cli = here.command(&["sync", "alice"]);
    command.args(["-c", "trap '' XFSZ; ulimit -f 32; exec \"$@\"", "sh"]).arg(cli.get_program()).args(cli.get_args());
    command.env_clear().env("PATH", "/usr/bin:/bin");
    command.envs(cli.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let answer = run(command, BOUND).await;
    assert_eq!(answer.code, Some(1), "{answer:?}");
    assert!(answer.stderr.contains("the disk is full"), "{answer:?}");
    assert_eq!(files(&here, "alice")["SOUL.md"], before["SOUL.md"]);
    here.done(&["sync"]).await;
    assert_eq!(here.read("alice", "SOUL.md"), long);
    assert_eq!(here.read("alice", "config.yaml"), there.read("alice", "config.yaml"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_exit_code_means_what_the_help_says() {
    let registry = Registry::start().await;
    let token = registry.claimed_by(111, "alice").await;
    let here = registry.machine(Some(&token));
    let code = async |machine: &Machine, args: &[&str]| machine.run(args).await.code;
    assert_eq!(code(&here, &["push", "alice"]).await, Some(1), "there is no folder");
    assert_eq!(code(&here, &["push", "No Name"]).await, Some(2));
    assert_eq!(code(&here, &["sync", "nobodys"]).await, Some(4));
    assert_eq!(code(&registry.machine(None), &["list"]).await, Some(5));
    assert_eq!(code(&registry.machine(Some("tw-wrong")), &["list"]).await, Some(5));
    assert_eq!(code(&registry.machine(None), &["login", "--wait", "0"]).await, Some(7));
    let help = here.done(&["--help"]).await;
    for word in
        ["0  done", "1  failed", "2  the command", "3  a conflict", "4  the registry", "5  not", "6  the", "7  pending"]
    {
        assert!(help.contains(word), "{word} in {help}");
    }
    here.write("alice", "config.yaml", format!("{SETTINGS}api_key: sk-4f9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c\n"));
    let refused = here.run(&["push", "alice", "--json"]).await;
    assert_eq!(refused.code, Some(4));
    assert!(!format!("{refused:?}").contains("4f9a8b7c"), "{refused:?}");
    registry.daemon.kill();
    let answer = here.run(&["sync"]).await;
    assert_eq!(answer.code, Some(6), "{answer:?}");
    assert!(!answer.stderr.contains(&token), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_runs_on_one_machine_wait_for_each_other() {
    let registry = Registry::start().await;
    let token = registry.claimed_by(111, "alice").await;
    let here = registry.machine(Some(&token));
    here.write("alice", "config.yaml", SETTINGS);
    let before = commits(&registry, &token, "alice").await;
    let args = ["sync", "alice"];
    let answers = futures::join!(here.run(&args), here.run(&args), here.run(&args), here.run(&args));
    for answer in <[Answer; 4]>::from(answers) {
        assert_eq!(answer.code, Some(0), "{answer:?}");
    }
    assert_eq!(commits(&registry, &token, "alice").await, before + 1);
}
