//! One attempt: a request at an upstream, and what is reserved for it.
//!
//! Whoever waits for the answer holds the [`Exchange`]. When they go away before it was concluded, because the caller
//! closed the connection or something panicked, it moves into a task of its own and is read on, or it is cancelled.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::http::StatusCode;
use bytes::Bytes;
use futures::Stream as _;
use gateway_ledger::{AttemptRecord, Considered};
use llm_upstream::{Answer, AnswerBody, BodyError, Refused, SendError};
use route_policy::{Feedback, Grant, Lost, Reservation};
use tokio::time::Instant;

use super::{
    AttemptEnd, Call, Due, Outcome, drain,
    head::Head,
    prepare::{Bounds, Prepared},
    tally::Tally,
};
use crate::{channel_table::Channel, gateway::Gateway};

type Sending = Pin<Box<dyn Future<Output = Result<Answer, SendError>> + Send>>;

/// An attempt under way. However it ends, its reservation is settled exactly once: by [`conclude`](Self::conclude), or
/// at its bound when it is dropped.
pub(crate) struct Exchange {
    call: Option<Box<Call>>,
    pub(super) channel: Arc<Channel>,
    pub(super) upstream_model: Arc<str>,
    reservation: Option<Reservation>,
    considered: Vec<Considered>,
    pub(super) bounds: Bounds,
    sending: Option<Sending>,
    body: Option<AnswerBody>,
    /// What was seen of the answer.
    pub(super) tally: Tally,
    launched: Instant,
    first_byte: Option<Duration>,
    /// Nobody waits for the answer any more.
    deserted: bool,
}

impl Exchange {
    /// Sends the request where the grant says.
    pub(super) fn launch(call: Box<Call>, grant: Grant, channel: Arc<Channel>, request: &Prepared) -> Self {
        let Grant { upstream_model, reservation, considered, .. } = grant;
        let mut exchange = Self {
            sending: None,
            call: Some(call),
            channel,
            upstream_model,
            reservation: Some(reservation),
            considered: considered.into_iter().map(told).collect(),
            bounds: request.bounds,
            body: None,
            tally: Tally::Unsent,
            launched: Instant::now(),
            first_byte: None,
            deserted: false,
        };
        exchange.send(request);
        exchange
    }

    fn send(&mut self, request: &Prepared) {
        let Some(call) = &self.call else { return };
        let body = request.body_for(&self.channel, &self.upstream_model);
        let upstreams = &call.gateway.upstreams;
        let sending = upstreams.send(&self.channel.target, call.endpoint, body, call.stream, call.id.as_str());
        self.sending = Some(Box::pin(sending));
        self.tally = Tally::Unread;
    }

    /// The head of the answer. The body stays here, for [`poll_chunk`](Self::poll_chunk).
    pub(super) fn poll_answer(&mut self, context: &mut Context<'_>) -> Poll<Result<Head, SendError>> {
        let Some(sending) = &mut self.sending else { return Poll::Pending };
        let answer = ready!(sending.as_mut().poll(context));
        self.sending = None;
        Poll::Ready(answer.map(|answer| {
            self.first_byte = Some(self.launched.elapsed());
            let (head, body) = Head::of(answer);
            self.body = Some(body);
            head
        }))
    }

    /// The next piece of the answer's body; none at its end.
    pub(super) fn poll_chunk(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let chunk = ready!(Pin::new(body).poll_next(context));
        if !matches!(chunk, Some(Ok(_))) {
            self.body = None;
        }
        Poll::Ready(chunk)
    }

    /// Stops reading: the upstream's connection is closed, unless it is at its end anyway.
    pub(super) fn hang_up(&mut self) {
        self.sending = None;
        self.body = None;
    }

    /// Whether no answer came yet.
    pub(super) fn is_sending(&self) -> bool {
        self.sending.is_some()
    }

    /// Gives the request back, for another attempt or its end.
    pub(super) fn take_call(&mut self) -> Option<Box<Call>> {
        self.call.take()
    }

    /// When the attempt began.
    pub(super) fn launched(&self) -> Instant {
        self.launched
    }

    /// The gateway.
    pub(super) fn gateway(&self) -> Option<&Arc<Gateway>> {
        self.call.as_deref().map(|call| &call.gateway)
    }

    /// Its number among the request's attempts, from 1.
    pub(super) fn number(&self) -> usize {
        self.call.as_deref().map_or(1, |call| call.attempts.len() + 1)
    }

    /// The answer begins to leave with this status.
    pub(super) fn answered(&mut self, status: StatusCode) {
        let upstream = self.launched.elapsed();
        if let Some(call) = self.call.as_deref_mut() {
            call.upstream += upstream;
            call.answered(status);
        }
    }

    /// What of the feedback is known: how quick it was.
    pub(super) fn went_well(&self) -> Feedback {
        Feedback::Ok { first_byte: self.first_byte.unwrap_or_else(|| self.launched.elapsed()) }
    }

    /// What the router is told about a refusal: nothing where only the endpoint was the wrong one for the model.
    pub(super) fn learned(&self, refused: &Refused) -> Option<Feedback> {
        let call = self.call.as_deref()?;
        let (fits, endpoint, verdict) = (&self.channel.fits, call.endpoint, refused.verdict);
        if fits.is_about_the_endpoint(&self.upstream_model, endpoint, verdict) {
            let rest = call.gateway.options.recovery_every;
            let (channel, model, reason) = (&*self.channel.name, &*self.upstream_model, &refused.error.message);
            tracing::warn!(channel, model, "{channel} does not serve {model} at {endpoint}: {reason}");
            fits.lacks(&self.upstream_model, endpoint, refused.clone(), Instant::now(), rest);
            return None;
        }
        Some(Feedback::Refused { verdict, retry_after: refused.retry_after })
    }

    /// Tells the router that the channel answers, before the answer has ended.
    pub(super) fn committed(&self) {
        let Some(call) = &self.call else { return };
        self.channel.fits.serves(&self.upstream_model, call.endpoint);
        let (key, model, feedback) = (self.channel.key, &self.upstream_model, self.went_well());
        let events = call.gateway.desk.act(|router, at| router.observe(key, model, feedback, at));
        call.gateway.note(events, "");
    }

    /// Settles: what is due, what the router learns, and a line in the request's decision record. The first call counts.
    pub(super) fn conclude(&mut self, due: &Due, end: AttemptEnd, feedback: Option<Feedback>, reason: &str) {
        let Some(gateway) = self.gateway().cloned() else { return };
        let Some(reservation) = self.reservation.take() else { return };
        // By the prices that it was reserved by: with dearer ones the charge would exceed the reservation.
        let prices = reservation.prices().cloned().unwrap_or_else(|| gateway.prices.load_full());
        let charge = due.charge(&prices, &reservation, self);
        let (key, model) = (self.channel.key, &self.upstream_model);
        if let (Some(Feedback::Ok { .. }), Some(call)) = (feedback, &self.call) {
            self.channel.fits.serves(model, call.endpoint);
        }
        let (settled, events) = gateway.desk.act(|router, at| {
            let settled = match &charge {
                Some(charge) => {
                    let tokens = due.tokens(charge, &reservation);
                    router.settle(reservation, charge.cny, tokens, at)
                }
                None if *due == Due::NeverSent => {
                    router.cancel(reservation, at);
                    route_policy::Settled::default()
                }
                None => {
                    router.release(reservation, at);
                    route_policy::Settled::default()
                }
            };
            (settled, feedback.map(|feedback| router.observe(key, model, feedback, at)))
        });
        if let Some(events) = events {
            gateway.note(events, reason);
        }
        let Some(call) = self.call.as_deref_mut() else { return };
        if let Some(mut charge) = charge {
            charge.breach = settled.breach;
            super::charge::announce(&gateway, &charge, settled.profile_over_cap, &call.caller.profile);
            call.charges.push(charge);
        }
        self.channel.meters.attempt(end);
        let ms = u32::try_from(self.launched.elapsed().as_millis()).unwrap_or(u32::MAX);
        let considered = std::mem::take(&mut self.considered);
        let channel = Some(self.channel.name.clone());
        call.attempts.push(AttemptRecord { channel, outcome: end.name().into(), ms, considered });
    }

    /// Settles and writes the request's record.
    pub(super) fn end(&mut self, due: &Due, end: AttemptEnd, feedback: Option<Feedback>, outcome: Outcome) {
        self.conclude(due, end, feedback, "");
        if let Some(call) = self.call.take() {
            call.end(outcome);
        }
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        if self.reservation.is_none() {
            return;
        }
        if self.deserted {
            // The drain itself was dropped, with its runtime: there is no more time to read on.
            let due = self.tally.lost(&self.bounds);
            self.conclude(&due, AttemptEnd::ClientGone, None, "");
            return;
        }
        drain::take_over(Self {
            call: self.call.take(),
            channel: self.channel.clone(),
            upstream_model: self.upstream_model.clone(),
            reservation: self.reservation.take(),
            considered: std::mem::take(&mut self.considered),
            bounds: self.bounds,
            sending: self.sending.take(),
            body: self.body.take(),
            tally: std::mem::replace(&mut self.tally, Tally::Unread),
            launched: self.launched,
            first_byte: self.first_byte,
            deserted: true,
        });
    }
}

/// A channel that lost, for the record.
pub(super) fn told(considered: route_policy::Considered) -> Considered {
    let route_policy::Considered { channel, lost } = considered;
    let lost = match lost {
        Lost::Parked { why, .. } => format!("parked ({})", AttemptEnd::Refused(why).name()).into(),
        Lost::Paused { meter, .. } => {
            let verdict = route_policy::Verdict::Wait(meter);
            format!("paused ({})", AttemptEnd::Refused(verdict).name()).into()
        }
        other => other.name().into(),
    };
    Considered { channel, lost }
}
