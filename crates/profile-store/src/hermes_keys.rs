//! Which settings a real Hermes reads.
//!
//! A key that Hermes does not know is not an error to it: it is silently ignored. So what we ship is checked against
//! this list, and `doctor` warns with it. The list is of Hermes 0.19 with what later releases documented by November
//! 2026; plugins may read more, so an unknown key is a warning and not a refusal.

use crate::yaml::{Map, Node};

/// Sections whose keys are known; `*` stands for a name that the user chooses.
const SECTIONS: &[(&str, &[&str])] = &[
    (
        "model",
        &[
            "default",
            "model",
            "provider",
            "base_url",
            "api_key",
            "api_mode",
            "context_length",
            "default_headers",
            "extra_headers",
            "streaming",
            "auth_mode",
            "entra",
            "ollama_num_ctx",
        ],
    ),
    (
        "providers.*",
        &[
            "base_url",
            "key_env",
            "api_key",
            "key_cmd",
            "api_mode",
            "model",
            "models",
            "extra_headers",
            "extra_body",
            "session_affinity_header",
            "request_timeout_seconds",
            "stale_timeout_seconds",
        ],
    ),
    ("web", &["backend", "search_backend", "extract_backend"]),
    (
        "mcp_servers.*",
        &[
            "url",
            "transport",
            "headers",
            "ssl_verify",
            "client_cert",
            "client_key",
            "auth",
            "timeout",
            "connect_timeout",
            "protocol",
            "tools",
            "trust",
            "supports_parallel_tool_calls",
            "keepalive_interval",
            "skip_preflight",
            "enabled",
            "command",
            "args",
            "env",
        ],
    ),
    (
        "platforms.weixin.extra",
        &[
            "account_id",
            "token",
            "base_url",
            "cdn_base_url",
            "dm_policy",
            "group_policy",
            "allow_from",
            "group_allow_from",
            "split_multiline_messages",
            "text_batch_delay_seconds",
        ],
    ),
];

const TOP: &[&str] = &[
    "_config_version",
    "agent",
    "approvals",
    "attachments",
    "auxiliary",
    "browser",
    "checkpoints",
    "code_execution",
    "command_allowlist",
    "compression",
    "context",
    "credential_pool_strategies",
    "cron",
    "curator",
    "custom_providers",
    "dashboard",
    "database",
    "delegation",
    "discord",
    "display",
    "fallback_providers",
    "gateway",
    "honcho",
    "hooks",
    "kanban",
    "logging",
    "lsp",
    "matrix",
    "mattermost",
    "mcp",
    "mcp_servers",
    "memory",
    "model",
    "model_catalog",
    "network",
    "personalities",
    "platforms",
    "plugins",
    "privacy",
    "prompt_caching",
    "providers",
    "quick_commands",
    "runtime",
    "secrets",
    "security",
    "sessions",
    "skills",
    "slack",
    "streaming",
    "stt",
    "telegram",
    "terminal",
    "timezone",
    "tool_output",
    "toolsets",
    "tts",
    "updates",
    "web",
    "whatsapp",
    "x_search",
];

/// Paths of keys that Hermes does not read.
pub fn unknown_keys(config: &Node) -> Vec<String> {
    let Some(map) = config.as_map() else { return Vec::new() };
    let mut unknown = keys_outside(map, TOP, "");
    for (section, known) in SECTIONS {
        let path: Vec<&str> = section.split('.').collect();
        for (name, map) in maps_at(config, &path, String::new()) {
            unknown.extend(keys_outside(map, known, &name));
        }
    }
    unknown
}

fn keys_outside(map: &Map, known: &[&str], above: &str) -> Vec<String> {
    let unknown = map.iter().filter(|(key, _)| !known.iter().any(|name| key.is_text(name)));
    unknown.map(|(key, _)| format!("{above}{}", key.display())).collect()
}

/// All mappings at a path in which `*` is any key, each with its own path and a dot.
fn maps_at<'a>(node: &'a Node, path: &[&str], name: String) -> Vec<(String, &'a Map)> {
    let Some(map) = node.as_map() else { return Vec::new() };
    let Some((first, rest)) = path.split_first() else { return vec![(name, map)] };
    let below = map.iter().filter(|(key, _)| *first == "*" || key.is_text(first));
    below.flat_map(|(key, node)| maps_at(node, rest, format!("{name}{}.", key.display()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::parse;

    #[test]
    fn keys_that_hermes_ignores_are_found_at_every_depth() {
        let text = "modle: {}\nmodel:\n  defualt: x\nmcp_servers:\n  mine:\n    uri: x\n    url: y\nterminal:\n  anything: 1\n";
        assert_eq!(unknown_keys(&parse(text).unwrap()), ["modle", "model.defualt", "mcp_servers.mine.uri"]);
    }
}
