//! Rules and severities as pages name them.

use maud::{Markup, html};
use operator_console::{
    Language,
    ui::{Level, badge},
};
use quality_rules::{Origin, RULES, RuleInfo, Severity};

/// The severity in a word.
pub(super) fn severity(language: Language, severity: Severity) -> Markup {
    let level = match severity {
        Severity::Error => Level::Bad,
        Severity::Warning => Level::Warn,
        Severity::Info => Level::Info,
    };
    badge(level, severity_name(language, severity))
}

/// The severity's name.
pub(super) fn severity_name(language: Language, severity: Severity) -> &'static str {
    match severity {
        Severity::Error => language.say("error", "错误"),
        Severity::Warning => language.say("warning", "警告"),
        Severity::Info => language.say("info", "提示"),
    }
}

/// What the rule finds, in a few words; its code, where this program has no such rule.
pub(super) fn title(language: Language, code: &str) -> &str {
    match (language, quality_rules::rule(code)) {
        (Language::English, Some(rule)) => rule.title,
        (Language::Chinese, Some(rule)) => chinese(rule),
        (_, None) => code,
    }
}

/// Who raises the rule's findings.
pub(super) fn origin(language: Language, rule: &RuleInfo) -> &'static str {
    match rule.origin {
        Origin::Gate => language.say("the gate, before a row is stored", "入库闸门（写入之前）"),
        Origin::Curation => language.say("curation, while deciding what is served", "整理阶段（决定发布内容时）"),
        Origin::Generation => language.say(
            "a check of a published generation; closed when not found again",
            "对已发布版本的检查；不再出现即关闭",
        ),
        Origin::Clock => language.say("the clock, by what was due when", "时钟（到期未到）"),
        Origin::Machine => language.say("the machine quality-worker runs on", "质检进程所在的机器"),
    }
}

/// The options of a field that chooses a rule.
pub(super) fn options(language: Language, chosen: Option<&str>) -> Markup {
    html! {
        option value="" { (language.say("all rules", "全部规则")) }
        @for rule in RULES {
            option value=(rule.code) selected[chosen == Some(rule.code)] {
                (rule.code) " · " (title(language, rule.code))
            }
        }
    }
}

fn chinese(rule: &RuleInfo) -> &'static str {
    match rule.code {
        "anomaly_large_move" => "单日涨跌超过 20 %",
        "bar_on_closed_day" => "休市日出现行情",
        "bar_outside_listing" => "上市前或退市后出现行情",
        "bar_while_suspended" => "全天停牌却有成交",
        "batch_drift" => "当日的列或行数与往常不同",
        "completeness" => "缺少必需的列或键",
        "cross_source" => "两个数据源的行情不一致",
        "disk_space" => "磁盘将满",
        "duplicate_key" => "同一代码、日期、数据源有两行",
        "event_without_factor" => "有除权除息，复权因子却没有变化",
        "factor_disagrees" => "推算的复权因子与数据源不一致",
        "factor_without_event" => "复权因子变化，却没有对应的除权除息",
        "freshness" => "数据源未按时送达",
        "gap_without_suspension" => "交易日没有行情，也没有停牌记录",
        "incomplete_day" => "当日到达的代码太少，暂不发布",
        "limit_disagrees" => "公布的涨跌停价与规则推算不符",
        "nonpositive_price" => "价格为零、为负或不是数字",
        "ohlc_order" => "开高低收互相矛盾",
        "price_limit" => "价格超出当日涨跌停",
        "quarantine_discarded" => "有人丢弃了隔离区的一行",
        "quarantine_released" => "有人放行了隔离区的一行",
        "replica_age" => "副本没有及时更新",
        "row_vanished" => "数据源不再提供曾经发送过的行",
        "schema" => "值的类型错误或超出范围",
        "source_replaced" => "某一数据源接替了另一数据源的行",
        "source_seam" => "当日行情与之前的序列衔接不上",
        "stale_repeat" => "重复发送了前一日的行情",
        "unit_consistency" => "成交额除以成交量不是当日的价格",
        "volume_amount" => "有量无额，或有额无量",
        _ => rule.title,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_a_title_of_its_own_in_chinese() {
        let titles: std::collections::BTreeSet<&str> =
            RULES.iter().map(|rule| title(Language::Chinese, rule.code)).collect();
        assert_eq!(titles.len(), RULES.len());
        for rule in RULES {
            assert_ne!(title(Language::Chinese, rule.code), rule.title, "{}", rule.code);
        }
        assert_eq!(title(Language::Chinese, "of_tomorrow"), "of_tomorrow");
    }
}
