//! Homes as people have them.

use super::{AdoptError, Options, Plan, plan};
use crate::{template::Files, yaml::parse};

const CONFIG: &str = "\
# my bot
model:
  default: anthropic/claude-opus-4.6  # dear
  provider: openrouter
  base_url: https://openrouter.ai/api/v1
  api_key: sk-or-v1-0123456789abcdef0123456789abcdef
  api_mode: anthropic_messages
# telegram
telegram:
  bot_token: '123456789:AAExampleExampleExampleExampleExampl'
mcp_servers:
  quotes:
    url: https://quotes.example/mcp
    headers:
      Authorization: Bearer qk_0123456789abcdef0123
      X-Mine: ${MINE}
web:
  backend: tavily
max_tokens_note: keep
";

fn home(config: &str, env: &str) -> Files {
    let mut files = Files::new();
    for (path, text) in [
        ("config.yaml", config),
        (".env", env),
        ("SOUL.md", "You are.\n"),
        ("auth.json", "{}"),
        ("sessions/1.json", "{}"),
        ("skills/mine/SKILL.md", "---\nname: mine\n---\n"),
        ("memories/MEMORY.md", "likes tea"),
    ] {
        files.insert(path.to_owned(), text.as_bytes().to_vec());
    }
    files
}

fn options() -> Options {
    Options { gateway_url: "http://127.0.0.1:3000".to_owned(), model: None, replicate: true }
}

fn content(plan: &Plan, path: &str) -> String {
    let rewrite = plan.rewrites.iter().find(|rewrite| rewrite.path == path).unwrap();
    String::from_utf8(rewrite.content.clone()).unwrap()
}

#[test]
fn secrets_move_into_env_and_the_model_goes_through_the_gateway() {
    let plan =
        plan(&home(CONFIG, "# keys\nTELEGRAM_BOT_TOKEN=123456789:AAExampleExampleExampleExampleExampl\n"), &options())
            .unwrap();
    assert_eq!(
        content(&plan, "config.yaml"),
        "\
# my bot
model:
  default: anthropic/claude-opus-4.6  # dear
  provider: \"custom\"
  base_url: \"http://127.0.0.1:3000/v1\"
  api_key: \"${TWILIGHT_GATEWAY_TOKEN}\"
# telegram
telegram:
  bot_token: \"${TELEGRAM_BOT_TOKEN}\"
mcp_servers:
  quotes:
    url: https://quotes.example/mcp
    headers:
      Authorization: \"Bearer ${MCP_SERVERS_QUOTES_HEADERS_AUTHORIZATION}\"
      X-Mine: ${MINE}
web:
  backend: tavily
  search_backend: \"searxng\"
max_tokens_note: keep
"
    );
    assert_eq!(
        content(&plan, ".env"),
        "\
# keys
TELEGRAM_BOT_TOKEN=123456789:AAExampleExampleExampleExampleExampl
MODEL_API_KEY=sk-or-v1-0123456789abcdef0123456789abcdef
MCP_SERVERS_QUOTES_HEADERS_AUTHORIZATION=qk_0123456789abcdef0123
SEARXNG_URL=http://127.0.0.1:3000
"
    );
    let moved: Vec<_> = plan.secrets.iter().map(|secret| (secret.name.as_str(), secret.place.as_str())).collect();
    assert_eq!(
        moved,
        [
            ("MODEL_API_KEY", "config.yaml: model.api_key"),
            ("TELEGRAM_BOT_TOKEN", "config.yaml: telegram.bot_token"),
            ("MCP_SERVERS_QUOTES_HEADERS_AUTHORIZATION", "config.yaml: mcp_servers.quotes.headers.Authorization"),
        ]
    );
    assert_eq!(plan.needed, ["TWILIGHT_GATEWAY_TOKEN"]);
    assert_eq!(plan.rewrites[0].path, ".env", "a plan cut short has lost no secret");
    assert!(plan.is_clear(), "{:?}", plan.attention);
}

#[test]
fn the_dry_run_shows_the_change_and_no_secret() {
    let env = "OTHER_KEY=hunter2hunter2\n";
    let plan = plan(&home(CONFIG, env), &options()).unwrap();
    let shown = format!("{plan:?}{}", plan.rewrites.iter().map(|rewrite| rewrite.diff.as_str()).collect::<String>());
    for secret in ["sk-or-v1", "AAExample", "qk_0123", "hunter2"] {
        assert!(!shown.contains(secret), "{secret}");
    }
    let diff = &plan.rewrites[1].diff;
    assert!(diff.contains("--- a/config.yaml\n+++ b/config.yaml\n"), "{diff}");
    assert!(diff.contains("-  api_key: (hidden)\n"), "{diff}");
    assert!(diff.contains("+  provider: \"custom\"\n"), "{diff}");
    assert!(plan.rewrites[0].diff.contains("+SEARXNG_URL=http://127.0.0.1:3000\n"), "{}", plan.rewrites[0].diff);
}

#[test]
fn what_stays_and_what_is_replicated_is_said() {
    let home = home(CONFIG, "");
    let of = |replicate| plan(&home, &Options { replicate, ..options() }).unwrap();
    assert_eq!(of(true).replicated, ["SOUL.md", "config.yaml", "skills/mine/SKILL.md"]);
    assert_eq!(of(false).replicated, [""; 0], "the default home never enters the registry");
    let alone: Vec<_> = of(true).left_alone.iter().map(|(path, _)| path.clone()).collect();
    assert_eq!(alone, [".env", "auth.json", "sessions/1.json"]);
}

#[test]
fn a_plan_that_was_carried_out_has_nothing_left_to_rewrite() {
    let mut files = home(CONFIG, "");
    let first = plan(&files, &options()).unwrap();
    for rewrite in first.rewrites {
        files.insert(rewrite.path, rewrite.content);
    }
    let second = plan(&files, &options()).unwrap();
    assert!(second.rewrites.is_empty() && second.secrets.is_empty(), "{second:?}");
}

#[test]
fn what_a_person_has_to_decide_is_said_first() {
    let config = "model: qwen-max\nfallback_providers:\n  - provider: openrouter\nmodle: x\nproviders:\n  x:\n    api_key: sk-...\n";
    let mut files = home(config, "");
    files.insert("SOUL.md".to_owned(), b"Use ghp_0123456789abcdef0123456789abcdef0123 for git.\n".to_vec());
    let plan = plan(&files, &options()).unwrap();
    assert!(
        content(&plan, "config.yaml").starts_with("model:\n  default: \"qwen-max\"\n  provider: \"custom\"\n"),
        "the short form, too"
    );
    let said: Vec<_> = plan.attention.iter().map(|attention| (attention.place.as_str(), attention.blocks)).collect();
    for expected in
        [("config.yaml: fallback_providers", false), ("config.yaml: modle", false), ("SOUL.md: line 1", true)]
    {
        assert!(said.contains(&expected), "{said:?}");
    }
    assert!(
        plan.attention.iter().any(|attention| attention.place.starts_with("config.yaml: line") && attention.blocks),
        "a redaction is no key: {said:?}"
    );
    assert!(!plan.is_clear());
    assert!(plan.secrets.is_empty(), "and is not moved as if it were one");
}

#[test]
fn a_configuration_that_cannot_be_edited_safely_is_left_alone() {
    for (config, said) in [("model: &m {a: 1}\n", "config.yaml: line 1: an anchor"), ("a: 1\na: 2\n", "given twice")] {
        let error = plan(&home(config, ""), &options()).unwrap_err();
        assert!(matches!(error, AdoptError::Config(_)));
        assert!(error.to_string().contains(said), "{error}");
    }
    let mut files = home("", "");
    files.insert("config.yaml".to_owned(), vec![0xff]);
    assert_eq!(plan(&files, &options()).map(|_| ()), Err(AdoptError::NotText("config.yaml".to_owned())));
}

#[test]
fn a_home_with_nothing_in_it_gets_a_configuration_and_an_env() {
    let options = Options { model: Some("qwen-plus".to_owned()), ..options() };
    let plan = plan(&Files::new(), &options).unwrap();
    let config = parse(&content(&plan, "config.yaml")).unwrap();
    assert_eq!(config.at(&["model", "default"]).unwrap().as_text(), Some("qwen-plus"));
    assert_eq!(content(&plan, ".env"), "SEARXNG_URL=http://127.0.0.1:3000\n");
}

#[test]
fn a_search_of_the_users_own_is_replaced_in_place_and_said() {
    let plan = plan(&home(CONFIG, "SEARXNG_URL=http://searx.example\nA=1\n"), &options()).unwrap();
    assert!(content(&plan, ".env").starts_with("SEARXNG_URL=http://127.0.0.1:3000\nA=1\n"));
    assert!(plan.attention.iter().any(|attention| attention.place == ".env: SEARXNG_URL" && !attention.blocks));
}

#[test]
fn no_difference_shows_a_secret_however_it_is_spelled_or_where_it_stands() {
    let config = "\
# the old one was sk-or-v1-76543210fedcba9876543210fedcba98
model:
  default: x
  api_key: 'it''s-quoted-hunter2'
mcp_servers:
  quotes:
    headers: {X-Api-Key: \"\\u0068unter3-escaped\"}
    password: >-
      folded hunter4
      words
";
    let env = "SEARXNG_URL=http://me:hunter5@search.example\nOTHER=1\n";
    let plan = plan(&home(config, env), &options()).unwrap();
    let told: String = plan.rewrites.iter().map(|rewrite| rewrite.diff.as_str()).collect();
    for secret in ["hunter2", "unter3", "hunter4", "hunter5", "words", "76543210fedcba"] {
        assert!(!told.contains(secret), "{secret} in {told}");
    }
    assert!(told.contains("+  provider: \"custom\""), "{told}");
    let names: Vec<&str> = plan.secrets.iter().map(|secret| secret.name.as_str()).collect();
    assert_eq!(plan.secrets.len(), 3, "{names:?}");
}
