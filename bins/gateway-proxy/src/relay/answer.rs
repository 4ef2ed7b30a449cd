//! An exchange's answer: passed on to the caller, or a reason to ask somebody else.

use axum::response::Response;
use llm_upstream::{BodyError, OpenAiError, Refused, SendError};
use route_policy::Verdict;

use super::{
    AttemptEnd, Call, Due, document, exchange::Exchange, head::Head, outcome::Failing, prepare::Prepared, stream,
};
use crate::refusal::Attempted;

/// How an attempt ended, as far as the caller is concerned.
pub(super) enum Landed {
    /// With an answer, which is on its way.
    Answered(Response),
    /// Without, and the caller has seen nothing of it. The request is given back.
    Failed(Option<Box<Call>>, Attempted),
}

/// Waits for the answer.
pub(super) async fn land(mut exchange: Exchange, request: &Prepared) -> Landed {
    let head = match exchange.answer().await {
        Ok(head) => head,
        Err(error) => return no_answer(exchange, &error),
    };
    if !head.status.is_success() {
        let said = exchange.refusal().await;
        let refused = exchange.channel.target.classify(head.status, &head.headers, &said);
        return refuse(exchange, Some(&head), refused, &Due::Nothing);
    }
    if head.is_packed() {
        exchange.hang_up();
        return nonsense(exchange, &head, "the upstream packed its answer, which nobody asked for", &Due::Bound);
    }
    match (request.is_stream(), head.is_event_stream) {
        (true, true) => stream::open(exchange, head, request).await,
        (false, false) => document::hold(exchange, head, request).await,
        (true, false) => document::unasked(exchange, head).await,
        (false, true) => {
            exchange.hang_up();
            nonsense(exchange, &head, "the upstream streams an answer that was not to be streamed", &Due::Bound)
        }
    }
}

/// The upstream refused.
pub(super) fn refuse(mut exchange: Exchange, head: Option<&Head>, refused: Refused, due: &Due) -> Landed {
    let refused = exchange.channel.target.without_key(refused);
    let feedback = exchange.learned(&refused);
    exchange.conclude(due, AttemptEnd::Refused(refused.verdict), feedback, &refused.error.message);
    failed(exchange, head, refused)
}

/// The answer broke off before anything of it was passed on.
pub(super) fn broken(mut exchange: Exchange, head: &Head, error: &BodyError) -> Landed {
    let failing = match error {
        BodyError::Idle { .. } => Failing::Stalled,
        BodyError::Cut { .. } => Failing::Cut,
    };
    let due = exchange.tally.lost(&exchange.bounds);
    let refused = own_words(error.verdict(), error.error(), error.name());
    fail(&mut exchange, failing, &refused, &due);
    failed(exchange, Some(head), refused)
}

/// The answer is none.
pub(super) fn nonsense(mut exchange: Exchange, head: &Head, message: &str, due: &Due) -> Landed {
    let error = OpenAiError::new("upstream_error", Some("nonsense"), message);
    let refused = own_words(Verdict::Broken, error, "nonsense");
    fail(&mut exchange, Failing::Nonsense, &refused, due);
    failed(exchange, Some(head), refused)
}

fn no_answer(mut exchange: Exchange, error: &SendError) -> Landed {
    let due = if error.may_be_billed() { Due::Bound } else { Due::NeverSent };
    let refused = own_words(error.verdict(), error.error(), error.name());
    fail(&mut exchange, Failing::NoAnswer, &refused, &due);
    failed(exchange, None, refused)
}

/// What no upstream said, because it said nothing that can be read.
pub(super) fn own_words(verdict: Verdict, error: OpenAiError, rule: &'static str) -> Refused {
    Refused { verdict, retry_after: None, error, rule }
}

fn fail(exchange: &mut Exchange, failing: Failing, refused: &Refused, due: &Due) {
    let feedback = exchange.learned(refused);
    exchange.conclude(due, AttemptEnd::Failed(failing), feedback, &refused.error.message);
}

fn failed(mut exchange: Exchange, head: Option<&Head>, refused: Refused) -> Landed {
    let attempted = Attempted { channel: exchange.channel.name.clone(), status: head.map(|head| head.status), refused };
    let spent = exchange.launched().elapsed();
    let mut call = exchange.take_call();
    if let Some(call) = &mut call {
        call.upstream += spent;
        tracing::info!(
            request_id = %call.id,
            channel = &*attempted.channel,
            "attempt {} at {} failed: {}",
            call.attempts.len(),
            attempted.channel,
            attempted.refused.error.message
        );
    }
    Landed::Failed(call, attempted)
}
