//! Whom to ask: the engines of the query's language, then the others.

use tokio::time::Instant;

use super::Inner;
use crate::{SearchFailed, SearchQuery, answer::Answer};

/// With another group to ask after this one, SearXNG is given half of the time for its engines.
const HALF: f64 = 0.5;
/// In less than this part of the time the other group has no chance.
const WORTH_IT: u32 = 8;

/// Asks the engines that the caller names; or the group of the query's language, and where that fails or has nothing, the
/// other one.
pub(super) async fn ask(inner: &Inner, query: &SearchQuery) -> Result<Answer, SearchFailed> {
    let deadline = inner.upstream.deadline();
    let (chinese, global) = (&inner.options.engines_chinese, &inner.options.engines_global);
    let groups = if query.is_chinese() { [chinese, global] } else { [global, chinese] };
    let mut groups: Vec<_> = groups.into_iter().filter(|group| !group.is_empty()).collect();
    if groups.len() == 2 && is_same(groups[0], groups[1]) {
        groups.pop();
    }
    if query.names_engines() || groups.is_empty() {
        return judge(attempt(inner, query, &[], deadline, 1.0).await?);
    }
    ask_groups(inner, query, &groups, deadline).await
}

async fn ask_groups(
    inner: &Inner,
    query: &SearchQuery,
    groups: &[&Vec<String>],
    deadline: Instant,
) -> Result<Answer, SearchFailed> {
    let (mut reasons, mut nothing, mut is_asked) = (Vec::new(), None, false);
    for (index, group) in groups.iter().enumerate() {
        let is_last = index + 1 == groups.len();
        let chosen = inner.health.choose(group, (inner.now)());
        let mut engines = chosen.engines;
        if engines.is_empty() && is_last && !is_asked {
            // All of them rest. SearXNG does not ask those that it has suspended, and tells of those that it has not.
            engines = groups.iter().flat_map(|group| group.iter().cloned()).collect();
            reasons.clear();
        } else {
            reasons.extend(chosen.resting);
        }
        if engines.is_empty() || (is_asked && Instant::now() + inner.options.timeout / WORTH_IT > deadline) {
            inner.health.release(&engines, (inner.now)());
            continue;
        }
        is_asked = true;
        let answer = match attempt(inner, query, &engines, deadline, if is_last { 1.0 } else { HALF }).await {
            Ok(answer) => answer,
            // SearXNG itself is in trouble, which no engine of the other group cures; but an honest nothing is an answer.
            Err(failed) => return nothing.ok_or(failed),
        };
        if !answer.is_empty {
            return Ok(answer);
        }
        if answer.engines.failed.is_empty() {
            // They have nothing. A further page that is empty is the end; for a first one the others may know better.
            if query.pageno() > 1 {
                return Ok(answer);
            }
            nothing.get_or_insert(answer);
        } else {
            reasons.extend(answer.engines.failed);
        }
    }
    nothing.ok_or_else(|| failed(reasons))
}

/// One question, of whose answer the engines' health learns.
async fn attempt(
    inner: &Inner,
    query: &SearchQuery,
    engines: &[String],
    deadline: Instant,
    share: f64,
) -> Result<Answer, SearchFailed> {
    let asked_at = (inner.now)();
    let asked = inner.upstream.ask(query, engines, deadline, share).await;
    match &asked {
        Ok(answer) => inner.health.learn(engines, &answer.engines, asked_at, (inner.now)()),
        Err(_) => inner.health.release(engines, (inner.now)()),
    }
    asked
}

/// SearXNG answers 200 whatever its engines did. Nothing found while an engine failed is not an answer: it may be there.
fn judge(answer: Answer) -> Result<Answer, SearchFailed> {
    if answer.is_empty && !answer.engines.failed.is_empty() {
        return Err(failed(answer.engines.failed));
    }
    Ok(answer)
}

/// One reason for each engine, the first one.
fn failed(mut reasons: Vec<(String, String)>) -> SearchFailed {
    let mut seen = Vec::new();
    reasons.retain(|(engine, _)| {
        let is_new = !seen.contains(engine);
        seen.push(engine.clone());
        is_new
    });
    SearchFailed::EnginesFailed { reasons }
}

fn is_same(one: &[String], other: &[String]) -> bool {
    one.len() == other.len() && one.iter().all(|name| other.contains(name))
}
