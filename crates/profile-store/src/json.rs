//! JSON as a profile's files use it: a key given twice is refused, and the order of keys is kept.

use std::fmt::Write as _;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use crate::yaml::{ENTRIES_MAX, ITEMS_MAX, Map, Node, Scalar, Style, Value};

/// Reads a JSON text.
pub fn parse(bytes: &[u8]) -> Result<Node, serde_json::Error> {
    serde_json::from_slice::<Tree>(bytes).map(|tree| tree.0)
}

/// Writes a node as Python's `json.dump(…, indent=2)` lays it out, but with Unicode as it is, and a final line feed.
pub fn emit(node: &Node) -> String {
    let mut out = String::new();
    write(node, 0, &mut out);
    out.push('\n');
    out
}

struct Tree(Node);

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor).map(Tree)
    }
}

struct TreeVisitor;

fn plain(value: Value) -> Node {
    Node::Scalar(Scalar::new(value, Style::Plain))
}

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Node;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::null())
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(plain(Value::Int(value.into())))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(plain(Value::Float(value.to_bits())))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(Tree(item)) = seq.next_element()? {
            if items.len() == ITEMS_MAX {
                return Err(A::Error::custom(format_args!("more than {ITEMS_MAX} items in one list")));
            }
            items.push(item);
        }
        Ok(Node::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let mut map = Map::default();
        while let Some((key, Tree(node))) = access.next_entry::<String, Tree>()? {
            if map.len() == ENTRIES_MAX {
                return Err(A::Error::custom(format_args!("more than {ENTRIES_MAX} keys in one object")));
            }
            if map.get(&key).is_some() {
                return Err(A::Error::custom(format_args!("the key `{key}` is given twice")));
            }
            map.set(&key, node);
        }
        Ok(Node::Map(map))
    }
}

fn write(node: &Node, depth: usize, out: &mut String) {
    match node {
        Node::Map(map) if map.is_empty() => out.push_str("{}"),
        Node::List(list) if list.is_empty() => out.push_str("[]"),
        Node::Map(map) => {
            let entries = map.iter().map(|(key, value)| (Some(key), value));
            write_all('{', entries, '}', depth, out);
        }
        Node::List(list) => write_all('[', list.iter().map(|item| (None, item)), ']', depth, out),
        Node::Scalar(scalar) => write_scalar(scalar, out),
    }
}

fn write_all<'a>(
    open: char,
    entries: impl Iterator<Item = (Option<&'a Scalar>, &'a Node)>,
    close: char,
    depth: usize,
    out: &mut String,
) {
    out.push(open);
    for (index, (key, value)) in entries.enumerate() {
        out.push_str(if index == 0 { "\n" } else { ",\n" });
        out.push_str(&"  ".repeat(depth + 1));
        if let Some(key) = key {
            out.push_str(&string(&key.display()));
            out.push_str(": ");
        }
        write(value, depth + 1, out);
    }
    out.push('\n');
    out.push_str(&"  ".repeat(depth));
    out.push(close);
}

fn write_scalar(scalar: &Scalar, out: &mut String) {
    match &scalar.value {
        Value::Text(text) | Value::Other(text) => out.push_str(&string(text)),
        Value::Float(bits) if !f64::from_bits(*bits).is_finite() => out.push_str("null"),
        _ => out.push_str(&scalar.display()),
    }
}

fn string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // Line separators are harmless in JSON and not in what quotes it.
            _ if char.is_control() || matches!(char, '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                write!(out, "\\u{:04x}", u32::from(char)).unwrap_or_default();
            }
            _ => out.push(char),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written_back_in_the_same_order() {
        let text = "{\n  \"b\": [\n    1,\n    -2.5,\n    null,\n    true\n  ],\n  \"a\": {},\n  \"文\": \"x\\\"\\n\\u0001\"\n}\n";
        assert_eq!(emit(&parse(text.as_bytes()).unwrap()), text);
    }

    #[test]
    fn a_file_of_nothing_but_keys_or_items_is_refused_before_it_costs_anything() {
        let keys: Vec<String> = (0..100_000).map(|key| format!("\"{key}\":1")).collect();
        assert!(parse(format!("{{{}}}", keys.join(",")).as_bytes()).unwrap_err().to_string().contains("more than"));
        assert!(
            parse(format!("[{}1]", "1,".repeat(100_000)).as_bytes()).unwrap_err().to_string().contains("more than")
        );
        assert!(parse("[".repeat(100_000).as_bytes()).is_err(), "nor does depth overflow the stack");
    }

    #[test]
    fn a_key_given_twice_is_refused_at_any_depth() {
        let error = parse(br#"{"jobs":[{"id":"a","id":"b"}]}"#).unwrap_err().to_string();
        assert!(error.contains("the key `id` is given twice"), "{error}");
    }
}
