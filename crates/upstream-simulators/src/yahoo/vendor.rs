//! The vendor behind the wire.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, Utc};
use market_model::vendor_code;

use super::{
    chart::chart,
    faults::{YahooFault, YahooFaults},
    options::YahooOptions,
    query::Query,
    refusal::Refusal,
};
use crate::{Clock, World, http::Reply, symbol_vendor::SymbolCall, symbol_vendor::SymbolCalls};

const MAINTENANCE_PAGE: &str = "<!DOCTYPE html><html><head><title>Yahoo</title></head><body><h1>Will be right \
                                back...</h1><p>Thank you for your patience.</p></body></html>";

pub(super) struct Vendor {
    pub(super) world: Arc<World>,
    pub(super) faults: YahooFaults,
    pub(super) calls: SymbolCalls,
    clock: Clock,
    requests_per_minute: Option<u32>,
    /// The running minute and its requests.
    minute: Mutex<(i64, u32)>,
}

/// One call as it came in.
pub(super) struct Incoming {
    /// Unescaped.
    pub(super) symbol: String,
    /// Escapes and all.
    pub(super) path: String,
    pub(super) params: BTreeMap<String, String>,
    pub(super) user_agent: String,
}

/// What goes back, and after how long.
pub(super) struct Outgoing {
    pub(super) reply: Reply,
    pub(super) delay_ms: u64,
}

impl Vendor {
    pub(super) fn new(world: Arc<World>, options: &YahooOptions) -> Self {
        let after = world.after_last_day();
        Self {
            world,
            faults: YahooFaults::default(),
            calls: SymbolCalls::default(),
            clock: options.clock.clone().unwrap_or_else(|| Arc::new(move || after)),
            requests_per_minute: options.requests_per_minute,
            minute: Mutex::default(),
        }
    }

    pub(super) fn answer(&self, incoming: Incoming) -> Outgoing {
        let now = (self.clock)();
        let faults = self.faults.take(&incoming.symbol);
        let delay_ms = faults.iter().map(|fault| if let YahooFault::Slow(ms) = fault { *ms } else { 0 }).sum();
        let (reply, outcome, rows) = self.decide(&incoming, now, &faults);
        let Incoming { symbol, path, params, user_agent } = incoming;
        self.calls.push(SymbolCall { symbol, path, params, user_agent, at: now, outcome, rows });
        Outgoing { reply, delay_ms }
    }

    fn decide(&self, incoming: &Incoming, now: DateTime<Utc>, faults: &[YahooFault]) -> (Reply, String, usize) {
        let answer = match faults.iter().find_map(transport_fault) {
            Some(Bent::Reply(reply, outcome)) => return (reply, outcome.to_owned(), 0),
            Some(Bent::Refusal(refusal)) => Err(refusal),
            None => self.chart(incoming, now, faults),
        };
        match answer {
            Ok((mut body, rows)) => {
                if faults.contains(&YahooFault::CutBody) {
                    return (Reply::CutJson(body), "cut".to_owned(), rows);
                }
                if faults.contains(&YahooFault::Malformed) {
                    body.insert(1, b'}');
                    return (Reply::Json(body), "malformed".to_owned(), rows);
                }
                (Reply::Json(body), "ok".to_owned(), rows)
            }
            Err(refusal) => {
                let outcome = refusal.status().to_string();
                let reply = match refusal.body() {
                    (body, true) => Reply::JsonStatus(refusal.status(), body),
                    (_, false) => Reply::Text(refusal.status(), "Edge: Too Many Requests"),
                };
                (reply, outcome, 0)
            }
        }
    }

    fn chart(
        &self,
        incoming: &Incoming,
        now: DateTime<Utc>,
        faults: &[YahooFault],
    ) -> Result<(Vec<u8>, usize), Refusal> {
        if !looks_like_a_browser(&incoming.user_agent) || self.is_over_the_limit(now) {
            return Err(Refusal::TooManyRequests);
        }
        // A caret or an equals sign that came as it is never reaches the service.
        if incoming.path.contains(['^', '=']) {
            return Err(Refusal::BadRequest("Bad Request"));
        }
        let code = vendor_code::yahoo::parse(&incoming.symbol).map_err(|_| Refusal::NotFound)?;
        let listing = self.world.listings.get(&code).ok_or(Refusal::NotFound)?;
        let query = Query::parse(&incoming.params, now)?;
        chart(listing, &incoming.symbol, &query, now, faults)
    }

    fn is_over_the_limit(&self, now: DateTime<Utc>) -> bool {
        let Some(limit) = self.requests_per_minute else { return false };
        let mut minute = self.minute.lock().unwrap_or_else(PoisonError::into_inner);
        let number = now.timestamp().div_euclid(60);
        if minute.0 != number {
            *minute = (number, 0);
        }
        minute.1 += 1;
        minute.1 > limit
    }
}

enum Bent {
    Reply(Reply, &'static str),
    Refusal(Refusal),
}

fn transport_fault(fault: &YahooFault) -> Option<Bent> {
    Some(match fault {
        YahooFault::Hangup => Bent::Reply(Reply::Hangup, "hangup"),
        YahooFault::ServerError => Bent::Reply(Reply::Status(500), "500"),
        YahooFault::WillBeRightBack(status) => Bent::Reply(Reply::Page(*status, MAINTENANCE_PAGE), "maintenance"),
        YahooFault::TooManyRequests => Bent::Refusal(Refusal::TooManyRequests),
        YahooFault::Unauthorized => Bent::Refusal(Refusal::InvalidCrumb),
        YahooFault::NotFound => Bent::Refusal(Refusal::NotFound),
        _ => return None,
    })
}

/// Libraries name themselves and are refused.
fn looks_like_a_browser(user_agent: &str) -> bool {
    user_agent.starts_with("Mozilla/5.0 ") && user_agent.contains("Gecko")
}
