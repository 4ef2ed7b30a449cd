//! `/console/findings/{id}`: one finding, and the rows that it is about.

use axum::{
    extract::{Path, State},
    http::{StatusCode, Uri},
    response::Response,
};
use daemon_kit::{body::shown, problem::Problem};
use maud::{Markup, html};
use operator_console::{
    Language, Page, Visit,
    ui::{date, moment, panel},
};
use warehouse::{Generation, LoggedFinding};

use super::{PATH, evidence::Evidence, values::values};
use crate::{
    console::{codes, pages::Pages, rules, words::absent},
    query::Params,
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
    let reader = generation.clone();
    let wanted = id.clone();
    let found = pages.app.queries.run(move || {
        let Some(finding) = reader.finding(&wanted)? else { return Ok(None) };
        let evidence = match (finding.code, finding.trade_date) {
            (Some(code), Some(day)) => Some(Evidence::read(&reader, code, day)?),
            _ => None,
        };
        Ok(Some((finding, evidence)))
    });
    let Some((finding, evidence)) = found.await? else { return Err(unknown(&id)) };
    let body = html! {
        div.columns {
            (panel(language.say("Finding", "问题"), facts(language, &generation, &finding)))
            (panel(language.say("Values seen", "所见数值"), values(language, &finding.details)))
        }
        @match evidence {
            Some(evidence) => (evidence.render(language, &generation)),
            None => (beside(language, &finding)),
        }
    };
    let title = rules::title(language, &finding.check).to_owned();
    let lead = html! { (rules::severity(language, finding.severity)) " " (finding.message) };
    Ok(visit.page_with(Page { title, lead: Some(lead), body, status: StatusCode::OK }))
}

fn facts(language: Language, generation: &Generation, finding: &LoggedFinding) -> Markup {
    let rule = quality_rules::rule(&finding.check);
    html! {
        dl.facts {
            dt { (language.say("Rule", "规则")) }
            dd {
                code { (finding.check) }
                @if rule.is_some() {
                    " · " a href=(format!("{PATH}?check={}", finding.check)) { (language.say("all of this rule", "该规则的全部问题")) }
                }
            }
            @if let Some(rule) = rule {
                dt { (language.say("Raised by", "来源")) }
                dd { (rules::origin(language, rule)) }
            }
            dt { (language.say("Code", "代码")) }
            dd {
                @match &finding.code {
                    Some(code) => (codes::link(generation, code)),
                    None => (absent(language.say("it is about no single code", "不涉及单个代码"))),
                }
            }
            dt { (language.say("Day", "日期")) }
            dd {
                @match finding.trade_date {
                    Some(day) => a href=(format!("/console/days/{day}")) { (date(day)) },
                    None => (absent(language.say("it is about no single day", "不涉及单个日期"))),
                }
            }
            dt { (language.say("State", "状态")) }
            dd {
                @match finding.closed_at {
                    None => (language.say("open: it still shows", "未处理：问题仍存在")),
                    Some(at) => { (language.say("closed since ", "已关闭：")) (moment(at)) },
                }
            }
            dt { (language.say("Found", "发现时间")) }
            dd { (moment(finding.found_at)) }
            dt { (language.say("Generation", "数据版本")) }
            dd {
                @match finding.generation {
                    Some(number) => (number),
                    None => (absent(language.say("the writer noticed it before a publish", "写入时发现，早于发布"))),
                }
            }
            dt { (language.say("Id", "编号")) }
            dd { code.mono { (finding.id) } }
        }
    }
}

/// Where to look for what a finding about no single bar is about.
fn beside(language: Language, finding: &LoggedFinding) -> Markup {
    let text = match (finding.code, finding.trade_date) {
        (_, Some(day)) => html! {
            (language.say("It is about a whole day: ", "涉及整个交易日：")) a href=(format!("/console/days/{day}")) { (date(day)) }
        },
        (Some(code), None) => html! {
            (language.say("It is about a code as a whole: ", "涉及整个代码："))
            a href=(format!("/console/instruments/{code}")) { (code) }
        },
        (None, None) => html! {
            (language.say("It is about a data set: ", "涉及数据集："))
            a href="/console/overview" { (language.say("see the sources", "查看数据源")) }
        },
    };
    panel(language.say("Rows", "数据行"), html! { p { (text) } })
}

fn unknown(id: &str) -> Problem {
    let detail = format!("the log of this generation has no finding `{}`", shown(id));
    Problem::new(StatusCode::NOT_FOUND, "unknown-finding", "Unknown finding", detail).field("id")
}
