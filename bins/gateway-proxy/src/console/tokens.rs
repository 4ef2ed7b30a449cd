//! `/console/tokens`: who may call the gateway and the other daemons, and taking that away.

use axum::{extract::State, http::Uri, response::Response};
use daemon_kit::problem::Problem;
use gateway_ledger::TokenRecord;
use maud::{Markup, html};
use operator_console::{
    Fields, Language, Visit,
    ui::{self, Level, Style},
};

use super::{
    money::yuan,
    mount::Pages,
    query::{buttons, choice_field, none, text_field},
    table::{head, shortened},
};
use crate::{
    admin::{Params, next_href, problem},
    tokens::state,
};

const PATH: &str = "/console/tokens";
const KNOWN: [&str; 3] = ["profile", "state", "cursor"];
const STATES: [&str; 3] = ["valid", "expired", "revoked"];
/// Characters of a list of models.
const LISTED: usize = 120;
/// Tokens of a page.
const ROWS: usize = 50;

/// The tokens, newest first.
pub(super) async fn page(State(pages): State<Pages>, visit: Visit, uri: Uri) -> Result<Response, Problem> {
    let (language, now) = (visit.language, visit.now);
    let params = Params::of_form(&uri, &KNOWN)?;
    let wanted =
        params.read("state", "valid, expired or revoked", |text| STATES.into_iter().find(|state| *state == text))?;
    let skipped: usize = params.read("cursor", "as in the link below a list", |text| text.parse().ok())?.unwrap_or(0);
    let all = pages.tokens.all().await.map_err(problem)?;
    let fits = |token: &&TokenRecord| {
        params.get("profile").is_none_or(|profile| token.profile == profile)
            && wanted.is_none_or(|wanted| state(token, now) == wanted)
    };
    let mut listed = all.iter().rev().filter(fits).skip(skipped);
    let rows: Vec<&TokenRecord> = listed.by_ref().take(ROWS).collect();
    let next = listed.next().map(|_| next_href(&uri, &(skipped + ROWS)));
    let states = STATES.map(|name| (name.to_owned(), word(language, name).1.to_owned()));
    let body = html! {
        form.filters method="get" action=(PATH) {
            (text_field(&params, "profile", language.say("Profile", "档案")))
            (choice_field(&params, "state", language.say("State", "状态"), language, &states))
            (buttons(language, PATH))
        }
        div.panel { (table(&visit, &rows)) }
        (ui::next_page(language, next.as_deref()))
        p.hint {
            (language.say(
                "A revoked token is refused here at once, by the other daemons within a minute. Tokens are made with `twilight tokens create`, which shows the token once; only its digest is kept.",
                "吊销后，网关立即拒绝该令牌，其他服务在一分钟内拒绝。用 twilight tokens create 创建令牌；令牌只显示一次，系统仅保存其摘要。",
            ))
        }
    };
    Ok(visit.page(language.say("Tokens", "令牌"), body))
}

/// Takes a token's rights away, for good.
pub(super) async fn revoke(State(pages): State<Pages>, visit: Visit, fields: Fields) -> Result<Response, Problem> {
    fields.only(&["id"])?;
    let token = pages.tokens.revoke(fields.require("id")?, &visit.operator).await.map_err(problem)?;
    Ok(visit.done(PATH, format!("{} {}", token.id, visit.language.say("is revoked", "已吊销"))))
}

fn word(language: Language, state: &str) -> (Level, &'static str) {
    match state {
        "valid" => (Level::Ok, language.say("valid", "有效")),
        "expired" => (Level::Off, language.say("expired", "已过期")),
        _ => (Level::Off, language.say("revoked", "已吊销")),
    }
}

fn table(visit: &Visit, rows: &[&TokenRecord]) -> Markup {
    let (language, now) = (visit.language, visit.now);
    if rows.is_empty() {
        return ui::empty(language.say("There are no such tokens.", "没有符合条件的令牌。"));
    }
    let columns = [
        language.say("Id", "编号"),
        language.say("Profile", "档案"),
        language.say("State", "状态"),
        language.say("Scopes", "权限"),
        language.say("Models", "模型"),
        language.say("Cap a day", "日上限"),
        language.say("Made", "创建时间"),
        language.say("Ends", "到期"),
        language.say("Action", "操作"),
    ];
    let [id, profile, at, scopes, models, cap, made, ends, action] = columns;
    html! {
        div.table-wrap { table.grid {
            caption.visually-hidden { (language.say("Tokens, newest first", "令牌，最新在前")) }
            (head(&columns, &[5]))
            tbody {
                @for token in rows {
                    @let (level, text) = word(language, state(token, now));
                    tr {
                        th scope="row" data-label=(id) {
                            code.mono { (token.id) } @if token.name != token.id { br; span.hint { (token.name) } }
                        }
                        td data-label=(profile) { (token.profile) }
                        td data-label=(at) { (ui::badge(level, text)) }
                        td data-label=(scopes) { (token.scopes.join(", ")) }
                        td data-label=(models) {
                            @match &token.models {
                                Some(models) => (shortened(&models.join(", "), LISTED)), None => (language.say("all", "全部"))
                            }
                        }
                        td.num data-label=(cap) {
                            @match token.daily_cap {
                                Some(cap) => (yuan(cap)), None => (none(language.say("there is no cap", "没有上限")))
                            }
                        }
                        td data-label=(made) { (ui::moment(token.created_at)) }
                        td data-label=(ends) {
                            @match (token.revoked_at, token.expires_at) {
                                (Some(at), _) => { (language.say("revoked ", "吊销于 ")) (ui::moment(at)) },
                                (None, Some(at)) => (ui::moment(at)),
                                (None, None) => (none(language.say("it does not end", "长期有效"))),
                            }
                        }
                        td data-label=(action) {
                            @if token.revoked_at.is_none() { (revoking(visit, token)) }
                            @else { (none(language.say("nothing can be done", "无可用操作"))) }
                        }
                    }
                }
            }
        } }
    }
}

fn revoking(visit: &Visit, token: &TokenRecord) -> Markup {
    let language = visit.language;
    let ask = match language {
        Language::English => format!("Revoke the token {} of {}? This cannot be undone.", token.id, token.profile),
        Language::Chinese => format!("吊销 {} 的令牌 {}？此操作不可撤销。", token.profile, token.id),
    };
    let hidden = [("id", token.id.as_str())];
    ui::action(visit, "/console/tokens/revoke", language.say("Revoke", "吊销"), Style::Danger, &hidden, Some(&ask))
}
