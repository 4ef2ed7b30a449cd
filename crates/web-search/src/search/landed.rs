//! What a flight brings back, for everybody on it.

use bytes::Bytes;
use chrono::{DateTime, Utc};

use crate::{Engines, Origin, cache::Kept};

/// An answer, without the words of whoever asked.
#[derive(Clone)]
pub(super) struct Landed {
    pub(super) fields: Bytes,
    pub(super) origin: Origin,
    pub(super) as_of: DateTime<Utc>,
    pub(super) engines: Engines,
}

impl Landed {
    pub(super) fn of_cache(kept: Kept) -> Self {
        let Kept { fields, engines, as_of, is_fresh } = kept;
        let origin = if is_fresh { Origin::Cache } else { Origin::Stale };
        Self { fields, origin, as_of, engines }
    }
}
