//! From a search to what goes back over the connection.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use chrono::{DateTime, Utc};
use serde_json::json;

use super::{
    answer,
    calls::{SearxngCall, SearxngCalls},
    fault::SearxngFault,
    faults::SearxngFaults,
    form::Form,
    gate::SearxngGate,
    options::SearxngOptions,
    python_json,
    suspension::Suspensions,
};
use crate::{Clock, http::Reply};

/// SearXNG and its engines.
pub(super) struct Vendor {
    pub(super) options: SearxngOptions,
    pub(super) faults: SearxngFaults,
    pub(super) calls: SearxngCalls,
    pub(super) gate: SearxngGate,
    suspensions: Suspensions,
    clock: Clock,
    /// Searches that the limiter has let through.
    let_through: AtomicU32,
}

/// Flask's page for a refusal.
const FORBIDDEN: &str = "<!doctype html>\n<html lang=en>\n<title>403 Forbidden</title>\n<h1>Forbidden</h1>\n<p>You don&#39;t \
                         have the permission to access the requested resource. It is either read-protected or not readable by \
                         the server.</p>\n";
const HOME: &str = "<!DOCTYPE html>\n<html class=\"no-js\" lang=\"en\">\n<head>\n<title>SearXNG</title>\n</head>\n<body>\n\
                    <main id=\"main_index\"></main>\n</body>\n</html>\n";

impl Vendor {
    pub(super) fn new(options: SearxngOptions) -> Self {
        let noon = DateTime::from_timestamp(1_795_406_400, 0).unwrap_or_default();
        Self {
            clock: options.clock.clone().unwrap_or_else(|| std::sync::Arc::new(move || noon)),
            calls: SearxngCalls::new(options.keep_calls),
            faults: SearxngFaults::default(),
            gate: SearxngGate::new(),
            suspensions: Suspensions::default(),
            let_through: AtomicU32::new(0),
            options,
        }
    }

    fn now(&self) -> DateTime<Utc> {
        (self.clock)()
    }

    /// Answers one search, late if a fault says so or the gate is shut.
    pub(super) async fn search(&self, method: &str, target: &str, fields: &BTreeMap<String, String>) -> Response {
        let read = Form::read(fields);
        let under_way = self.calls.begin(self.entry(method, target, read.as_ref().ok()));
        self.gate.pass().await;
        let faults = self.faults.take(fields.get("q").map_or("", String::as_str));
        let slow = |fault: &SearxngFault| if let SearxngFault::Slow(ms) = fault { *ms } else { 0 };
        let mut delay = Duration::from_millis(faults.iter().map(slow).sum());
        let format = fields.get("format").map_or("html", String::as_str);
        let (response, outcome, results) = if format != "json" {
            (Reply::Page(200, HOME).into_response(), "html".to_owned(), 0)
        } else if !self.options.json {
            (Reply::Page(403, FORBIDDEN).into_response(), "403".to_owned(), 0)
        } else if self.is_over_the_limit() {
            (Reply::TooMany(None).into_response(), "429".to_owned(), 0)
        } else if let Some((response, outcome)) = faults.iter().find_map(|fault| in_place_of_an_answer(fault, fields)) {
            (response, outcome, 0)
        } else {
            match read {
                Err(error) => (refused(&error), "400".to_owned(), 0),
                Ok(form) if form.external_bang => (away(&form.query()), "302".to_owned(), 0),
                Ok(form) => {
                    let answer = answer::ask(&form, &self.options, &self.faults, &self.suspensions, self.now());
                    delay = delay.max(answer.delay);
                    under_way.amend(|call| call.asked = answer.asked.iter().map(|name| (*name).to_owned()).collect());
                    let (body, results) = answer.body(&form.query(), &faults);
                    let (reply, outcome) = sent(python_json::bytes(&body), &faults);
                    (reply.into_response(), outcome.to_owned(), results)
                }
            }
        };
        tracing::debug!(outcome, results, "searxng call");
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        under_way.amend(|call| {
            call.outcome = outcome;
            call.results = results;
        });
        response
    }

    fn entry(&self, method: &str, target: &str, form: Option<&Form>) -> SearxngCall {
        SearxngCall {
            number: 0,
            method: method.to_owned(),
            q: form.map(|form| form.q.clone()).unwrap_or_default(),
            named: form.map(|form| form.engines.clone()).unwrap_or_default(),
            asked: Vec::new(),
            categories: form.map(|form| form.categories.clone()).unwrap_or_default(),
            language: form.and_then(|form| form.language.clone()),
            pageno: form.map_or(1, |form| form.pageno),
            time_range: form.and_then(|form| form.time_range.clone()),
            safesearch: form.and_then(|form| form.safesearch.clone()),
            target: target.to_owned(),
            at: self.now(),
            outcome: String::new(),
            results: 0,
        }
    }

    fn is_over_the_limit(&self) -> bool {
        self.options.limiter.is_some_and(|limit| self.let_through.fetch_add(1, Ordering::Relaxed) >= limit)
    }
}

fn in_place_of_an_answer(fault: &SearxngFault, fields: &BTreeMap<String, String>) -> Option<(Response, String)> {
    let reply = |reply: Reply, outcome: &str| (reply.into_response(), outcome.to_owned());
    Some(match fault {
        SearxngFault::TooManyRequests(seconds) => reply(Reply::TooMany(*seconds), "429"),
        SearxngFault::SearchError => {
            reply(Reply::JsonStatus(500, python_json::bytes(&json!({"error": "search error"}))), "500")
        }
        SearxngFault::BadRequest(error) => (refused(error), "400".to_owned()),
        SearxngFault::HtmlBadGateway => reply(Reply::Html(502), "502"),
        SearxngFault::HtmlOk => reply(Reply::Page(200, HOME), "html"),
        SearxngFault::Redirect => (away(fields.get("q").map_or("", String::as_str)), "302".to_owned()),
        SearxngFault::Hangup => reply(Reply::Hangup, "hangup"),
        _ => return None,
    })
}

/// The body, and what befalls it on the way.
fn sent(body: Vec<u8>, faults: &[SearxngFault]) -> (Reply, &'static str) {
    for fault in faults {
        match fault {
            SearxngFault::CutBody => return (Reply::CutJson(body), "cut"),
            SearxngFault::Malformed => return (Reply::Json(body[..body.len() / 2].to_vec()), "malformed"),
            SearxngFault::NotUtf8 => {
                // A text in Latin-1.
                let mut bent = body;
                bent.splice(1..1, b"\"caf\xe9\": 1, ".iter().copied());
                return (Reply::Json(bent), "not utf-8");
            }
            _ => {}
        }
    }
    (Reply::Json(body), "ok")
}

fn refused(error: &str) -> Response {
    Reply::JsonStatus(400, python_json::bytes(&json!({"error": error}))).into_response()
}

fn away(query: &str) -> Response {
    let letters = query.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    let place = format!("http://search.example.com/search?q={letters}");
    (StatusCode::FOUND, [(header::LOCATION, place)]).into_response()
}
