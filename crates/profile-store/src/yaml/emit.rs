//! Nodes as text: every string in double quotes, so that no reader of any version takes it for something else.

use super::{
    node::Node,
    scalar::{Scalar, Style, Value, resolve},
};

/// A string in double quotes, with everything escaped that some reader takes for a line break or cannot read.
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            // C0, DEL, C1 with NEL, the two Unicode line breaks, byte order mark, noncharacters.
            '\0'..='\x1f' | '\x7f'..='\u{9f}' => out.push_str(&format!("\\x{:02X}", u32::from(char))),
            '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => {
                out.push_str(&format!("\\u{:04X}", u32::from(char)));
            }
            _ => out.push(char),
        }
    }
    out.push('"');
    out
}

/// A scalar as it may stand behind a colon.
pub(super) fn scalar(scalar: &Scalar) -> String {
    match (&scalar.value, &scalar.source) {
        (Value::Text(text), _) => quoted(text),
        (_, Some(source)) if !source.is_empty() => source.clone(),
        _ => scalar.display(),
    }
}

/// A key: plain where it is a word that every reader takes for a string.
pub(super) fn key(key: &Scalar) -> String {
    let word = |text: &str| {
        text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && text.chars().all(|char| char.is_ascii_alphanumeric() || matches!(char, '_' | '-' | '.' | '/'))
            && !matches!(text, "y" | "Y" | "n" | "N")
            && matches!(resolve(text), Value::Text(_))
    };
    match &key.value {
        Value::Text(text) if key.style == Style::Plain && word(text) => text.clone(),
        _ => scalar(key),
    }
}

/// A node in block style, every line indented by so many spaces and ended.
pub fn block(node: &Node, indent: usize) -> String {
    let mut out = String::new();
    write(node, indent, &mut out);
    out
}

/// A node on one line.
pub(super) fn flow(node: &Node) -> String {
    match node {
        Node::Scalar(value) => scalar(value),
        Node::List(list) => format!("[{}]", list.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Node::Map(map) => {
            let entries: Vec<_> = map.iter().map(|(name, value)| format!("{}: {}", key(name), flow(value))).collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

fn write(node: &Node, indent: usize, out: &mut String) {
    let pad = " ".repeat(indent);
    match node {
        Node::Map(map) if !map.is_empty() => {
            for (name, value) in map.iter() {
                out.push_str(&format!("{pad}{}:", key(name)));
                value_after(value, indent + 2, out);
            }
        }
        Node::List(list) if !list.is_empty() => {
            for item in list {
                out.push_str(&format!("{pad}-"));
                match item {
                    // A mapping begins on the line of its dash.
                    Node::Map(map) if !map.is_empty() => {
                        out.push(' ');
                        out.push_str(block(item, indent + 2).trim_start());
                    }
                    _ => value_after(item, indent + 2, out),
                }
            }
        }
        _ => out.push_str(&format!("{pad}{}\n", flow(node))),
    }
}

fn value_after(node: &Node, indent: usize, out: &mut String) {
    let nested = match node {
        Node::Map(map) => !map.is_empty(),
        Node::List(list) => !list.is_empty(),
        Node::Scalar(_) => false,
    };
    if nested {
        out.push('\n');
        write(node, indent, out);
    } else {
        out.push_str(&format!(" {}\n", flow(node)));
    }
}
