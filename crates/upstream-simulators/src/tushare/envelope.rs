//! The JSON around the rows, and around a refusal.

use super::{
    faults::{Bend, Fault},
    refusal::Refusal,
    table::Table,
};
use crate::json::Json;

/// `{"request_id":…,"code":0,"data":{…},"msg":"","detail":"..."}`
pub(crate) fn answer(table: &Table, call_number: usize, bend: &Bend) -> Vec<u8> {
    let mut json = Json::with_capacity(table.items.len() + 512);
    request_id(&mut json, call_number);
    json.raw(r#""code":0,"data":{"fields":["#);
    for (number, field) in table.fields.iter().enumerate() {
        json.raw(if number == 0 { "" } else { "," });
        json.text(field);
    }
    json.raw(r#"],"items":["#);
    json.bytes(&table.items);
    json.raw("]");
    if !bend.has(&Fault::NoHasMore) {
        json.raw(if table.has_more { r#","has_more":true"# } else { r#","has_more":false"# });
    }
    // The real one says 0 whatever it sends.
    json.raw(r#","count":0},"msg":"#);
    json.raw(if bend.has(&Fault::NullMsg) { "null" } else { r#""""# });
    json.raw(r#","detail":"..."}"#);
    json.into_bytes()
}

/// `{"request_id":…,"code":40203,"data":null,"msg":"…","detail":""}`
pub(crate) fn refusal(refusal: &Refusal, api: &str, call_number: usize, bend: &Bend) -> Vec<u8> {
    let mut json = Json::with_capacity(512);
    request_id(&mut json, call_number);
    json.raw(r#""code":"#);
    json.integer(refusal.code());
    json.raw(r#","data":null,"msg":"#);
    if bend.has(&Fault::NullMsg) {
        json.null();
    } else {
        json.text(&refusal.message(api));
    }
    json.raw(r#","detail":""}"#);
    json.into_bytes()
}

fn request_id(json: &mut Json, call_number: usize) {
    json.raw(r#"{"request_id":"#);
    json.text(&format!("5eed0000-0000-4000-8000-{call_number:012x}"));
    json.raw(",");
}
