//! The served copy beside what is known to be published.

use chrono::{DateTime, Utc};
use warehouse::{ReplicaFile, StatusFile};

use super::{body::Replica, status::age_seconds};
use crate::shanghai;

/// What can be said about the served copy: `served` is its number and when it was published, `refusal` why the newest one that
/// is here cannot be read, `copy` what a replica says of itself.
pub(crate) fn of(
    served: Option<(u64, DateTime<Utc>)>,
    status: Option<&StatusFile>,
    copy: Option<&ReplicaFile>,
    refusal: Option<String>,
    now: DateTime<Utc>,
) -> Replica {
    let newest = status.and_then(|status| status.generation);
    let (generation, published_at) = served.unzip();
    let state = match (generation, status) {
        _ if refusal.is_some() => "refused",
        (None, _) => "empty",
        (Some(_), None) => "unknown",
        (Some(_), Some(_)) if newest > generation => "behind",
        (Some(_), Some(_)) => "current",
    };
    Replica {
        state,
        generation,
        newest_generation: newest,
        published_at: published_at.map(shanghai::text),
        age_seconds: published_at.map(|at| age_seconds(at, now)),
        synced_at: copy.and_then(|copy| copy.synced_at).map(shanghai::text),
        sync_age_seconds: copy.and_then(|copy| copy.age_seconds(now)),
        verified_at: copy.and_then(|copy| copy.verified_at).map(shanghai::text),
        from: copy.map(|copy| copy.from.clone()),
        reason: refusal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_says_no_more_than_is_known() {
        let now: DateTime<Utc> = "2026-04-30T10:30:00Z".parse().unwrap();
        let reported = |generation: Option<u64>| {
            let status = serde_json::json!({"updated_at": "2026-04-30T10:00:00Z", "generation": generation});
            serde_json::from_value::<StatusFile>(status).unwrap()
        };
        let (six, seven, none) = (reported(Some(6)), reported(Some(7)), reported(None));
        let damaged = || Some("tail-000007.duckdb is damaged".to_owned());
        for (served, status, refusal, state) in [
            (Some(7), Some(&seven), None, "current"),
            // The report is written after the generation: for a moment it is the older of the two.
            (Some(7), Some(&six), None, "current"),
            (Some(7), Some(&none), None, "current"),
            (Some(6), Some(&seven), None, "behind"),
            (Some(6), Some(&seven), damaged(), "refused"),
            (None, None, damaged(), "refused"),
            (Some(6), None, None, "unknown"),
            (None, None, None, "empty"),
            (None, Some(&seven), None, "empty"),
        ] {
            let judged = of(served.map(|number| (number, now)), status, None, refusal, now);
            assert_eq!(judged.state, state, "{served:?}");
        }
        let copy = ReplicaFile { synced_at: Some(now - chrono::TimeDelta::minutes(2)), ..ReplicaFile::default() };
        let behind = of(Some((6, now - chrono::TimeDelta::minutes(3))), Some(&seven), Some(&copy), None, now);
        assert_eq!((behind.sync_age_seconds, behind.verified_at.as_deref()), (Some(120), None));
        assert_eq!((behind.generation, behind.newest_generation, behind.age_seconds), (Some(6), Some(7), Some(180)));
        assert_eq!(behind.published_at.as_deref(), Some("2026-04-30T18:27:00+08:00"));
    }
}
