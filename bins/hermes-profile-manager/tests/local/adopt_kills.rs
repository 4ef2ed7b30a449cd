//! `kill -9` before every step of `adopt` towards the disk.

use std::path::Path;

use crate::{
    adopt::{IN_ENV, IN_SETTINGS, lived_in, silent},
    support::{Home, run},
};

/// Longer than any run has steps.
const STEPS_MAX: u32 = 60;

/// Every secret is in one of the two files, whole, and each file is one that somebody has written.
#[track_caller]
fn nothing_is_lost(home: &Home, folder: &str, at: u32, olds: &[String; 2], news: &[String; 2]) {
    let now = ["config.yaml", ".env"].map(|name| home.read(&format!("{folder}{name}")));
    for (index, text) in now.iter().enumerate() {
        assert!(*text == olds[index] || *text == news[index], "killed before step {at}: half a file: {text}");
    }
    for secret in IN_SETTINGS.iter().chain(&IN_ENV) {
        assert!(now.iter().any(|text| text.contains(secret)), "killed before step {at}: {secret} is lost");
    }
}

fn both(home: &Home, folder: &str) -> [String; 2] {
    ["config.yaml", ".env"].map(|name| home.read(&format!("{folder}{name}")))
}

/// Kills it before each step in turn, on a fresh home; the next run ends as one that was never killed.
fn killed_everywhere(folder: &str, words: &[&str]) {
    let untouched = Home::new();
    lived_in(&untouched, folder);
    let olds = both(&untouched, folder);
    untouched.ends(words, 0);
    let news = both(&untouched, folder);
    let mut kills = 0;
    for step in 1..=STEPS_MAX {
        let home = Home::new();
        lived_in(&home, folder);
        let mut command = home.command(words);
        command.env("TWILIGHT_CRASH_AT", format!("step-{step}"));
        let answer = run(command);
        if answer.code == Some(0) {
            break;
        }
        assert_eq!(answer.code, None, "{answer:?}");
        kills += 1;
        silent(&format!("{}{}", answer.stdout, answer.stderr));
        nothing_is_lost(&home, folder, step, &olds, &news);
        home.ends(words, 0);
        assert_eq!(both(&home, folder), news, "after a kill before step {step}");
        let leftover = |path: &Path| path.read_dir().is_ok_and(|mut entries| entries.next().is_some());
        assert!(!leftover(&home.path().join(".profile-manager/tmp")), "a half-written file stays behind");
        assert_eq!(home.mode(&format!("{folder}.env")), 0o600);
    }
    // Two files kept, two written, three steps each.
    assert_eq!(kills, 12, "every step was one to be killed before");
}

#[test]
fn killed_before_any_write_a_profile_has_lost_no_secret_and_the_next_run_ends_it() {
    killed_everywhere("profiles/alice/", &["adopt", "alice", "--yes"]);
}

#[test]
fn killed_before_any_write_hermes_own_home_has_lost_no_secret() {
    killed_everywhere("", &["adopt", "--default-home", "--yes"]);
}
