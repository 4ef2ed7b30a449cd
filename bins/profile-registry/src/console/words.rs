//! What states are called, and other pieces that several pages share.

use std::fmt::Write as _;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use maud::{Markup, html};
use operator_console::{
    Language, Visit,
    ui::{Level, ago, badge, lasting, moment, yuan},
};

use crate::provisioning::{Order, OrderState};

/// An amount of an order. One fen is ten million billionths of a yuan.
pub(super) fn fen(amount: u64) -> Markup {
    yuan(i64::try_from(amount).unwrap_or(i64::MAX).saturating_mul(10_000_000))
}

/// A dash where there is nothing, and why.
pub(super) fn none(why: &str) -> Markup {
    html! { span.muted title=(why) { "–" } }
}

/// How long ago, with the moment itself in the title.
pub(super) fn since(visit: &Visit, at: DateTime<Utc>) -> Markup {
    spoken(at, &ago(visit.language, visit.now.signed_duration_since(at).num_seconds()))
}

/// For how long something has been so, with since when in the title.
pub(super) fn lasted(visit: &Visit, at: DateTime<Utc>) -> Markup {
    spoken(at, &lasting(visit.language, visit.now.signed_duration_since(at).num_seconds()))
}

fn spoken(at: DateTime<Utc>, text: &str) -> Markup {
    let local = at + TimeDelta::hours(8);
    let exact = at.to_rfc3339_opts(SecondsFormat::Secs, true);
    html! { time datetime=(exact) title=(local.format("%Y-%m-%d %H:%M:%S")) { (text) } }
}

/// The moment, and how long ago.
pub(super) fn moment_ago(visit: &Visit, at: DateTime<Utc>) -> Markup {
    let seconds = visit.now.signed_duration_since(at).num_seconds();
    html! { (moment(at)) " " span.muted { "(" (ago(visit.language, seconds)) ")" } }
}

/// The first twelve digits of a commit's id, the whole in the title.
pub(super) fn short(id: &str) -> Markup {
    html! { code.mono title=(id) { (id.get(..12).unwrap_or(id)) } }
}

/// An author's name, with the address in the title; where an owner pushed it that is what they chose.
pub(super) fn author(language: Language, author: &str, is_owners_own: bool) -> Markup {
    let name = author.split_once(" <").map_or(author, |(name, _)| name);
    html! {
        span title=(author) { (name) }
        @if is_owners_own {
            " " span.muted title=(language.say(
                "pushed through git by the owner: name, time and message are whatever the owner chose",
                "由所有者通过 git 推送：姓名、时间和说明均由其自行填写",
            )) { "(" (language.say("own words", "自述")) ")" }
        }
    }
}

/// The state of a profile that was paid for.
pub(super) fn subscription(language: Language, state: &str) -> Markup {
    let (level, en, zh) = match state {
        "live" => (Level::Ok, "live", "运行中"),
        "provisioning" => (Level::Info, "being made", "开通中"),
        "resuming" => (Level::Info, "coming back", "恢复中"),
        "suspending" => (Level::Warn, "being suspended", "停用中"),
        "suspended" => (Level::Off, "suspended", "已停用"),
        "quarantined" => (Level::Off, "quarantined", "已隔离"),
        _ => return badge(Level::Warn, state),
    };
    badge(level, language.say(en, zh))
}

/// What people call a step of an order.
pub(super) fn step(language: Language, state: OrderState) -> &'static str {
    match state {
        OrderState::Expected => language.say("expected", "待付款"),
        OrderState::Paid => language.say("paid", "已付款"),
        OrderState::Sealed => language.say("sealed", "密钥已封存"),
        OrderState::Registered => language.say("registered", "令牌已登记"),
        OrderState::Committed => language.say("committed", "已入库"),
        OrderState::Delivered => language.say("delivered", "已送达主机"),
        OrderState::AwaitingPairing => language.say("awaiting pairing", "待扫码"),
        OrderState::Alive => language.say("alive", "已完成"),
        OrderState::Refunding => language.say("refunding", "退款处理中"),
        OrderState::Quarantined => language.say("quarantined", "已退款并隔离"),
        OrderState::Refunded => language.say("refunded", "已退款"),
    }
}

/// What a step means.
pub(super) fn meaning(language: Language, state: OrderState) -> &'static str {
    match state {
        OrderState::Expected => language.say("an operator has announced it", "操作者已登记订单"),
        OrderState::Paid => language.say("the payment is in the books", "付款已入账"),
        OrderState::Sealed => language.say(
            "tokens are made, the bot is reserved, all values are sealed",
            "令牌已生成，机器人已预留，全部密钥已封存",
        ),
        OrderState::Registered => language.say("the gateway knows the tokens", "网关已登记令牌"),
        OrderState::Committed => language.say(
            "files and owner are in git; the host has to fetch the secrets",
            "文件与所有者已写入 git，等待主机取走密钥",
        ),
        OrderState::Delivered => language.say("the host has written .env", "主机已写入 .env"),
        OrderState::AwaitingPairing => language.say("a person has to scan a code", "等待用户扫码"),
        OrderState::Alive => language.say("it answers", "机器人已可应答"),
        OrderState::Refunding => {
            language.say("the money went back; the profile is being taken out of service", "款项已退，正在停用档案")
        }
        OrderState::Quarantined => language.say(
            "the money went back; the profile is kept without secrets and jobs",
            "款项已退，档案保留但无密钥与任务",
        ),
        OrderState::Refunded => language.say("the money went back; no profile hung on it", "款项已退，未影响任何档案"),
    }
}

/// An order's state as a badge; what does not go on is parked, whatever its step.
pub(super) fn order_state(language: Language, order: &Order) -> Markup {
    let name = step(language, order.state);
    if let Some(parked) = &order.parked {
        let word = language.say("parked", "搁置");
        let level = if parked.retry_at.is_some() { Level::Warn } else { Level::Bad };
        return badge(level, &format!("{word} · {name}"));
    }
    let level = match order.state {
        OrderState::Alive => Level::Ok,
        OrderState::Expected | OrderState::Quarantined | OrderState::Refunded => Level::Off,
        _ => Level::Info,
    };
    badge(level, name)
}

/// `text` as a part of an address.
pub(super) fn escaped(text: &str) -> String {
    let mut address = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            address.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(address, "%{byte:02X}");
        }
    }
    address
}

/// `1.5 MB`, `340 B`: what a file takes.
pub(super) fn size(bytes: u64) -> String {
    let (unit, name) = match bytes {
        0..1_000 => return format!("{bytes} B"),
        1_000..1_000_000 => (1_000, "kB"),
        _ => (1_000_000, "MB"),
    };
    let tenths = bytes.saturating_mul(10) / unit;
    format!("{}.{} {name}", tenths / 10, tenths % 10)
}
