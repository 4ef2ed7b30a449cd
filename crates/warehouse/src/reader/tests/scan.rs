//! Scans of whole histories: what is handed to the rules is what the single reads say, from whichever files it comes.

mod all_days;
mod market;
mod shapes;
mod some_days;

use std::collections::BTreeMap;

use market_model::Code;
use quality_rules::{ActionRow, BarRow, CuratedBar, DayLimit, Days, History, NameSpan};

use crate::{CodeRange, Generation};

/// A history that outlives the scan, its numbers as text: NaN equals itself there.
#[derive(Debug, Clone, PartialEq)]
struct Seen {
    about: String,
    rows: Vec<BarRow>,
    curated: Vec<CuratedBar>,
    actions: Vec<ActionRow>,
    names: Vec<NameSpan>,
    suspended: Vec<chrono::NaiveDate>,
    limits: Vec<DayLimit>,
}

impl Seen {
    fn of(history: &History<'_>) -> Self {
        let History { code, kind, board, listed, delisted, .. } = history;
        Self {
            about: format!("{code} {kind:?} {board:?} {listed:?} {delisted:?}"),
            rows: history.rows.to_vec(),
            curated: history.curated.to_vec(),
            actions: history.actions.to_vec(),
            names: history.names.to_vec(),
            suspended: history.suspended.to_vec(),
            limits: history.limits.to_vec(),
        }
    }
}

/// Everything that a scan hands over, and that it ascends.
fn scan(generation: &Generation, days: Days<'_>, codes: CodeRange, at_once: usize) -> BTreeMap<Code, Seen> {
    let mut seen: BTreeMap<Code, Seen> = BTreeMap::new();
    let each = &mut |history: &History<'_>| {
        assert!(seen.last_key_value().is_none_or(|(last, _)| *last < history.code), "{}", history.code);
        seen.insert(history.code, Seen::of(history));
        Ok(())
    };
    generation.scan_portions(days, codes, at_once, each).unwrap();
    seen
}

/// Compares texts, code by code, so that NaN equals NaN and a failure is readable.
#[track_caller]
fn assert_same(left: &BTreeMap<Code, Seen>, right: &BTreeMap<Code, Seen>) {
    assert_eq!(left.keys().collect::<Vec<_>>(), right.keys().collect::<Vec<_>>());
    for (code, seen) in left {
        assert_eq!(format!("{seen:#?}"), format!("{:#?}", right[code]), "{code}");
    }
}
