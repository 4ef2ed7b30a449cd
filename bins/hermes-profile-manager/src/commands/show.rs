//! `show`: a profile, and what was changed here since the last commit.

use clap::Args;
use profile_store::{ProfileName, template::Host};
use serde_json::{Value, json};

use super::claim::profile_name;
use crate::{
    client::{Content, Fetched, ProfileRow},
    context::Context,
    failure::Failure,
    home::LocalProfile,
    sync::{Choices, Given, Tree, plan, status, unified},
};

/// Shows a profile.
#[derive(Args)]
pub(crate) struct Show {
    /// Its name.
    #[arg(value_parser = profile_name)]
    profile: ProfileName,
}

/// What is here beside the commit that it was made from.
struct Here {
    commit: Tree,
    ours: Tree,
    /// Whether the registry has nothing newer.
    is_newest: bool,
}

impl Show {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Failure> {
        let client = context.client()?;
        let row = client.profile(&self.profile).await?;
        let Fetched::Content(content) = client.content(&self.profile, None, None).await? else {
            return Err(Failure::failed("the registry says that nothing changed, but nothing was known"));
        };
        let here = self.here(context, &content)?;
        let diff = here.as_ref().map(|here| unified(&here.commit, &here.ours)).unwrap_or_default();
        let answer = answer(&row, &content, here.as_ref(), &diff);
        context.output.answer(&answer, || text(&row, &content, here.as_ref(), &diff));
        Ok(())
    }

    fn here(&self, context: &Context, content: &Content) -> Result<Option<Here>, Failure> {
        let base = context.state.base(&self.profile)?;
        let memories = base.as_ref().is_some_and(|base| base.head.memories);
        let serving = base.as_ref().map_or(content.files.is_empty(), |base| base.head.serving);
        let is_newest = base.as_ref().is_some_and(|base| base.head.content_id == content.content_id);
        let commit = base.and_then(|base| base.tree).unwrap_or_else(|| content.tree());
        let compared = compare(context, &self.profile, &commit, serving, memories)?;
        Ok(compared.map(|(commit, ours)| Here { commit, ours, is_newest }))
    }
}

/// What a profile here was made from and what it is, both as the registry would have them; `None` where it is not here.
///
/// # Errors
/// Where it cannot be read.
pub(super) fn compare(
    context: &Context,
    profile: &ProfileName,
    commit: &Tree,
    serving: bool,
    memories: bool,
) -> Result<Option<(Tree, Tree)>, Failure> {
    let Some(folder) = context.home.profile(profile)? else { return Ok(None) };
    let read = LocalProfile::read(&folder, memories);
    let local = read.map_err(|error| Failure::io("read", folder.path(), &error))?;
    let text = context.home.profile_text(profile)?;
    let host = Host { profile_dir: &text, serving };
    let (choices, unfinished) = (Choices::default(), Default::default());
    // With the base as theirs, too, nothing is merged.
    let given = Given {
        base: Some(commit),
        local: &local,
        theirs: commit,
        was: host,
        now: host,
        memories,
        choices: &choices,
        unfinished: &unfinished,
    };
    let plan = plan(&given).map_err(|obstacle| Failure::failed(format!("{profile}: {obstacle}")))?;
    Ok(Some((plan.theirs, plan.ours)))
}

fn answer(row: &ProfileRow, content: &Content, here: Option<&Here>, diff: &str) -> Value {
    let files: Vec<Value> =
        content.files.iter().map(|file| json!({"path": file.path, "bytes": file.content.len()})).collect();
    let changes: Vec<Value> = here.map_or_else(Vec::new, |Here { commit, ours, .. }| {
        let paths = commit.keys().chain(ours.keys().filter(|path| !commit.contains_key(*path)));
        let differing = paths.filter(|path| commit.get(*path) != ours.get(*path));
        differing.map(|path| json!({"path": path, "change": status(commit.get(path), ours.get(path))})).collect()
    });
    json!({
        "profile": row,
        "head": content.head,
        "files": files,
        "here": here.is_some(),
        "newest": here.is_some_and(|here| here.is_newest),
        "changes": changes,
        "diff": diff,
    })
}

fn text(row: &ProfileRow, content: &Content, here: Option<&Here>, diff: &str) -> String {
    let owner = row.owner.as_deref().unwrap_or("nobody");
    let commit = content.head.get(..12).unwrap_or(&content.head);
    let state = match here {
        None => "It is not here: `pull` brings it.",
        Some(here) if !here.is_newest => "The registry has something that is not here yet: `sync`.",
        Some(_) => "The registry has nothing that is not here.",
    };
    let changed = match here {
        Some(_) if diff.is_empty() => "Nothing was changed here since the last commit.",
        Some(_) => "Changed here since the last commit:",
        None => "",
    };
    format!("{}: owned by {owner}, {} files, at {commit}\n{state}\n{changed}\n{diff}", row.name, content.files.len())
        .trim_end()
        .to_owned()
}
