//! The values that a finding holds.

use maud::{Markup, html};
use operator_console::{Language, ui::empty};
use serde_json::Value;

/// The members of `details`, each in a line; what is no object as it is.
pub(in crate::console) fn values(language: Language, details: &Value) -> Markup {
    match details {
        Value::Object(members) if !members.is_empty() => html! {
            dl.facts {
                @for (name, value) in members {
                    dt { code { (name) } }
                    dd { (value_of(value)) }
                }
            }
        },
        Value::Null | Value::Object(_) => {
            empty(language.say("The finding holds no values beside its sentence.", "除说明外没有其他数值。"))
        }
        other => value_of(other),
    }
}

fn value_of(value: &Value) -> Markup {
    match value {
        Value::String(text) => html! { (text) },
        Value::Null | Value::Bool(_) | Value::Number(_) => html! { code.mono { (value) } },
        Value::Array(_) | Value::Object(_) => {
            html! { pre { (serde_json::to_string_pretty(value).unwrap_or_default()) } }
        }
    }
}
