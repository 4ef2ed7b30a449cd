//! `/console/profiles/{name}`: one profile.

use std::sync::Arc;

use axum::{
    extract::{Path, RawQuery, State},
    response::Response,
};
use daemon_kit::problem::Problem;
use maud::{Markup, html};
use operator_console::{
    Page, Visit,
    ui::{Level, badge, empty, moment, panel},
};
use profile_store::{CommitId, FileEntry, OwnerLine, ProfileName, Reader, ToldPage, secrets_lock::SecretsLock};

use super::{
    audit_table,
    grid::grid,
    orders_table,
    profile_history::history,
    profiles_cells::{delivery_badge, drift_badges, template_cell},
    words::{escaped, none, short, size, subscription},
};
use crate::{
    Actor,
    books::audit,
    provisioning::{Delivery, Order, Origin, order_book, problem},
    registry::Registry,
    routes::{
        profiles_access::{Refused, look, name},
        profiles_query::Query,
        profiles_row::{Paid, paid},
    },
};

/// Commits on one page.
const HISTORY: usize = 20;
const SECRETS: &str = "secrets.lock";

/// What git has of it.
struct InGit {
    line: Option<OwnerLine>,
    content_id: Option<String>,
    files: Vec<FileEntry>,
    secrets: Option<Result<SecretsLock, String>>,
    history: ToldPage,
}

/// What the books have of it.
struct InBooks {
    paid: Option<Paid>,
    orders: Vec<Order>,
    audit: Vec<audit::Entry>,
}

/// `?before`, a commit: the history from there on.
pub(super) async fn page(
    State(registry): State<Arc<Registry>>,
    visit: Visit,
    Path(text): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let profile = name(&text)?;
    let before = Query::read(query.as_deref(), &["before"])?.commit("before")?;
    let git = in_git(&registry, &profile, before).await?;
    let books = in_books(&registry, &profile).await?;
    let origins = registry.provisioner.origins(vec![profile.clone()]).await.map_err(problem)?;
    let deliveries = registry.provisioner.deliveries(vec![profile.clone()]).await.map_err(problem)?;
    let (origin, delivery) = (origins.get(&profile).map(Arc::as_ref), deliveries.get(&profile));
    let say = |en, zh| visit.language.say(en, zh);
    let body = html! {
        @if before.is_none() {
            div.columns {
                (panel(say("Now", "现状"), facts(&visit, &git, books.paid.as_ref(), delivery)))
                (panel(say("Template and drift", "模板与偏差"), drift(&visit, &profile, origin)))
                (panel(say("Secrets", "密钥"), secrets(&visit, git.secrets.as_ref())))
                (panel(say("Files", "文件"), files(&visit, &profile, &git.files)))
            }
        }
        (panel(say("History", "历史"), history(&visit, &profile, &git.history, git.content_id.as_deref())))
        @if before.is_none() {
            @if !books.orders.is_empty() {
                @let caption = say("Orders of this profile", "该档案的订单");
                (panel(say("Orders", "订单"), orders_table::table(&visit, caption, &books.orders)))
            }
            @if !books.audit.is_empty() { (panel(say("What was done", "操作记录"), audit_table::table(&visit, &books.audit))) }
        }
    };
    let lead = html! { a href="/console/profiles" { (say("All profiles", "全部档案")) } };
    Ok(visit.page_with(Page { title: profile.to_string(), lead: Some(lead), body, status: axum::http::StatusCode::OK }))
}

async fn in_git(registry: &Registry, profile: &ProfileName, before: Option<CommitId>) -> Result<InGit, Problem> {
    let profile = profile.clone();
    let read = registry.git(move |store| {
        let (_, line, now) = look(store, &Actor::Admin, &profile, None)?;
        let secrets = now.file(&profile, SECRETS)?;
        Ok::<_, Refused>(InGit {
            line,
            content_id: now.content_id(&profile)?,
            files: now.files(&profile)?,
            secrets: secrets.map(|bytes| SecretsLock::parse(&bytes).map_err(|error| error.to_string())),
            history: store.history_for(&Reader::All, &profile, HISTORY, before)?,
        })
    });
    Ok(read.await?)
}

async fn in_books(registry: &Registry, profile: &ProfileName) -> Result<InBooks, Problem> {
    let profile = profile.clone();
    let read = registry.books.read(move |connection| {
        let wanted = order_book::Wanted { profile: Some(profile.to_string()), ..order_book::Wanted::default() };
        Ok::<_, crate::provisioning::ProvisionError>(InBooks {
            paid: paid(connection, Some(&profile))?.remove(profile.as_str()),
            orders: order_book::newest(connection, &wanted, 20)?,
            audit: audit::about(connection, profile.as_str(), 20)?,
        })
    });
    read.await.map_err(problem)
}

fn facts(visit: &Visit, git: &InGit, paid: Option<&Paid>, delivery: Option<&Delivery>) -> Markup {
    let language = visit.language;
    let say = |en, zh| language.say(en, zh);
    html! {
        dl.facts {
            dt { (say("Owner", "所有者")) }
            dd {
                @match &git.line {
                    Some(line) => {
                        code.mono { (line.owner) } br;
                        span.muted { (say("verified by ", "验证方式：")) (line.verified_by) ", " (moment(line.claimed_at)) }
                    }
                    None => (badge(Level::Warn, say("nobody", "无"))),
                }
            }
            @if let Some(paid) = paid {
                dt { (say("State", "状态")) }
                dd { (subscription(language, &paid.state)) }
                dt { (say("Product", "产品")) }
                dd { (paid.product) }
                dt { (say("Paid until", "付费至")) }
                dd { (moment(paid.until)) }
                dt { (say("Host", "主机")) }
                dd {
                    @match &paid.host {
                        Some(host) => a href={ "/console/hosts/" (escaped(host)) } { (host) },
                        None => (none(say("no host was chosen yet", "尚未分配主机"))),
                    }
                    @if let Some(delivery) = delivery { " " (delivery_badge(visit, delivery)) }
                }
            }
            dt { (say("Content id", "内容编号")) }
            dd {
                @match &git.content_id {
                    Some(id) => (short(id)),
                    None => (badge(Level::Warn, say("no files", "无文件"))),
                }
            }
        }
    }
}

fn drift(visit: &Visit, profile: &ProfileName, origin: Option<&Origin>) -> Markup {
    let language = visit.language;
    let say = |en, zh| language.say(en, zh);
    let Some(origin) = origin else {
        return empty(say(
            "Not made by an order: the registry does not know which template it came from.",
            "不是由订单生成：注册中心不知道其来源模板。",
        ));
    };
    html! {
        dl.facts {
            dt { (say("Made of", "来源")) }
            dd { (template_cell(language, Some(origin))) }
            dt { (say("By order", "订单")) }
            dd { a href={ "/console/orders/" (escaped(&origin.out_trade_no)) } { (origin.out_trade_no) } }
            dt { (say("Drift", "偏差")) }
            dd {
                @match &origin.drift {
                    Ok(drift) => {
                        (drift_badges(language, drift))
                        @if !drift.newer.is_empty() || !drift.edited.is_empty() {
                            p { a href={ "/console/profiles/" (profile) "/drift" } { (say("Show the differences", "查看差异")) } }
                        }
                    }
                    Err(why) => { (badge(Level::Bad, say("cannot be told", "无法判断"))) " " (why) }
                }
            }
        }
    }
}

fn secrets(visit: &Visit, lock: Option<&Result<SecretsLock, String>>) -> Markup {
    let language = visit.language;
    let say = |en, zh| language.say(en, zh);
    let lock = match lock {
        None => return empty(say("It has no secrets.lock.", "没有 secrets.lock。")),
        Some(Err(why)) => return html! { (badge(Level::Bad, say("cannot be read", "无法读取"))) " " (why) },
        Some(Ok(lock)) => lock,
    };
    let heads = [say("Name", "名称"), say("Source", "来源"), say("Version", "版本"), say("Since", "更换时间")];
    html! {
        (grid(say("Names of its secrets; values are nowhere in git", "密钥名称；值不在 git 中"), &heads, &[2], html! {
            @for (name, locked) in &lock.secrets {
                tr {
                    th scope="row" { code.mono { (name) } }
                    td data-label=(heads[1]) { (locked.source) }
                    td.num data-label=(heads[2]) { (locked.version) }
                    td data-label=(heads[3]) { (moment(locked.rotated_at.to_utc())) }
                }
            }
        }))
    }
}

fn files(visit: &Visit, profile: &ProfileName, files: &[FileEntry]) -> Markup {
    let say = |en, zh| visit.language.say(en, zh);
    if files.is_empty() {
        return empty(say("It has no files.", "没有文件。"));
    }
    const SHOWN: usize = 200;
    html! {
        (grid(say("Files", "文件"), &[say("Path", "路径"), say("Size", "大小")], &[1], html! {
            @for file in files.iter().take(SHOWN) {
                tr {
                    th scope="row" {
                        a href={ "/console/profiles/" (profile) "/files/" (escaped(&file.path)) } { code { (file.path) } }
                        @if file.executable { " " (badge(Level::Info, say("may be run", "可执行"))) }
                    }
                    td.num data-label=(say("Size", "大小")) { (size(file.size)) }
                }
            }
        }))
        @if files.len() > SHOWN { p.muted { (say("and more: ", "另有：")) (files.len() - SHOWN) } }
    }
}
