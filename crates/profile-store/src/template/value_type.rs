//! What a placeholder takes.

use std::{fmt, ops::RangeInclusive};

const LINE_CHARS_MAX: usize = 200;
const URL_BYTES_MAX: usize = 300;
const ID_BYTES_MAX: usize = 128;

/// What a placeholder takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ValueType {
    /// `string`: one line of up to 200 characters.
    Line,
    /// `int`, `int(1..10)`: a whole number, bounds included.
    Int(RangeInclusive<i64>),
    /// `bool`: `true` or `false`.
    Bool,
    /// `url`: `http://` or `https://`, without a user, a password or a slash at its end.
    Url,
    /// `id`: letters, digits and `_.:@-`, as names and chat numbers have.
    Id,
    /// `choice(a|b)`: one of these.
    Choice(Vec<String>),
}

impl ValueType {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let arguments = |name: &str| text.strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')');
        if let Some(range) = arguments("int") {
            let bounds = range.split_once("..").and_then(|(from, to)| Some(from.parse().ok()?..=to.parse().ok()?));
            return bounds.map(Self::Int).ok_or_else(|| format!("`{text}` is no range: int(1..10)"));
        }
        if let Some(choices) = arguments("choice") {
            return Ok(Self::Choice(choices.split('|').map(str::to_owned).collect()));
        }
        match text {
            "string" => Ok(Self::Line),
            "int" => Ok(Self::Int(i64::MIN..=i64::MAX)),
            "bool" => Ok(Self::Bool),
            "url" => Ok(Self::Url),
            "id" => Ok(Self::Id),
            _ => Err(format!("the type `{text}` is none of string, int, int(1..10), bool, url, id, choice(a|b)")),
        }
    }

    /// Whether a value is of the type; the error says what it has to be, without the value.
    pub fn check(&self, value: &str) -> Result<(), String> {
        let right = match self {
            Self::Line => is_line(value),
            Self::Int(range) => value.parse::<i64>().is_ok_and(|int| range.contains(&int) && int.to_string() == value),
            Self::Bool => matches!(value, "true" | "false"),
            Self::Url => is_url(value),
            Self::Id => {
                let inner = |byte: u8| byte.is_ascii_alphanumeric() || b"_.:@-".contains(&byte);
                (1..=ID_BYTES_MAX).contains(&value.len()) && value.bytes().all(inner)
            }
            Self::Choice(choices) => choices.iter().any(|choice| choice == value),
        };
        if right { Ok(()) } else { Err(format!("has to be {self}")) }
    }
}

impl fmt::Display for ValueType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line => write!(formatter, "one line of 1 to {LINE_CHARS_MAX} visible characters"),
            Self::Int(range) if *range == (i64::MIN..=i64::MAX) => formatter.write_str("a whole number"),
            Self::Int(range) => write!(formatter, "a whole number from {} to {}", range.start(), range.end()),
            Self::Bool => formatter.write_str("true or false"),
            Self::Url => formatter.write_str("an http or https address without user, password or slash at its end"),
            Self::Id => write!(formatter, "1 to {ID_BYTES_MAX} letters, digits and _.:@-"),
            Self::Choice(choices) => write!(formatter, "one of {}", choices.join(", ")),
        }
    }
}

/// Nothing that ends a line for anybody, nothing that hides or turns text.
fn is_line(value: &str) -> bool {
    let hidden = |char: char| {
        char.is_control()
            || matches!(char, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff0}'..='\u{ffff}')
    };
    !value.trim().is_empty() && value.chars().count() <= LINE_CHARS_MAX && !value.chars().any(hidden)
}

fn is_url(value: &str) -> bool {
    let rest = value.strip_prefix("https://").or_else(|| value.strip_prefix("http://"));
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/[]%+".contains(&byte);
    rest.is_some_and(|rest| {
        !rest.is_empty() && !rest.starts_with('/') && !rest.ends_with('/') && rest.bytes().all(allowed)
    }) && value.len() <= URL_BYTES_MAX
}
