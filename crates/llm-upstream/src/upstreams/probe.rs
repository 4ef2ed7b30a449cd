//! Is a provider there, and is the key good? Asked without cost.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use hyper::{HeaderMap, StatusCode};
use serde::Deserialize;
use tokio::time::Instant;

use super::{call::Call, pool::Pools};
use crate::{Dialect, Refused, Target, classify::classify_success, target::Place};

/// The longest list that is read.
const BODY_BYTES_MAX: usize = 8 << 20;

/// What a free question to a provider gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// What came of it.
    pub result: ProbeResult,
    /// From asking to the whole answer, or to the failure.
    pub latency: Duration,
}

/// What came of a probe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProbeResult {
    /// The provider answered and did not refuse the key. The models that it lists, where it lists any.
    Ok {
        /// Upstream names.
        models: Vec<String>,
    },
    /// It answered with a refusal.
    Refused(Refused),
    /// It did not answer.
    Unreachable {
        /// Why.
        error: String,
    },
}

#[derive(Deserialize)]
struct Listing {
    #[serde(default)]
    data: Vec<Listed>,
}

#[derive(Deserialize)]
struct Listed {
    id: String,
}

pub(super) async fn probe(pools: Arc<Pools>, target: Target) -> Probe {
    let begin = Instant::now();
    let result = match ask(&pools, &target, target.models()).await {
        Ok((status, headers, body)) => judge(&target, status, &headers, &body),
        Err(error) => ProbeResult::Unreachable { error },
    };
    Probe { result, latency: begin.elapsed() }
}

fn judge(target: &Target, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> ProbeResult {
    if !status.is_success() {
        // DashScope's list is not documented everywhere; without one its "not found" is still an answer.
        let unlisted = matches!(status, StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED);
        return if unlisted && target.dialect() == Dialect::DashScope {
            ProbeResult::Ok { models: Vec::new() }
        } else {
            ProbeResult::Refused(target.classify(status, headers, body))
        };
    }
    if let Some(refused) = classify_success(target.dialect(), body) {
        return ProbeResult::Refused(target.without_key(refused));
    }
    let listing: Listing = serde_json::from_slice(body).unwrap_or(Listing { data: Vec::new() });
    ProbeResult::Ok { models: listing.data.into_iter().map(|model| model.id).collect() }
}

/// The whole answer to a question, within the time for probes.
pub(super) async fn ask(
    pools: &Arc<Pools>,
    target: &Target,
    place: &Place,
) -> Result<(StatusCode, HeaderMap, Bytes), String> {
    let timeout = pools.options.probe_timeout;
    let whole = async {
        let mut answer = Call::get(target, place).send(pools).await.map_err(|error| error.to_string())?;
        let body = answer.body.whole(BODY_BYTES_MAX).await.map_err(|error| error.to_string())?;
        Ok((answer.status, answer.headers, body))
    };
    let timed = tokio::time::timeout(timeout, whole).await;
    timed.unwrap_or_else(|_| Err(format!("no whole answer from the upstream within {timeout:?}")))
}
