//! How old the served copy is, where it is one: `replica.json` beside the generations, looked at with every poll.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use arc_swap::ArcSwap;
use axum::http::HeaderValue;
use chrono::{DateTime, TimeDelta, Utc};
use warehouse::{ReplicaFile, read_replica};

use crate::shanghai;

/// What is known of the replica; a clone shares it.
#[derive(Clone)]
pub(crate) struct ReplicaAge {
    published: PathBuf,
    unready_after: Option<TimeDelta>,
    /// Asked by every answer, replaced by the polls.
    known: Arc<ArcSwap<Known>>,
}

#[derive(Clone, Default)]
struct Known {
    replica: Option<ReplicaFile>,
    /// `verified_at`, as it stands in a header.
    verified_at: Option<HeaderValue>,
    /// Why the file cannot be read.
    trouble: Option<String>,
}

/// The moment of an answer, and the replica as of then.
pub(crate) struct Moment {
    /// Now.
    pub(crate) now: DateTime<Utc>,
    /// Seconds since the replica was found up to date; none where this is no replica.
    pub(crate) replica_age_seconds: Option<i64>,
    /// When it was last verified.
    pub(crate) replica_verified_at: Option<HeaderValue>,
}

impl ReplicaAge {
    pub(crate) fn new(published: PathBuf, unready_after: Option<TimeDelta>) -> Self {
        metrics::describe_gauge!(
            "warehouse_replica_synced_timestamp_seconds",
            "When the served replica was last found up to date, Unix time; absent where it is none"
        );
        Self { published, unready_after, known: Arc::default() }
    }

    /// Where the generations lie.
    pub(crate) fn folder(&self) -> &Path {
        &self.published
    }

    /// Reads the file again. What was known stays while it cannot be read.
    pub(crate) fn look(&self) {
        let read = read_replica(&self.published);
        let known = self.known.load();
        match read {
            Ok(replica) if known.replica == replica && known.trouble.is_none() => {}
            Ok(replica) => {
                let verified_at = replica.as_ref().and_then(|replica| replica.verified_at);
                let verified_at = verified_at.and_then(|at| HeaderValue::from_str(&shanghai::text(at)).ok());
                if let Some(at) = replica.as_ref().and_then(|replica| replica.synced_at) {
                    metrics::gauge!("warehouse_replica_synced_timestamp_seconds").set(at.timestamp() as f64);
                }
                self.known.store(Arc::new(Known { replica, verified_at, trouble: None }));
            }
            Err(error) => {
                let trouble = Some(error.to_string());
                if known.trouble != trouble {
                    tracing::error!(error = %error, "the replica's age is not known: {error}");
                    self.known.store(Arc::new(Known { trouble, ..Known::clone(&known) }));
                }
            }
        }
    }

    /// What the replica says of itself; none where this is no replica.
    pub(crate) fn replica(&self) -> Option<ReplicaFile> {
        self.known.load().replica.clone()
    }

    /// The moment `now` of an answer.
    pub(crate) fn at(&self, now: DateTime<Utc>) -> Moment {
        let known = self.known.load();
        Moment {
            now,
            replica_age_seconds: known.replica.as_ref().and_then(|replica| replica.age_seconds(now)),
            replica_verified_at: known.verified_at.clone(),
        }
    }

    /// What `/readyz` asks.
    ///
    /// # Errors
    /// The replica is older than the configuration allows.
    pub(crate) fn is_young_enough(&self, now: DateTime<Utc>) -> Result<(), String> {
        let (Some(bound), Some(replica)) = (self.unready_after, self.replica()) else { return Ok(()) };
        let Some(synced_at) = replica.synced_at else { return Ok(()) };
        if now - synced_at <= bound {
            return Ok(());
        }
        let (at, hours) = (shanghai::text(synced_at), bound.num_hours());
        Err(format!("the replica was last brought up to date at {at} by `{}`, more than {hours} h ago", replica.from))
    }
}
