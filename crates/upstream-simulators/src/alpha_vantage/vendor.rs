//! The vendor behind the wire.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, Utc};

use super::{
    answer::answer,
    faults::{AlphaVantageFault, AlphaVantageFaults},
    limits::Limiter,
    options::AlphaVantageOptions,
    query::{self, Function, Query},
    refusal::Refusal,
    rows::rows,
};
use crate::{
    Clock, World,
    http::Reply,
    symbol_vendor::{SymbolCall, SymbolCalls},
};

/// Rows of a compact series.
const COMPACT_ROWS: usize = 100;

pub(super) struct Vendor {
    pub(super) world: Arc<World>,
    pub(super) faults: AlphaVantageFaults,
    pub(super) calls: SymbolCalls,
    options: AlphaVantageOptions,
    clock: Clock,
    limiter: Mutex<Limiter>,
}

/// One call as it came in.
pub(super) struct Incoming {
    pub(super) path: String,
    pub(super) params: BTreeMap<String, String>,
    /// `None` = no such header, which is as good as any.
    pub(super) accept: Option<String>,
    pub(super) user_agent: String,
}

/// What goes back, and after how long.
pub(super) struct Outgoing {
    pub(super) reply: Reply,
    pub(super) delay_ms: u64,
}

impl Vendor {
    pub(super) fn new(world: Arc<World>, options: AlphaVantageOptions) -> Self {
        let after = world.after_last_day();
        let clock = options.clock.clone().unwrap_or_else(|| Arc::new(move || after));
        Self {
            world,
            faults: AlphaVantageFaults::default(),
            calls: SymbolCalls::default(),
            options,
            clock,
            limiter: Mutex::default(),
        }
    }

    pub(super) fn answer(&self, incoming: Incoming) -> Outgoing {
        let now = (self.clock)();
        let Incoming { path, mut params, accept, user_agent } = incoming;
        let key = params.remove("apikey").unwrap_or_default();
        let symbol = query::symbol(&params);
        let faults = self.faults.take(&symbol);
        let delay_ms = faults.iter().map(|fault| if let AlphaVantageFault::Slow(ms) = fault { *ms } else { 0 }).sum();
        let (reply, outcome, rows) = match transport_fault(&faults) {
            Some((reply, outcome)) => (reply, outcome, 0),
            None => match self.series(&params, &key, accept.as_deref(), now, &faults) {
                Ok((body, rows)) => bend_body(body, rows, &faults),
                Err(refusal) => {
                    let function = params.get("function").map_or("", String::as_str);
                    (Reply::Json(refusal.body(function, &key, self.options.requests_per_day)), refusal.name(), 0)
                }
            },
        };
        let outcome = outcome.to_owned();
        self.calls.push(SymbolCall { symbol, path, params, user_agent, at: now, outcome, rows });
        Outgoing { reply, delay_ms }
    }

    fn series(
        &self,
        params: &BTreeMap<String, String>,
        key: &str,
        accept: Option<&str>,
        now: DateTime<Utc>,
        faults: &[AlphaVantageFault],
    ) -> Result<(Vec<u8>, usize), Refusal> {
        if accept.is_some_and(|accept| !accept.contains("*/*") && !accept.contains("application/json")) {
            return Err(Refusal::Accept);
        }
        if key != self.options.api_key {
            return Err(Refusal::BadKey);
        }
        if let Some(refusal) = faults.iter().find_map(AlphaVantageFault::refusal) {
            return Err(refusal);
        }
        let mut limiter = self.limiter.lock().unwrap_or_else(PoisonError::into_inner);
        limiter.admit(self.options.requests_per_day, self.options.min_interval, now)?;
        drop(limiter);
        let query = Query::parse(params)?;
        if !self.options.premium {
            if query.function == Function::DailyAdjusted {
                return Err(Refusal::PremiumEndpoint);
            }
            if query.is_full && query.function == Function::Daily {
                return Err(Refusal::FullIsPremium);
            }
        }
        let unknown = if query.function == Function::FxDaily { Refusal::Nothing } else { Refusal::BadCall };
        let listing = self.world.listings.get(&query.code).ok_or(unknown)?;
        let mut rows = rows(listing, now);
        if !query.is_full {
            rows.truncate(COMPACT_ROWS);
        }
        Ok((answer(listing, &query, &rows, faults), rows.len()))
    }
}

fn bend_body(mut body: Vec<u8>, rows: usize, faults: &[AlphaVantageFault]) -> (Reply, &'static str, usize) {
    if faults.contains(&AlphaVantageFault::CutBody) {
        return (Reply::CutJson(body), "cut", rows);
    }
    if faults.contains(&AlphaVantageFault::Malformed) {
        body.insert(1, b'}');
        return (Reply::Json(body), "malformed", rows);
    }
    (Reply::Json(body), "ok", rows)
}

fn transport_fault(faults: &[AlphaVantageFault]) -> Option<(Reply, &'static str)> {
    faults.iter().find_map(|fault| match fault {
        AlphaVantageFault::Hangup => Some((Reply::Hangup, "hangup")),
        AlphaVantageFault::ServerError => Some((Reply::Status(500), "500")),
        AlphaVantageFault::BadGateway => Some((Reply::Html(502), "502")),
        AlphaVantageFault::HtmlOk => Some((Reply::Html(200), "html")),
        _ => None,
    })
}
