//! Which findings a page shows.

use axum::http::Uri;
use chrono::NaiveDate;
use daemon_kit::problem::Problem;
use maud::{Markup, html};
use operator_console::Language;
use quality_rules::Severity;
use warehouse::{FindingFilter, Generation};

use super::PATH;
use crate::{
    console::{codes, rules},
    query::{Params, Span, cursor, date, rule, severity},
};

const PARAMETERS: &[&str] = &["severity", "check", "code", "day", "since", "until", "state", "cursor"];
/// The default first.
const STATES: [(&str, bool); 2] = [("open", true), ("all", false)];
/// Findings of a page.
const ROWS: usize = 50;

/// What the filter says.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) filter: FindingFilter,
    params: Params,
}

impl Asked {
    /// Reads the query of `uri`.
    ///
    /// # Errors
    /// 400 that names the field and what it may be.
    pub(super) fn parse(uri: &Uri, generation: &Generation) -> Result<Self, Problem> {
        let params = Params::parse_form(uri, PARAMETERS)?;
        let Span { since, until } = Span::parse(&params)?;
        let filter = FindingFilter {
            severity: severity(&params)?,
            check: rule(&params, "check")?.map(str::to_owned),
            code: params.get("code").map(|text| codes::read("code", text, generation)).transpose()?,
            trade_dates: date(&params, "day")?.map(|day| (day, day)),
            since,
            until,
            open_only: params.choice("state", &STATES)?,
            after: cursor(&params)?,
            limit: ROWS,
        };
        Ok(Self { filter, params })
    }

    /// What a query says that names no code.
    #[cfg(test)]
    pub(super) fn without_codes(uri: &Uri) -> Result<Self, Problem> {
        let params = Params::parse_form(uri, PARAMETERS)?;
        let filter = FindingFilter {
            severity: severity(&params)?,
            open_only: params.choice("state", &STATES)?,
            ..FindingFilter::default()
        };
        Ok(Self { filter, params })
    }

    /// This page with some fields set otherwise.
    pub(super) fn link(&self, changes: &[(&str, Option<&str>)]) -> String {
        format!("{PATH}?{}", self.params.changed(changes))
    }

    /// The list of one rule's findings, about one day if given, of the state and the severities that are chosen.
    pub(super) fn link_to(&self, check: &str, day: Option<NaiveDate>) -> String {
        let day = day.map(|day| day.to_string());
        let changes = [("code", None), ("since", None), ("until", None), ("cursor", None)];
        self.link(&[&changes[..], &[("check", Some(check)), ("day", day.as_deref())]].concat())
    }

    /// Whether a finding of that severity is wanted.
    pub(super) fn wants(&self, severity: Severity) -> bool {
        self.filter.severity.is_none_or(|least| severity >= least)
    }

    pub(super) fn form(&self, language: Language) -> Markup {
        let text = |name: &str| self.params.get(name).unwrap_or_default();
        let severities = [Severity::Error, Severity::Warning, Severity::Info];
        html! {
            form.filters method="get" action=(PATH) {
                label {
                    (language.say("Severity", "级别"))
                    select name="severity" {
                        option value="" { (language.say("all", "全部")) }
                        @for severity in severities {
                            option value=(severity) selected[self.filter.severity == Some(severity)] {
                                (rules::severity_name(language, severity))
                                @if severity == Severity::Warning { (language.say(" and worse", "及以上")) }
                            }
                        }
                    }
                }
                label {
                    (language.say("Rule", "规则"))
                    select name="check" { (rules::options(language, self.filter.check.as_deref())) }
                }
                label { (language.say("Code", "代码")) input name="code" value=(text("code")) placeholder="600519.SH" autocomplete="off"; }
                label { (language.say("About the day", "所涉日期")) input type="date" name="day" value=(self.day()); }
                label { (language.say("Found since", "发现时间自")) input name="since" value=(text("since")) placeholder="2026-04-30" autocomplete="off"; }
                label { (language.say("Found until", "发现时间至")) input name="until" value=(text("until")) placeholder="2026-04-30" autocomplete="off"; }
                label {
                    (language.say("State", "状态"))
                    select name="state" {
                        option value="open" { (language.say("open", "未处理")) }
                        option value="all" selected[!self.filter.open_only] { (language.say("open and closed", "全部")) }
                    }
                }
                button.primary type="submit" { (language.say("Show", "查看")) }
                @if !self.params.changed(&[]).is_empty() {
                    a.button href=(PATH) { (language.say("Reset", "重置")) }
                }
            }
        }
    }

    /// As a field for dates takes it.
    fn day(&self) -> String {
        self.filter.trade_dates.map(|(day, _)| day.to_string()).unwrap_or_default()
    }
}
