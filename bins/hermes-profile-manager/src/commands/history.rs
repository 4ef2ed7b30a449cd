//! `history`: the commits of a profile.

use clap::Args;
use profile_store::ProfileName;
use serde::Deserialize;
use serde_json::json;

use super::claim::profile_name;
use crate::{
    client::{Client, CommitEntry, Fetched},
    context::Context,
    failure::Failure,
    output::table,
    sync::{Tree, unified},
};

const WHOLE: usize = 40;
/// Fewer digits than these name too many.
const SHORT_MIN: usize = 6;
const PAGE: &str = "200";

/// Lists commits, the newest first.
#[derive(Args)]
pub(crate) struct History {
    /// Of which profile.
    #[arg(value_parser = profile_name)]
    profile: ProfileName,
    /// How many at most.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=200))]
    limit: u32,
    /// Only those before this commit.
    #[arg(long, value_name = "COMMIT")]
    before: Option<String>,
    /// Show what this commit changed, line by line, against the one before it.
    #[arg(long, value_name = "COMMIT", conflicts_with = "before")]
    diff: Option<String>,
}

#[derive(Deserialize)]
struct Page {
    entries: Vec<CommitEntry>,
    next: Option<String>,
}

/// The whole name of a commit of a profile's history that begins so.
///
/// # Errors
/// Where none does, or more than one.
pub(super) async fn commit(client: &Client, profile: &ProfileName, begins: &str) -> Result<String, Failure> {
    let is_hex = begins.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_hex || !(SHORT_MIN..=WHOLE).contains(&begins.len()) {
        return Err(Failure::Usage(format!("a commit is {SHORT_MIN} to {WHOLE} hexadecimal digits")));
    }
    if begins.len() == WHOLE {
        return Ok(begins.to_owned());
    }
    let (path, mut before, mut found) = (format!("/profiles/{profile}/history"), None::<String>, None);
    loop {
        let mut query = vec![("limit", PAGE)];
        query.extend(before.as_deref().map(|before| ("before", before)));
        let page: Page = client.get(&path, &query).await?;
        for entry in page.entries.into_iter().filter(|entry| entry.commit.starts_with(begins)) {
            if found.replace(entry.commit).is_some() {
                return Err(Failure::Usage(format!("more than one commit of {profile} begins with {begins}")));
            }
        }
        match page.next {
            Some(next) if before.as_ref() != Some(&next) => before = Some(next),
            _ => break,
        }
    }
    found.ok_or_else(|| Failure::Usage(format!("no commit of {profile} begins with {begins}")))
}

impl History {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Failure> {
        let client = context.client()?;
        if let Some(begins) = &self.diff {
            let commit = commit(&client, &self.profile, begins).await?;
            return self.show(context, &client, &commit).await;
        }
        let path = format!("/profiles/{}/history", self.profile);
        let limit = self.limit.to_string();
        let mut query = vec![("limit", limit.as_str())];
        let before = match &self.before {
            Some(begins) => Some(commit(&client, &self.profile, begins).await?),
            None => None,
        };
        query.extend(before.as_deref().map(|before| ("before", before)));
        let page: Page = client.get(&path, &query).await?;
        let answer = json!({"profile": self.profile.as_str(), "entries": page.entries, "next": page.next});
        context.output.answer(&answer, || {
            let row = |entry: &CommitEntry| {
                let commit = entry.commit.get(..12).unwrap_or(&entry.commit).to_owned();
                let subject = entry.message.lines().next().unwrap_or_default().to_owned();
                [commit, entry.at.clone(), entry.author.clone(), subject, entry.paths.join(", ")]
            };
            let mut text = table(["commit", "at", "by", "why", "files"], page.entries.iter().map(row));
            if let Some(next) = &page.next {
                text.push_str(&format!("\nolder ones: --before {next}"));
            }
            text
        });
        Ok(())
    }

    /// What a commit did to the profile.
    async fn show(&self, context: &Context, client: &Client, commit: &str) -> Result<(), Failure> {
        let path = format!("/profiles/{}/history", self.profile);
        let earlier: Page = client.get(&path, &[("limit", "1"), ("before", commit)]).await?;
        let before = match earlier.entries.first() {
            Some(entry) => Some(entry.commit.clone()),
            None => earlier.next,
        };
        let from = match &before {
            Some(before) => tree_at(client, &self.profile, Some(before)).await?,
            None => Tree::new(),
        };
        let diff = unified(&from, &tree_at(client, &self.profile, Some(commit)).await?);
        let answer = json!({"profile": self.profile.as_str(), "from": before, "to": commit, "diff": diff});
        context.output.answer(&answer, || if diff.is_empty() { "nothing".to_owned() } else { diff.clone() });
        Ok(())
    }
}

/// What the registry has of a profile, now or at a commit.
///
/// # Errors
/// As the registry says.
pub(super) async fn tree_at(client: &Client, profile: &ProfileName, at: Option<&str>) -> Result<Tree, Failure> {
    match client.content(profile, None, at).await? {
        Fetched::Content(content) => Ok(content.tree()),
        Fetched::Unchanged => Err(Failure::failed("the registry says that nothing changed, but nothing was known")),
    }
}
