//! The receiver of alerts from outside: what its three doors take, refuse and answer.

#![expect(clippy::unwrap_used, reason = "a test that cannot talk to the receiver must fail")]

use serde_json::{Value, json};
use upstream_simulators::{AlertFault, AlertForm, AlertReceiver};

struct Sender {
    receiver: AlertReceiver,
    http: reqwest::Client,
}

impl Sender {
    async fn new() -> Self {
        // Another test of this process may have installed it; either is the same.
        rustls::crypto::ring::default_provider().install_default().unwrap_or_default();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { receiver: AlertReceiver::start().await.unwrap(), http }
    }

    /// Status, `retry-after` and body of the answer; `None` where there was none.
    async fn send(&self, url: &str, body: &Value) -> Option<(u16, Option<String>, Value)> {
        let response = self.http.post(url).body(body.to_string()).send().await.ok()?;
        let wait = response.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned());
        let status = response.status().as_u16();
        let body = response.bytes().await.unwrap();
        Some((status, wait, serde_json::from_slice(&body).unwrap_or_default()))
    }

    /// The three doors, each with a message it takes.
    fn doors(&self) -> [(String, Value); 3] {
        [
            (self.receiver.webhook_url(), json!({"text": "hello"})),
            (self.receiver.wecom_url(), json!({"msgtype": "markdown", "markdown": {"content": "hello"}})),
            (self.receiver.telegram_url(), json!({"chat_id": "-100", "text": "hello"})),
        ]
    }
}

#[tokio::test]
async fn each_door_takes_its_form_and_thanks_in_its_own_way() {
    let sender = Sender::new().await;
    let mut answers = Vec::new();
    for (url, message) in sender.doors() {
        answers.push(sender.send(&url, &message).await.unwrap());
    }
    assert_eq!(answers[0], (204, None, Value::Null));
    assert_eq!(answers[1], (200, None, json!({"errcode": 0, "errmsg": "ok"})));
    assert_eq!((answers[2].0, &answers[2].2["ok"]), (200, &json!(true)));
    let messages = sender.receiver.messages();
    let forms: Vec<AlertForm> = messages.iter().map(|message| message.form).collect();
    assert_eq!(forms, [AlertForm::Webhook, AlertForm::Wecom, AlertForm::Telegram]);
    let texts: Vec<&str> = messages.iter().map(|message| message.text.as_str()).collect();
    assert_eq!(texts, [r#"{"text":"hello"}"#, "hello", "hello"]);
}

#[tokio::test]
async fn what_the_real_ones_do_not_take_is_refused_in_their_words() {
    let sender = Sender::new().await;
    let [_, (wecom, _), (telegram, _)] = sender.doors();
    let text = |content: String| json!({"msgtype": "text", "text": {"content": content}});
    for (url, body, status, pointer, verdict) in [
        (&wecom, text("字".repeat(683)), 200, "/errcode", json!(45_002)),
        (&wecom, json!({"msgtype": "poem"}), 200, "/errcode", json!(40_008)),
        (&wecom.replace("key=", "key=0"), text("x".into()), 200, "/errcode", json!(93_000)),
        (&telegram, json!({"text": "x"}), 400, "/ok", json!(false)),
        (&telegram, json!({"chat_id": 1, "text": "字".repeat(4097)}), 400, "/ok", json!(false)),
        (&telegram.replace("/bot1", "/bot2"), json!({"chat_id": 1, "text": "x"}), 401, "/error_code", json!(401)),
    ] {
        let (answered, _, answer) = sender.send(url, &body).await.unwrap();
        assert_eq!((answered, answer.pointer(pointer)), (status, Some(&verdict)), "{url} {answer}");
    }
    assert!(sender.receiver.messages().is_empty());
    assert_eq!(sender.receiver.attempts().len(), 6);
    let fits = text(format!("{}xx", "字".repeat(682)));
    assert_eq!(sender.send(&wecom, &fits).await.unwrap().2["errcode"], 0, "2,048 bytes");
}

#[tokio::test]
async fn faults_befall_the_next_messages_and_then_end() {
    let sender = Sender::new().await;
    let [webhook, wecom, telegram] = sender.doors();
    let receiver = &sender.receiver;
    receiver.next(3, AlertFault::TooMany(7));
    let wait = Some("7".to_owned());
    assert_eq!(sender.send(&webhook.0, &webhook.1).await.unwrap(), (429, wait, Value::Null));
    assert_eq!(sender.send(&wecom.0, &wecom.1).await.unwrap().2["errcode"], 45_009);
    let (status, _, body) = sender.send(&telegram.0, &telegram.1).await.unwrap();
    assert_eq!((status, body.pointer("/parameters/retry_after")), (429, Some(&json!(7))));

    receiver.next(3, AlertFault::Refused);
    assert_eq!(sender.send(&webhook.0, &webhook.1).await.unwrap().0, 400);
    let (status, _, body) = sender.send(&wecom.0, &wecom.1).await.unwrap();
    assert!(status == 200 && body["errcode"] != 0);
    let (status, _, body) = sender.send(&telegram.0, &telegram.1).await.unwrap();
    assert_eq!((status, &body["ok"]), (200, &json!(false)));

    receiver.next(1, AlertFault::Status(500));
    receiver.next(1, AlertFault::Hangup);
    assert_eq!(sender.send(&webhook.0, &webhook.1).await.unwrap().0, 500);
    assert_eq!(sender.send(&webhook.0, &webhook.1).await, None);
    assert!(receiver.messages().is_empty(), "nothing was taken so far");
    receiver.next(1, AlertFault::TakenWithoutAnswer);
    assert_eq!(sender.send(&webhook.0, &webhook.1).await, None);
    receiver.next(1, AlertFault::Slow(1));
    assert_eq!(sender.send(&webhook.0, &webhook.1).await.unwrap().0, 204);
    assert_eq!((receiver.messages().len(), receiver.attempts().len()), (2, 10));
}

#[tokio::test]
async fn a_receiver_that_is_down_refuses_connections_until_it_comes_back_on_its_port() {
    let sender = Sender::new().await;
    let [(url, message), ..] = sender.doors();
    sender.receiver.go_down().await;
    assert_eq!(sender.send(&url, &message).await, None);
    sender.receiver.come_back().await.unwrap();
    assert_eq!(sender.send(&url, &message).await.unwrap().0, 204);
    assert_eq!(sender.receiver.attempts().len(), 1);
}
