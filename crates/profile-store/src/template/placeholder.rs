//! Finding placeholders in a text.

use super::ValueType;

/// A placeholder as it is declared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placeholder {
    /// Capitals, digits and `_`.
    pub name: String,
    /// What it takes.
    pub value_type: ValueType,
    /// What it is without a value.
    pub default: Option<String>,
}

/// A part of a text with placeholders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    Text(&'a str),
    /// A use by the bare name, without a declaration.
    Use(&'a str),
    Declaration(Placeholder),
}

/// Whether anything in a text begins as a placeholder does.
pub(super) fn has_any(text: &str) -> bool {
    text.contains("{{")
}

/// Takes a text apart.
pub(super) fn pieces(text: &str) -> Result<Vec<Piece<'_>>, String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find("{{") {
        let inner = &rest[open + 2..];
        let close = inner.find("}}").ok_or("a `{{` without its `}}`")?;
        if open > 0 {
            pieces.push(Piece::Text(&rest[..open]));
        }
        pieces.push(piece(&inner[..close])?);
        rest = &inner[close + 2..];
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    Ok(pieces)
}

fn piece(inner: &str) -> Result<Piece<'_>, String> {
    let (name, declared) = match inner.split_once(':') {
        Some((name, declared)) => (name, Some(declared)),
        None => (inner, None),
    };
    let inner_char = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    if !name.starts_with(|first: char| first.is_ascii_uppercase()) || !name.bytes().all(inner_char) {
        let shown: String = inner.chars().take(40).collect();
        return Err(format!("`{{{{{shown}}}}}` is no placeholder: {{{{NAME}}}} or {{{{NAME:type=default}}}}"));
    }
    let Some(declared) = declared else { return Ok(Piece::Use(name)) };
    let (kind, default) = match declared.split_once('=') {
        Some((kind, default)) => (kind, Some(default.to_owned())),
        None => (declared, None),
    };
    let value_type = ValueType::parse(kind).map_err(|problem| format!("{name}: {problem}"))?;
    if let Some(default) = &default {
        value_type.check(default).map_err(|problem| format!("the default of {name} {problem}"))?;
    }
    Ok(Piece::Declaration(Placeholder { name: name.to_owned(), value_type, default }))
}
