//! From a call to what goes back over the connection.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use chrono::NaiveDateTime;

use super::{
    calls::{AktoolsCall, AktoolsCalls},
    faults::{AktoolsFault, AktoolsFaults},
    functions::{self, Desk},
    options::AktoolsOptions,
    refusal::{Refusal, not_found, object},
    sheet::Figure,
    wire,
};
use crate::{Clock, Market, clock, http::Reply};

/// akshare and the server around it.
pub(super) struct Vendor {
    pub(super) faults: AktoolsFaults,
    pub(super) calls: AktoolsCalls,
    market: Arc<Market>,
    clock: Clock,
}

const VERSIONS: &str = r#"{"ak_current_version":"1.19.5","at_current_version":"0.0.91","ak_latest_version":"1.19.5","at_latest_version":"0.0.91"}"#;

impl Vendor {
    pub(super) fn new(market: Arc<Market>, options: &AktoolsOptions) -> Self {
        let evening = clock::evening(market.range().1);
        let clock = options.clock.clone().unwrap_or_else(|| Arc::new(move || evening));
        Self { faults: AktoolsFaults::default(), calls: AktoolsCalls::default(), market, clock }
    }

    /// Answers one call of a function, late if a fault says so.
    pub(super) async fn reply(&self, function: &str, params: BTreeMap<String, String>) -> Reply {
        let under_way = self.calls.begin(function);
        let faults = self.faults.take(function);
        let at = (self.clock)();
        let (reply, outcome, rows) = self.decide(function, &params, &faults);
        tracing::debug!(function, ?params, outcome, rows, "aktools call");
        self.calls.push(AktoolsCall { function: function.to_owned(), params, at, outcome, rows });
        let slow = |fault: &AktoolsFault| if let AktoolsFault::Slow(ms) = fault { *ms } else { 0 };
        let delay: u64 = faults.iter().map(slow).sum();
        if delay > 0 {
            tokio::time::sleep(Duration::from_millis(delay)).await;
        }
        drop(under_way);
        reply
    }

    fn decide(
        &self,
        function: &str,
        params: &BTreeMap<String, String>,
        faults: &[AktoolsFault],
    ) -> (Reply, String, usize) {
        if let Some((reply, outcome)) = faults.iter().find_map(in_place_of_a_table) {
            return (reply, outcome, 0);
        }
        match functions::sheet(&self.desk(), function, params) {
            Err(refusal) => (refusal.reply(), refusal.status().to_string(), 0),
            Ok(sheet) => {
                let body = wire::body(&sheet, faults);
                let rows = sheet.rows.len();
                if faults.contains(&AktoolsFault::CutBody) {
                    return (Reply::CutJson(body), "cut".to_owned(), rows);
                }
                if faults.contains(&AktoolsFault::Malformed) {
                    return (Reply::Json(body[..body.len() / 2].to_vec()), "malformed".to_owned(), rows);
                }
                (Reply::Json(body), "ok".to_owned(), rows)
            }
        }
    }

    pub(super) fn version(&self) -> Reply {
        Reply::Json(VERSIONS.as_bytes().to_vec())
    }

    pub(super) fn figures(&self, function: &str, column: &str) -> Vec<Figure> {
        functions::sheet(&self.desk(), function, &BTreeMap::new()).map_or_else(|_| Vec::new(), |s| s.figures(column))
    }

    pub(super) fn market(&self) -> &Arc<Market> {
        &self.market
    }

    fn desk(&self) -> Desk<'_> {
        let now: NaiveDateTime = clock::to_shanghai((self.clock)());
        Desk { market: &self.market, now }
    }
}

fn in_place_of_a_table(fault: &AktoolsFault) -> Option<(Reply, String)> {
    let refused = |refusal: Refusal| (refusal.reply(), refusal.status().to_string());
    let reply = |reply, outcome: &str| (reply, outcome.to_owned());
    Some(match fault {
        AktoolsFault::ServerError => refused(Refusal::Exception),
        AktoolsFault::UnknownFunction => refused(Refusal::UnknownFunction),
        AktoolsFault::NoData => refused(Refusal::NoData),
        AktoolsFault::KeyError(key) => refused(Refusal::Key(key.clone())),
        AktoolsFault::NotFound => reply(not_found("detail", "Not Found"), "404"),
        AktoolsFault::Unauthorized => reply(Reply::JsonStatus(401, object("detail", "Not authenticated")), "401"),
        AktoolsFault::TooManyRequests(seconds) => reply(Reply::TooMany(*seconds), "429"),
        AktoolsFault::HtmlBadGateway => reply(Reply::Html(502), "502"),
        AktoolsFault::HtmlOk => reply(Reply::Html(200), "html"),
        AktoolsFault::Hangup => reply(Reply::Hangup, "hangup"),
        AktoolsFault::NotAnArray => reply(Reply::Json(object("data", "none")), "not an array"),
        _ => return None,
    })
}
