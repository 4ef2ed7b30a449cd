//! `/console/profiles/{name}/commits/{commit}`: what one commit did to a profile, and back to it.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use daemon_kit::problem::Problem;
use maud::{Markup, html};
use operator_console::{
    Fields, Language, Page, Visit,
    ui::{Style, action, panel},
};
use profile_store::{CommitId, FileChange, HistoryEntry, ProfileName};

use super::{
    diff_view::changes,
    words::{author, moment_ago},
};
use crate::{
    Actor,
    registry::Registry,
    routes::{
        profiles_access::{Refused, look, name},
        profiles_query::commit_problem,
        restore,
    },
};

/// What is told of a commit.
struct Told {
    entry: HistoryEntry,
    did: Vec<FileChange>,
    /// What would change if the profile became again what it was then; none where it is so, or had no files.
    back: Option<Vec<FileChange>>,
}

pub(super) async fn page(
    State(registry): State<Arc<Registry>>,
    visit: Visit,
    Path((text, commit)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let profile = name(&text)?;
    let commit: CommitId = commit.parse().map_err(|error| commit_problem("commit", &error))?;
    let asked = profile.clone();
    let read = registry.git(move |store| {
        let (head, _, then) = look(store, &Actor::Admin, &asked, Some(commit))?;
        let had_files = then.content_id(&asked)?.is_some();
        let back = if had_files { store.diff(&asked, head, commit)? } else { Vec::new() };
        let (entry, did) = (store.entry(&asked, commit)?, store.change_of(&asked, commit)?);
        Ok::<_, Refused>(Told { entry, did, back: (!back.is_empty()).then_some(back) })
    });
    let told = read.await?;
    let say = |en, zh| visit.language.say(en, zh);
    let body = html! {
        (panel(say("Commit", "提交"), facts(&visit, commit, &told)))
        @if let Some(back) = &told.back {
            (panel(say("Back to then", "恢复到此时"), html! {
                p { (what_it_changes(visit.language, back.len())) }
                (restore_button(&visit, &profile, commit))
                details { summary { (say("What would change", "将会改变的内容")) } (changes(visit.language, back)) }
            }))
        }
        (panel(say("What it did", "此次更改"), changes(visit.language, &told.did)))
    };
    let lead = html! { a href={ "/console/profiles/" (profile) } { (profile) } };
    let title = format!("{} {:.12}", say("Commit", "提交"), commit.to_string());
    Ok(visit.page_with(Page { title, lead: Some(lead), body, status: StatusCode::OK }))
}

/// `POST …/restore`, `commit`: as `POST /profiles/{name}/restore`.
pub(super) async fn restore(
    State(registry): State<Arc<Registry>>,
    visit: Visit,
    Path(text): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    fields.only(&["commit"])?;
    let profile = name(&text)?;
    let to: CommitId = fields.require("commit")?.parse().map_err(|error| commit_problem("commit", &error))?;
    let (committed, _) = restore::restore(&registry, &Actor::Admin, profile.clone(), to).await?;
    let page = format!("/console/profiles/{profile}");
    let then = format!("{:.12}", to.to_string());
    let told = match (visit.language, committed.is_new) {
        (Language::English, true) => {
            format!("{profile} is again as of {then}, by the commit {:.12}", committed.id.to_string())
        }
        (Language::English, false) => format!("{profile} was as of {then} already: nothing changed"),
        (Language::Chinese, true) => format!("{profile} 已恢复到 {then}，新提交 {:.12}", committed.id.to_string()),
        (Language::Chinese, false) => format!("{profile} 本就与 {then} 相同，未作更改"),
    };
    Ok(visit.done(&page, told))
}

/// Asks before it restores.
pub(super) fn restore_button(visit: &Visit, profile: &ProfileName, commit: CommitId) -> Markup {
    let id = commit.to_string();
    let confirm = match visit.language {
        Language::English => {
            format!("Make {profile} again what it was at {id:.12}? It becomes a new commit; nothing is lost.")
        }
        Language::Chinese => format!("将 {profile} 恢复到 {id:.12} 时的内容？会生成新的提交，历史不会丢失。"),
    };
    let path = format!("/console/profiles/{profile}/restore");
    action(visit, &path, visit.language.say("Restore", "恢复"), Style::Danger, &[("commit", &id)], Some(&confirm))
}

fn facts(visit: &Visit, commit: CommitId, told: &Told) -> Markup {
    let say = |en, zh| visit.language.say(en, zh);
    html! {
        dl.facts {
            dt { (say("Id", "编号")) }
            dd { code.mono { (commit) } }
            dt { (say("When", "时间")) }
            dd { (moment_ago(visit, told.entry.at)) }
            dt { (say("Who", "作者")) }
            dd { (author(visit.language, &told.entry.author, told.entry.is_owners_own)) }
            dt { (say("Message", "说明")) }
            dd { pre { (super::profiles_cells::clipped(&told.entry.message, 4_000)) } }
        }
    }
}

fn what_it_changes(language: Language, files: usize) -> String {
    match language {
        Language::English => format!(
            "The profile is otherwise now. Restoring it changes {files} files, in a new commit; the history stays."
        ),
        Language::Chinese => format!("档案现已不同。恢复将以新提交更改 {files} 个文件，历史保留。"),
    }
}
