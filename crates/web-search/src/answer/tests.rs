use super::*;

fn fields(answer: &Answer) -> &str {
    std::str::from_utf8(&answer.fields).unwrap()
}

#[test]
fn values_stay_the_bytes_that_they_are() {
    let body =
        r#"{"query": "x", "results": [{"score": 1.30, "id": 12345678901234567890123, "t": "\u8305"}], "new": {"a":1}}"#;
    let answer = Answer::read(body.as_bytes(), "x").unwrap();
    let expected = r#""results":[{"score": 1.30, "id": 12345678901234567890123, "t": "\u8305"}],"new":{"a":1}"#;
    assert_eq!(fields(&answer), expected);
    assert_eq!(super::body("x", &answer.fields, None), format!(r#"{{"query":"x",{expected}}}"#));
}

#[test]
fn a_stale_answer_says_so_and_since_when() {
    let as_of = "2026-11-23T04:00:00.5Z".parse().unwrap();
    let body = super::body("a \"b\"\n", br#""results":[]"#, Some(as_of));
    assert_eq!(body, r#"{"query":"a \"b\"\n","stale":true,"as_of":"2026-11-23T04:00:00Z","results":[]}"#);
}

#[test]
fn our_own_fields_are_not_believed_from_searxng() {
    let body = r#"{"results": [], "stale": true, "as_of": "2020", "query": "x"}"#;
    assert_eq!(fields(&Answer::read(body.as_bytes(), "x").unwrap()), r#""results":[]"#);
}

#[test]
fn engines_that_answered_and_failed_are_told_apart() {
    let body = r#"{"results": [{"engine": "baidu", "engines": ["baidu", "sogou"]}, {"engine": "bing"}, {}],
                   "unresponsive_engines": [["google", "CAPTCHA"], ["yep"], [1, "x"], ["brave", "Suspended:\n timeout"]]}"#;
    let answer = Answer::read(body.as_bytes(), "x").unwrap();
    assert_eq!(answer.engines.answered, ["baidu", "bing", "sogou"]);
    let failed = [("google", "CAPTCHA"), ("yep", "no reason"), ("brave", "Suspended: timeout")];
    assert_eq!(answer.engines.failed, failed.map(|(engine, reason)| (engine.to_owned(), reason.to_owned())));
    assert!(!answer.is_empty && answer.is_incomplete());
}

#[test]
fn an_infobox_or_an_answer_is_something() {
    for (body, is_empty) in [
        (r#"{"results": []}"#, true),
        (r#"{"results": [], "answers": [], "infoboxes": [], "suggestions": ["y"]}"#, true),
        (r#"{"results": [], "answers": [{"answer": "4"}]}"#, false),
        (r#"{"results": [], "infoboxes": [{"infobox": "x"}]}"#, false),
    ] {
        assert_eq!(Answer::read(body.as_bytes(), "x").unwrap().is_empty, is_empty, "{body}");
    }
}

#[test]
fn what_is_no_answer_is_refused_with_its_reason() {
    let cases: [(&[u8], &str); 10] = [
        (b"caf\xe9", "the body is not UTF-8"),
        (b"  <!DOCTYPE html>", "a page of HTML in place of JSON"),
        (b"", "the JSON breaks off"),
        (br#"{"results": ["#, "the JSON breaks off"),
        (b"no json", "the body is not JSON"),
        (br#"{"results": []} {"#, "the body is not JSON"),
        (b"[]", "the JSON is no object"),
        (br#"{"query": "x"}"#, "the JSON has no results"),
        (br#"{"results": {"a": 1}}"#, "results is no list of results"),
        (br#"{"results": [], "unresponsive_engines": "none"}"#, "unresponsive_engines is no list"),
    ];
    for (body, problem) in cases {
        assert_eq!(Answer::read(body, "x").err(), Some(problem), "{}", String::from_utf8_lossy(body));
    }
}

#[test]
fn a_body_of_a_million_brackets_is_refused_without_a_stack_overflow() {
    let deep = format!(r#"{{"results": [{{"a": {}"#, "[".repeat(1_000_000));
    Answer::read(deep.as_bytes(), "x").err().unwrap();
    let whole = format!(r#"{{"results": [{{"a": {}{}}}]}}"#, "[".repeat(200_000), "]".repeat(200_000));
    assert!(!Answer::read(whole.as_bytes(), "x").unwrap().is_empty);
}

#[test]
fn a_reason_never_repeats_the_query_and_is_short() {
    assert_eq!(plain("no secret plan here", "secret plan").as_deref(), Some("no … here"));
    assert_eq!(plain("Suspended: timeout", "timeout").as_deref(), Some("Suspended: timeout"), "its own words");
    assert_eq!(plain("a new kind of crash", "a").as_deref(), Some("a new kind of crash"));
    assert_eq!(plain(&"界".repeat(500), "x").unwrap().len(), 120);
    assert_eq!(plain(" \n ", "x"), None);
}
