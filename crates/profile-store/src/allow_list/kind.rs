//! From a path inside a profile to what is done with the file.

use super::{NameProblem, check_component};

const DEPTH_MAX: usize = 8;
const LENGTH_MAX: usize = 400;
const KIB: u64 = 1 << 10;

/// How a file is merged and judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `config.yaml`, `profile.yaml`, `distribution.yaml`: merged by path, comments kept.
    Yaml,
    /// `cron/jobs.json`: merged by job id.
    JsonJobs,
    /// `secrets.schema.json`, `crontab.json`: JSON that is merged as text.
    Json,
    /// `secrets.lock`: names and fingerprints of secrets, never values.
    SecretsLock,
    /// `SOUL.md`, `AGENTS.md`, `CLAUDE.md`, `memories/*`: on conflict the local text wins.
    Ours,
    /// `skills/**`, `scripts/**`, `plugins/**`, `skins/**`, `hooks/**` and small text files: merged as text where both
    /// sides are text.
    Opaque,
}

/// A file that may be replicated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowed {
    /// How it is merged and judged.
    pub kind: Kind,
    /// Whether `push` takes it without being asked: not so for what the agent remembers about its user.
    pub by_default: bool,
    /// Bytes it may have.
    pub bytes_max: u64,
    /// Whether it may be executable.
    pub executable: bool,
}

/// Why a path is not replicated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// A name in the path that cannot be.
    #[error("the name {name:?} {problem}")]
    Name {
        /// The name, with what cannot be printed replaced.
        name: String,
        /// What is wrong with it.
        problem: NameProblem,
    },
    /// More than 8 folders deep, or longer than 400 bytes.
    #[error("the path is too deep or too long (at most {DEPTH_MAX} names, {LENGTH_MAX} bytes)")]
    TooDeep,
    /// Values of secrets: they travel sealed, never through git.
    #[error("it holds secrets, which never enter git; secrets.lock names them")]
    Secrets,
    /// What Hermes writes for this machine alone.
    #[error("Hermes writes it for one machine alone; a copy elsewhere does harm")]
    MachineState,
    /// Nothing that is known to belong to a profile.
    #[error("it is not on the list of files that a profile replicates")]
    Unknown,
}

/// Files that hold secret values or tokens that die when copied.
const SECRETS: &[&str] = &[
    ".env",
    ".env.local",
    "auth.json",
    "auth.lock",
    "mcp-tokens",
    ".anthropic_oauth.json",
    "google_chat_user_token.json",
    "slack_tokens.json",
    "weixin",
    "pairing",
];

/// Folders and files that Hermes writes for one machine.
const MACHINE_STATE: &[&str] = &[
    "sessions",
    "logs",
    "plans",
    "workspace",
    "home",
    "checkpoints",
    "sandboxes",
    "backups",
    "state-snapshots",
    "cache",
    "image_cache",
    "audio_cache",
    "document_cache",
    "browser_screenshots",
    "browser_recordings",
    "screenshots",
    "tmp",
    "pastes",
    "images",
    "platforms",
    "whatsapp",
    "installs",
    "build-tools",
    "bin",
    "hermes-agent",
    "profiles",
    "local",
    "state.db",
    "hermes_state.db",
    "response_store.db",
    "memory_store.db",
    "projects.db",
    "gateway.pid",
    "gateway_state.json",
    "processes.json",
    "channel_directory.json",
    "active_profile",
];

/// Says what is done with the file at `path`, which is relative to the profile and has `/` between its names.
///
/// # Errors
/// [`Refused`], with a reason a person can read.
pub fn classify(path: &str) -> Result<Allowed, Refused> {
    let names: Vec<&str> = path.split('/').collect();
    if names.len() > DEPTH_MAX || path.len() > LENGTH_MAX {
        return Err(Refused::TooDeep);
    }
    let top = names[0];
    if SECRETS.contains(&top) || top.starts_with(".env.") {
        return Err(Refused::Secrets);
    }
    if path == ".no-bundled-skills" {
        return Ok(Allowed { bytes_max: KIB, ..file(Kind::Opaque) });
    }
    for name in &names {
        check_component(name.as_bytes())
            .map_err(|problem| Refused::Name { name: name.escape_debug().to_string(), problem })?;
    }
    match names.as_slice() {
        ["config.yaml"] => Ok(Allowed { bytes_max: 512 * KIB, ..file(Kind::Yaml) }),
        ["profile.yaml" | "distribution.yaml"] => Ok(file(Kind::Yaml)),
        ["SOUL.md" | "AGENTS.md" | "CLAUDE.md"] => Ok(file(Kind::Ours)),
        ["memories", "MEMORY.md" | "USER.md"] => Ok(Allowed { by_default: false, ..file(Kind::Ours) }),
        ["cron", "jobs.json"] => Ok(Allowed { bytes_max: 1024 * KIB, ..file(Kind::JsonJobs) }),
        ["secrets.schema.json" | "crontab.json"] => Ok(file(Kind::Json)),
        ["secrets.lock"] => Ok(file(Kind::SecretsLock)),
        ["README.md" | "LICENSE"] => Ok(file(Kind::Opaque)),
        ["skills" | "scripts" | "plugins" | "skins" | "hooks", _, ..] if !is_built(&names) => {
            Ok(Allowed { executable: true, bytes_max: 1024 * KIB, ..file(Kind::Opaque) })
        }
        _ if MACHINE_STATE.contains(&top) || top == "cron" || is_state(&names) => Err(Refused::MachineState),
        _ => Err(Refused::Unknown),
    }
}

fn file(kind: Kind) -> Allowed {
    Allowed { kind, by_default: true, bytes_max: 256 * KIB, executable: false }
}

/// What a machine made out of the sources beside it.
fn is_built(names: &[&str]) -> bool {
    names.iter().any(|name| matches!(*name, "__pycache__" | "node_modules" | "venv")) || is_state(names)
}

fn is_state(names: &[&str]) -> bool {
    let name = names.last().copied().unwrap_or_default();
    [".db", ".db-wal", ".db-shm", ".sqlite", ".lock", ".pid", ".pyc"].iter().any(|end| name.ends_with(end))
        || name.ends_with("_cache.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(path: &str) -> Kind {
        classify(path).unwrap_or_else(|refused| panic!("{path}: {refused}")).kind
    }

    #[test]
    fn what_an_operator_writes_is_replicated() {
        assert_eq!(kind("config.yaml"), Kind::Yaml);
        assert_eq!(kind("profile.yaml"), Kind::Yaml);
        assert_eq!(kind("SOUL.md"), Kind::Ours);
        assert_eq!(kind("cron/jobs.json"), Kind::JsonJobs);
        assert_eq!(kind("secrets.lock"), Kind::SecretsLock);
        assert_eq!(kind("skills/markets/warehouse/SKILL.md"), Kind::Opaque);
        assert_eq!(kind(".no-bundled-skills"), Kind::Opaque);
        assert!(classify("scripts/run.sh").unwrap().executable);
        assert!(!classify("config.yaml").unwrap().executable);
    }

    #[test]
    fn what_the_agent_remembers_of_its_user_needs_to_be_asked_for() {
        assert!(!classify("memories/MEMORY.md").unwrap().by_default);
        assert!(classify("memories/other.md").is_err());
    }

    #[test]
    fn secrets_state_and_the_unknown_are_refused_for_their_own_reason() {
        for path in
            [".env", ".env.local", "auth.json", "mcp-tokens/x.json", "weixin/accounts/1.json", ".anthropic_oauth.json"]
        {
            assert_eq!(classify(path), Err(Refused::Secrets), "{path}");
        }
        let state = [
            "state.db",
            "state.db-wal",
            "sessions/x",
            "workspace/AGENTS.md",
            "cron/runtime.db",
            "cron/output/x",
            "logs/a",
            "skills/a/__pycache__/b.pyc",
            "model_cache.json",
            "local/x",
        ];
        for path in state {
            let refused = classify(path);
            assert!(matches!(refused, Err(Refused::MachineState | Refused::Unknown)), "{path}: {refused:?}");
        }
        for path in ["notes.txt", "skills", "SOUL.md/x", "soul.md", "mcp.json"] {
            assert_eq!(classify(path), Err(Refused::Unknown), "{path}");
        }
    }

    #[test]
    fn paths_that_leave_the_profile_or_hide_are_refused() {
        for path in [
            "../b/config.yaml",
            "skills/../../x",
            "/etc/passwd",
            "skills//x",
            "",
            "skills/.git/config",
            "skills/.gitmodules",
        ] {
            assert!(matches!(classify(path), Err(Refused::Name { .. })), "{path}");
        }
        let deep = format!("skills/{}", "a/".repeat(8) + "b");
        assert_eq!(classify(&deep), Err(Refused::TooDeep));
    }
}
