//! What is said, and when nobody can be told.

use std::{
    fs::{self, OpenOptions},
    process::Stdio,
};

use crate::support::{Home, run};

#[test]
fn a_command_line_that_is_wrong_is_told_to_programs_too() {
    let home = Home::new();
    for words in [&["push", "No Name", "--json"][..], &["--json", "lsit"], &["adopt", "--json"]] {
        let told = home.ends(words, 2);
        let error = told.json()["error"].clone();
        assert_eq!((error["code"].as_u64(), error["kind"].as_str()), (Some(2), Some("usage")), "{told:?}");
        assert!(!told.stderr.is_empty());
    }
    assert!(home.ends(&["push", "No Name"], 2).stdout.is_empty());
    assert!(home.ends(&["--json", "--help"], 0).stdout.contains("Exit codes"));
}

#[test]
fn where_nobody_can_be_told_the_exit_code_still_tells() {
    let home = Home::new();
    for (words, code) in [(&["list"][..], 5), (&["show", "alice", "--registry", "http://127.0.0.1:1"], 5)] {
        let mut command = home.command(words);
        command.stderr(OpenOptions::new().write(true).open("/dev/full").unwrap()).stdout(Stdio::null());
        assert_eq!(command.status().unwrap().code(), Some(code), "{words:?}");
    }
}

#[test]
fn what_is_no_token_is_said_to_be_none_and_is_sent_to_nobody() {
    let home = Home::new();
    for token in ["tw-schlüssel", "tw-one\ntw-two", "tw-\u{7}"] {
        let mut command = home.command(&["list"]);
        command.env("TWILIGHT_REGISTRY_TOKEN", token);
        let told = run(command);
        assert_eq!(told.code, Some(5), "{told:?}");
        assert!(told.stderr.contains("TWILIGHT_REGISTRY_TOKEN holds no token"), "{told:?}");
        home.write("token", token);
        let file = home.path().join("token");
        let told = home.ends(&["--token-file", file.to_str().unwrap(), "list"], 5);
        assert!(told.stderr.contains("holds no token") && !told.stderr.contains("tw-"), "{told:?}");
    }
    let told = home.ends(&["--registry", "http://", "--token-file", "/dev/null", "doctor"], 1);
    assert!(!told.stdout.contains("does not answer"), "{told:?}");
}

#[test]
fn a_pipe_in_the_place_of_an_env_holds_nobody_up() {
    let home = Home::new();
    home.write("profiles/alice/SOUL.md", "x\n");
    home.write("profiles/alice/secrets.schema.json", "{\"type\": \"object\", \"properties\": {}}\n");
    for folder in ["", "profiles/alice/"] {
        let pipe = home.path().join(format!("{folder}.env"));
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(made.success());
    }
    let mut command = std::process::Command::new("timeout");
    let doctor = home.command(&["doctor", "--local"]);
    command.arg("20").arg(doctor.get_program()).args(doctor.get_args()).stdin(Stdio::null());
    let told = run(command);
    assert_eq!(told.code, Some(1), "{told:?}");
    assert!(told.stdout.contains(".env is no plain file"), "{told:?}");
}

#[test]
fn what_cannot_be_read_is_named() {
    use std::os::unix::{fs::chown, process::CommandExt as _};

    const NOBODY: u32 = 65_534;
    let home = Home::new();
    let program = home.path().join("program");
    fs::copy(env!("CARGO_BIN_EXE_hermes-profile-manager"), &program).unwrap();
    home.write("profiles/alice/config.yaml", "model:\n  default: x\n");
    home.write("profiles/alice/skills/own/SKILL.md", "x\n");
    home.chmod("profiles/alice/skills/own/SKILL.md", 0);
    home.chmod("", 0o755);
    let mut command = home.command(&["template", "create", "mine", "--from-profile", "alice"]);
    let words: Vec<_> = command.get_args().map(std::ffi::OsStr::to_owned).collect();
    command = std::process::Command::new(&program);
    command.args(words).env_clear().stdin(Stdio::null());
    // Root may read everything.
    if chown(home.path(), Some(NOBODY), Some(NOBODY)).is_ok() {
        command.uid(NOBODY).gid(NOBODY);
    }
    let told = run(command);
    assert_eq!(told.code, Some(1), "{told:?}");
    assert!(told.stderr.contains("skills/own/SKILL.md: Permission denied"), "{told:?}");
}
