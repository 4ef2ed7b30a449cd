//! The steps at which a fault test can kill this process, beside those of the warehouse ([`Step`], by their names).

use std::sync::Arc;

use daemon_kit::crash_point::CrashPoint;
use warehouse::Step;

/// After the vendor's answers have arrived, before anything is written.
pub(crate) const AFTER_FETCH: &str = "AfterFetch";

/// With a number behind it: after so many codes of a backfill were put on disk by this process.
pub(crate) const BACKFILL_STAGED: &str = "BackfillStaged";

/// Every code of a backfill is on disk, the writer has seen none.
pub(crate) const BEFORE_ASSEMBLING: &str = "BackfillBeforeAssembling";

/// The writer has the backfill, readers do not see it yet.
pub(crate) const AFTER_ASSEMBLING: &str = "BackfillAfterAssembling";

/// The warehouse's step observer for an optional crash point.
pub(crate) fn observer(point: Option<CrashPoint>) -> Option<Arc<dyn Fn(Step) + Send + Sync>> {
    let point = point?;
    Some(Arc::new(move |step| point.reached(&format!("{step:?}"))))
}
