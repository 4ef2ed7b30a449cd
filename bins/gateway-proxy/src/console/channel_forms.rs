//! The forms of a channel's page, and what its definition says.

use maud::{Markup, html};
use operator_console::{
    Language, Visit,
    ui::{self, Level, Style},
};
use route_policy::Cny;

use super::{
    money::{count, yuan},
    query::none,
};
use crate::channels::{Budget, Origin, Seen};

/// What may be done about it.
pub(super) fn panel(visit: &Visit, seen: &Seen) -> Markup {
    let language = visit.language;
    let name = &seen.known.name;
    let address = |what: &str| format!("/console/channels/{name}/{what}");
    let ask = |en: &str, zh: &str| match language {
        Language::English => format!("{en} {name}?"),
        Language::Chinese => format!("{zh} {name}？"),
    };
    let (disable, reset) = (ask("Disable", "停用"), ask("Undo all changes of", "撤销所有修改："));
    ui::panel(
        language.say("Actions", "操作"),
        html! {
            div.actions {
                @if seen.in_force.enabled {
                    (ui::action(visit, &address("disable"), language.say("Disable", "停用"), Style::Danger, &[], Some(&disable)))
                    @if !seen.rests.is_empty() {
                        (ui::action(visit, &address("enable"), language.say("End every rest", "结束休息"), Style::Primary, &[], None))
                    }
                } @else {
                    (ui::action(visit, &address("enable"), language.say("Enable", "启用"), Style::Primary, &[], None))
                }
                (ui::action(visit, &address("probe"), language.say("Probe now", "立即探测"), Style::Plain, &[], None))
                @if !seen.changed.is_empty() {
                    (ui::action(visit, &address("reset"), language.say("Reset to definition", "恢复为定义值"), Style::Plain, &[], Some(&reset)))
                }
            }
            form.fields method="post" action=(address("budget")) {
                (visit.csrf())
                label {
                    span { (language.say("Budget, ¥ a day", "预算（元/天）")) }
                    input type="text" name="budget" required autocomplete="off" value=(seen.in_force.budget_cny_per_day) aria-describedby="budget-hint";
                }
                button.primary type="submit" { (language.say("Set budget", "设置预算")) }
                span.hint id="budget-hint" {
                    (language.say("0 is nothing at all, none is no bound", "0 表示完全停用，none 表示无上限"))
                }
            }
            form.fields method="post" action=(address("order")) {
                (visit.csrf())
                label {
                    span { (language.say("Priority", "优先级")) }
                    input type="number" name="priority" required min="-1000000" max="1000000" value=(seen.in_force.priority);
                }
                label {
                    span { (language.say("Weight", "权重")) }
                    input type="number" name="weight" required min="0" max="1000000" value=(seen.in_force.weight);
                }
                button type="submit" { (language.say("Set order", "设置顺序")) }
                span.hint {
                    (language.say("a higher priority is asked first; the weight is the share within it", "优先级高者先用；权重为同级内的份额"))
                }
            }
            p.hint {
                (language.say(
                    "A probe asks the upstream for its list of models: it is free. Everything done here is in the audit log.",
                    "探测只请求上游的模型列表，不产生费用。此处的操作均记入审计日志。",
                ))
            }
        },
    )
}

/// What it is, and what operators changed.
pub(super) fn definition(language: Language, seen: &Seen) -> Markup {
    let Seen { known, in_force, changed, .. } = seen;
    let of = &known.definition;
    let bound = |limit: u64| match limit {
        0 => language.say("no bound", "无上限").to_owned(),
        limit => count(limit),
    };
    let origin = match known.origin {
        Origin::Configured => language.say("the configuration", "配置文件"),
        Origin::Stored => language.say("stored by an operator or an import", "由操作者或导入保存"),
    };
    let is_changed = |is: bool, was: Markup| {
        html! {
            @if is {
                " " (ui::badge(Level::Info, language.say("changed", "已修改"))) " " span.hint {
                    (language.say("defined: ", "定义值：")) (was)
                }
            }
        }
    };
    let on = |on: bool| language.say(if on { "on" } else { "off" }, if on { "启用" } else { "停用" });
    let url = known.usable.as_ref().ok().map(|usable| usable.target.base_url().to_owned());
    ui::panel(
        language.say("Definition", "定义"),
        html! {
            dl.facts {
                dt { (language.say("Comes from", "来源")) } dd { (origin) }
                dt { (language.say("Account", "账户")) } dd { (seen.account()) }
                dt { (language.say("Group", "分组")) } dd { (in_force.group) }
                dt { (language.say("Dialect", "协议")) } dd { code.mono { (in_force.dialect) } }
                dt { (language.say("Address", "地址")) }
                dd {
                    @match url {
                        Some(url) => code.mono { (url) }, None => (none(language.say("it cannot be used", "无法使用")))
                    }
                }
                dt { (language.say("Switch", "开关")) }
                dd { (on(in_force.enabled)) (is_changed(changed.enabled.is_some(), html! { (on(of.enabled)) })) }
                dt { (language.say("Budget a day", "日预算")) }
                dd {
                    (budget(language, in_force.budget_cny_per_day))
                    (is_changed(changed.budget.is_some(), budget(language, of.budget_cny_per_day)))
                }
                dt { (language.say("Priority", "优先级")) }
                dd { (in_force.priority) (is_changed(changed.priority.is_some(), html! { (of.priority) })) }
                dt { (language.say("Weight", "权重")) }
                dd { (in_force.weight) (is_changed(changed.weight.is_some(), html! { (of.weight) })) }
                dt { (language.say("Limits a minute", "每分钟限额")) }
                dd { (bound(of.rpm.into())) " RPM · " (bound(of.tpm)) " TPM" }
                dt { (language.say("At the same time", "并发上限")) } dd { (bound(of.max_in_flight.into())) }
                @if let Some(note) = &of.note { dt { (language.say("Note", "备注")) } dd { (note) } }
            }
        },
    )
}

fn budget(language: Language, Budget(amount): Budget) -> Markup {
    match amount {
        Some(amount) if amount == Cny::ZERO => {
            html! { (yuan(amount)) " · " (language.say("nothing at all", "完全停用")) }
        }
        Some(amount) => yuan(amount),
        None => html! { (language.say("no bound", "无上限")) },
    }
}
