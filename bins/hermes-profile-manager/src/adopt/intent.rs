//! What is going to be written, and how it is told beforehand.

use daemon_kit::config::Secret;
use profile_store::{
    adopt::{self, Attention, Options, Plan},
    env_file::EnvFile,
};
use serde_json::{Value, json};

use super::Existing;
use crate::{disk::Meta, failure::Failure};

const ENV: &str = ".env";
const GATEWAY_TOKEN: &str = "TWILIGHT_GATEWAY_TOKEN";

/// What somebody wants of a home.
pub(crate) struct Wish {
    /// Where it is pointed at, and whether it enters the registry.
    pub(crate) options: Options,
    /// Its own token for the gateway, where there is one already.
    pub(crate) gateway_token: Option<Secret>,
}

/// What is going to be written.
pub(crate) struct Intent {
    /// What was found.
    pub(crate) plan: Plan,
    /// In this order.
    pub(crate) writes: Vec<Write>,
}

/// One file.
pub(crate) struct Write {
    /// Relative to the home.
    pub(crate) path: String,
    /// What it was when the plan was made.
    pub(crate) before: Option<Vec<u8>>,
    /// What it becomes.
    pub(crate) after: Vec<u8>,
    /// Who may read it.
    pub(crate) meta: Meta,
    /// The difference, with every secret hidden.
    pub(crate) diff: String,
}

impl Intent {
    /// Plans.
    ///
    /// # Errors
    /// Where the settings cannot be edited safely.
    pub(crate) fn new(existing: &Existing, wish: &Wish) -> Result<Self, Failure> {
        let mut plan =
            adopt::plan(&existing.files, &wish.options).map_err(|error| Failure::failed(error.to_string()))?;
        for (path, why) in &existing.odd {
            let what = format!("{why}: it is left out");
            plan.attention.push(Attention { place: path.clone(), what, blocks: false });
        }
        let mut writes: Vec<Write> = Vec::new();
        for rewrite in &plan.rewrites {
            let meta = if rewrite.path == ENV { Meta::Private } else { Meta::Keep { executable: false } };
            writes.push(Write {
                path: rewrite.path.clone(),
                before: existing.files.get(&rewrite.path).cloned(),
                after: rewrite.content.clone(),
                meta,
                diff: rewrite.diff.clone(),
            });
        }
        let mut intent = Self { plan, writes };
        if let Some(token) = &wish.gateway_token {
            intent.put_token(existing, token)?;
        }
        if existing.is_env_open && !intent.writes.iter().any(|write| write.path == ENV) {
            intent.insert_env(existing, "others may read it: 0600\n".to_owned());
        }
        Ok(intent)
    }

    /// Whether there is nothing to do.
    pub(crate) fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }

    /// The profile's own token joins the `.env`.
    fn put_token(&mut self, existing: &Existing, token: &Secret) -> Result<(), Failure> {
        let current = |intent: &Self| {
            let written = intent.writes.iter().find(|write| write.path == ENV).map(|write| write.after.clone());
            written.or_else(|| existing.files.get(ENV).cloned()).unwrap_or_default()
        };
        let mut env = EnvFile::parse(&String::from_utf8_lossy(&current(self)));
        if env.get(GATEWAY_TOKEN) == Some(token.expose()) {
            return Ok(());
        }
        let unstorable = |_| Failure::Usage("the gateway's token is no single line".to_owned());
        env.set(GATEWAY_TOKEN, token.expose()).map_err(unstorable)?;
        self.insert_env(existing, format!("+{GATEWAY_TOKEN}=(hidden)\n"));
        if let Some(write) = self.writes.first_mut() {
            write.after = env.to_text().into_bytes();
        }
        self.plan.needed.retain(|name| name != GATEWAY_TOKEN);
        Ok(())
    }

    /// `.env` is written first, with this in its difference.
    fn insert_env(&mut self, existing: &Existing, line: String) {
        if let Some(write) = self.writes.iter_mut().find(|write| write.path == ENV) {
            write.diff.push_str(&line);
            return;
        }
        let before = existing.files.get(ENV).cloned();
        let after = before.clone().unwrap_or_default();
        let diff = format!("--- a/{ENV}\n+++ b/{ENV}\n{line}");
        self.writes.insert(0, Write { path: ENV.to_owned(), before, after, meta: Meta::Private, diff });
    }

    /// For programs. No secret is in it.
    pub(crate) fn to_json(&self) -> Value {
        let plan = &self.plan;
        let secrets = plan.secrets.iter().map(|secret| json!({"name": secret.name, "place": secret.place}));
        let alone = plan.left_alone.iter().map(|(path, why)| json!({"path": path, "why": why.to_string()}));
        let attention = plan
            .attention
            .iter()
            .map(|attention| json!({"place": attention.place, "what": attention.what, "blocks": attention.blocks}));
        json!({
            "secrets": secrets.collect::<Vec<_>>(),
            "writes": self.writes.iter().map(|write| json!({"path": write.path, "diff": write.diff})).collect::<Vec<_>>(),
            "replicated": plan.replicated,
            "left_alone": alone.collect::<Vec<_>>(),
            "attention": attention.collect::<Vec<_>>(),
            "needed": plan.needed,
            "is_clear": plan.is_clear(),
        })
    }

    /// For people. No secret is in it.
    pub(crate) fn to_text(&self) -> String {
        let plan = &self.plan;
        let mut parts = Vec::new();
        if !plan.secrets.is_empty() {
            let lines = plan.secrets.iter().map(|secret| format!("  {} -> .env: {}", secret.place, secret.name));
            parts.push(block("Secrets that move into .env:", lines));
        }
        parts.extend(self.writes.iter().map(|write| write.diff.trim_end().to_owned()));
        let alone = plan.left_alone.iter().map(|(path, why)| format!("  {path}: {why}"));
        parts.push(block("Left alone:", alone));
        parts.push(block("For the registry:", plan.replicated.iter().map(|path| format!("  {path}"))));
        let attention = plan.attention.iter().map(|attention| {
            let mark = if attention.blocks { "!" } else { "-" };
            format!("  {mark} {}: {}", attention.place, attention.what)
        });
        parts.push(block("To look at (! stands in the way):", attention));
        let needed = plan.needed.iter().map(|name| {
            format!("  {name}: `twilight tokens create --profile <name>` makes one; --gateway-token-file puts it in")
        });
        parts.push(block(".env still needs:", needed));
        parts.retain(|part| !part.is_empty());
        parts.join("\n\n")
    }
}

fn block(heading: &str, lines: impl Iterator<Item = String>) -> String {
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() { String::new() } else { format!("{heading}\n{}", lines.join("\n")) }
}
