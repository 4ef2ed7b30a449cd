//! What is written down of a request: a row in the books, a line in the log, a count.

use std::sync::Arc;

use gateway_ledger::RequestRow;
use route_policy::{Cny, Usage};

use crate::{
    crash_point,
    relay::{Call, Outcome},
};

/// Writes it. Called exactly once per request.
pub(crate) fn write(call: &mut Call, outcome: Outcome) {
    let gateway = call.gateway.clone();
    gateway.meters.request(call.endpoint, outcome);
    let row = RequestRow {
        id: Arc::from(call.id.as_str()),
        at: call.arrived.wall,
        profile: call.caller.profile.clone(),
        token_id: Some(call.caller.id.clone()),
        endpoint: call.endpoint.name().into(),
        model: call.model.clone(),
        stream: call.stream,
        outcome: outcome.name().into(),
        failed: outcome.is_failure(),
        status: call.status_code(),
        latency_ms: millis(call.started.elapsed()),
        first_byte_ms: call.first_byte.map(millis),
        waited_ms: millis(call.waited),
        charges: std::mem::take(&mut call.charges),
        decision: std::mem::take(&mut call.attempts),
    };
    log(&row);
    gateway.crash_point(crash_point::CHARGED);
    if gateway.ledger.record(row).is_err() {
        gateway.meters.lost_row();
    }
}

fn log(row: &RequestRow) {
    if !tracing::enabled!(tracing::Level::INFO) {
        return;
    }
    let usage = row.charges.iter().fold(Usage::default(), |sum, charge| Usage {
        input: sum.input + charge.usage.input,
        output: sum.output + charge.usage.output,
        ..sum
    });
    let cny: Cny = row.cny();
    let channel = row.channel().map_or("none", |channel| channel);
    let estimated = row.charges.iter().any(|charge| charge.estimated);
    let attempts = row.decision.iter().filter(|attempt| attempt.channel.is_some()).count();
    tracing::info!(
        request_id = &*row.id,
        profile = &*row.profile,
        model = &*row.model,
        channel,
        attempts,
        outcome = &*row.outcome,
        status = row.status,
        tokens.input = usage.input,
        tokens.output = usage.output,
        cny = %cny,
        estimated,
        waited_ms = row.waited_ms,
        latency_ms = row.latency_ms,
        "{} {} of {} by {channel}: {}, {} tokens in, {} out, {cny} CNY, {} ms",
        row.endpoint,
        row.model,
        row.profile,
        row.outcome,
        usage.input,
        usage.output,
        row.latency_ms
    );
}

fn millis(span: std::time::Duration) -> u32 {
    u32::try_from(span.as_millis()).unwrap_or(u32::MAX)
}
