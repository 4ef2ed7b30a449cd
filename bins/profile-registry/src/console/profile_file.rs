//! `/console/profiles/{name}/files/{path}`: a file of a profile, to be read.

use std::sync::Arc;

use axum::{
    extract::{Path, RawQuery, State},
    http::StatusCode,
    response::Response,
};
use daemon_kit::problem::Problem;
use maud::html;
use operator_console::{
    Page, Visit,
    ui::{empty, panel},
};

use super::words::{short, size};
use crate::{
    Actor,
    registry::Registry,
    routes::{
        profiles_access::{Refused, look, name},
        profiles_query::Query,
    },
};

/// So many letters of a text are shown; each takes six bytes of HTML at most, and most take one.
const LETTERS: usize = 15_000;

/// `?at`, a commit; now, without one.
pub(super) async fn page(
    State(registry): State<Arc<Registry>>,
    visit: Visit,
    Path((text, path)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let (profile, at) = (name(&text)?, Query::read(query.as_deref(), &["at"])?.commit("at")?);
    let (asked, wanted) = (profile.clone(), path.clone());
    let read = registry.git(move |store| {
        let (_, _, then) = look(store, &Actor::Admin, &asked, at)?;
        let bytes = then.file(&asked, &wanted)?.ok_or(Refused::NoFile)?;
        Ok::<_, Refused>((then.id(), bytes))
    });
    let (commit, bytes) = read.await?;
    let say = |en, zh| visit.language.say(en, zh);
    let whole = std::str::from_utf8(&bytes).ok().filter(|text| !text.contains('\0'));
    let body = panel(
        say("Content", "内容"),
        html! {
            p.muted {
                (size(u64::try_from(bytes.len()).unwrap_or(u64::MAX))) ", "
                (say("as of ", "截至提交 ")) (short(&commit.to_string()))
            }
            @match whole {
                None => (empty(say("Not a text: it cannot be shown.", "不是文本文件，无法显示。"))),
                Some("") => (empty(say("It is empty.", "文件为空。"))),
                Some(text) => {
                    @let end = text.char_indices().nth(LETTERS).map(|(end, _)| end);
                    pre tabindex="0" role="region" aria-label=(path) { (&text[..end.unwrap_or(text.len())]) }
                    @if end.is_some() {
                        p.muted { (say("It goes on; the API has the whole file.", "内容未完，完整文件可通过 API 获取。")) }
                    }
                }
            }
        },
    );
    let lead = html! { a href={ "/console/profiles/" (profile) } { (profile) } };
    Ok(visit.page_with(Page { title: path, lead: Some(lead), body, status: StatusCode::OK }))
}
