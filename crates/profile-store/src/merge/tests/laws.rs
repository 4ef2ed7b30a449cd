//! Laws over generated files: comments, flow and block style, quotes, and edits on both sides.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{
    super::{Conflict, Why, list_rules::equivalent},
    Kind, Outcome, merged,
};
use crate::yaml::{Node, parse, quoted};

#[derive(Clone, Debug, PartialEq)]
enum Value {
    Leaf(String),
    Set(Vec<u8>),
    Map(Tree),
}

type Tree = BTreeMap<String, Value>;

fn leaf() -> impl Strategy<Value = String> {
    prop_oneof![
        (0_u16..20).prop_map(|int| int.to_string()),
        Just("true".to_owned()),
        Just("on".to_owned()),
        Just("12:30:45".to_owned()),
        Just("plain words".to_owned()),
        Just("'it''s # no comment'".to_owned()),
        "[a-z:#{\\[ \\n\"'-]{0,6}".prop_map(|text| quoted(&text)),
    ]
}

fn tree() -> impl Strategy<Value = Tree> {
    let value = prop_oneof![4 => leaf().prop_map(Value::Leaf), 1 => Just(Value::Map(Tree::new()))].boxed();
    let key = prop::sample::select(vec!["a", "b", "c", "model", "web", "n-1", "\"on\"", "文"]).prop_map(str::to_owned);
    let set = prop::collection::btree_set(0_u8..6, 0..4).prop_map(|set| Value::Set(set.into_iter().collect()));
    let level = move |inner: BoxedStrategy<Value>| {
        let entries = prop::collection::btree_map(key.clone(), inner, 0..5);
        (entries, prop::option::weighted(0.3, set.clone())).prop_map(|(mut entries, set)| {
            entries.extend(set.map(|set| ("allow_from".to_owned(), set)));
            entries
        })
    };
    let two = level(value.clone()).prop_map(Value::Map);
    let one = level(prop_oneof![2 => value.clone(), 1 => two].boxed()).prop_map(Value::Map);
    level(prop_oneof![1 => value, 1 => one].boxed())
}

/// A version made from another: for each key of either keep, take the other's, or drop.
fn edited(base: &Tree, other: &Tree, choices: &mut impl Iterator<Item = u8>) -> Tree {
    let mut tree = Tree::new();
    for (key, value) in base {
        match (choices.next().unwrap_or(0) % 8, value, other.get(key)) {
            (0, ..) => {}
            (1 | 2, Value::Map(below), Some(Value::Map(other))) => {
                tree.insert(key.clone(), Value::Map(edited(below, other, choices)));
            }
            (1 | 2, _, Some(other)) => {
                tree.insert(key.clone(), other.clone());
            }
            _ => {
                tree.insert(key.clone(), value.clone());
            }
        }
    }
    for (key, value) in other.iter().filter(|(key, _)| !base.contains_key(*key)) {
        if choices.next().unwrap_or(0).is_multiple_of(4) {
            tree.insert(key.clone(), value.clone());
        }
    }
    tree
}

/// The style of a key depends on its path alone, so that an edit elsewhere leaves its lines as they are.
fn text(tree: &Tree, path: &str, indent: usize, out: &mut String) {
    let pad = " ".repeat(indent);
    for (key, value) in tree {
        let path = format!("{path}/{key}");
        let style = path.bytes().fold(7_u32, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into())) >> 3;
        if style % 4 == 0 {
            out.push_str(&format!("{pad}# about {path}\n"));
        }
        let tail = if style % 5 == 0 { "  # tail" } else { "" };
        match value {
            Value::Map(below) if style % 3 != 0 && !below.is_empty() => {
                out.push_str(&format!("{pad}{key}:{tail}\n"));
                text(below, &path, indent + 2, out);
            }
            Value::Set(items) if style % 2 == 0 && !items.is_empty() => {
                out.push_str(&format!("{pad}{key}:{tail}\n"));
                items.iter().for_each(|item| out.push_str(&format!("{pad}- \"{item}\"\n")));
            }
            _ => out.push_str(&format!("{pad}{key}: {}{tail}\n", flow(value))),
        }
        if style % 11 == 0 {
            out.push('\n');
        }
    }
}

fn flow(value: &Value) -> String {
    match value {
        Value::Leaf(leaf) => leaf.clone(),
        Value::Set(items) => {
            format!("[{}]", items.iter().map(|item| format!("\"{item}\"")).collect::<Vec<_>>().join(", "))
        }
        Value::Map(map) => {
            let entries: Vec<_> = map.iter().map(|(key, value)| format!("{key}: {}", flow(value))).collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

fn rendered(tree: &Tree) -> String {
    let mut out = String::new();
    text(tree, "", 0, &mut out);
    out
}

fn versions() -> impl Strategy<Value = [String; 3]> {
    let choices = || prop::collection::vec(any::<u8>(), 40);
    (tree(), tree(), tree(), choices(), choices()).prop_map(|(base, one, other, ours, theirs)| {
        let ours = edited(&base, &one, &mut ours.into_iter());
        let theirs = edited(&base, &other, &mut theirs.into_iter());
        [base, ours, theirs].map(|tree| rendered(&tree))
    })
}

/// What no merge may do: change what only one side changed, at any depth.
fn keeps_what_one_side_did(
    base: Option<&Node>,
    ours: Option<&Node>,
    theirs: Option<&Node>,
    merged: Option<&Node>,
) -> bool {
    if ours == base {
        return same(theirs, merged);
    }
    if theirs == base {
        return same(ours, merged);
    }
    let maps = (ours.and_then(Node::as_map), theirs.and_then(Node::as_map), merged.and_then(Node::as_map));
    let (Some(our_map), Some(their_map), Some(merged_map)) = maps else { return true };
    let mut keys = our_map.iter().chain(their_map.iter()).map(|(key, _)| key);
    keys.all(|key| {
        let base = base.and_then(Node::as_map).and_then(|base| base.find(key));
        keeps_what_one_side_did(base, our_map.find(key), their_map.find(key), merged_map.find(key))
    }) && merged_map.iter().all(|(key, _)| our_map.find(key).or(their_map.find(key)).is_some())
}

fn same(one: Option<&Node>, other: Option<&Node>) -> bool {
    match (one, other) {
        // Inside of `allow_from`, whose order is nobody's.
        (Some(Node::List(_)), Some(Node::List(_))) => {
            equivalent(one.unwrap(), other.unwrap(), &mut vec!["allow_from".into()])
        }
        (Some(one), Some(other)) => equivalent(one, other, &mut Vec::new()),
        _ => one == other,
    }
}

fn read(outcome: &Outcome) -> Option<Node> {
    outcome.content().map(|content| parse(std::str::from_utf8(content).unwrap()).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_change_of_one_side_alone_is_taken_byte_for_byte([base, ours, theirs] in versions()) {
        for (one, other, wanted) in [(&ours, &base, &ours), (&base, &theirs, &theirs), (&ours, &ours, &ours)] {
            let outcome = merged(Kind::Yaml, &base, one, other);
            prop_assert_eq!(outcome.content(), Some(wanted.as_bytes()));
        }
    }

    #[test]
    fn a_merge_means_what_both_did_and_is_the_same_from_either_side([base, ours, theirs] in versions()) {
        let (one, other) = (merged(Kind::Yaml, &base, &ours, &theirs), merged(Kind::Yaml, &base, &theirs, &ours));
        if let Outcome::Conflicted(conflicts) = &one {
            let unwritable = |conflict: &Conflict| conflict.why == Why::Unwritable;
            prop_assert!(!conflicts.iter().any(unwritable), "{}\n---\n{}\n---\n{}", base, ours, theirs);
        }
        prop_assert_eq!(read(&one).is_some(), read(&other).is_some(), "{:?} {:?}", one, other);
        if let (Some(one), Some(other)) = (read(&one), read(&other)) {
            prop_assert!(equivalent(&one, &other, &mut Vec::new()), "{:?} {:?}", one, other);
            let [base, ours, theirs] = [base, ours, theirs].map(|text| parse(&text).unwrap());
            prop_assert!(keeps_what_one_side_did(Some(&base), Some(&ours), Some(&theirs), Some(&one)));
        }
    }

    #[test]
    fn a_file_rewritten_to_another_ones_values_means_exactly_these([base, _ours, theirs] in versions()) {
        let wanted = parse(&theirs).unwrap();
        let written = crate::yaml::rewrite(&base, &wanted);
        prop_assert!(written.is_ok(), "{}\n---\n{}", base, theirs);
        prop_assert_eq!(parse(&written.unwrap()).unwrap(), wanted);
    }
}
