//! What may become of an entry.

use maud::Markup;
use operator_console::{
    Language,
    ui::{Level, badge},
};

/// Every state by its name, `held` first: that is what one comes for.
pub(super) const STATES: [&str; 4] = [HELD, "released", "discarded", "superseded"];

/// Nobody has decided.
pub(super) const HELD: &str = "held";

/// The state in a word.
pub(super) fn state(language: Language, state: &str) -> Markup {
    let level = match state {
        HELD => Level::Warn,
        "released" => Level::Ok,
        _ => Level::Off,
    };
    badge(level, name(language, state))
}

/// The state's name.
pub(super) fn name(language: Language, state: &str) -> &str {
    match state {
        HELD => language.say("held", "待处理"),
        "released" => language.say("released", "已放行"),
        "discarded" => language.say("discarded", "已丢弃"),
        "superseded" => language.say("superseded", "已被新数据取代"),
        other => other,
    }
}
