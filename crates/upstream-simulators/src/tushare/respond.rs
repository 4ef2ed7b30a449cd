//! From a call to what goes back over the connection.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, Utc};

use super::{
    api::Api,
    calls::{Call, Calls},
    envelope,
    faults::{Bend, Fault, TushareFaults},
    limits::Limiter,
    options::TushareOptions,
    refusal::Refusal,
    request::Request,
    table::Table,
    view::View,
};
use crate::{Clock, Market, clock, http::Reply};

/// The vendor behind the wire.
pub(crate) struct Vendor {
    pub(crate) market: Arc<Market>,
    pub(crate) options: TushareOptions,
    pub(crate) faults: TushareFaults,
    pub(crate) calls: Calls,
    clock: Clock,
    limiter: Mutex<Limiter>,
    next_call: AtomicUsize,
}

impl Vendor {
    pub(crate) fn new(market: Arc<Market>, options: TushareOptions) -> Self {
        let evening = clock::evening(market.range().1);
        let clock = options.clock.clone().unwrap_or_else(|| Arc::new(move || evening));
        Self {
            market,
            options,
            faults: TushareFaults::default(),
            calls: Calls::default(),
            clock,
            limiter: Mutex::default(),
            next_call: AtomicUsize::new(1),
        }
    }

    /// Answers one call, late if a fault says so.
    pub(crate) async fn reply(&self, body: &[u8], api_of_path: Option<&str>) -> Reply {
        let number = self.next_call.fetch_add(1, Ordering::Relaxed);
        let now = (self.clock)();
        let parsed = Request::parse(body, api_of_path);
        let bend = self.faults.take(parsed.as_ref().map_or("", |request| &request.api));
        let (reply, outcome, rows) = self.decide(&parsed, number, now, &bend);
        self.log(parsed.ok(), now, outcome, rows);
        let delay = bend.delay_ms();
        if delay > 0 {
            tokio::time::sleep(Duration::from_millis(delay)).await;
        }
        reply
    }

    fn decide(
        &self,
        parsed: &Result<Request, Refusal>,
        number: usize,
        now: DateTime<Utc>,
        bend: &Bend,
    ) -> (Reply, String, usize) {
        if let Some((reply, outcome)) = transport_fault(bend) {
            return (reply, outcome.to_owned(), 0);
        }
        let api = parsed.as_ref().map_or("", |request| &request.api);
        let table = parsed.as_ref().map_err(Refusal::clone).and_then(|request| {
            bend.refusal().map_or(Ok(()), |refusal| Err(refusal.clone()))?;
            self.table(request, number, now, bend)
        });
        let (body, outcome, rows) = match &table {
            Ok(table) => (envelope::answer(table, number, bend), "ok".to_owned(), table.rows),
            Err(refusal) => (envelope::refusal(refusal, api, number, bend), refusal.code().to_string(), 0),
        };
        if bend.has(&Fault::CutBody) {
            return (Reply::CutJson(body), "cut".to_owned(), rows);
        }
        if bend.has(&Fault::HalfBody) {
            return (Reply::Json(body[..body.len() / 2].to_vec()), "half".to_owned(), rows);
        }
        (Reply::Json(body), outcome, rows)
    }

    fn table(&self, request: &Request, number: usize, now: DateTime<Utc>, bend: &Bend) -> Result<Table, Refusal> {
        if request.token != self.options.token {
            return Err(Refusal::BadToken);
        }
        let api = Api::parse(&request.api).ok_or(Refusal::UnknownApi)?;
        if self.options.denied.contains(&request.api) {
            return Err(Refusal::NoPermission);
        }
        let now = clock::to_shanghai(now);
        let mut limiter = self.limiter.lock().unwrap_or_else(PoisonError::into_inner);
        limiter.admit(&self.options.limits, &request.api, now)?;
        drop(limiter);
        let view = View { market: &self.market, now, publication: &self.options.publication, bend };
        let row_limit = self.options.row_limits.get(&request.api).copied().unwrap_or(api.row_limit());
        api.table(&view, request, row_limit.max(1), number)
    }

    fn log(&self, request: Option<Request>, at: DateTime<Utc>, outcome: String, rows: usize) {
        let (api, params, fields) = request.map(|r| (r.api, r.params, r.fields)).unwrap_or_default();
        tracing::debug!(api, ?params, outcome, rows, "tushare call");
        self.calls.push(Call { api, params, fields, at, outcome, rows });
    }
}

fn transport_fault(bend: &Bend) -> Option<(Reply, &'static str)> {
    bend.faults.iter().find_map(|fault| match fault {
        Fault::Hangup => Some((Reply::Hangup, "hangup")),
        Fault::HtmlBadGateway => Some((Reply::Html(502), "502")),
        Fault::HtmlOk => Some((Reply::Html(200), "html")),
        Fault::ServerError => Some((Reply::Status(500), "500")),
        _ => None,
    })
}
