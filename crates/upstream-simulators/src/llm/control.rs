//! `/_sim/*`: the faults, the books and the log for tests in other processes, and for people with curl.

use hyper::{Method, Response};
use serde::Deserialize;
use serde_json::json;

use super::{fault::LlmFaultRule, reply, script::Script, vendor::Vendor};

/// One rule or several.
#[derive(Deserialize)]
#[serde(untagged)]
enum Rules {
    Several(Vec<LlmFaultRule>),
    One(LlmFaultRule),
}

pub(super) fn respond(vendor: &Vendor, method: &Method, path: &str, body: &[u8]) -> Response<Script> {
    let done = || reply::json(200, &json!({}));
    match (method.as_str(), path) {
        ("POST", "/_sim/faults") => match serde_json::from_slice(body) {
            Ok(Rules::Several(rules)) => {
                rules.into_iter().for_each(|rule| vendor.faults.add(rule));
                done()
            }
            Ok(Rules::One(rule)) => {
                vendor.faults.add(rule);
                done()
            }
            Err(error) => reply::json(422, &json!({"problem": error.to_string()})),
        },
        ("GET", "/_sim/faults") => reply::json(200, &json!(vendor.faults.rules())),
        ("DELETE", "/_sim/faults") => {
            vendor.faults.clear();
            done()
        }
        ("GET", "/_sim/books") => reply::json(200, &json!(vendor.books.all())),
        ("GET", "/_sim/calls") => reply::json(200, &json!({"total": vendor.calls.total(), "log": vendor.calls.log()})),
        _ => reply::json(404, &json!({"problem": "faults, books and calls are here"})),
    }
}
