//! Keeps `curated_daily` and `feature_daily` in step with the normalized rows: only what a commit touches is computed
//! again, and the result is what computing everything from nothing would give.
//!
//! [`trigger`] finds the codes, and the day from which each must be looked at; [`load`] reads what that needs; [`chain`]
//! (with [`step`] and [`events`]) and [`feature`] compute, pure functions; [`store`] writes the rows that differ and
//! [`quality`] what was noticed.

mod bar;
mod chain;
mod days;
mod events;
mod feature;
mod finding;
mod in_memory;
mod load;
mod prior;
mod quality;
mod recent;
mod seams;
mod step;
mod store;
mod trigger;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use duckdb::Connection;
use market_model::Code;

pub(crate) use bar::{Bar, CuratedRow, Point};
pub(crate) use chain::{Chained, Previous, Series, Start, chain};
pub(crate) use days::MarketDays;
pub(crate) use events::Events;
pub(crate) use feature::{FeatureRow, feature_rows};
pub(crate) use finding::Finding;
pub use in_memory::{CodeRows, Noticed, ServedRow, curate_in_memory};
pub(crate) use quality::{Replacements, log_replaced, sync_findings};
pub(crate) use recent::{RecentBars, load_recent};
pub(crate) use step::Known;
pub(crate) use store::{curated_columns, feature_columns};
pub(crate) use trigger::Changes;

use crate::{WarehouseError, WriterOptions, writer::BaseInfo};

/// So many codes are looked at together when only new days are concerned: a few bars each.
const CODES_AT_ONCE: usize = 20_000;
/// So many when old days are, whole histories of which must be read.
const HISTORIES_AT_ONCE: usize = 100;

/// What the steps share.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) conn: &'a Connection,
    pub(crate) base: Option<&'a BaseInfo>,
    pub(crate) options: &'a WriterOptions,
    /// No features before this day, whatever the last day is: they have been expired.
    pub(crate) feature_floor: Option<NaiveDate>,
    pub(crate) now: DateTime<Utc>,
}

/// What a refresh did.
#[derive(Debug, Default)]
pub(crate) struct Refreshed {
    /// Days whose curated rows changed.
    pub(crate) dates: BTreeSet<NaiveDate>,
    /// Features written or removed.
    pub(crate) features: u64,
    /// Rows that one source took over from another.
    replacements: quality::Replacements,
}

/// Brings both tables up to date after `changes`, with the days that counted `before` and `after`.
pub(crate) fn refresh(
    context: Context<'_>,
    changes: &Changes,
    before: &MarketDays,
    after: &MarketDays,
) -> Result<Refreshed, WarehouseError> {
    let mut refreshed = Refreshed::default();
    let cutoff = after.first_feature_day(context);
    refreshed.features += store::drop_features_before(context.conn, cutoff)?;
    let affected = trigger::affected(context, changes, before, after)?;
    if affected.is_empty() {
        return Ok(refreshed);
    }
    let base_last_day = context.base.and_then(|base| base.last_day);
    let (old, new): (BTreeMap<_, _>, BTreeMap<_, _>) =
        affected.into_iter().partition(|(_, from)| base_last_day.is_some_and(|last| *from <= last));
    for (codes, with_base, at_once) in [(new, false, CODES_AT_ONCE), (old, true, HISTORIES_AT_ONCE)] {
        let codes: Vec<(Code, NaiveDate)> = codes.into_iter().collect();
        for chunk in codes.chunks(at_once) {
            let loaded = load::load(context, chunk, with_base, after, cutoff)?;
            let outcome = store::Differences::of(&loaded, after, cutoff)?;
            outcome.write(context, &mut refreshed)?;
        }
    }
    quality::log_replaced(context.conn, &refreshed.replacements, context.now)?;
    Ok(refreshed)
}
