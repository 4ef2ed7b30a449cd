//! Which entries a page shows.

use axum::http::Uri;
use daemon_kit::problem::Problem;
use maud::{Markup, html};
use operator_console::Language;
use warehouse::{Generation, QuarantineFilter};

use super::{PATH, states};
use crate::{
    console::{codes, rules},
    query::{Params, cursor, rule},
};

const PARAMETERS: &[&str] = &["state", "source", "dataset", "code", "rule", "cursor"];
/// The default first.
const STATES: [(&str, Option<&str>); 5] = [
    ("held", Some("held")),
    ("released", Some("released")),
    ("discarded", Some("discarded")),
    ("superseded", Some("superseded")),
    ("all", None),
];
/// Entries of a page.
const ROWS: usize = 50;

/// What the filter says.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) filter: QuarantineFilter,
    params: Params,
}

impl Asked {
    /// Reads the query of `uri`.
    ///
    /// # Errors
    /// 400 that names the field and what it may be.
    pub(super) fn parse(uri: &Uri, generation: &Generation) -> Result<Self, Problem> {
        let params = Params::parse_form(uri, PARAMETERS)?;
        let text = |name: &str| params.get(name).map(str::to_owned);
        let filter = QuarantineFilter {
            state: params.choice("state", &STATES)?.map(str::to_owned),
            source: text("source"),
            dataset: text("dataset"),
            code: match params.get("code") {
                Some(text) => Some(codes::read("code", text, generation)?.to_string()),
                None => None,
            },
            rule: rule(&params, "rule")?.map(str::to_owned),
            after: cursor(&params)?,
            limit: ROWS,
        };
        Ok(Self { filter, params })
    }

    /// This page with some fields set otherwise.
    pub(super) fn link(&self, changes: &[(&str, Option<&str>)]) -> String {
        format!("{PATH}?{}", self.params.changed(changes))
    }

    pub(super) fn form(&self, language: Language) -> Markup {
        let text = |name: &str| self.params.get(name).unwrap_or_default();
        html! {
            form.filters method="get" action=(PATH) {
                label {
                    (language.say("State", "状态"))
                    select name="state" {
                        @for state in states::STATES {
                            option value=(state) selected[self.filter.state.as_deref() == Some(state)] {
                                (states::name(language, state))
                            }
                        }
                        option value="all" selected[self.filter.state.is_none()] { (language.say("all", "全部")) }
                    }
                }
                label { (language.say("Code", "代码")) input name="code" value=(text("code")) placeholder="600519.SH" autocomplete="off"; }
                label { (language.say("Source", "数据源")) input name="source" value=(text("source")) placeholder="tushare" autocomplete="off"; }
                label { (language.say("Table", "数据表")) input name="dataset" value=(text("dataset")) placeholder="normalized_daily" autocomplete="off"; }
                label {
                    (language.say("Rule", "规则"))
                    select name="rule" { (rules::options(language, self.filter.rule.as_deref())) }
                }
                button.primary type="submit" { (language.say("Show", "查看")) }
                @if !self.params.changed(&[]).is_empty() {
                    a.button href=(PATH) { (language.say("Reset", "重置")) }
                }
            }
        }
    }
}
