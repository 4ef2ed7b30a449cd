//! An exchange whose caller has gone: read on to its usage within bounds, or cancelled, and charged honestly either way.

use daemon_kit::config::OnDisconnect;
use route_policy::{Feedback, Verdict};

use super::{
    AttemptEnd, Due, Outcome,
    answer::own_words,
    exchange::Exchange,
    outcome::Failing,
    tally::{StreamTally, Tally},
};

/// Takes an exchange over from a connection that is gone.
pub(super) fn take_over(mut exchange: Exchange) {
    let Some(gateway) = exchange.gateway().cloned() else { return };
    exchange.channel.meters.deserted();
    let reads_on = gateway.options.on_disconnect == OnDisconnect::Drain
        && !gateway.closing.is_cancelled()
        && tokio::runtime::Handle::try_current().is_ok();
    if reads_on {
        gateway.tasks.spawn(drain(exchange));
    } else {
        exchange.hang_up();
        let due = exchange.tally.lost(&exchange.bounds);
        exchange.end(&due, AttemptEnd::ClientGone, None, Outcome::ClientGone);
    }
}

async fn drain(mut exchange: Exchange) {
    let Some(gateway) = exchange.gateway().cloned() else { return };
    let read = tokio::time::timeout(gateway.options.drain_for, read_on(&mut exchange));
    let found = gateway.closing.run_until_cancelled(read).await.and_then(Result::ok);
    let (due, end, feedback) = found.unwrap_or_else(|| {
        exchange.hang_up();
        (exchange.tally.lost(&exchange.bounds), AttemptEnd::ClientGone, None)
    });
    exchange.end(&due, end, feedback, Outcome::ClientGone);
}

/// Reads to the end of the answer, or to where it costs more than was reserved.
async fn read_on(exchange: &mut Exchange) -> (Due, AttemptEnd, Option<Feedback>) {
    let broken = Some(Feedback::Refused { verdict: Verdict::Broken, retry_after: None });
    if exchange.is_sending() {
        match exchange.answer().await {
            Err(error) => {
                let due = if error.may_be_billed() { Due::Bound } else { Due::NeverSent };
                let feedback = exchange.learned(&own_words(error.verdict(), error.error(), error.name()));
                return (due, AttemptEnd::Failed(Failing::NoAnswer), feedback);
            }
            Ok(head) if !head.status.is_success() => {
                let body = exchange.refusal().await;
                let refused = exchange.channel.target.classify(head.status, &head.headers, &body);
                let refused = exchange.channel.target.without_key(refused);
                let feedback = exchange.learned(&refused);
                return (Due::Nothing, AttemptEnd::Refused(refused.verdict), feedback);
            }
            Ok(head) if head.is_event_stream => {
                exchange.tally = Tally::Stream(StreamTally::new(exchange.bounds.answers))
            }
            Ok(_) => exchange.tally = Tally::Document(Default::default()),
        }
    }
    if matches!(exchange.tally, Tally::Unsent | Tally::Refusal) {
        return (exchange.tally.lost(&exchange.bounds), AttemptEnd::ClientGone, None);
    }
    exchange.tally.let_go();
    while let Some(chunk) = exchange.chunk().await {
        let passed = chunk.map(|chunk| exchange.tally.pass(chunk));
        if !matches!(passed, Ok(Ok(()))) {
            return (exchange.tally.lost(&exchange.bounds), AttemptEnd::Failed(Failing::Cut), broken);
        }
        if exchange.bounds.is_exceeded_by(exchange.tally.output_so_far()) {
            exchange.hang_up();
            return (exchange.tally.lost(&exchange.bounds), AttemptEnd::ClientGone, None);
        }
    }
    exchange.tally.end();
    let due = exchange.tally.lost(&exchange.bounds);
    let feedback = exchange.went_well();
    (due, AttemptEnd::ClientGone, Some(feedback))
}
