//! `/console/spend`: what was spent, by whom and on what, and when today's budgets run out.

use axum::{extract::State, http::Uri, response::Response};
use chrono::{Days, NaiveDate};
use daemon_kit::problem::Problem;
use gateway_ledger::{Spending, SpendingBy, SpendingQuery, WRITTEN_OFF};
use maud::{Markup, html};
use operator_console::{Language, Visit, ui};
use route_policy::{Cny, Day};

use super::{
    money::{count, percent, yuan},
    mount::Pages,
    query::{buttons, href, none, text_field},
    spend_chart, spend_today,
    table::head,
};
use crate::admin::{Params, problem, spending_query};

const PATH: &str = "/console/spend";
const KNOWN: [&str; 6] = ["from", "to", "by", "profile", "channel", "model"];
const BY: [(&str, SpendingBy); 3] =
    [("channel", SpendingBy::Channel), ("model", SpendingBy::Model), ("profile", SpendingBy::Profile)];
/// Days unless others are asked for, today included.
const USUAL_DAYS: u64 = 7;
/// The longest range: a bar a day, and a line a day in the table of the chart.
const MOST_DAYS: i64 = 92;
/// Lines of a table; what is beyond is summed in one.
const LINES: usize = 15;

/// The spending of some days, and the outlook of today.
pub(super) async fn page(State(pages): State<Pages>, visit: Visit, uri: Uri) -> Result<Response, Problem> {
    let language = visit.language;
    let params = Params::of_form(&uri, &KNOWN)?;
    let by = params.choice("by", &BY)?;
    let today = Day::of(visit.now);
    let first = today.date().checked_sub_days(Days::new(USUAL_DAYS - 1)).map_or(today, Day::from_date);
    let (query, (from, to)) = spending_query(&params, by, (first, today))?;
    if (to.date() - from.date()).num_days() >= MOST_DAYS {
        return Err(Problem::invalid("from", "the range is longer than a chart can show").allowed(["at most 92 days"]));
    }
    let lines = async |by| pages.gateway.ledger.spending(SpendingQuery { by, ..query.clone() }).await.map_err(problem);
    let (channels, models, profiles) =
        (lines(SpendingBy::Channel).await?, lines(SpendingBy::Model).await?, lines(SpendingBy::Profile).await?);
    let daily = pages.gateway.ledger.daily_spending(query.clone()).await.map_err(problem)?;
    let shown = Shown { language, from: from.date(), to: to.date() };
    let body = html! {
        (spend_today::panel(&pages, &visit).await?)
        (shown.filters(&params))
        (ui::panel(language.say("Day by day", "逐日"), spend_chart::chart(language, by, (from, to), &daily)))
        (shown.table(language.say("By channel", "按渠道"), "channel", &channels))
        (shown.table(language.say("By model", "按模型"), "model", &models))
        (shown.table(language.say("By profile", "按档案"), "profile", &profiles))
        p.hint {
            (language.say(
                "Days are days in Shanghai. What was charged counts on the day of its reservation; a request counts where it ended, a failed attempt that was billed where it was billed. Estimated: the upstream's own count never came.",
                "以上海时间划分日期。费用计入预留当日；请求计入其结束的渠道，已计费的失败尝试计入计费渠道。估算：上游未返回用量。",
            ))
        }
    };
    Ok(visit.page(language.say("Spend", "费用"), body))
}

struct Shown {
    language: Language,
    from: NaiveDate,
    to: NaiveDate,
}

impl Shown {
    fn filters(&self, params: &Params) -> Markup {
        let language = self.language;
        let by = [
            ("channel", language.say("channel", "渠道")),
            ("model", language.say("model", "模型")),
            ("profile", language.say("profile", "档案")),
        ];
        let date = |name: &str, label: &str, value: NaiveDate| {
            html! { label { span { (label) } input type="date" name=(name) value=(value) required; } }
        };
        html! {
            form.filters method="get" action=(PATH) {
                (date("from", language.say("From", "起始日"), self.from))
                (date("to", language.say("To, included", "截止日（含）"), self.to))
                label {
                    span { (language.say("Bars by", "柱形分组")) }
                    select name="by" {
                        @for (value, text) in by {
                            option value=(value) selected[params.get("by") == Some(value)] { (text) }
                        }
                    }
                }
                (text_field(params, "profile", language.say("Profile", "档案")))
                (text_field(params, "channel", language.say("Channel", "渠道")))
                (text_field(params, "model", language.say("Model", "模型")))
                (buttons(language, PATH))
            }
        }
    }

    fn table(&self, title: &str, kind: &'static str, lines: &[Spending]) -> Markup {
        let language = self.language;
        if lines.is_empty() {
            return ui::panel(title, ui::empty(language.say("Nothing was asked in these days.", "这些日期没有请求。")));
        }
        let total: Cny = lines.iter().map(|line| line.cny).sum();
        let columns = [
            language.say("Name", "名称"),
            language.say("Requests", "请求数"),
            language.say("Failed", "失败"),
            language.say("Input (cached)", "输入（缓存）"),
            language.say("Output (thinking)", "输出（思考）"),
            language.say("Cost", "费用"),
            language.say("Share", "占比"),
            language.say("Estimated", "估算"),
        ];
        let [name, requests, failed, input, output, cost, share, estimated] = columns;
        let (listed, beyond) = lines.split_at(lines.len().min(LINES));
        let row = |head: Markup, line: &Spending| {
            html! {
                tr {
                    th scope="row" data-label=(name) { (head) }
                    td.num data-label=(requests) { (count(line.requests)) }
                    td.num data-label=(failed) { (count(line.failures)) }
                    td.num data-label=(input) { (count(line.usage.input)) " (" (count(line.usage.cached_input)) ")" }
                    td.num data-label=(output) { (count(line.usage.output)) " (" (count(line.usage.thinking)) ")" }
                    td.num data-label=(cost) { (yuan(line.cny)) }
                    td.num data-label=(share) {
                        @match percent(line.cny, total) {
                            Some(share) => (share), None => (none(language.say("nothing was spent", "没有费用")))
                        }
                    }
                    td.num data-label=(estimated) { (yuan(line.estimated_cny)) }
                }
            }
        };
        ui::panel(
            title,
            html! {
                div.table-wrap { table.grid {
                    caption.visually-hidden { (title) ", " (self.from) " – " (self.to) }
                    (head(&columns, &[1, 2, 3, 4, 5, 6, 7]))
                    tbody {
                        @for line in listed { (row(self.name(kind, &line.key), line)) }
                        @if !beyond.is_empty() {
                            (row(html! { (beyond.len()) (language.say(" others together", " 项合计")) }, &sum(beyond)))
                        }
                    }
                    tfoot { (row(html! { (language.say("Total", "合计")) }, &sum(lines))) }
                } }
            },
        )
    }

    /// What a line is about, with its requests behind it.
    fn name(&self, kind: &'static str, key: &str) -> Markup {
        let language = self.language;
        if key.is_empty() {
            return html! { (language.say("(no channel asked)", "（未请求渠道）")) };
        }
        if key == WRITTEN_OFF {
            return html! {
                span title=(language.say("leased when a process died, and nobody's since: it counts as spent", "进程异常退出时已租出的额度，按已用计"))  {
                    (language.say("(written off)", "（核销）"))
                }
            };
        }
        html! { a href=(href("/console/requests", &[(kind, key)])) { (key) } }
    }
}

/// All of it in one line.
fn sum(lines: &[Spending]) -> Spending {
    let zero = Spending {
        key: String::new(),
        requests: 0,
        failures: 0,
        usage: route_policy::Usage::default(),
        cny: Cny::ZERO,
        estimated_cny: Cny::ZERO,
        breach_cny: Cny::ZERO,
    };
    lines.iter().fold(zero, |mut sum, line| {
        sum.requests += line.requests;
        sum.failures += line.failures;
        sum.usage.input = sum.usage.input.saturating_add(line.usage.input);
        sum.usage.cached_input = sum.usage.cached_input.saturating_add(line.usage.cached_input);
        sum.usage.output = sum.usage.output.saturating_add(line.usage.output);
        sum.usage.thinking = sum.usage.thinking.saturating_add(line.usage.thinking);
        sum.cny += line.cny;
        sum.estimated_cny += line.estimated_cny;
        sum.breach_cny += line.breach_cny;
        sum
    })
}
