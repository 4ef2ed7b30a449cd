//! How much a profile holds.

use git2::{ObjectType, Oid};

use super::findings::Findings;
use crate::{StoreError, objects::Tree};

/// Files and bytes below a folder. What is malformed counts as nothing: it is refused where it is looked at.
pub(super) fn totals(findings: &mut Findings<'_>, id: Oid) -> Result<(usize, u64), StoreError> {
    const DEPTH_MAX: usize = 32;
    below(findings, id, DEPTH_MAX)
}

fn below(findings: &mut Findings<'_>, id: Oid, depth: usize) -> Result<(usize, u64), StoreError> {
    if let Some(known) = findings.totals.get(&id) {
        return Ok(*known);
    }
    let is_tree = matches!(findings.objects.header(id)?, Some((_, ObjectType::Tree)));
    let tree = match (is_tree, depth) {
        (true, 1..) => Tree::parse(&findings.objects.read(id, ObjectType::Tree)?).unwrap_or_default(),
        _ => Tree::default(),
    };
    let mut total = (0_usize, 0_u64);
    for entry in &tree.entries {
        let (files, bytes) = if entry.mode.is_tree() {
            below(findings, entry.id, depth - 1)?
        } else {
            (1, findings.objects.header(entry.id)?.map_or(0, |(size, _)| size))
        };
        total = (total.0.saturating_add(files), total.1.saturating_add(bytes));
    }
    findings.totals.insert(id, total);
    Ok(total)
}
