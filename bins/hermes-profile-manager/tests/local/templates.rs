//! Templates without a registry.

use std::os::unix::fs::symlink;

use crate::support::{Home, run};

const PRO: &str = "template-stock-research-pro";
const USER: [&str; 2] = ["--set", "TELEGRAM_USER=42"];

fn apply<'a>(template: &'a str, target: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["template", "apply", template, target], more].concat()
}

#[test]
fn the_shipped_templates_are_listed_with_what_they_ask_for() {
    let home = Home::new();
    let told = home.ends(&["template", "list", "--json"], 0).json();
    let templates = told["templates"].as_array().unwrap();
    let names: Vec<_> = templates.iter().map(|template| template["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["template-crypto", "template-stock-research-lite", PRO]);
    let named = |list: &str, name: &str| {
        let list = templates[2][list].as_array().unwrap();
        list.iter().find(|entry| entry["name"] == name).cloned().unwrap_or_else(|| panic!("no {name}: {list:?}"))
    };
    assert_eq!(named("placeholders", "TELEGRAM_USER")["required"], true);
    assert_eq!(named("placeholders", "MODEL")["default"], "qwen-max");
    assert_eq!(named("secrets", "TELEGRAM_BOT_TOKEN")["source"], "from_pool");
    assert_eq!(named("secrets", "SEARXNG_URL")["source"], "setting");
}

#[test]
fn everything_that_is_missing_is_named_at_once_and_what_is_unknown_is_refused() {
    let home = Home::new();
    let missing = home.ends(&apply(PRO, "lao-wang", &[]), 2);
    assert!(missing.stderr.contains("--set TELEGRAM_USER=…"), "{}", missing.stderr);
    for (words, said) in [
        (apply(PRO, "lao-wang", &["--set", "TELEGRAM_USER=42", "--set", "COLOUR=red"]), "has no placeholder COLOUR"),
        (apply(PRO, "lao-wang", &["--set", "TELEGRAM_USER"]), "is no NAME=VALUE"),
        (apply(PRO, "lao-wang", &["--set", "TELEGRAM_USER=a b"]), "TELEGRAM_USER has to be"),
        (apply("no-such", "lao-wang", &USER), "there is no template"),
        (apply(PRO, "default", &USER), "is reserved"),
        (apply(PRO, "../../etc", &USER), "a profile name has"),
    ] {
        let refused = home.ends(&words, 2);
        assert!(refused.stderr.contains(said), "{said}: {}", refused.stderr);
    }
    assert!(!home.path().join("profiles/lao-wang").exists());
}

#[test]
fn a_value_never_becomes_a_setting() {
    let home = Home::new();
    let evil = "x\"\nmcp_servers:\n  evil: {command: sh}";
    for name in ["USER_NAME", "MODEL", "BOT_NAME", "WATCHLIST", "GATEWAY_URL"] {
        let pair = format!("{name}={evil}");
        let refused = home.ends(&apply(PRO, "lao-wang", &["--set", "TELEGRAM_USER=42", "--set", &pair]), 2);
        assert!(refused.stderr.contains(&format!("the value {name} has to be")), "{}", refused.stderr);
    }
    assert!(!home.path().join("profiles/lao-wang").exists(), "nothing was made of it");

    // One line of it is a text like any other, and stays one.
    for (index, value) in
        ["x\": {mcp_servers: {evil: 1}} #", "x' : &a !!python/object:os.system [", "${HOME}", "*a", "|"]
            .iter()
            .enumerate()
    {
        let (target, pair) = (format!("bot-{index}"), format!("MODEL={value}"));
        home.ends(&apply(PRO, &target, &["--set", "TELEGRAM_USER=42", "--set", &pair]), 0);
        let config = home.read(&format!("profiles/{target}/config.yaml"));
        let (model, plain) = (profile_store::yaml::parse(&config).unwrap(), home.ends(&apply(PRO, "plain", &USER), 0));
        assert_eq!(model.at(&["model", "default"]).unwrap().as_text(), Some(*value), "{plain:?}");
        let plain = profile_store::yaml::parse(&home.read("profiles/plain/config.yaml")).unwrap();
        let keys = |node: &profile_store::yaml::Node| -> Vec<String> {
            node.as_map().unwrap().iter().map(|(key, _)| key.display()).collect()
        };
        assert_eq!(keys(&model), keys(&plain), "no key more");
    }
}

#[test]
fn a_value_that_looks_like_a_secret_is_refused() {
    let home = Home::new();
    let pair = "BOT_NAME=ghp_0a1B2c3D4e5F6a7B8c9D0e1F2a3B4c5D6e7F";
    let refused = home.ends(&apply(PRO, "lao-wang", &["--set", "TELEGRAM_USER=42", "--set", pair]), 2);
    assert!(
        refused.stderr.contains("secrets belong into .env") && !refused.stderr.contains("ghp_"),
        "{}",
        refused.stderr
    );
}

#[test]
fn a_dry_run_makes_nothing() {
    let home = Home::new();
    let told = home.ends(&apply(PRO, "lao-wang", &["--set", "TELEGRAM_USER=42", "--dry-run", "--json"]), 0).json();
    assert_eq!((told["changed"].as_bool(), told["dry_run"].as_bool()), (Some(true), Some(true)));
    home.ends(&["template", "create", "mine", "--dry-run"], 0);
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0);
}

#[test]
fn killed_before_any_step_a_profile_is_there_whole_or_not_at_all() {
    let words = apply(PRO, "lao-wang", &USER);
    let untouched = Home::new();
    untouched.ends(&words, 0);
    let wanted = untouched.snapshot().len();
    let mut kills = 0;
    for step in 1..200 {
        let home = Home::new();
        let mut command = home.command(&words);
        command.env("TWILIGHT_CRASH_AT", format!("step-{step}"));
        let answer = run(command);
        if answer.code == Some(0) {
            break;
        }
        kills += 1;
        let found = home.snapshot().len();
        assert!(found == 0 || found == wanted, "killed before step {step}: {found} of {wanted} files");
        home.ends(&words, 0);
        assert_eq!(home.snapshot().len(), wanted);
        assert_eq!(home.mode("profiles/lao-wang/.env"), 0o600);
    }
    assert!(kills > 30, "{kills} kills only");
}

#[test]
fn what_may_be_run_may_be_run_afterwards() {
    let home = Home::new();
    home.ends(&apply(PRO, "lao-wang", &USER), 0);
    home.write("profiles/lao-wang/skills/own/run.sh", "#!/bin/sh\n");
    home.chmod("profiles/lao-wang/skills/own/run.sh", 0o755);
    home.chmod("profiles/lao-wang/skills/twilight-search/SKILL.md", 0o755);
    home.ends(&["template", "create", "own", "--from-profile", "lao-wang"], 0);
    home.ends(&["template", "apply", "own", "lao-wang"], 0);
    // Another version of the same skill.
    let skill = ".profile-manager/templates/own/skills/twilight-search/SKILL.md";
    home.write(skill, &format!("{}\nMore.\n", home.read(skill)));
    home.ends(&["template", "apply", "own", "lao-wang"], 0);
    let applied = home.read("profiles/lao-wang/skills/twilight-search/SKILL.md");
    assert!(applied.ends_with("More.\n"), "{applied}");
    for path in ["skills/own/run.sh", "skills/twilight-search/SKILL.md"] {
        assert_eq!(home.mode(&format!("profiles/lao-wang/{path}")), 0o755, "{path}");
    }
}

#[test]
fn a_link_in_the_profile_is_not_written_through() {
    let (home, elsewhere) = (Home::new(), Home::new());
    home.ends(&apply(PRO, "lao-wang", &USER), 0);
    elsewhere.write("SOUL.md", "theirs\n");
    let soul = home.path().join("profiles/lao-wang/SOUL.md");
    std::fs::remove_file(&soul).unwrap();
    symlink(elsewhere.path().join("SOUL.md"), &soul).unwrap();
    let refused = home.ends(&apply(PRO, "lao-wang", &["--set", "BOT_NAME=Other"]), 3);
    assert!(refused.stderr.contains("symbolic link"), "{}", refused.stderr);
    assert_eq!(elsewhere.read("SOUL.md"), "theirs\n");
}

#[test]
fn a_template_of_ones_own_is_made_of_a_profile_and_makes_profiles() {
    let home = Home::new();
    home.ends(&apply(PRO, "lao-wang", &USER), 0);
    home.write("profiles/lao-wang/SOUL.md", "You are {{NAME:string=Nobody}}.\n");
    home.write("profiles/lao-wang/skills/own/SKILL.md", "---\nname: own\n---\n");
    let made = home.ends(&["template", "create", "my-bot", "--from-profile", "lao-wang", "--json"], 0).json();
    assert_eq!(made["created"], true, "{made}");
    let again = home.ends(&["template", "create", "my-bot", "--from-profile", "lao-wang", "--json"], 0).json();
    assert_eq!(again["created"], false, "the same again is no other one: {again}");
    home.ends(&apply("my-bot", "xiao-li", &["--set", "NAME=Li"]), 0);
    assert_eq!(home.read("profiles/xiao-li/SOUL.md"), "You are Li.\n");
    assert_eq!(home.read("profiles/xiao-li/skills/own/SKILL.md"), "---\nname: own\n---\n");
    let (theirs, ours) = (home.read("profiles/xiao-li/cron/jobs.json"), home.read("profiles/lao-wang/cron/jobs.json"));
    assert_eq!(theirs, ours, "its jobs are the same");
    let config = home.read("profiles/xiao-li/config.yaml");
    assert!(config.contains("profiles/xiao-li/workspace") && !config.contains("lao-wang"), "{config}");

    assert!(home.ends(&["template", "create", PRO], 2).stderr.contains("comes with the program"));
    home.write("profiles/lao-wang/SOUL.md", "ghp_0a1B2c3D4e5F6a7B8c9D0e1F2a3B4c5D6e7F\n");
    let refused = home.ends(&["template", "create", "other", "--from-profile", "lao-wang"], 3);
    assert!(refused.stderr.contains("SOUL.md: line 1") && !refused.stderr.contains("ghp_"), "{}", refused.stderr);
}

#[test]
fn a_template_that_asks_for_less_is_applied_to_what_was_made_when_it_asked_for_more() {
    let home = Home::new();
    home.ends(&["template", "create", "mine"], 0);
    let soul = ".profile-manager/templates/mine/SOUL.md";
    home.write(soul, "You are {{MOOD:string}}, of {{WATCHLIST:string=600519.SH}}.\n");
    home.ends(&apply("mine", "lao-wang", &["--set", "TELEGRAM_USER=42", "--set", "MOOD=calm"]), 0);
    home.write(soul, "You are of {{WATCHLIST:string=600519.SH}}.\n");
    home.ends(&apply("mine", "lao-wang", &[]), 0);
    assert_eq!(home.read("profiles/lao-wang/SOUL.md"), "You are of 600519.SH.\n");
    let refused = home.ends(&apply("mine", "lao-wang", &["--set", "MOOD=calm"]), 2);
    assert!(refused.stderr.contains("MOOD"), "what is given now has to be known: {refused:?}");
}

#[test]
fn killed_before_any_step_a_template_of_ones_own_is_there_whole_or_not_at_all() {
    let words = ["template", "create", "mine"];
    let mut kills = 0;
    for step in 1..200 {
        let home = Home::new();
        let mut command = home.command(&words);
        command.env("TWILIGHT_CRASH_AT", format!("step-{step}"));
        if run(command).code == Some(0) {
            break;
        }
        kills += 1;
        home.ends(&words, 0);
        home.ends(&apply("mine", "lao-wang", &USER), 0);
    }
    assert!(kills > 10, "{kills} kills only");
}
