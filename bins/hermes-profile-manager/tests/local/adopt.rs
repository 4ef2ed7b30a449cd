//! `adopt` on homes as people have them.

use crate::support::Home;

/// Every secret that is in one of the settings of [`lived_in`].
pub(crate) const IN_SETTINGS: [&str; 5] = [
    "sk-or-v1-7f3a9c1e5b7d2f4a6c8e0b2d4f6a8c0e1b3d5f7a",
    "123456789:AAF0rZ0Jc2hDqVbT3m9sYx8uKq1LwEoPn5I",
    "qk_live_0a1b2c3d4e5f60718293a4b5",
    "ilink-9d8c7b6a5f4e3d2c1b0a9f8e7d6c5b4a",
    "ghp_0a1B2c3D4e5F6a7B8c9D0e1F2a3B4c5D6e7F",
];
/// Those that are in `.env` from the beginning.
pub(crate) const IN_ENV: [&str; 2] = ["tvly-4f5e6d7c8b9a0f1e2d3c4b5a", "hunter2 with spaces and a # in it"];

const CONFIG: &str = "\
# My bot. Hands off!
_config_version: 33
model:
  default: anthropic/claude-opus-4.6  # the dear one
  provider: openrouter
  base_url: https://openrouter.ai/api/v1
  api_key: sk-or-v1-7f3a9c1e5b7d2f4a6c8e0b2d4f6a8c0e1b3d5f7a

# how it looks
display:
  skin: default
  streaming: true

platforms:
  telegram:
    token: '123456789:AAF0rZ0Jc2hDqVbT3m9sYx8uKq1LwEoPn5I'
    home_channel: {platform: telegram, chat_id: '-100123', name: 家}
  weixin:
    extra:
      account_id: wx_8812
      token: \"ilink-9d8c7b6a5f4e3d2c1b0a9f8e7d6c5b4a\"
      dm_policy: pairing

mcp_servers:
  quotes:
    url: https://quotes.example/mcp
    headers:
      Authorization: Bearer qk_live_0a1b2c3d4e5f60718293a4b5
      X-Already: ${MINE}
  github:
    command: npx
    args: [-y, server-github]
    env: {GITHUB_PERSONAL_ACCESS_TOKEN: ghp_0a1B2c3D4e5F6a7B8c9D0e1F2a3B4c5D6e7F}

web:
  backend: tavily
";

const ENV: &str = "\
# entered by hand
TAVILY_API_KEY=tvly-4f5e6d7c8b9a0f1e2d3c4b5a
export MAIL_PASSWORD=\"hunter2 with spaces and a # in it\"

TELEGRAM_ALLOWED_USERS=42
";

/// Lays out a home that was used for a while, below `at`: `profiles/alice/`, or nothing for Hermes's own.
pub(crate) fn lived_in(home: &Home, at: &str) {
    let put = |path: &str, text: &str| home.write(&format!("{at}{path}"), text);
    put("config.yaml", CONFIG);
    put(".env", ENV);
    put("SOUL.md", "你是一名研究助理。\n");
    put("AGENTS.md", "# Rules\nBe brief.\n");
    put("auth.json", r#"{"providers": {"nous": {"refresh_token": "single-use"}}}"#);
    put("state.db", "SQLite format 3\0");
    put("sessions/2026-11-20/a.json", "{}");
    put("logs/gateway.log", "started\n");
    put("memories/MEMORY.md", "likes tea\n");
    put(
        "cron/jobs.json",
        r#"{"jobs": [{"id": "a1", "name": "brief", "prompt": "x", "enabled": true}], "updated_at": "x"}"#,
    );
    put("cron/runtime.db", "SQLite format 3\0");
    put("skills/mine/SKILL.md", "---\nname: mine\ndescription: x\n---\n");
    put("skills/mine/node_modules/x/index.js", "1");
    put("weixin/accounts/wx_8812.json", r#"{"token": "one-host-only"}"#);
    put("profile.yaml", "display_name: Alice\n");
    home.chmod(&format!("{at}config.yaml"), 0o640);
    home.chmod(&format!("{at}.env"), 0o644);
}

/// No secret of the home in a text.
#[track_caller]
pub(crate) fn silent(text: &str) {
    for secret in IN_SETTINGS.iter().chain(&IN_ENV) {
        assert!(!text.contains(secret), "{secret} is told: {text}");
    }
}

const ALICE: &str = "profiles/alice/";

#[test]
fn a_dry_run_tells_everything_but_the_secrets_and_changes_nothing() {
    let home = Home::new();
    lived_in(&home, ALICE);
    let before = home.snapshot();
    for words in [&["adopt", "alice", "--dry-run"][..], &["adopt", "alice"], &["adopt", "alice", "--yes", "--dry-run"]]
    {
        let told = home.ends(words, 0);
        silent(&told.stdout);
        silent(&told.stderr);
        for promised in [
            "config.yaml: model.api_key -> .env: MODEL_API_KEY",
            "+  provider: \"custom\"",
            "+  base_url: \"http://127.0.0.1:3000/v1\"",
            "+  search_backend: \"searxng\"",
            "auth.json: it holds secrets",
            "sessions: Hermes writes it for one machine alone",
            "For the registry:",
            "TWILIGHT_GATEWAY_TOKEN",
        ] {
            assert!(told.stdout.contains(promised), "{promised}: {}", told.stdout);
        }
    }
    assert_eq!(home.snapshot(), before);
    assert!(!home.path().join(".profile-manager").exists(), "not even a note of it");
    let json = home.ends(&["--json", "--dry-run", "adopt", "alice"], 0);
    silent(&json.stdout);
    let told = json.json();
    assert_eq!(told["secrets"].as_array().unwrap().len(), IN_SETTINGS.len(), "{told}");
    assert_eq!(told["writes"][0]["path"], ".env");
    assert_eq!(told["carried_out"], false);
}

#[test]
fn secrets_move_out_the_rest_stays_and_the_second_time_there_is_nothing_to_do() {
    let home = Home::new();
    lived_in(&home, ALICE);
    let before = home.snapshot();
    let told = home.ends(&["adopt", "alice", "--yes"], 0);
    silent(&format!("{}{}", told.stdout, told.stderr));

    let (config, env) = (home.read("profiles/alice/config.yaml"), home.read("profiles/alice/.env"));
    silent(&config);
    for secret in IN_SETTINGS.iter().chain(&IN_ENV) {
        assert!(env.contains(secret), "{secret} is lost");
    }
    for kept in ["# My bot. Hands off!", "# the dear one", "# how it looks", "X-Already: ${MINE}", "chat_id: '-100123'"]
    {
        assert!(config.contains(kept), "{kept}: {config}");
    }
    for reference in
        ["${MODEL_API_KEY}", "Bearer ${MCP_SERVERS_QUOTES_HEADERS_AUTHORIZATION}", "${TWILIGHT_GATEWAY_TOKEN}"]
    {
        let is_there = config.contains(reference);
        // The model has its own token now; the old key is kept for whoever wants it.
        assert!(is_there || reference == "${MODEL_API_KEY}", "{reference}: {config}");
    }
    assert!(env.contains("# entered by hand") && env.contains("MODEL_API_KEY="), "{env}");
    assert_eq!((home.mode("profiles/alice/.env"), home.mode("profiles/alice/config.yaml")), (0o600, 0o640));

    let after = home.snapshot();
    let changed: Vec<_> =
        after.iter().filter(|(path, file)| before.get(*path) != Some(file)).map(|(path, _)| path).collect();
    let alice = home.path().join("profiles/alice");
    assert_eq!(changed, [&alice.join(".env"), &alice.join("config.yaml")], "nothing else was touched");
    assert_eq!(after.len(), before.len());

    let again = home.ends(&["adopt", "alice", "--yes"], 0);
    assert!(again.stdout.contains("nothing to do"), "{}", again.stdout);
    assert_eq!(home.snapshot(), after);
}

#[test]
fn what_the_files_were_is_kept_for_their_owner_alone() {
    let home = Home::new();
    lived_in(&home, ALICE);
    let told = home.ends(&["adopt", "alice", "--yes", "--json"], 0).json();
    let kept = std::path::PathBuf::from(told["kept"].as_str().unwrap());
    assert_eq!(std::fs::read_to_string(kept.join("config.yaml")).unwrap(), CONFIG);
    assert_eq!(std::fs::read_to_string(kept.join(".env")).unwrap(), ENV);
    let inside = kept.strip_prefix(home.path()).unwrap().to_str().unwrap().to_owned();
    assert_eq!(home.mode(&format!("{inside}/config.yaml")), 0o600);
    assert_eq!(home.mode(".profile-manager"), 0o700);
}

#[test]
fn its_own_token_for_the_gateway_goes_into_env_and_is_told_nowhere() {
    const TOKEN: &str = "tw-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    let home = Home::new();
    lived_in(&home, ALICE);
    home.write("token", &format!("{TOKEN}\n"));
    let file = home.path().join("token");
    let words = ["adopt", "alice", "--yes", "--gateway-token-file", file.to_str().unwrap(), "--model", "qwen-max"];
    let told = home.ends(&words, 0);
    assert!(
        !told.stdout.contains(TOKEN) && told.stdout.contains("+TWILIGHT_GATEWAY_TOKEN=(hidden)"),
        "{}",
        told.stdout
    );
    assert!(home.read("profiles/alice/.env").contains(&format!("TWILIGHT_GATEWAY_TOKEN={TOKEN}")));
    assert!(home.read("profiles/alice/config.yaml").contains("default: \"qwen-max\"  # the dear one"));
    let again = home.ends(&words, 0);
    assert!(again.stdout.contains("nothing to do"), "{}", again.stdout);
}

#[test]
fn hermes_own_home_is_pointed_at_the_gateway_too_and_its_profiles_are_left_alone() {
    let home = Home::new();
    lived_in(&home, "");
    lived_in(&home, ALICE);
    let alice = home.read("profiles/alice/config.yaml");
    let told = home.ends(&["adopt", "--default-home", "--yes"], 0);
    silent(&format!("{}{}", told.stdout, told.stderr));
    assert!(!told.stdout.contains("For the registry"), "it never enters the registry: {}", told.stdout);
    silent(&home.read("config.yaml"));
    assert!(home.read("config.yaml").contains("provider: \"custom\""));
    assert_eq!(home.mode(".env"), 0o600);
    assert_eq!(home.read("profiles/alice/config.yaml"), alice);
    assert!(home.ends(&["adopt", "--default-home", "--yes"], 0).stdout.contains("nothing to do"));
    let path = home.path().to_str().unwrap().to_owned();
    assert!(home.ends(&["adopt", &path], 2).stderr.contains("--default-home"));
}

#[test]
fn what_would_carry_a_secret_into_the_registry_stands_in_the_way() {
    let home = Home::new();
    lived_in(&home, ALICE);
    home.write("profiles/alice/SOUL.md", "Log in with ghp_0a1B2c3D4e5F6a7B8c9D0e1F2a3B4c5D6e7F.\n");
    home.write(
        "profiles/alice/config.yaml",
        &format!("{CONFIG}# api_key: sk-or-v1-9999aaaa8888bbbb7777cccc6666dddd\n"),
    );
    let before = home.snapshot();
    let told = home.ends(&["adopt", "alice", "--yes"], 3);
    for place in ["! SOUL.md: line 1", "! config.yaml: line "] {
        assert!(told.stdout.contains(place), "{place}: {}", told.stdout);
    }
    silent(&format!("{}{}", told.stdout, told.stderr));
    assert_eq!(home.snapshot(), before, "nothing of it was changed");
}

#[test]
fn skills_that_came_with_hermes_are_not_taken_in_and_stand_in_nobodys_way() {
    let home = Home::new();
    lived_in(&home, ALICE);
    // An example in a skill that every update of Hermes brings anew; MD5 of its only file's name and content.
    let skill = "Log in with ghp_0a1B2c3D4e5F6a7B8c9D0e1F2a3B4c5D6e7F, as in the example.\n";
    home.write("profiles/alice/skills/github/SKILL.md", skill);
    home.write("profiles/alice/skills/.bundled_manifest", "github:bcbe77e9656f66508a77e96819d0f92f\n");
    let told = home.ends(&["--json", "adopt", "alice", "--yes"], 0).json();
    let replicated = told["replicated"].to_string();
    assert!(replicated.contains("skills/mine/SKILL.md") && !replicated.contains("github"), "{replicated}");
    // Changed, it is somebody's own, and is looked at.
    home.write("profiles/alice/skills/github/SKILL.md", &skill.repeat(2));
    home.ends(&["adopt", "alice", "--yes"], 3);
}

#[test]
fn a_home_anywhere_is_taken_in_and_a_damaged_one_is_not() {
    let (home, elsewhere) = (Home::new(), Home::new());
    lived_in(&elsewhere, "bot/");
    let bot = elsewhere.path().join("bot");
    let told = home.ends(&["adopt", bot.to_str().unwrap(), "--yes"], 0);
    assert!(told.stdout.contains("move the folder into `profiles`"), "{}", told.stdout);
    silent(&elsewhere.read("bot/config.yaml"));

    for (config, said) in
        [("a: 1\na: 2\n", "given twice"), ("model: &m {a: 1}\n", "an anchor"), ("\tx: 1\n", "config.yaml")]
    {
        lived_in(&home, "profiles/broken/");
        home.write("profiles/broken/config.yaml", config);
        let before = home.snapshot();
        let told = home.ends(&["adopt", "broken", "--yes"], 1);
        assert!(told.stderr.contains(said), "{said}: {}", told.stderr);
        assert_eq!(home.snapshot(), before);
    }
    assert_eq!(home.ends(&["adopt", "nobody"], 1).stdout, "");
    std::fs::create_dir(elsewhere.path().join("empty")).unwrap();
    let told = home.ends(&["adopt", elsewhere.path().join("empty").to_str().unwrap(), "--yes"], 2);
    assert!(told.stderr.contains("is no profile"), "{}", told.stderr);
    assert!(!elsewhere.path().join("empty/.env").exists(), "nothing is put where no profile is");
}

#[test]
fn settings_behind_a_link_are_not_written_through() {
    let (home, elsewhere) = (Home::new(), Home::new());
    lived_in(&home, ALICE);
    elsewhere.write("config.yaml", CONFIG);
    let config = home.path().join("profiles/alice/config.yaml");
    std::fs::remove_file(&config).unwrap();
    std::os::unix::fs::symlink(elsewhere.path().join("config.yaml"), &config).unwrap();
    let told = home.ends(&["adopt", "alice", "--yes"], 1);
    assert!(told.stderr.contains("a symbolic link"), "{}", told.stderr);
    assert_eq!(elsewhere.read("config.yaml"), CONFIG);
}
