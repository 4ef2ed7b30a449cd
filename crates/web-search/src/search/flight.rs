//! The one question to SearXNG, for all who wait for it.

use std::sync::Arc;

use super::{Inner, landed::Landed, plan};
use crate::{Origin, SearchFailed, SearchQuery, measure};

/// Looks into the cache once more, asks SearXNG, keeps the answer; takes the stale one where there is no new one.
pub(super) async fn fly(inner: Arc<Inner>, query: SearchQuery, canonical: String) -> Result<Landed, SearchFailed> {
    // Between the caller's look and this flight another one may have landed.
    let kept = inner.kept(&query, &canonical).await;
    if let Some(kept) = kept.as_ref().filter(|kept| kept.is_fresh || inner.upstream.hangs()) {
        tracing::debug!(is_fresh = kept.is_fresh, "searxng is not asked");
        return Ok(Landed::of_cache(kept.clone()));
    }
    match plan::ask(&inner, &query).await {
        Ok(answer) => {
            let as_of = (inner.now)();
            if let Some(cache) = &inner.cache {
                cache.put(&cache.names(&canonical), query.time_range(), &answer, as_of).await;
            }
            Ok(Landed { fields: answer.fields, origin: Origin::Fresh, as_of, engines: answer.engines })
        }
        Err(failed) => {
            measure::upstream_failure(failed.name());
            match kept.filter(|_| failed.is_transient()) {
                Some(kept) => {
                    tracing::debug!("a stale answer is taken: {failed}");
                    Ok(Landed::of_cache(kept))
                }
                None => Err(failed),
            }
        }
    }
}
