//! `/console/profiles/{name}/drift`: how a profile differs from what its template made, and what that makes today.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use daemon_kit::problem::Problem;
use maud::html;
use operator_console::{
    Page, Visit,
    ui::{Level, badge, panel},
};
use profile_store::{FileChange, file_changes, template::Files};

use super::{diff_view::changes, profiles_cells::template_cell, words::short};
use crate::{
    Actor,
    provisioning::problem,
    registry::Registry,
    routes::profiles_access::{Refused, look, name},
};

/// Comes from the secrets and not from the template.
const SECRETS: &str = "secrets.lock";

pub(super) async fn page(
    State(registry): State<Arc<Registry>>,
    visit: Visit,
    Path(text): Path<String>,
) -> Result<Response, Problem> {
    let profile = name(&text)?;
    let origins = registry.provisioner.origins(vec![profile.clone()]).await.map_err(problem)?;
    let origin = origins.get(&profile).cloned().ok_or_else(|| {
        let detail = "no order made the profile: the registry does not know which template it came from";
        Problem::new(StatusCode::NOT_FOUND, "no-template", "The profile has no known template", detail)
    })?;
    let today = registry.provisioner.made_today(&origin, &profile).await;
    let (made, asked) = (origin.made, profile.clone());
    let read = registry.git(move |store| {
        let (head, _, then) = look(store, &Actor::Admin, &asked, Some(made))?;
        let mut before = Files::new();
        for file in then.files(&asked)?.into_iter().filter(|file| file.path != SECRETS) {
            let bytes = then.file(&asked, &file.path)?.unwrap_or_default();
            before.insert(file.path, bytes);
        }
        let newer =
            today.map(|today| file_changes(&before, &today)).map_or_else(|why| Ok(Err(why)), |new| new.map(Ok))?;
        let mut edited = store.diff(&asked, made, head)?;
        edited.retain(|change| change.path != SECRETS);
        Ok::<(Result<Vec<FileChange>, String>, Vec<FileChange>), Refused>((newer, edited))
    });
    let (newer, edited) = read.await?;
    let say = |en, zh| visit.language.say(en, zh);
    let body = html! {
        (panel(say("Made of", "来源"), html! {
            dl.facts {
                dt { (say("Template", "模板")) }
                dd { (template_cell(visit.language, Some(&origin))) }
                dt { (say("Product", "产品")) }
                dd { (origin.product) }
                dt { (say("By the commit", "提交")) }
                dd { a href={ "/console/profiles/" (profile) "/commits/" (origin.made) } { (short(&origin.made.to_string())) } }
            }
        }))
        (panel(say("What its product makes otherwise today", "产品现在会生成的不同内容"), html! {
            p.muted {
                (say(
                    "From the files as they were made to what template and product settings of today would make. \
                     Profiles stay as they are; owners bring theirs up to date with ",
                    "从生成时的文件到现在的模板与产品设置会生成的文件。已有档案不会自动改变，所有者可更新：",
                ))
                code { "hermes-profile-manager template apply" } "."
            }
            @match &newer {
                Ok(newer) => (changes(visit.language, newer)),
                Err(why) => { (badge(Level::Bad, say("cannot be told", "无法判断"))) " " (why) }
            }
        }))
        (panel(say("What was changed since", "此后的更改"), html! {
            p.muted { (say("From the files as they were made to those of now.", "从生成时的文件到现在的文件。")) }
            (changes(visit.language, &edited))
        }))
    };
    let lead = html! { a href={ "/console/profiles/" (profile) } { (profile) } };
    let title = format!("{} {profile}", say("Drift of", "偏差："));
    Ok(visit.page_with(Page { title, lead: Some(lead), body, status: StatusCode::OK }))
}
