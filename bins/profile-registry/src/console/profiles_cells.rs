//! What stands in the list of profiles, cell by cell.

use maud::{Markup, html};
use operator_console::{
    Language, Visit,
    ui::{Level, badge, moment},
};
use profile_store::Drift;

use super::{
    profiles_data::Row,
    words::{author, escaped, none, since, subscription},
};
use crate::provisioning::{Delivery, Origin};

/// Whose it is.
pub(super) fn owner_cell(language: Language, row: &Row) -> Markup {
    html! {
        @match &row.line {
            Some(line) => span title={ (language.say("verified by ", "验证方式：")) (line.verified_by) } { (line.owner) },
            None => (none(language.say("nobody owns it: OWNERS has no line of it", "无所有者：OWNERS 中没有记录"))),
        }
    }
}

/// Template and version, as far as they are known.
pub(super) fn template_cell(language: Language, origin: Option<&Origin>) -> Markup {
    let unknown = language.say(
        "not made by an order: the registry does not know which template it came from",
        "不是由订单生成：注册中心不知道其来源模板",
    );
    html! {
        @match origin {
            None => (none(unknown)),
            Some(Origin { template: Some((name, version)), .. }) => {
                a href={ "/console/templates#" (escaped(name)) } { (name.strip_prefix("template-").unwrap_or(name)) }
                " " code.mono { "@" (version) }
            }
            Some(origin) => {
                (origin.product) " "
                span.muted title=(language.say("the commit that made it does not say which version", "生成它的提交没有记录版本")) {
                    "(" (language.say("version not recorded", "版本未记录")) ")"
                }
            }
        }
    }
}

/// When it was changed last, by whom, and what was said of it.
pub(super) fn last_change(visit: &Visit, row: &Row) -> Markup {
    html! {
        @match &row.last {
            None => (none(visit.language.say("it has no files, and never had any", "从未有过文件"))),
            Some(last) => {
                (since(visit, last.at)) " · " (author(visit.language, &last.author, last.is_owners_own))
                br; span.muted title=(last.subject) { (clipped(&last.subject, 60)) }
            }
        }
    }
}

/// How far it is from its template.
pub(super) fn drift_badges(language: Language, drift: &Drift) -> Markup {
    let files = |count: usize| match language {
        Language::English if count == 1 => "1 file".to_owned(),
        Language::English => format!("{count} files"),
        Language::Chinese => format!("{count} 个文件"),
    };
    html! {
        @if !drift.newer.is_empty() {
            (badge(Level::Warn, &format!("{}{}", language.say("newer template: ", "模板有更新："), files(drift.newer.len())))) " "
        }
        @if !drift.edited.is_empty() {
            (badge(Level::Info, &format!("{}{}", language.say("edited: ", "已编辑："), files(drift.edited.len()))))
        }
        @if drift.newer.is_empty() && drift.edited.is_empty() { (badge(Level::Ok, language.say("as its template", "与模板一致"))) }
    }
}

/// How far it is from its template, if that can be told.
pub(super) fn drift_cell(language: Language, row: &Row) -> Markup {
    html! {
        @match row.origin.as_ref().map(|origin| &origin.drift) {
            None => (none(language.say("without a template there is nothing to compare with", "没有模板，无从比较"))),
            Some(Ok(drift)) => (drift_badges(language, drift)),
            Some(Err(why)) => span title=(why) { (badge(Level::Bad, language.say("cannot be told", "无法判断"))) },
        }
    }
}

/// What the host has of its secrets.
pub(super) fn delivery_badge(visit: &Visit, delivery: &Delivery) -> Markup {
    let say = |en, zh| visit.language.say(en, zh);
    html! {
        @match delivery {
            Delivery::Current(at) => {
                (badge(Level::Ok, say(".env delivered", ".env 已送达"))) " " span.muted { (since(visit, *at)) }
            }
            Delivery::Behind(at) => {
                (badge(Level::Warn, say(".env outdated", ".env 已过期"))) " " span.muted { (since(visit, *at)) }
            }
            Delivery::Never => (badge(Level::Warn, say(".env not delivered", ".env 未送达"))),
            Delivery::Broken(why) => span title=(why) { (badge(Level::Bad, say(".env cannot be made", ".env 无法生成"))) },
        }
    }
}

/// Who serves it.
pub(super) fn host_cell(visit: &Visit, row: &Row) -> Markup {
    let language = visit.language;
    html! {
        @match (&row.paid, &row.delivery) {
            (Some(paid), delivery) if paid.host.is_some() => {
                @let host = paid.host.as_deref().unwrap_or_default();
                a href={ "/console/hosts/" (escaped(host)) } { (host) }
                @if let Some(delivery) = delivery { br; (delivery_badge(visit, delivery)) }
            }
            (Some(_), _) => (none(language.say("no host was chosen yet", "尚未分配主机"))),
            (None, _) => (none(language.say("only profiles of orders have a serving host", "只有订单生成的档案才有服务主机"))),
        }
    }
}

/// Whether it lives, and until when it is paid for.
pub(super) fn state_cell(visit: &Visit, row: &Row) -> Markup {
    let language = visit.language;
    html! {
        @match &row.paid {
            Some(paid) => {
                (subscription(language, &paid.state))
                br; span.muted { (language.say("until ", "至 ")) (moment(paid.until)) }
            }
            None => (none(language.say("nobody paid for it here", "不是付费档案"))),
        }
        @if !row.has_files { " " (badge(Level::Warn, language.say("no files", "无文件"))) }
    }
}

/// At most so many letters of a line.
pub(super) fn clipped(text: &str, most: usize) -> String {
    let mut letters = text.chars();
    let short: String = letters.by_ref().take(most).collect();
    if letters.next().is_some() { short + "…" } else { short }
}
