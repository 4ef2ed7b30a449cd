//! From a request to the frame that answers it.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use tokio::time::Instant;

use super::{
    answer::{self, View},
    calls::{TdxCall, TdxCalls},
    delivery::Delivery,
    faults::{Bend, TdxFault, TdxFaults},
    options::TdxOptions,
    request::{Query, RequestHead},
    series::Moment,
    wire::{self, Deflater, Head, Stamp},
};
use crate::{Clock, Market, clock};

/// The vendor behind the wire.
pub(super) struct Vendor {
    pub(super) market: Arc<Market>,
    pub(super) options: TdxOptions,
    pub(super) faults: TdxFaults,
    pub(super) calls: TdxCalls,
    clock: Clock,
    stamps: Vec<Stamp>,
}

/// What one connection keeps from one answer to the next.
pub(super) struct Desk {
    /// Number of the connection.
    number: usize,
    deflater: Deflater,
    body: Vec<u8>,
    /// The frame of the last answer.
    pub(super) frame: Vec<u8>,
}

/// What to do with the frame, and after which pause.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reply {
    pub(super) delivery: Delivery,
    pub(super) delay: Duration,
}

impl Vendor {
    pub(super) fn new(market: Arc<Market>, options: TdxOptions) -> Self {
        let evening = clock::evening(market.range().1);
        let clock = options.clock.clone().unwrap_or_else(|| Arc::new(move || evening));
        let stamps = market.sessions.days().iter().map(|day| Stamp::day(*day)).collect();
        Self { market, options, faults: TdxFaults::default(), calls: TdxCalls::default(), clock, stamps }
    }

    pub(super) fn desk(&self, number: usize) -> Desk {
        Desk { number, deflater: Deflater::new(self.options.compress), body: Vec::new(), frame: Vec::new() }
    }

    /// Puts the answer into the desk's frame.
    pub(super) fn reply(&self, head: &RequestHead, payload: &[u8], desk: &mut Desk) -> Reply {
        let now = (self.clock)();
        let query = Query::parse(head.method, payload);
        let method = query.as_ref().map_or("unknown", Query::name);
        let code = query.as_ref().and_then(Query::code);
        let bend = self.faults.take(method, code.as_ref());
        desk.body.clear();
        let rows = query.as_ref().and_then(|query| self.answer(query, now, &bend, &mut desk.body));
        let (delivery, outcome) = match rows {
            Some(_) => Delivery::of(&bend, self.options.fragment),
            None => (Delivery::Silence, "no_answer"),
        };
        self.log(query.as_ref(), now, desk.number, outcome, rows.unwrap_or(0));
        bend_body(&mut desk.body, method, &bend);
        frame(desk, head, &bend);
        Reply { delivery, delay: bend.delay() }
    }

    fn answer(&self, query: &Query, now: DateTime<Utc>, bend: &Bend, body: &mut Vec<u8>) -> Option<usize> {
        let moment = Moment::new(&self.market, clock::to_shanghai(now), bend.stale());
        let view = View { market: &self.market, options: &self.options, moment, bend, stamps: &self.stamps };
        answer::answer(&view, query, body)
    }

    fn log(&self, query: Option<&Query>, at: DateTime<Utc>, connection: usize, outcome: &'static str, rows: usize) {
        let call = TdxCall {
            method: query.map_or("unknown", Query::name),
            code: query.and_then(Query::code),
            category: query.and_then(Query::category),
            start: query.and_then(Query::start),
            count: query.and_then(Query::count),
            at,
            connection,
            outcome,
            rows,
        };
        tracing::debug!(call.method, ?call.code, outcome, rows, "tdx call");
        self.calls.push(call, Instant::now());
    }
}

/// Cuts the body, or empties it.
fn bend_body(body: &mut Vec<u8>, method: &str, bend: &Bend) {
    for fault in &bend.faults {
        match fault {
            TdxFault::CountOnly => body.truncate(2),
            TdxFault::ShortBody(bytes) => body.truncate(*bytes),
            TdxFault::Empty => match method {
                // Before their count stand the code, or two bytes that clients skip.
                "xdxr" => body.truncate(9),
                "quotes" => {
                    body.truncate(2);
                    wire::put_u16(body, 0);
                }
                _ => {
                    body.clear();
                    wire::nothing(body);
                }
            },
            _ => {}
        }
    }
}

fn frame(desk: &mut Desk, request: &RequestHead, bend: &Bend) {
    let mut head = Head::new(request.sequence, request.method);
    if bend.has(&TdxFault::WrongMethod) {
        head.method ^= 0x0101;
    }
    if bend.has(&TdxFault::WrongSequence) {
        head.sequence[0] = head.sequence[0].wrapping_add(1);
    }
    if bend.has(&TdxFault::WrongMagic) {
        head.magic = *b"HTTP";
    }
    let corrupt = bend.has(&TdxFault::CorruptZlib);
    desk.deflater.frame(&mut desk.frame, head, &desk.body, corrupt || bend.has(&TdxFault::WrongLength));
    if corrupt {
        wire::corrupt(&mut desk.frame);
    }
    if bend.has(&TdxFault::WrongLength) {
        wire::lengthen(&mut desk.frame);
    }
}
