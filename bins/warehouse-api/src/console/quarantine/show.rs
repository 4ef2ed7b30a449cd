//! `/console/quarantine/{id}`: one row, what the vendor sent, and the decision about it.

use axum::{
    extract::{Path, State},
    http::{StatusCode, Uri},
    response::Response,
};
use daemon_kit::problem::Problem;
use maud::{Markup, html};
use operator_console::{
    Language, Page, Visit,
    ui::{date, empty, moment, panel},
};
use serde_json::Value;
use warehouse::{Generation, QuarantineEntry, QuarantinedRaw, QuarantinedRow};

use super::{PATH, list, states};
use crate::{
    console::{
        findings::{values, vendors_row},
        pages::Pages,
        rules,
        words::absent,
    },
    query::Params,
    routes::quarantine::show::unknown,
};

/// The page.
pub(super) async fn page(
    State(pages): State<Pages>,
    visit: Visit,
    Path(id): Path<String>,
    uri: Uri,
) -> Result<Response, Problem> {
    Params::parse_form(&uri, &[])?;
    let language = visit.language;
    let generation = pages.app.generation()?;
    let (reader, wanted) = (generation.clone(), id.clone());
    let found = pages.app.queries.run(move || reader.quarantined(&wanted)).await?;
    let Some(QuarantineEntry { row, raw }) = found else { return Err(unknown(&id)) };
    let pending = pages.kept.pending.of(std::slice::from_ref(&row), visit.now);
    let body = html! {
        div.columns {
            (panel(language.say("The row", "数据行"), facts(language, &generation, &row)))
            (panel(language.say("As far as it could be read", "可读取的内容"), candidate(language, &row)))
        }
        (panel(language.say("Decision", "处理"), html! {
            @if let Some(asked) = pending.get(&row.id) { p { (list::on_its_way(language, asked)) } }
            (decision(&visit, &row))
        }))
        (panel(language.say("As the vendor sent it", "数据源原始行"), vendor(language, raw.as_ref())))
    };
    let title = format!(
        "{} {}",
        row.code.as_deref().unwrap_or(language.say("Refused row", "被拒绝的行")),
        row.trade_date.map(|day| day.to_string()).unwrap_or_default()
    );
    let lead = html! { (states::state(language, &row.state)) " " (row.reason) };
    Ok(visit.page_with(Page { title: title.trim_end().to_owned(), lead: Some(lead), body, status: StatusCode::OK }))
}

fn facts(language: Language, generation: &Generation, row: &QuarantinedRow) -> Markup {
    html! {
        dl.facts {
            dt { (language.say("Source", "数据源")) }
            dd { (row.source) }
            dt { (language.say("Meant for", "目标数据表")) }
            dd { code { (row.dataset) } }
            dt { (language.say("Code", "代码")) }
            dd { (list::code(language, generation, row)) }
            dt { (language.say("Day", "日期")) }
            dd {
                @match row.trade_date {
                    Some(day) => (date(day)),
                    None => (absent(language.say("the day could not be read", "日期无法读取"))),
                }
            }
            dt { (language.say("Refused by", "拒绝规则")) }
            dd { code { (row.rule) } " · " (rules::title(language, &row.rule)) }
            dt { (language.say("Reason", "原因")) }
            dd { (row.reason) }
            dt { (language.say("Value", "值")) }
            dd { code.mono { (row.value) } }
            dt { (language.say("Put aside", "隔离时间")) }
            dd { (moment(row.quarantined_at)) }
            dt { (language.say("Id", "编号")) }
            dd { code.mono { (row.id) } }
        }
    }
}

fn candidate(language: Language, row: &QuarantinedRow) -> Markup {
    match &row.candidate {
        // Whatever was stored is shown: a text that is no JSON as a text.
        Some(text) => values(language, &serde_json::from_str(text).unwrap_or_else(|_| Value::from(text.as_str()))),
        None => empty(
            language.say("Its values could not be read: it can only be discarded.", "无法读取其中的值，只能丢弃。"),
        ),
    }
}

fn decision(visit: &Visit, row: &QuarantinedRow) -> Markup {
    let language = visit.language;
    if row.state == states::HELD {
        return html! {
            form method="post" action="/console/quarantine/release" {
                (visit.csrf())
                input type="hidden" name="id" value=(row.id);
                input type="hidden" name="back" value="entry";
                (list::decision(language))
            }
        };
    }
    html! {
        dl.facts {
            dt { (language.say("State", "状态")) }
            dd { (states::state(language, &row.state)) }
            dt { (language.say("By", "处理人")) }
            dd {
                @match &row.decided_by {
                    Some(by) => (by),
                    None => (absent(language.say("nobody: a good row came later", "无人：之后收到了正常的行"))),
                }
            }
            dt { (language.say("When", "时间")) }
            dd {
                @match row.decided_at {
                    Some(at) => (moment(at)),
                    None => (absent(language.say("the time is not known", "时间未知"))),
                }
            }
            dt { (language.say("Why", "原因")) }
            dd {
                @match row.note.as_deref().filter(|note| !note.is_empty()) {
                    Some(note) => (note),
                    None => (absent(language.say("no reason was given", "未填写原因"))),
                }
            }
        }
        p { a href=(PATH) { (language.say("Back to the quarantine", "返回隔离区")) } }
    }
}

fn vendor(language: Language, raw: Option<&QuarantinedRaw>) -> Markup {
    let Some(raw) = raw else {
        let text = "The response is not in this generation: it lies in the primary's raw archive, or was never stored.";
        return empty(language.say(text, "当前版本中没有该响应：在主机的归档中，或未曾保存。"));
    };
    html! {
        dl.facts {
            dt { (language.say("Data set", "数据集")) }
            dd { code { (raw.dataset) } }
            dt { (language.say("Request", "请求")) }
            dd { code.mono { (raw.request) } }
            dt { (language.say("Fetched", "获取时间")) }
            dd { (moment(raw.fetched_at)) }
            dt { (language.say("HTTP status", "HTTP 状态")) }
            dd { (raw.http_status) }
        }
        (vendors_row(language, &raw.fields, raw.row.as_deref()))
    }
}
