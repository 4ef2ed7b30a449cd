//! The gateway's own words, told in the reader's language. A word that is not known here is shown as it is.

use operator_console::{Language, ui::Level};
use route_policy::ChannelState;

use crate::relay::AttemptEnd;

/// How a channel or a model is, as a badge.
pub(super) fn state(language: Language, state: Option<ChannelState>) -> (Level, String) {
    let Some(state) = state else {
        return (Level::Bad, language.say("unusable", "无法使用").to_owned());
    };
    let say = |level, en, zh| (level, language.say(en, zh).to_owned());
    let because = |level, en, zh, why| {
        (level, format!("{} ({})", language.say(en, zh), word(language, AttemptEnd::Refused(why).name())))
    };
    match state {
        ChannelState::Healthy => say(Level::Ok, "healthy", "正常"),
        ChannelState::Disabled => say(Level::Off, "disabled by operator", "已手动停用"),
        ChannelState::BudgetSpent => say(Level::Off, "disabled: no budget left today", "已停用：今日预算已用尽"),
        ChannelState::Parked { why, .. } => because(Level::Bad, "resting", "休息中", why),
        ChannelState::OnTrial { why } => because(Level::Warn, "on trial", "试用中", why),
        ChannelState::BreakerOpen { .. } => say(Level::Bad, "breaker open", "已熔断"),
        ChannelState::HalfOpen => say(Level::Warn, "breaker half-open", "熔断半开"),
        ChannelState::Paused { .. } => say(Level::Warn, "paused by the upstream", "上游限流暂停"),
    }
}

/// How a request or an attempt ended, as a badge's colour.
pub(super) fn outcome_level(outcome: &str, failed: bool) -> Level {
    match outcome {
        "ok" => Level::Ok,
        _ if failed => Level::Bad,
        _ => Level::Warn,
    }
}

/// An outcome, a verdict, a reason why a channel was not taken, an action of the audit log: `wait_tokens`,
/// `parked (key_dead)`.
pub(super) fn word(language: Language, word: &str) -> String {
    if let Some((outer, inner)) = word.strip_suffix(')').and_then(|word| word.split_once(" (")) {
        return format!("{} ({})", self::word(language, outer), self::word(language, inner));
    }
    WORDS.iter().find(|(name, ..)| *name == word).map_or(word, |(_, en, zh)| language.say(en, zh)).to_owned()
}

/// The word as the books have it, in English, in Chinese.
const WORDS: &[(&str, &str, &str)] = &[
    ("ok", "answered", "成功"),
    ("cut", "broke off", "中途断开"),
    ("client_gone", "caller left", "调用方离开"),
    ("caller_fault", "caller's fault", "请求有误"),
    ("denied", "not allowed", "无权限"),
    ("unknown_model", "unknown model", "未知模型"),
    ("rate_limited", "no room in time", "限流"),
    ("budget_spent", "no budget left", "预算用尽"),
    ("no_channel", "no channel", "无可用渠道"),
    ("ledger_unavailable", "books not writable", "账本不可写"),
    ("upstream_failed", "upstreams failed", "上游失败"),
    ("internal", "our own fault", "内部错误"),
    ("no_answer", "no answer", "无应答"),
    ("stalled", "stood still", "停滞"),
    ("nonsense", "no sensible answer", "应答无效"),
    ("content", "content refused", "内容审查拒绝"),
    ("wait_requests", "requests-per-minute limit", "RPM 限制"),
    ("wait_tokens", "tokens-per-minute limit", "TPM 限制"),
    ("wait_burst", "rate grew too quickly", "增速限制"),
    ("wait_concurrency", "concurrency limit", "并发限制"),
    ("wait", "rate limit", "限流"),
    ("overloaded", "overloaded", "过载"),
    ("broken", "failed", "故障"),
    ("model_missing", "model not there", "无此模型"),
    ("model_denied", "model not allowed", "模型未开通"),
    ("key_dead", "key not valid", "密钥失效"),
    ("account_parked", "account in arrears or closed", "账户欠费或关闭"),
    ("misconfigured", "wrong address", "地址错误"),
    ("tried", "asked before", "已尝试"),
    ("disabled", "disabled by operator", "已手动停用"),
    ("other_group", "other group", "其他分组"),
    ("parked", "resting", "休息中"),
    ("cooling_down", "cooling down", "冷却中"),
    ("paused", "paused by the upstream", "上游限流暂停"),
    ("breaker_open", "breaker open", "已熔断"),
    ("canary_out", "one request tries it", "正在试探"),
    ("in_flight_full", "concurrency full", "并发已满"),
    ("rpm_full", "RPM full", "RPM 已满"),
    ("tpm_full", "TPM full", "TPM 已满"),
    ("group_full", "account's limit full", "账户限额已满"),
    ("too_large", "request beyond its limit", "请求超过限额"),
    ("too_expensive", "request beyond a day's budget", "请求超过日预算"),
    ("no_budget", "no budget left", "预算不足"),
    ("budget_held", "budget held by running requests", "预算被占用"),
    ("no_lease", "no lease yet", "尚无预算租约"),
    ("ledger_failing", "books failing", "账本故障"),
    ("lower_priority", "lower priority", "优先级较低"),
    ("not_its_turn", "another's turn", "未轮到"),
    ("channel.change", "channel changed", "修改渠道"),
    ("channel.store", "channel stored", "保存渠道"),
    ("channel.remove", "channel removed", "删除渠道"),
    ("channel.probe", "channel probed", "探测渠道"),
    ("channel.parked", "channel rests", "渠道休息"),
    ("channel.recovered", "channel is back", "渠道恢复"),
    ("channel.breaker_opened", "breaker opened", "熔断"),
    ("token.register", "token registered", "登记令牌"),
    ("token.revoke", "token revoked", "吊销令牌"),
    ("prices.change", "prices changed", "价格变更"),
    ("account.reconcile", "account reconciled", "核对账户"),
    ("master_key.change", "master key changed", "更换主密钥"),
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::relay::Outcome;

    #[test]
    fn every_outcome_and_every_end_of_an_attempt_has_its_words() {
        let ends = AttemptEnd::ALL.map(AttemptEnd::name);
        for name in Outcome::ALL.map(Outcome::name).into_iter().chain(ends) {
            assert!(WORDS.iter().any(|(known, ..)| *known == name), "{name}");
        }
        let names: HashSet<_> = WORDS.iter().map(|(name, ..)| name).collect();
        assert_eq!(names.len(), WORDS.len());
    }

    #[test]
    fn a_word_in_a_word_is_told_too_and_an_unknown_one_stays() {
        assert_eq!(word(Language::Chinese, "parked (key_dead)"), "休息中 (密钥失效)");
        assert_eq!(word(Language::English, "parked (key_dead)"), "resting (key not valid)");
        assert_eq!(word(Language::Chinese, "of tomorrow (too)"), "of tomorrow (too)");
    }
}
