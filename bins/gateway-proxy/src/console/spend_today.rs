//! When today's budgets run out, at the rate of the last hour and of the last quarter of it.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use daemon_kit::problem::Problem;
use gateway_ledger::{SpendingBy, SpendingQuery};
use maud::{Markup, html};
use operator_console::{
    Language, Visit,
    ui::{self, Level},
};
use route_policy::{ChannelState, Cny, Day};

use super::{
    forecast::{Outlook, outlook, per_hour},
    money::{percent, yuan},
    mount::Pages,
    query::none,
    rates::{HOUR, QUARTER, Spent},
    table::head,
};
use crate::{admin::problem, tokens};

/// Lines of the table of caps, those that are used most first.
const LINES: usize = 10;

/// One budget or cap.
struct Line {
    name: String,
    limit: Option<Cny>,
    /// Spent, and held for requests that run.
    used: Cny,
    spent: Spent,
    /// Takes no request because an operator said so.
    is_off: bool,
}

/// The budgets of channels, and the caps of profiles where there are any.
pub(super) async fn panel(pages: &Pages, visit: &Visit) -> Result<Markup, Problem> {
    let language = visit.language;
    let rates = pages.rates.at(&pages.gateway.ledger, visit.now).await.map_err(problem)?;
    let status = pages.gateway.desk.read(route_policy::Router::status);
    let of_channel = |status: &route_policy::ChannelStatus| Line {
        name: status.name.to_string(),
        limit: status.budget.limit,
        used: status.budget.settled + status.budget.reserved,
        spent: rates.channels.get(&*status.name).copied().unwrap_or_default(),
        is_off: status.state == ChannelState::Disabled,
    };
    let channels: Vec<Line> = status.iter().map(of_channel).collect();
    let caps = caps(pages, visit, &rates.profiles).await?;
    Ok(ui::panel(
        language.say("Today: when budgets run out", "今日：预算何时用尽"),
        html! {
            @if channels.is_empty() { (ui::empty(language.say("There is no channel.", "没有渠道。"))) }
            @else {
                (table(visit, language.say("Budgets of channels", "渠道预算"), language.say("Channel", "渠道"), &channels))
            }
            @if !caps.is_empty() {
                h3 { (language.say("Daily caps of profiles", "档案的每日上限")) }
                (table(visit, language.say("Daily caps of profiles", "档案的每日上限"), language.say("Profile", "档案"), &caps[..caps.len().min(LINES)]))
            }
            p.hint {
                (language.say(
                    "Assumed: money goes on going as it did in the last hour, or the last 15 minutes, by the requests that arrived in it and have ended, read at most 30 s ago. Used is what was charged today, and for channels what running requests hold. A request is refused a little earlier: when less is left than it may cost.",
                    "假设：费用按最近一小时（或十五分钟）内到达且已结束的请求的速度继续增长（最多 30 秒前读取）。已用为今日已计费用，渠道另含进行中请求的预留。余额小于单个请求的最高费用时，该请求会稍早被拒绝。",
                ))
            }
        },
    ))
}

/// Profiles whose tokens have a cap, the most used first. Several tokens of a profile share what it spends: the lowest cap
/// is the first that is met.
async fn caps(
    pages: &Pages,
    visit: &Visit,
    rates: &std::collections::HashMap<String, Spent>,
) -> Result<Vec<Line>, Problem> {
    let mut caps: BTreeMap<String, Cny> = BTreeMap::new();
    for token in pages.tokens.all().await.map_err(problem)? {
        if let Some(cap) = token.daily_cap.filter(|_| tokens::state(&token, visit.now) == "valid") {
            let lowest = caps.entry(token.profile).or_insert(cap);
            *lowest = cap.min(*lowest);
        }
    }
    if caps.is_empty() {
        return Ok(Vec::new());
    }
    let today = Day::of(visit.now);
    let query = SpendingQuery {
        from: today.start(),
        to: today.end(),
        by: SpendingBy::Profile,
        profile: None,
        channel: None,
        model: None,
    };
    let spent = pages.gateway.ledger.spending(query).await.map_err(problem)?;
    let spent: BTreeMap<String, Cny> = spent.into_iter().map(|line| (line.key, line.cny)).collect();
    let mut lines: Vec<Line> = caps
        .into_iter()
        .map(|(name, cap)| Line {
            limit: Some(cap),
            used: spent.get(&name).copied().unwrap_or_default(),
            spent: rates.get(&name).copied().unwrap_or_default(),
            is_off: false,
            name,
        })
        .collect();
    let share = |line: &Line| {
        let cap = line.limit.map_or(0, Cny::nano).max(1);
        i128::from(line.used.nano()) * 1_000_000 / i128::from(cap)
    };
    lines.sort_by_key(|line| std::cmp::Reverse(share(line)));
    Ok(lines)
}

fn table(visit: &Visit, caption: &str, kind: &str, lines: &[Line]) -> Markup {
    let (language, now) = (visit.language, visit.now);
    let columns = [
        kind,
        language.say("Budget", "预算"),
        language.say("Used", "已用"),
        language.say("Left", "剩余"),
        language.say("¥/h, last hour", "元/时（近一小时）"),
        language.say("At that rate", "按此速度"),
        language.say("¥/h, last 15 min", "元/时（近 15 分钟）"),
        language.say("At that rate", "按此速度"),
    ];
    let [_, budget, used, left, hourly, hour, quarterly, quarter] = columns;
    html! {
        div.table-wrap { table.grid {
            caption.visually-hidden { (caption) }
            (head(&columns, &[1, 2, 3, 4, 6]))
            tbody {
                @for line in lines {
                    tr {
                        th scope="row" data-label=(kind) { (line.name) }
                        td.num data-label=(budget) {
                            @match line.limit {
                                Some(limit) => (yuan(limit)), None => (language.say("no bound", "无上限"))
                            }
                        }
                        td.num data-label=(used) {
                            (yuan(line.used))
                            @if let Some(share) = line.limit.and_then(|limit| percent(line.used, limit)) {
                                " · " (share)
                            }
                        }
                        td.num data-label=(left) {
                            @match line.limit {
                                Some(limit) => (yuan(limit.minus_to_zero(line.used))), None => (none(language.say("there is no bound", "没有上限")))
                            }
                        }
                        td.num data-label=(hourly) { (yuan(per_hour(line.spent.hour, HOUR))) }
                        td data-label=(hour) { (told(language, line, line.spent.hour, HOUR, now)) }
                        td.num data-label=(quarterly) { (yuan(per_hour(line.spent.quarter, QUARTER))) }
                        td data-label=(quarter) { (told(language, line, line.spent.quarter, QUARTER, now)) }
                    }
                }
            }
        } }
    }
}

fn told(language: Language, line: &Line, spent: Cny, span: TimeDelta, now: DateTime<Utc>) -> Markup {
    if line.is_off {
        return ui::badge(Level::Off, language.say("disabled", "已停用"));
    }
    match outlook(line.limit, line.used, spent, span, now) {
        Outlook::Unbounded => none(language.say("there is no bound", "没有上限")),
        Outlook::Spent => ui::badge(Level::Bad, language.say("spent", "已用尽")),
        Outlook::Idle => html! {
            span title=(language.say("nothing was spent in the span: there is no rate to go by", "该时段没有费用，无法推算")) {
                (language.say("no rate", "无速度"))
            }
        },
        Outlook::Lasts { by_midnight } => html! {
            (ui::badge(Level::Ok, language.say("lasts until midnight", "可用至零点")))
            br; span.hint { (language.say("", "届时已用 ")) (yuan(by_midnight)) (language.say(" spent by then", "")) }
        },
        Outlook::RunsOut(at) => html! {
            (ui::badge(Level::Warn, language.say("runs out", "将用尽")))
            " " (ui::moment(at))
            br; span.hint {
                (language.say("in ", "")) (ui::lasting(language, (at - now).num_seconds())) (language.say("", "后"))
            }
        },
    }
}
