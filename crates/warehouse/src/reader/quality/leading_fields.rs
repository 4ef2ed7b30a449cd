//! The columns that a response names, read from its beginning: a day's response has thousands of rows behind them.

use serde_json::Deserializer;

/// So much of a body is looked at.
pub(super) const BYTES: usize = 4096;

/// The columns of a body that names them once and before its rows, `{"data": {"fields": […], "items": […]}}`, from its first
/// bytes. `None` where it does not.
pub(super) fn of(beginning: &[u8]) -> Option<Vec<String>> {
    const DATA: &[u8] = b"\"data\"";
    const FIELDS: &[u8] = b"\"fields\"";
    if beginning.trim_ascii_start().first() != Some(&b'{') {
        return None;
    }
    let data = find(beginning, DATA)?;
    let fields = &data[find(data, FIELDS).map(|rest| data.len() - rest.len())?..];
    let list = fields.trim_ascii_start().strip_prefix(b":")?;
    Deserializer::from_slice(list).into_iter().next()?.ok()
}

/// What follows `needle`.
fn find<'a>(text: &'a [u8], needle: &[u8]) -> Option<&'a [u8]> {
    let at = text.windows(needle.len()).position(|window| window == needle)?;
    Some(&text[at + needle.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_columns_are_those_of_the_whole_body() {
        let body =
            r#"{"request_id":"x","code":0,"data": {"fields" : ["ts_code","close"],"items":[["a",1.0],["b", 2.50]]}}"#;
        for length in [body.len(), 70] {
            assert_eq!(of(&body.as_bytes()[..length]).unwrap(), ["ts_code", "close"]);
        }
        assert_eq!(of(br#"{"data":{"fields":[],"items":[]}}"#), Some(Vec::new()));
    }

    #[test]
    fn other_bodies_and_those_cut_before_the_end_of_the_columns_name_none() {
        for body in [
            r#"{"code":0,"data":{"fields":["ts_code","clo"#,
            r#"{"code":0,"data":{"fields":"ts_code"}}"#,
            r#"{"code":2002,"msg":"no \"fields\"","data":null}"#,
            r#"[{"data":1,"fields":["a"]}]"#,
            r#"{"chart":{"result":[]}}"#,
            "\u{1}\"data\"\"fields\":[]",
            "",
        ] {
            assert_eq!(of(body.as_bytes()), None, "{body}");
        }
    }
}
