//! The commits that changed a profile, and back to each.

use maud::{Markup, html};
use operator_console::{
    Visit,
    ui::{Level, badge, empty, moment, next_page},
};
use profile_store::{CommitId, ProfileName, ToldPage};

use super::{
    grid::grid,
    profile_commit::restore_button,
    profiles_cells::clipped,
    words::{author, none},
};

/// Newest first; `content_id` is that of the profile now.
pub(super) fn history(visit: &Visit, profile: &ProfileName, history: &ToldPage, content_id: Option<&str>) -> Markup {
    let language = visit.language;
    let say = |en, zh| language.say(en, zh);
    let heads =
        [say("When", "时间"), say("Who", "作者"), say("What", "说明"), say("Files", "文件"), say("Restore", "恢复")];
    if history.entries.is_empty() {
        return empty(say("Nothing was changed here.", "没有更改记录。"));
    }
    html! {
        (grid(say("Commits that changed it, newest first", "更改记录，最新在前"), &heads, &[], html! {
            @for told in &history.entries {
                @let id = told.entry.id.to_string();
                tr {
                    th scope="row" { a href={ "/console/profiles/" (profile) "/commits/" (id) } { (moment(told.entry.at)) } }
                    td data-label=(heads[1]) { (author(language, &told.entry.author, told.entry.is_owners_own)) }
                    td data-label=(heads[2]) { (clipped(told.entry.message.lines().next().unwrap_or_default(), 120)) }
                    td data-label=(heads[3]) { (paths(&told.paths)) }
                    td data-label=(heads[4]) { (restore_cell(visit, profile, content_id, (told.entry.id, told.entry.content_id.as_deref()))) }
                }
            }
        }))
        @if let Some(next) = history.next {
            (next_page(language, Some(&format!("/console/profiles/{profile}?before={next}"))))
        }
    }
}

fn restore_cell(
    visit: &Visit,
    profile: &ProfileName,
    now: Option<&str>,
    (commit, content): (CommitId, Option<&str>),
) -> Markup {
    let say = |en, zh| visit.language.say(en, zh);
    match content {
        None => none(say("it had no files then", "当时没有文件")),
        Some(content) if Some(content) == now => badge(Level::Ok, say("as now", "与现状相同")),
        Some(_) => restore_button(visit, profile, commit),
    }
}

/// A few paths, and how many more there are.
fn paths(paths: &[String]) -> Markup {
    const SHOWN: usize = 3;
    html! {
        @for path in paths.iter().take(SHOWN) { code { (path) } br; }
        @if paths.len() > SHOWN {
            span.muted title=(clipped(&paths.join(", "), 500)) { "+" (paths.len() - SHOWN) }
        }
    }
}
