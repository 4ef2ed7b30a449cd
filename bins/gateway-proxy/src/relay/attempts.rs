//! From one channel to the next, until one answers or nobody is left.

use axum::response::{IntoResponse as _, Response};
use gateway_ledger::AttemptRecord;
use route_policy::{Ask, ChannelKey, Grant, Refusal, RefusalKind};
use tokio::time::Instant;

use super::{
    Call, Outcome,
    answer::{Landed, land},
    exchange::{Exchange, told},
    prepare::Prepared,
};
use crate::{
    pump::Admitted,
    refusal::{Attempted, Failure},
};

/// Carries a request out.
pub(super) async fn carry(mut call: Box<Call>, request: &Prepared) -> Response {
    let mut failed: Vec<Attempted> = Vec::new();
    let mut tried: Vec<ChannelKey> = Vec::new();
    loop {
        let ask = ask(&call, request, &tried);
        let grant = match turn(&mut call, &ask).await {
            Ok(grant) => grant,
            Err(refusal) => return refuse(call, request, &ask, refusal, &failed),
        };
        tried.push(grant.channel);
        let channel = call.gateway.channels.load().get(grant.channel).cloned();
        let Some(channel) = channel else {
            // Taken out of the configuration between the grant and now.
            call.gateway.desk.act(|router, at| router.cancel(grant.reservation, at));
            continue;
        };
        if let Some(refused) = channel.fits.lack(&grant.upstream_model, call.endpoint, Instant::now()) {
            // It said a while ago what it would say again.
            call.gateway.desk.act(|router, at| router.cancel(grant.reservation, at));
            failed.push(Attempted { channel: channel.name.clone(), status: None, refused });
            continue;
        }
        let exchange = Exchange::launch(call, grant, channel, request);
        match land(exchange, request).await {
            Landed::Answered(response) => return response,
            Landed::Failed(given_back, attempted) => {
                let Some(given_back) = given_back else {
                    return Failure::internal().into_response();
                };
                call = given_back;
                if !attempted.refused.verdict.may_fall_back() {
                    return answer(call, Failure::of_caller(attempted));
                }
                failed.push(attempted);
            }
        }
    }
}

/// Answers with a failure, which ends the request.
pub(super) fn answer(mut call: Box<Call>, failure: Failure) -> Response {
    call.answered(failure.status());
    let outcome = failure.outcome();
    if outcome == Outcome::Internal || outcome == Outcome::UpstreamFailed {
        tracing::warn!(request_id = %call.id, model = &*call.model, "{}", failure.message());
    }
    call.end(outcome);
    failure.into_response()
}

fn ask(call: &Call, request: &Prepared, tried: &[ChannelKey]) -> Ask {
    let patience = call.gateway.options.max_wait.saturating_sub(call.waited);
    Ask {
        profile: call.caller.profile.clone(),
        profile_cap: call.caller.daily_cap,
        model: request.model.clone(),
        group: None,
        input_tokens: request.bounds.input,
        output_tokens: request.bounds.output,
        estimated_tokens: request.bounds.estimate,
        deadline: call.gateway.time.at().tick + patience,
        tried: tried.to_vec(),
        wait: !patience.is_zero(),
    }
}

/// A channel for the request, once it is its turn.
async fn turn(call: &mut Call, ask: &Ask) -> Result<Grant, Refusal> {
    let waiting = match call.gateway.desk.admit(ask) {
        Admitted::Granted(grant) => return Ok(grant),
        Admitted::Refused(refusal) => return Err(refusal),
        Admitted::Queued(waiting) => waiting,
    };
    let since = Instant::now();
    let turn = waiting.await;
    call.waited += since.elapsed();
    call.gateway.meters.waited(since.elapsed());
    turn.unwrap_or_else(|| {
        Err(Refusal { kind: RefusalKind::NoHealthyChannel, retry_after: None, considered: Vec::new() })
    })
}

fn refuse(mut call: Box<Call>, request: &Prepared, ask: &Ask, refusal: Refusal, failed: &[Attempted]) -> Response {
    // Who was tried and failed says more than that nobody is left.
    let nobody_left = refusal.kind == RefusalKind::NoHealthyChannel && !failed.is_empty();
    let failure = if nobody_left {
        let wait = call.gateway.desk.act(|router, at| router.wait_before_another(ask, at));
        Failure::of_upstreams(failed, &request.model, wait)
    } else {
        Failure::of_router(&refusal, &request.model)
    };
    let outcome = failure.outcome().name().into();
    let considered = refusal.considered.into_iter().map(told).collect();
    call.attempts.push(AttemptRecord { channel: None, outcome, ms: 0, considered });
    answer(call, failure)
}
