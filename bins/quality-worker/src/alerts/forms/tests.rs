use chrono::DateTime;
use proptest::prelude::*;
use quality_rules::Severity;
use serde_json::json;

use super::*;
use crate::alerts::{
    decide::Why,
    group::Example,
    message::{Message, Status},
    outbox::Outcome,
};

fn message(status: Status, text: &str, examples: &[&str]) -> Message {
    let example = |text: &&str| Example {
        severity: Severity::Error,
        code: Some("000001.SZ".to_owned()),
        trade_date: "2024-01-05".parse().ok(),
        message: (*text).to_owned(),
    };
    Message {
        id: "0a".to_owned(),
        status,
        check: "price_limit".to_owned(),
        severity: Severity::Error,
        count: 2,
        days: vec!["2024-01-05".parse().unwrap()],
        why: (status == Status::Firing).then_some(Why::New),
        examples: examples.iter().map(example).collect(),
        generation: Some(42),
        message: text.to_owned(),
        hint: "GET /quality/logs?check=price_limit&open=true".to_owned(),
        runbook: String::new(),
        at: DateTime::UNIX_EPOCH,
    }
}

#[test]
fn every_form_names_the_section_of_the_manual_where_there_is_one() {
    let message = message(Status::Firing, "price_limit: 2 open errors", &[]).with_runbook("https://h/runbook.md");
    for form in [Form::Webhook, Form::Wecom, telegram_form()] {
        let body = form.body(&message).to_string();
        assert!(body.contains("https://h/runbook.md#price_limit"), "{body}");
    }
    let unknown = Message { check: "test".to_owned(), ..message };
    assert_eq!(unknown.with_runbook("https://h/runbook.md").runbook, "");
}

fn telegram_form() -> Form {
    Form::Telegram { chat_id: "-100".to_owned() }
}

fn answer(status: u16, body: &str) -> Answer {
    Answer { status, retry_after: None, body: body.as_bytes().to_vec() }
}

#[test]
fn the_generic_form_is_the_message() {
    let body = Form::Webhook.body(&message(Status::Firing, "price_limit: 2 open errors", &["close 11.5 > 11.0"]));
    assert_eq!(
        body,
        json!({
            "id": "0a", "status": "firing", "check": "price_limit", "severity": "error", "count": 2,
            "days": ["2024-01-05"], "why": "new", "generation": 42, "message": "price_limit: 2 open errors",
            "examples": [{"severity": "error", "code": "000001.SZ", "trade_date": "2024-01-05",
                          "message": "close 11.5 > 11.0"}],
            "hint": "GET /quality/logs?check=price_limit&open=true", "at": "1970-01-01T00:00:00Z",
        })
    );
}

#[test]
fn people_read_what_where_examples_and_where_to_look() {
    let firing = message(Status::Firing, "price_limit: 2 open errors on 2024-01-05", &["close 11.5\n<@all> > 11.0"]);
    let title = quality_rules::rule("price_limit").unwrap().title;
    assert_eq!(
        Form::Wecom.body(&firing),
        json!({"msgtype": "markdown", "markdown": {"content": format!(
            "**<font color=\"warning\">error</font>** price_limit: 2 open errors on 2024-01-05\n{title}\n\
             > 000001.SZ 2024-01-05: close 11.5 ‹@all› › 11.0\n\
             <font color=\"comment\">generation 42, GET /quality/logs?check=price_limit&open=true</font>"
        )}})
    );
    let resolved = message(Status::Resolved, "price_limit: resolved", &[]);
    assert_eq!(
        telegram_form().body(&resolved),
        json!({
            "chat_id": "-100", "link_preview_options": {"is_disabled": true},
            "text": "RESOLVED price_limit: resolved\ngeneration 42, GET /quality/logs?check=price_limit&open=true",
        })
    );
}

#[test]
fn a_200_that_says_no_is_no() {
    let refused = |form: &Form, status, body: &str| match form.outcome(&answer(status, body)) {
        Outcome::Refused { reason, retry_after } => (reason, retry_after.map(|pause| pause.as_secs())),
        other => panic!("{other:?}"),
    };
    let wecom = |body| refused(&Form::Wecom, 200, body);
    assert_eq!(wecom(r#"{"errcode":93000,"errmsg":"invalid webhook url"}"#).0, "errcode 93000: invalid webhook url");
    assert_eq!(wecom(r#"{"errcode":45009,"errmsg":"api freq out of limit"}"#).1, Some(60));
    assert_eq!(wecom("<html>please log in</html>"), ("the answer is not the robot's".to_owned(), None));
    assert_eq!(Form::Wecom.outcome(&answer(200, r#"{"errcode":0,"errmsg":"ok"}"#)), Outcome::Sent);

    let too_many = r#"{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 15",
                       "parameters":{"retry_after":15}}"#;
    let telegram = telegram_form();
    assert_eq!(refused(&telegram, 429, too_many).1, Some(15));
    let said = refused(&telegram, 400, r#"{"ok":false,"error_code":400,"description":"Bad Request: chat not found"}"#);
    assert_eq!(said.0, "HTTP status 400: Bad Request: chat not found");
    assert_eq!(refused(&telegram, 200, r#"{"ok":false}"#).1, None);
    assert_eq!(refused(&telegram, 200, "fine").0, "the answer is not the bot's");
    assert_eq!(telegram.outcome(&answer(200, r#"{"ok":true,"result":{}}"#)), Outcome::Sent);

    assert_eq!(Form::Webhook.outcome(&answer(204, "")), Outcome::Sent);
    assert_eq!(refused(&Form::Webhook, 404, "").0, "HTTP status 404");
    assert_eq!(refused(&Form::Webhook, 301, "").0, "HTTP status 301");
    for form in [Form::Webhook, Form::Wecom, telegram] {
        let lost = form.outcome(&answer(502, r#"{"ok":false,"errcode":1}"#));
        assert_eq!(lost, Outcome::Unclear { reason: "HTTP status 502".to_owned() });
    }
}

#[test]
fn a_bots_address_may_be_given_with_its_method_or_without() {
    for url in ["https://h/bot1:x", "https://h/bot1:x/", "https://h/bot1:x/sendMessage"] {
        assert_eq!(telegram_form().address(url), "https://h/bot1:x/sendMessage");
    }
    assert_eq!(Form::Webhook.address("https://h/a/"), "https://h/a/");
}

proptest! {
    /// Whatever vendors say in whatever script, a message is never longer than its target takes, and says where to look.
    #[test]
    fn no_message_is_too_long(
        head in ("\\PC{1,20}", 0_usize..500),
        examples in prop::collection::vec(("(\\PC|\n){1,20}", 0_usize..200), 0..6),
    ) {
        let head = head.0.repeat(head.1);
        let examples: Vec<_> = examples.iter().map(|(text, times)| text.repeat(*times)).collect();
        let examples: Vec<&str> = examples.iter().map(String::as_str).collect();
        let message = message(Status::Firing, &head, &examples);
        let markdown = Form::Wecom.body(&message)["markdown"]["content"].as_str().unwrap().to_owned();
        prop_assert!(markdown.len() <= 4_096);
        let text = telegram_form().body(&message)["text"].as_str().unwrap().to_owned();
        prop_assert!(text.encode_utf16().count() <= 4_096);
        if head.len() < 1_000 {
            prop_assert!(markdown.ends_with("open=true</font>") && text.ends_with("open=true"));
        }
        prop_assert!(!text.contains("\n\n"));
    }
}
