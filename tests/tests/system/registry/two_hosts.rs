//! Two machines of one owner, each with its own home, and a clone by the stock `git`: random edits, synchronised in random
//! order, with the registry and the command line killed now and then. Nothing that was written is nowhere, and all end with
//! the same files as the registry.

use std::collections::BTreeMap;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use super::{
    site::{Work, git},
    support::{Machine, Registry},
};

const PROFILE: &str = "alice";
const CONFIG: &str = "# Settings\nmodel:\n  default: m # the model\nweb:\n  shared-0: x # first\n  shared-1: x\n  \
                      shared-2: x\n";

/// Random edits of one machine, and the words that they left in files.
struct Hand {
    random: ChaCha8Rng,
    /// The last word written in each place, by machine; written over before a sync it was that machine's own affair.
    pending: [BTreeMap<String, String>; 2],
    /// Words that a sync saw.
    words: Vec<String>,
}

impl Hand {
    fn pick(&mut self, of: u64) -> u64 {
        self.random.random_range(0..of)
    }

    /// Edits a few places.
    fn edit(&mut self, machine: &Machine, round: u64, which: usize) {
        for nth in 0..=self.pick(4) {
            let word = format!("w{round}x{nth}y{which}");
            let (place, kept) = self.one(machine, which, &word);
            let pending = &mut self.pending[which];
            if kept { drop(pending.insert(place, word)) } else { drop(pending.remove(&place)) }
        }
    }

    fn synced(&mut self, which: usize) {
        self.words.extend(std::mem::take(&mut self.pending[which]).into_values());
    }

    fn one(&mut self, machine: &Machine, which: usize, word: &str) -> (String, bool) {
        let nth = self.pick(3);
        let (path, kept) = match self.pick(9) {
            0 => return (set(machine, &format!("shared-{nth}"), word), true),
            1 | 2 => return (set(machine, &format!("own-{which}-{nth}"), word), true),
            3 => return (job(machine, &format!("job-{nth}"), Some(word)), true),
            4 => return (job(machine, &format!("job-{nth}"), None), false),
            5 => ("SOUL.md".to_owned(), true),
            6 => ("AGENTS.md".to_owned(), true),
            7 => (format!("skills/s{nth}/SKILL.md"), true),
            _ => (format!("skills/s{nth}/SKILL.md"), false),
        };
        if kept {
            machine.write(PROFILE, &path, format!("{word}\n"));
        } else {
            let _ = std::fs::remove_file(machine.path(PROFILE, &path));
        }
        (path, kept)
    }
}

fn set(machine: &Machine, key: &str, word: &str) -> String {
    let config = machine.read(PROFILE, "config.yaml");
    let line = |line: &str| {
        if line.starts_with(&format!("  {key}:")) { format!("  {key}: {word}\n") } else { format!("{line}\n") }
    };
    let mut text: String = config.lines().map(line).collect();
    if !text.contains(&format!("  {key}:")) {
        text = text.replace("web:\n", &format!("web:\n  {key}: {word}\n"));
    }
    machine.write(PROFILE, "config.yaml", text);
    format!("config.yaml: {key}")
}

fn jobs(machine: &Machine) -> Vec<(String, String)> {
    let read: Value = serde_json::from_str(&machine.read(PROFILE, "cron/jobs.json")).unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    read["jobs"].as_array().into_iter().flatten().map(|job| (text(&job["id"]), text(&job["prompt"]))).collect()
}

fn job(machine: &Machine, id: &str, word: Option<&str>) -> String {
    let mut jobs = jobs(machine);
    jobs.retain(|(other, _)| other != id);
    jobs.extend(word.map(|word| (id.to_owned(), word.to_owned())));
    let jobs: Vec<Value> = jobs.iter().map(|(id, prompt)| json!({"id": id, "prompt": prompt})).collect();
    machine.write(PROFILE, "cron/jobs.json", json!({"jobs": jobs, "updated_at": "now"}).to_string());
    format!("cron/jobs.json: {id}")
}

/// Syncs; where both changed the same, a person decides as they like.
async fn settle(machine: &Machine, prefer: &str) {
    let answer = machine.run(&["sync", PROFILE, "--json"]).await;
    if answer.code == Some(0) {
        return;
    }
    assert_eq!(answer.code, Some(3), "{answer:?}");
    let told: Value = serde_json::from_str(&answer.stdout).unwrap();
    let mut args = vec!["sync".to_owned(), PROFILE.to_owned()];
    for file in told["error"]["conflicts"].as_array().unwrap() {
        args.extend([prefer.to_owned(), file["path"].as_str().unwrap().to_owned()]);
    }
    machine.done(&args.iter().map(String::as_str).collect::<Vec<_>>()).await;
}

/// Where the owner's clone comes from.
fn mine(registry: &Registry, token: &str) -> String {
    format!("http://somebody:{token}@{}/git/mine.git", registry.url().trim_start_matches("http://"))
}

/// Every version of every file in the registry's history, and everything that a machine kept aside.
fn everything(registry: &Registry, machines: &[Machine; 2]) -> String {
    let repository = registry.state().join("registry.git");
    let mut all = git(&repository, &["log", "--all", "-p", "--full-history", "-m"]);
    for machine in machines {
        collect(&machine.home().join(".profile-manager/theirs"), &mut all);
    }
    all
}

fn collect(folder: &std::path::Path, all: &mut String) {
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() { collect(&path, all) } else { all.push_str(&std::fs::read_to_string(path).unwrap()) }
    }
}

async fn play(rounds: u64, seed: u64) {
    println!("two hosts: {rounds} rounds, seed {seed}");
    let mut registry = Registry::start().await;
    let token = registry.claimed_by(111, PROFILE).await;
    let mut machines = [registry.machine(Some(&token)), registry.machine(Some(&token))];
    machines[0].write(PROFILE, "config.yaml", CONFIG);
    machines[0].write(PROFILE, "SOUL.md", "Kind.\n");
    machines[0].done(&["sync", PROFILE]).await;
    machines[1].done(&["sync"]).await;

    let mut hand = Hand { random: ChaCha8Rng::seed_from_u64(seed), pending: Default::default(), words: Vec::new() };
    let (mut kills, mut restarts) = (0_u64, 0_u64);
    for round in 0..rounds {
        let which = usize::try_from(hand.pick(2)).unwrap();
        hand.edit(&machines[which], round, which);
        if hand.pick(3) == 0 {
            let mut command = machines[which].command(&["sync", PROFILE]);
            command.env("TWILIGHT_CRASH_AT", format!("step-{}", 1 + hand.pick(30)));
            let answer = system_tests::run(command, std::time::Duration::from_secs(60)).await;
            // Killed, in conflict, or through with it before that step.
            assert!(matches!(answer.code, None | Some(0 | 3)), "{answer:?}");
            kills += u64::from(answer.code.is_none());
        }
        if hand.pick(4) == 0 {
            // Whoever likes git better.
            let clone = Work::clone_of(&mine(&registry, &token));
            let word = format!("w{round}git");
            clone.edit(&format!("profiles/{PROFILE}/skills/git{}/SKILL.md", hand.pick(3)), format!("{word}\n"));
            clone.pushes_in_the_end();
            hand.words.push(word);
        }
        if hand.pick(8) == 0 {
            registry = registry.restart(&[]).await;
            machines.iter_mut().for_each(|machine| machine.moves_to(&registry));
            restarts += 1;
        }
        if hand.pick(4) > 0 {
            let prefer = if hand.pick(2) == 0 { "--ours" } else { "--theirs" };
            settle(&machines[which], prefer).await;
            hand.synced(which);
        }
        if hand.pick(3) == 0 {
            // The other machine, at the same time as this one.
            let (one, other) = (&machines[0], &machines[1]);
            tokio::join!(settle(one, "--ours"), settle(other, "--theirs"));
            [0, 1].into_iter().for_each(|which| hand.synced(which));
        }
    }
    println!("two hosts: {kills} kills of the command line, {restarts} of the registry");

    for which in [0, 1, 0] {
        settle(&machines[which], "--ours").await;
        hand.synced(which);
    }
    for machine in &machines {
        let said = machine.json(&["sync", PROFILE]).await;
        let report = &said["profiles"][0];
        assert_eq!((&report["pushed"], &report["written"]), (&json!([]), &json!([])), "it does not come to rest");
    }
    same_everywhere(&registry, &machines, &token).await;
    let clone = Work::clone_of(&mine(&registry, &token));
    for path in git(&clone.path, &["ls-files", &format!("profiles/{PROFILE}")]).lines() {
        let (here, there) = (clone.path.join(path), machines[0].home().join(path));
        let is_laid_out = path.ends_with("config.yaml") || path.ends_with("jobs.json");
        assert!(is_laid_out || std::fs::read(here).unwrap() == std::fs::read(there).unwrap(), "{path}");
    }
    let everything = everything(&registry, &machines);
    for word in &hand.words {
        assert!(everything.contains(word), "{word} is nowhere");
    }
    registry.daemon.stop().await;
}

/// The registry's files stand on both machines; what depends on the machine is the same but for its path.
async fn same_everywhere(registry: &Registry, machines: &[Machine; 2], token: &str) {
    let (_, row) = registry.get(&format!("/profiles/{PROFILE}"), token).await;
    for file in row["files"].as_array().unwrap() {
        let path = file["path"].as_str().unwrap();
        let there = registry.request(reqwest::Method::GET, &format!("/profiles/{PROFILE}/files/{path}"), Some(token));
        let there = there.send().await.unwrap().text().await.unwrap();
        let here = machines
            .each_ref()
            .map(|machine| machine.read(PROFILE, path).replace(machine.home().to_str().unwrap(), "~"));
        match path {
            // Only one of them runs the jobs; and a path of its own is in the settings.
            "cron/jobs.json" => assert_eq!(jobs(&machines[0]), jobs(&machines[1])),
            "config.yaml" => assert_eq!(here[0], here[1]),
            _ => assert_eq!(here, [there.clone(), there], "{path}"),
        }
    }
    let shown = machines[0].json(&["show", PROFILE]).await;
    assert_eq!((&shown["newest"], shown["diff"].as_str()), (&json!(true), Some("")), "{shown}");
}

/// `SOAK_ROUNDS` and `SOAK_SEED` make it longer, and another one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_machines_end_with_the_same_files_and_nothing_is_lost() {
    let number = |name: &str| {
        let given = std::env::vars_os().find(|(known, _)| known == name);
        given.and_then(|(_, value)| value.to_str()?.parse().ok())
    };
    play(number("SOAK_ROUNDS").unwrap_or(20), number("SOAK_SEED").unwrap_or(1)).await;
}
