//! Which sequences of a configuration are sets, which are tables, and which are one value.

use crate::yaml::Node;

/// How a sequence is merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ListRule {
    /// Members without an order.
    Set,
    /// Mappings with a key that identifies them.
    Table(&'static str),
    /// Order carries meaning (arguments, fallbacks): one value.
    Whole,
}

/// Keys of Hermes whose sequence is a set wherever it stands.
const SETS: &[&str] = &[
    "allow_from",
    "allowed_users",
    "command_allowlist",
    "disabled",
    "disabled_skills",
    "disabled_toolsets",
    "enabled_toolsets",
    "exclude",
    "group_allow_from",
    "include",
    "multiplex_profile_allowlist",
    "skills",
    "toolsets",
];

/// Sets only below a certain key: the name alone says too little.
const SETS_BELOW: &[(&str, &str)] = &[("plugins", "enabled"), ("skills", "external_dirs")];

const TABLES: &[(&str, &str)] = &[("custom_providers", "name"), ("jobs", "id"), ("profile_routes", "name")];

/// The rule for the sequence at a path.
pub(super) fn rule_for(path: &[String]) -> ListRule {
    let Some((last, way)) = path.split_last() else { return ListRule::Whole };
    let above = way.last().map_or("", String::as_str);
    if SETS.contains(&last.as_str()) || SETS_BELOW.contains(&(above, last)) {
        return ListRule::Set;
    }
    let table = TABLES.iter().find(|(name, _)| name == last);
    table.map_or(ListRule::Whole, |(_, key)| ListRule::Table(key))
}

/// Whether two nodes mean the same, where the order of a set does not count.
pub(super) fn equivalent(one: &Node, other: &Node, path: &mut Vec<String>) -> bool {
    match (one, other) {
        (Node::Map(one), Node::Map(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, node)| {
                    path.push(key.display());
                    let same = other.find(key).is_some_and(|other| equivalent(node, other, path));
                    path.pop();
                    same
                })
        }
        (Node::List(one), Node::List(other)) if rule_for(path) != ListRule::Whole => {
            one.len() == other.len() && one.iter().all(|item| count(one, item) == count(other, item))
        }
        _ => one == other,
    }
}

fn count(list: &[Node], item: &Node) -> usize {
    list.iter().filter(|have| *have == item).count()
}
