//! The merge of lines.

use std::ops::Range;

use similar::{Algorithm, DiffTag, capture_diff_slices};

use super::Side;

/// Whether two changes that touch, without an unchanged line between them, may stand side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Touching {
    /// As git: nobody can tell whether they belong together.
    Conflicts,
    /// For text whose meaning is checked afterwards.
    Merges,
}

/// Lines of the base (counted from zero) that both sides changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Overlap {
    pub(super) base: Range<usize>,
    pub(super) ours: String,
    pub(super) theirs: String,
}

struct Change<'a> {
    base: Range<usize>,
    lines: &'a [&'a str],
}

/// Merges by lines; the first overlap is the answer where there is one and no side is favoured.
pub(super) fn merge(
    base: &str,
    ours: &str,
    theirs: &str,
    touching: Touching,
    favoured: Option<Side>,
) -> Result<String, Overlap> {
    let (base, our_lines, their_lines) = (split(base), split(ours), split(theirs));
    let (mut our_changes, mut their_changes) = (changes(&base, &our_lines), changes(&base, &their_lines));
    match favoured {
        Some(Side::Ours) => yield_to(&our_changes, &mut their_changes, touching),
        Some(Side::Theirs) => yield_to(&their_changes, &mut our_changes, touching),
        Some(Side::Base) | None => {}
    }
    let (mut one, mut other) = (our_changes.iter().peekable(), their_changes.iter().peekable());
    let mut out = String::new();
    let mut at = 0;
    let mut apply = |change: &Change<'_>, at: &mut usize| {
        for line in base.get(*at..change.base.start).unwrap_or_default().iter().chain(change.lines) {
            push_line(&mut out, line);
        }
        *at = (*at).max(change.base.end);
    };
    loop {
        match (one.peek(), other.peek()) {
            (None, None) => break,
            (Some(change), None) => {
                apply(change, &mut at);
                one.next();
            }
            (None, Some(change)) => {
                apply(change, &mut at);
                other.next();
            }
            (Some(ours), Some(theirs)) => {
                if ours.base == theirs.base && ours.lines == theirs.lines {
                    apply(ours, &mut at);
                    one.next();
                    other.next();
                } else if collide(ours, theirs, touching) {
                    return Err(Overlap {
                        base: ours.base.start.min(theirs.base.start)..ours.base.end.max(theirs.base.end),
                        ours: ours.lines.concat(),
                        theirs: theirs.lines.concat(),
                    });
                } else if (ours.base.start, ours.base.end) <= (theirs.base.start, theirs.base.end) {
                    apply(ours, &mut at);
                    one.next();
                } else {
                    apply(theirs, &mut at);
                    other.next();
                }
            }
        }
    }
    for line in &base[at..] {
        push_line(&mut out, line);
    }
    Ok(out)
}

fn split(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// A last line without its end gets one when another line follows.
fn push_line(out: &mut String, line: &str) {
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
    out.push_str(line);
}

fn changes<'a>(base: &[&'a str], side: &'a [&'a str]) -> Vec<Change<'a>> {
    let operations = capture_diff_slices(Algorithm::Patience, base, side);
    let changed = operations.into_iter().filter(|operation| operation.tag() != DiffTag::Equal);
    let mut changes: Vec<Change<'a>> = Vec::new();
    let mut ends = 0;
    for operation in changed {
        let (base, lines) = (operation.old_range(), operation.new_range());
        match changes.last_mut() {
            // A deletion beside an insertion is one change.
            Some(last) if last.base.end == base.start && ends == lines.start => {
                last.base.end = base.end;
                last.lines = &side[lines.start - last.lines.len()..lines.end];
            }
            _ => changes.push(Change { base, lines: &side[lines.clone()] }),
        }
        ends = lines.end;
    }
    changes
}

/// Takes away the changes that stand against one of the favoured side.
fn yield_to(favoured: &[Change<'_>], others: &mut Vec<Change<'_>>, touching: Touching) {
    let same = |one: &Change<'_>, other: &Change<'_>| one.base == other.base && one.lines == other.lines;
    others.retain(|other| favoured.iter().all(|one| same(one, other) || !collide(one, other, touching)));
}

fn collide(one: &Change<'_>, other: &Change<'_>, touching: Touching) -> bool {
    let (one, other) = (&one.base, &other.base);
    match touching {
        Touching::Conflicts => one.start <= other.end && other.start <= one.end,
        // Two insertions at one place stand side by side, too.
        Touching::Merges => one.start < other.end && other.start < one.end,
    }
}
