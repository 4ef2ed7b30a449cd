//! What operators do to a channel. Each of these is a form of its page, and a change that the JSON routes know too.

use axum::{
    extract::{Path, State},
    response::Response,
};
use daemon_kit::problem::Problem;
use operator_console::{Fields, Language, Visit};

use super::{mount::Pages, words};
use crate::{
    admin::{self, Probed, refused, shown},
    channels::{Budget, Change, Patch},
};

/// Takes requests again; whatever rests of it is in order.
pub(super) async fn enable(
    State(pages): State<Pages>,
    Path(name): Path<String>,
    visit: Visit,
    fields: Fields,
) -> Result<Response, Problem> {
    fields.only(&[])?;
    let change = Change { enabled: Patch::Set(true), ..Change::default() };
    pages.change(&visit, &name, change, ("is enabled", "已启用")).await
}

/// Takes no request until somebody enables it.
pub(super) async fn disable(
    State(pages): State<Pages>,
    Path(name): Path<String>,
    visit: Visit,
    fields: Fields,
) -> Result<Response, Problem> {
    fields.only(&[])?;
    let change = Change { enabled: Patch::Set(false), ..Change::default() };
    pages.change(&visit, &name, change, ("is disabled", "已停用")).await
}

/// So much a day: `budget` is yuan or `none`.
pub(super) async fn budget(
    State(pages): State<Pages>,
    Path(name): Path<String>,
    visit: Visit,
    fields: Fields,
) -> Result<Response, Problem> {
    fields.only(&["budget"])?;
    let budget = read_budget(fields.require("budget")?)?;
    let change = Change { budget_cny_per_day: Patch::Set(budget), ..Change::default() };
    pages.change(&visit, &name, change, ("has another budget", "的预算已修改")).await
}

/// Its priority and weight.
pub(super) async fn order(
    State(pages): State<Pages>,
    Path(name): Path<String>,
    visit: Visit,
    fields: Fields,
) -> Result<Response, Problem> {
    fields.only(&["priority", "weight"])?;
    let change = Change {
        priority: Patch::Set(number(&fields, "priority")?),
        weight: Patch::Set(number(&fields, "weight")?),
        ..Change::default()
    };
    pages.change(&visit, &name, change, ("has another place in the order", "的顺序已修改")).await
}

/// Everything as its definition says.
pub(super) async fn reset(
    State(pages): State<Pages>,
    Path(name): Path<String>,
    visit: Visit,
    fields: Fields,
) -> Result<Response, Problem> {
    fields.only(&[])?;
    let change = Change {
        enabled: Patch::Reset,
        budget_cny_per_day: Patch::Reset,
        priority: Patch::Reset,
        weight: Patch::Reset,
    };
    pages.change(&visit, &name, change, ("is as its definition says", "已恢复为定义值")).await
}

/// Asks for a sign of life.
pub(super) async fn probe(
    State(pages): State<Pages>,
    Path(name): Path<String>,
    visit: Visit,
    fields: Fields,
) -> Result<Response, Problem> {
    fields.only(&[])?;
    let probed = admin::probe(&pages.gateway, &pages.channels, &name, &visit.operator).await?;
    let Probed { outcome, ms, detail, models } = probed;
    let detail = detail.unwrap_or_default();
    let path = address(&name);
    Ok(match (models, visit.language) {
        (Some(models), Language::English) => {
            visit.done(&path, format!("{name} answered the probe in {ms} ms and lists {} models", models.len()))
        }
        (Some(models), Language::Chinese) => {
            visit.done(&path, format!("{name} 探测成功：{ms} 毫秒，列出 {} 个模型", models.len()))
        }
        (None, Language::English) => {
            visit.failed(&path, format!("the probe of {name} failed ({outcome}, {ms} ms): {detail}"))
        }
        (None, Language::Chinese) => {
            let outcome = words::word(visit.language, outcome);
            visit.failed(&path, format!("{name} 探测失败（{outcome}，{ms} 毫秒）：{detail}"))
        }
    })
}

impl Pages {
    /// Makes the change in the operator's name, and leads back to the channel's page.
    async fn change(
        &self,
        visit: &Visit,
        name: &str,
        change: Change,
        (en, zh): (&'static str, &'static str),
    ) -> Result<Response, Problem> {
        let changed = self.channels.change(&self.gateway, name, change, &visit.operator).await;
        changed.map_err(|error| refused(&self.channels, name, error))?;
        Ok(visit.done(&address(name), format!("{name} {}", visit.language.say(en, zh))))
    }
}

fn address(name: &str) -> String {
    format!("/console/channels/{name}")
}

/// Yuan a day as people write them, with or without the sign; or `none`.
fn read_budget(text: &str) -> Result<Budget, Problem> {
    let amount = text.trim_start_matches(['¥', '￥']).trim();
    serde_json::from_value(amount.into()).map_err(|_| {
        Problem::invalid("budget", format!("`{}` is no budget", shown(text)))
            .allowed(["yuan a day, 0 to 9223372036, as in 12.5; 0 is nothing at all", "none, which is no bound"])
    })
}

fn number<T: std::str::FromStr>(fields: &Fields, name: &'static str) -> Result<T, Problem> {
    let text = fields.require(name)?;
    text.parse().map_err(|_| {
        let about =
            Change::FIELDS.iter().find(|(field, _)| *field == name).map_or("a whole number", |(_, about)| *about);
        let allowed = about.split(", or null").next().unwrap_or(about);
        Problem::invalid(name, format!("`{}` is no value of `{name}`", shown(text))).allowed([allowed])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_yuan_or_none_and_a_refusal_says_so() {
        for (text, budget) in [("500", "500"), ("¥12.5", "12.5"), ("￥ 3", "3"), ("0", "0"), ("none", "none")] {
            assert_eq!(read_budget(text).unwrap().to_string(), budget, "{text}");
        }
        for text in ["-1", "1e3", "a lot", "¥", "1,000", "0.0000000001"] {
            let problem = read_budget(text).unwrap_err();
            assert_eq!((problem.faulty_field(), problem.status().as_u16()), (Some("budget"), 400), "{text}");
        }
    }
}
